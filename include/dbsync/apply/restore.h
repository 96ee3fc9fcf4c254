/*
 * restore.h - bring back all rows of tables, out of a backup point.
 *
 *	restore_empty ─▶ the ALTERs back (reform.h) ─▶ restore_rows
 *
 * An ALTER TABLE back may not take the rows that the run made of it, so they
 * go first.  What goes is in the backup point of the rollback by then, and what
 * comes is in that of the run: dying in between loses nothing, and a rollback
 * that is repeated begins where this one stopped.
 */
#ifndef DBSYNC_APPLY_RESTORE_H
#define DBSYNC_APPLY_RESTORE_H

#include "dbsync/apply/reform.h"
#include "dbsync/backup/point.h"

struct restore_request {
	const struct reform_request *reform;
	const struct manifest *manifest; /* of the point */
	struct backup_reader *point;
	const bool *loads; /* one for each shape of the manifest */
	/* of each table of the reshape: one that failed is let alone */
	struct reform_result *results;
};

/*
 * By TRUNCATE, which waits for those who use the table as the ALTER will: one
 * that is not available keeps its rows, and gets no ALTER.
 */
enum dbs_rc restore_empty(const struct restore_request *request,
			  struct dbs_error *err);

/*
 * Each table in a transaction, and only where it has its former structure; all
 * rows are read again and summed up.
 */
enum dbs_rc restore_rows(const struct restore_request *request,
			 uint64_t *rows_out, struct dbs_error *err);
#endif
