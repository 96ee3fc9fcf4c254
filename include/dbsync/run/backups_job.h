/*
 * backups_job.h - what can be done with backup points besides rolling back: to list
 * them, to look at one, to check it, and to let old ones go.
 */
#ifndef DBSYNC_RUN_BACKUPS_JOB_H
#define DBSYNC_RUN_BACKUPS_JOB_H

#include "dbsync/backup/catalogue.h"

struct backups_request {
	const char *folder;
	const char *state_dir; /* list, prune: which runs are known */
	const struct cancel *cancel;
	const char *file; /* show, verify: a path, or a name in folder */
	size_t keep;      /* prune: the newest stay; 0: however new */
	uint64_t older_s; /* prune: younger ones stay; 0: however young */
	bool is_dry;      /* prune: nothing is removed */
};

enum backup_fate {
	BACKUP_STAYS,
	BACKUP_SPARED, /* old, but a run that did not end in order needs it */
	BACKUP_GONE,   /* removed; is_dry: would be */
};

/* What was found so far, after an error as well. */
struct backups_result {
	struct vec entries;      /* list, prune: struct backup_entry */
	enum backup_fate *fates; /* prune: of each entry; NULL: none is known */
	char *path;              /* show, verify: of the file */
	struct backup_reader *reader;
	enum backup_trust whose;
	uint64_t rows; /* verify */
};

#define BACKUPS_RESULT_INIT                              \
	{                                                \
		.entries = VEC_INIT(struct backup_entry) \
	}

/* Those of the folder, and of others (backup_places.h). */
enum dbs_rc backups_list(const struct backups_request *request,
			 struct backups_result *result, struct dbs_error *err);
enum dbs_rc backups_show(const struct backups_request *request,
			 struct backups_result *result, struct dbs_error *err);
/* Every row is read, as a rollback would. */
enum dbs_rc backups_verify(const struct backups_request *request,
			   struct backups_result *result,
			   struct dbs_error *err);
enum dbs_rc backups_prune(const struct backups_request *request,
			  struct backups_result *result, struct dbs_error *err);
void backups_result_release(struct backups_result *result);
#endif
