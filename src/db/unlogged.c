/*
 * unlogged.c - see unlogged.h.
 *
 * Which databases are left out of the log is shown by variables since MariaDB
 * 11.7, and before that by SHOW MASTER STATUS to those who have BINLOG MONITOR.
 * A filter of whatever database counts: a statement that is logged as such is
 * left out by the database that its session has chosen, not by that of the table.
 *
 * XA COMMIT is the one commit that is not in one step with the engine's: views
 * of the same position were seen to differ by it.  The server counts them from
 * its start, before it runs them, so what was under way while views were opened
 * is counted afterwards.
 */
#include "dbsync/db/unlogged.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"

#include <stdlib.h>
#include <string.h>

struct settings {
	const char *log_bin;
	const char *applies; /* log_slave_updates */
	const char *wsrep;
	const char *chosen; /* binlog_do_db; NULL: not known */
	const char *left_out;
	const char *replicas; /* Slaves_running */
	const char *commits;  /* Com_xa_commit */
	const char *uptime;
	const char *counted; /* Uptime_since_flush_status */
};

static void learn(const struct rows *rows, struct settings *out)
{
	const struct {
		const char *name;
		const char **at;
	} wanted[] = {
		{"log_bin", &out->log_bin},
		{"log_slave_updates", &out->applies},
		{"wsrep_on", &out->wsrep},
		{"binlog_do_db", &out->chosen},
		{"binlog_ignore_db", &out->left_out},
		{"Slaves_running", &out->replicas},
		{"Com_xa_commit", &out->commits},
		{"Uptime", &out->uptime},
		{"Uptime_since_flush_status", &out->counted},
	};

	for (size_t i = 0; i < rows_count(rows); i++)
		for (size_t k = 0; k < sizeof(wanted) / sizeof(*wanted); k++)
			if (rows_text(rows, i, 0) && rows_text(rows, i, 1) &&
			    !strcmp(rows_text(rows, i, 0), wanted[k].name))
				*wanted[k].at = rows_text(rows, i, 1);
}

/* Of what is not a number, or not there: as if there were some. */
static bool is_none(const char *number)
{
	return number && !strcmp(number, "0");
}

static const char *judge(const struct settings *settings)
{
	if (!settings->log_bin || strcmp(settings->log_bin, "ON") != 0)
		return "nothing is logged";
	if (!settings->applies || strcmp(settings->applies, "ON") != 0) {
		if (settings->wsrep && !strcmp(settings->wsrep, "ON"))
			return "what other nodes of the cluster write is not "
			       "logged (log_slave_updates)";
		if (!is_none(settings->replicas))
			return "what the replica applies is not logged "
			       "(log_slave_updates)";
	}
	return NULL;
}

/* A counter that was set to zero says nothing of what came before. */
static bool may_have_committed(const struct conn *conn,
			       const struct settings *settings)
{
	enum { FLUSH_CLEARS = 110500 }; /* FLUSH GLOBAL STATUS */

	if (!is_none(settings->commits))
		return true;
	return conn_server(conn)->version >= FLUSH_CLEARS &&
	       (!settings->uptime || !settings->counted ||
		strcmp(settings->uptime, settings->counted) != 0);
}

/* Where the variables do not say it. */
static enum dbs_rc ask_filters(struct conn *conn, const char **why_out,
			       struct dbs_error *err)
{
	static const char *const chosen[] = {"Binlog_Do_DB", NULL};
	static const char *const left_out[] = {"Binlog_Ignore_DB", NULL};
	const char *const *const columns[] = {chosen, left_out};

	for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++) {
		OWNED(rows_drop) struct rows *rows = NULL;
		enum dbs_rc rc = conn_fetch_column(
			conn, server_log_status_sql(conn_server(conn)),
			columns[i], &rows, err);

		if (rc == DBS_E_DENIED || rc == DBS_E_SERVER) {
			dbs_error_clear(err);
			*why_out = conn_server(conn)->family == SERVER_MYSQL
					   ? "the user may not see whether "
					     "databases are left out "
					     "(GRANT REPLICATION CLIENT ON *.*)"
					   : "the user may not see whether "
					     "databases are left out "
					     "(GRANT BINLOG MONITOR ON *.*)";
			return DBS_OK;
		}
		if (rc)
			return rc;
		if (!rows_count(rows) || !rows_text(rows, 0, 0) ||
		    *rows_text(rows, 0, 0))
			*why_out = "databases are left out of it "
				   "(binlog_do_db, binlog_ignore_db)";
	}
	return DBS_OK;
}

void unlogged_lock_name(struct buf *out, unsigned number)
{
	buf_addf(out, "dbsync.unlogged.%u", number);
}

void unlogged_run_lock_name(struct buf *out, const char *run)
{
	buf_addf(out, "dbsync.run.%s", run);
}

/* The connection of this run that shows it, or NULL. */
static void add_ourselves(struct buf *sql, const char *run)
{
	if (!run) {
		buf_adds(sql, "NULL");
		return;
	}
	buf_adds(sql, "IS_USED_LOCK('");
	unlogged_run_lock_name(sql, run);
	buf_adds(sql, "')");
}

static enum dbs_rc ask_runs(struct conn *conn, const char **why_out,
			    struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	OWNED(mem_drop) char *user = NULL;

	buf_adds(&sql, "SELECT COALESCE(NULL");
	for (unsigned i = 0; i < UNLOGGED_RUNS; i++) {
		buf_adds(&sql, ", NULLIF(IS_USED_LOCK('");
		unlogged_lock_name(&sql, i);
		buf_adds(&sql, "'), ");
		add_ourselves(&sql, conn_setup(conn)->run);
		buf_addc(&sql, ')');
	}
	buf_adds(&sql, ")");
	enum dbs_rc rc = conn_fetch_text(conn, sql.data, "1N", &user, err);

	if (!rc && user)
		*why_out = "a run of dbsync with --binlog off writes";
	return rc;
}

/* What a replica applies may be left out, and whether it is one may not be seen. */
static enum dbs_rc find_in_mysql(struct conn *conn, const char **why_out,
				 struct dbs_error *err)
{
	OWNED(rows_drop) struct rows *rows = NULL;
	const char *why = NULL;
	enum dbs_rc rc = conn_fetch(
		conn,
		"SHOW GLOBAL VARIABLES WHERE Variable_name IN ('log_bin', "
		"'log_replica_updates', 'log_slave_updates') AND Value <> 'ON'",
		"tT", &rows, err);

	if (rc)
		return rc;
	if (rows_count(rows))
		why = !strcmp(rows_text(rows, 0, 0), "log_bin")
			      ? "nothing is logged"
			      : "what a replica applies is not logged "
				"(log_replica_updates)";
	if (!why)
		rc = ask_filters(conn, &why, err);
	if (!rc && !why)
		rc = ask_runs(conn, &why, err);
	if (!rc)
		*why_out = why;
	return rc;
}

static enum dbs_rc ask_counters(struct conn *conn, struct rows **rows,
				struct settings *out, struct dbs_error *err)
{
	enum dbs_rc rc = conn_fetch(
		conn,
		"SHOW GLOBAL STATUS WHERE Variable_name IN ('Slaves_running', "
		"'Com_xa_commit', 'Uptime', 'Uptime_since_flush_status')",
		"tT", rows, err);

	if (!rc)
		learn(*rows, out);
	return rc;
}

static enum dbs_rc find_in_mariadb(struct conn *conn, bool *commits_out,
				   const char **why_out, struct dbs_error *err)
{
	OWNED(rows_drop) struct rows *variables = NULL;
	OWNED(rows_drop) struct rows *counters = NULL;
	struct settings settings = {0};
	const char *why = NULL;
	enum dbs_rc rc = conn_fetch(
		conn,
		"SHOW GLOBAL VARIABLES WHERE Variable_name IN ('log_bin', "
		"'log_slave_updates', 'wsrep_on', 'binlog_do_db', "
		"'binlog_ignore_db')",
		"tT", &variables, err);

	if (!rc)
		rc = ask_counters(conn, &counters, &settings, err);
	if (rc)
		return rc;
	learn(variables, &settings);
	*commits_out = may_have_committed(conn, &settings);
	why = judge(&settings);
	if (!why && settings.chosen && settings.left_out &&
	    (*settings.chosen || *settings.left_out))
		why = "databases are left out of it (binlog_do_db, "
		      "binlog_ignore_db)";
	if (!why && (!settings.chosen || !settings.left_out))
		rc = ask_filters(conn, &why, err);
	if (!rc && !why)
		rc = ask_runs(conn, &why, err);
	if (!rc)
		*why_out = why;
	return rc;
}

enum dbs_rc unlogged_writes(struct conn *conn, const char **why_out,
			    struct dbs_error *err)
{
	bool ignored = false;

	return conn_server(conn)->family == SERVER_MYSQL
		       ? find_in_mysql(conn, why_out, err)
		       : find_in_mariadb(conn, &ignored, why_out, err);
}

enum dbs_rc unlogged_find(struct conn *conn, const char **why_out,
			  struct dbs_error *err)
{
	bool commits = false;

	if (conn_server(conn)->family == SERVER_MYSQL)
		return find_in_mysql(conn, why_out, err);
	enum dbs_rc rc = find_in_mariadb(conn, &commits, why_out, err);

	if (!rc && !*why_out && commits)
		*why_out = "there were XA transactions, which are seen later "
			   "than they are logged";
	return rc;
}

enum dbs_rc unlogged_commits(struct conn *conn, bool *out,
			     struct dbs_error *err)
{
	OWNED(rows_drop) struct rows *counters = NULL;
	struct settings settings = {0};
	enum dbs_rc rc = ask_counters(conn, &counters, &settings, err);

	*out = !rc && may_have_committed(conn, &settings);
	return rc;
}
