/*
 * changes_snapshot.h - all rows of the tables that are asked for, as changes.
 * Internal to run.
 */
#ifndef DBSYNC_RUN_CHANGES_SNAPSHOT_H
#define DBSYNC_RUN_CHANGES_SNAPSHOT_H

#include "dbsync/base/mem.h"
#include "dbsync/run/changes_job.h"
#include "dbsync/schema/model.h"

/* Of a table, as log_table.h has it, for its rows in a view. */
const struct log_table *changes_table(struct arena *arena, const char *database,
				      const struct table *table);

/* Sessions get the bytes that are stored, and a line has texts in UTF-8. */
enum dbs_rc changes_read_as_utf8(struct conn *conn, struct dbs_error *err);

/* Calls put for each row, in the view that conn has. */
typedef enum dbs_rc changes_put_row(void *self, const struct log_table *table,
				    struct values row, struct dbs_error *err);
enum dbs_rc changes_read_table(struct conn *conn, const struct log_table *table,
			       changes_put_row *put, void *self,
			       struct dbs_error *err);
#endif
