/*
 * catalogue.h - the backup points of a folder: list them, let old ones go.
 */
#ifndef DBSYNC_BACKUP_CATALOGUE_H
#define DBSYNC_BACKUP_CATALOGUE_H

#include "dbsync/backup/point.h"
#include "dbsync/base/vec.h"

#include <time.h>

struct backup_entry {
	char *path;
	const char *name; /* in path */
	uint64_t bytes;
	time_t made;               /* from its manifest, else the file's */
	struct timespec written;   /* the file; of those made in one second */
	struct manifest *manifest; /* NULL when it is damaged */
	struct dbs_error damage;   /* code DBS_OK: whole */
};

/*
 * All backup_point_*.sql.zst of a folder, the newest first, each checked as a
 * whole; entries is a vec of struct backup_entry.  No folder: none.
 */
enum dbs_rc catalogue_load(const char *folder, const struct cancel *cancel,
			   struct vec *entries, struct dbs_error *err);
void catalogue_release(struct vec *entries);

/*
 * Their names alone (char *, to be released by catalogue_names_release), the
 * newest first as far as names tell; none is read.
 */
enum dbs_rc catalogue_names(const char *folder, struct vec *names,
			    struct dbs_error *err);
void catalogue_names_release(struct vec *names);

/*
 * Marks in doomed (one for each entry) those behind the newest keep whole ones
 * and, when older_s is not 0, of them those made so long ago.  Damaged ones go
 * by age only.  Pure.
 */
void catalogue_choose(const struct vec *entries, size_t keep, uint64_t older_s,
		      time_t now, bool *doomed);

/* All rows, read as a rollback would; DBS_E_FORMAT names the line. */
enum dbs_rc backup_read_through(struct backup_reader *reader,
				uint64_t *rows_out, struct dbs_error *err);
#endif
