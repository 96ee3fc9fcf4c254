/*
 * writer.h - a backup point that is being written.  Internal to backup.
 */
#ifndef DBSYNC_BACKUP_WRITER_H
#define DBSYNC_BACKUP_WRITER_H

#include "dbsync/backup/point.h"
#include "dbsync/base/zip.h"

#include <pthread.h>
#include <xxhash.h>

enum {
	STATEMENT_ROWS = 500,
	STATEMENT_BYTES = 512 * 1024,
};

struct writer {
	const struct backup_request *request;
	struct zip_writer *zip;
	XXH3_state_t *digest;
	uint64_t bytes;
	struct buf text;    /* not yet written */
	struct buf key;     /* scratch */
	size_t rows;        /* in the statement under way, 0: none */
	size_t began;       /* where it began, in bytes */
	const char *ending; /* of that statement */
	const struct row_sql *sql;
	const struct plan_table *table;
	pthread_mutex_t mutex; /* of those who call writer_put at once */
};

/* Behind what is in text; by any thread, while no other call is under way. */
enum dbs_rc writer_put(struct writer *writer, const struct slice *pieces,
		       size_t count, struct dbs_error *err);

enum dbs_rc writer_flush_if_full(struct writer *writer, struct dbs_error *err);

/* shapes.c: the structures of the request's reshape … */
enum dbs_rc writer_add_shapes(struct writer *writer, struct dbs_error *err);
/* … or as they stand in the older backup point of the same run. */
enum dbs_rc writer_join_shapes(struct writer *writer, struct dbs_error *err);

/* The line that they begin with. */
#define SHAPES_MARK "-- structures"
#define SHAPES_ROWS "-- rows "
#define SHAPES_TOTAL "-- total "
/* Behind it there is nothing that a rollback reads. */
#define SHAPES_OBJECTS "-- objects"
#endif
