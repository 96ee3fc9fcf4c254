/*
 * sync_print.h - `dry-run --sql FILE`.
 */
#ifndef DBSYNC_RUN_SYNC_PRINT_H
#define DBSYNC_RUN_SYNC_PRINT_H

#include "dbsync/data/row_sql.h"
#include "dbsync/plan/reshape.h"

struct sync_print {
	const char *file;
	const struct walk_request *request;
	const struct plan *plan;
	const struct row_sql *const *sqls;
	const struct reshape *reshape; /* NULL: structures are left alone */
	const struct walk *walk;
	const struct target_facts *facts;
	const struct server *target_server;
	const struct conn_setup *source; /* rows are read again there */
	bool has_rows;
};

/*
 * Writes the file, and a note when something is not in it, which is added to
 * absent (struct plan_gap) and lives as long as the plan.
 */
enum dbs_rc sync_print(const struct sync_print *wish, struct vec *absent,
		       struct dbs_error *err);
#endif
