/* ddl.c - see ddl.h. */
#include "ddl.h"

#include "dbsync/base/clock.h"
#include "dbsync/base/own.h"
#include "dbsync/db/quote.h"

enum {
	ATTEMPT_S = 3, /* at most, for one attempt */
	PAUSE_MS = 1000,
	ERROR_LOCK_WAIT = 1205,
};

static enum dbs_rc prepare(struct ddl *ddl, struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	const unsigned wait = ddl->wish->wait_s < ATTEMPT_S ? ddl->wish->wait_s
							    : ATTEMPT_S;

	buf_addf(&sql,
		 "SET SESSION foreign_key_checks = 0, unique_checks = 1, "
		 "lock_wait_timeout = %u",
		 wait ? wait : 1);
	enum dbs_rc rc = conn_run(ddl->conn, sql.data, err);

	if (!rc && ddl->wish->no_binlog)
		rc = conn_run(ddl->conn, "SET SESSION sql_log_bin = 0", err);
	if (rc == DBS_E_DENIED)
		(void)dbs_error_context(err, "--binlog off");
	return rc;
}

enum dbs_rc ddl_open(struct ddl *ddl, const struct ddl_wish *wish,
		     struct dbs_error *err)
{
	*ddl = (struct ddl){.wish = wish};
	enum dbs_rc rc = conn_open(wish->setup, &ddl->conn, err);

	return rc ? rc : prepare(ddl, err);
}

void ddl_close(struct ddl *ddl)
{
	conn_close(&ddl->conn);
}

static enum dbs_rc gave_up(const struct ddl *ddl, struct dbs_error *err)
{
	struct dbs_error cause = *err;

	return dbs_fail(err, DBS_E_LIMIT,
			"the table is in use and could not be locked for %u "
			"seconds (--lock-wait): %s",
			ddl->wish->wait_s, cause.text);
}

enum dbs_rc ddl_use(struct ddl *ddl, const char *database,
		    struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;

	if (conn_server(ddl->conn)->has_own_parents)
		return DBS_OK;
	buf_adds(&sql, "USE ");
	quote_name(&sql, database);
	return conn_run(ddl->conn, sql.data, err);
}

enum dbs_rc ddl_run_as_is(struct ddl *ddl, const char *sql,
			  struct dbs_error *err)
{
	const struct cancel *cancel = ddl->wish->setup->cancel;
	const uint64_t start = clock_ns();
	enum dbs_rc rc = DBS_OK;

	while (!rc) {
		rc = conn_run(ddl->conn, sql, err);
		if (!rc || err->server_errno != ERROR_LOCK_WAIT)
			break;
		if (clock_since(start) >= ddl->wish->wait_s)
			return gave_up(ddl, err);
		dbs_error_clear(err);
		rc = cancel_sleep(cancel, PAUSE_MS, err);
	}
	return rc;
}

enum dbs_rc ddl_run(struct ddl *ddl, const char *sql, bool is_lax,
		    struct dbs_error *err)
{
	enum dbs_rc rc =
		conn_run(ddl->conn,
			 is_lax ? "SET SESSION sql_mode = '" CONN_SQL_MODE "'"
				: "SET SESSION sql_mode = "
				  "'" CONN_SQL_MODE_STRICT "'",
			 err);

	return rc ? rc : ddl_run_as_is(ddl, sql, err);
}
