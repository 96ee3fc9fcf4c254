/*
 * ddl.h - a session that changes structures.  Internal to apply.
 *
 * A statement that waits for a metadata lock makes everybody else wait behind
 * it.  So each attempt waits a few seconds only, and steps back before the
 * next one, until the time that the user gave is over.
 */
#ifndef DBSYNC_APPLY_DDL_H
#define DBSYNC_APPLY_DDL_H

#include "dbsync/db/conn.h"

struct ddl_wish {
	const struct conn_setup *setup; /* of the target */
	bool no_binlog;
	unsigned wait_s; /* for metadata locks, in all */
};

struct ddl {
	struct conn *conn;
	const struct ddl_wish *wish;
};

enum dbs_rc ddl_open(struct ddl *ddl, const struct ddl_wish *wish,
		     struct dbs_error *err);
void ddl_close(struct ddl *ddl);

/*
 * Where a server looks for the parent of a foreign key in the database that is
 * selected, not in that of the table (MySQL 5.6), selects it.
 */
enum dbs_rc ddl_use(struct ddl *ddl, const char *database,
		    struct dbs_error *err);

/*
 * is_lax: values that do not fit are cut (the user allowed it); otherwise the
 * server refuses the statement.  DBS_E_LIMIT: the lock was not available.
 */
enum dbs_rc ddl_run(struct ddl *ddl, const char *sql, bool is_lax,
		    struct dbs_error *err);
/* Under the sql_mode that the session has. */
enum dbs_rc ddl_run_as_is(struct ddl *ddl, const char *sql,
			  struct dbs_error *err);
#endif
