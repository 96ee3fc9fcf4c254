/*
 * snapshot.c - see snapshot.h.
 *
 *	one connection		its own view is one moment: proven
 *	MariaDB, binary log on	views are opened without a lock; each tells the
 *				position in the binary log that it stands at;
 *				all equal: proven; else again, TRIES times
 *	otherwise		FLUSH TABLES WITH READ LOCK on the first
 *				connection while all open their views, for a
 *				moment; given up after LOCK_S seconds, so that
 *				no queue builds up behind it
 *	not allowed, no time	every connection has a view of its own, and a
 *				table is read by one connection only: per-table
 *
 * Rejected: comparing gtid_executed before and after on MySQL without a lock.
 * A transaction is in the engine a little before it is in that set, so a view
 * may differ while the sets agree.
 */
#include "dbsync/db/snapshot.h"

#include "dbsync/base/fault.h"
#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/db/quote.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { TRIES = 5 };

#define OPEN_VIEW "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"
#define LOCK_S "3"
#define PINNED_LOCK_S "60" /* as in session.c */

/* "file:position" of a view of MariaDB; "" without a binary log. */
static enum dbs_rc view_position(struct conn *conn, char *out, size_t size,
				 struct dbs_error *err)
{
	OWNED(rows_drop) struct rows *rows = NULL;
	const char *file = "";
	const char *position = "";

	*out = '\0';
	if (!conn_server(conn)->has_binlog_snapshot)
		return DBS_OK;
	enum dbs_rc rc = conn_fetch(
		conn, "SHOW STATUS LIKE 'binlog\\_snapshot\\_%'", &rows, err);

	if (rc)
		return rc;
	for (size_t i = 0; i < rows_count(rows); i++) {
		const char *name = rows_text(rows, i, 0);
		const char *value = rows_text(rows, i, 1);

		if (!strcasecmp(name, "binlog_snapshot_file"))
			file = value;
		else if (!strcasecmp(name, "binlog_snapshot_position"))
			position = value;
	}
	if (*file)
		(void)snprintf(out, size, "%s:%s", file, position);
	return DBS_OK;
}

static enum dbs_rc run_on_all(struct conn *const *conns, size_t count,
			      const char *sql, struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; i < count && !rc; i++)
		rc = conn_run(conns[i], sql, err);
	return rc;
}

static enum dbs_rc open_views(struct conn *const *conns, size_t count,
			      struct dbs_error *err)
{
	return run_on_all(conns, count, OPEN_VIEW, err);
}

/*
 * A replica that applies without logging changes its data and not its
 * position, which proves nothing then.
 */
static enum dbs_rc logs_all(struct conn *conn, bool *out, struct dbs_error *err)
{
	OWNED(rows_drop) struct rows *rows = NULL;
	OWNED(mem_drop) char *logs = NULL;
	enum dbs_rc rc = conn_fetch_text(conn, "SELECT @@log_slave_updates",
					 &logs, err);

	if (!rc)
		rc = conn_fetch(conn,
				"SHOW GLOBAL STATUS LIKE 'Slaves_running'",
				&rows, err);
	if (rc)
		return rc;
	const bool is_replica = rows_count(rows) &&
				strcmp(rows_text(rows, 0, 1), "0") != 0;

	*out = !is_replica || (logs && *logs == '1');
	return DBS_OK;
}

static enum dbs_rc positions_agree(struct conn *const *conns, size_t count,
				   struct snapshot *out, bool *agree_out,
				   struct dbs_error *err)
{
	char other[sizeof(out->position)];
	enum dbs_rc rc = view_position(conns[0], out->position,
				       sizeof(out->position), err);

	*agree_out = !rc && *out->position;
	if (*agree_out)
		rc = logs_all(conns[0], agree_out, err);
	for (size_t i = 1; i < count && !rc && *agree_out; i++) {
		rc = view_position(conns[i], other, sizeof(other), err);
		*agree_out = !rc && !strcmp(other, out->position);
	}
	return rc;
}

static enum dbs_rc open_by_position(struct conn *const *conns, size_t count,
				    struct snapshot *out, struct dbs_error *err)
{
	bool agree = false;

	for (int i = 0; i < TRIES && !agree; i++) {
		enum dbs_rc rc = open_views(conns, count, err);

		if (!rc)
			rc = positions_agree(conns, count, out, &agree, err);
		if (rc)
			return rc;
		if (!*out->position)
			break;
	}
	if (agree || count == 1)
		out->consistency = CONSISTENCY_SNAPSHOT;
	return DBS_OK;
}

/*
 * The lock itself; *locked_out is false when it may not or cannot be had, in
 * whatever words (a hosted MySQL answers with 1045).
 */
static enum dbs_rc lock_all(struct conn *conn, bool *locked_out,
			    struct dbs_error *err)
{
	enum dbs_rc rc = conn_run(conn, "SET lock_wait_timeout = " LOCK_S, err);

	if (rc)
		return rc;
	rc = conn_run(conn, "FLUSH TABLES WITH READ LOCK", err);
	*locked_out = !rc;
	if (rc && rc != DBS_E_CANCELLED && !conn_is_broken(conn)) {
		talk_note(conn_setup(conn)->talk,
			  "%s; each table is read by one connection",
			  err->text);
		dbs_error_clear(err);
		rc = DBS_OK;
	}
	if (rc)
		return rc;
	return conn_run(conn, "SET lock_wait_timeout = " PINNED_LOCK_S, err);
}

static enum dbs_rc open_by_lock(struct conn *const *conns, size_t count,
				struct snapshot *out, struct dbs_error *err)
{
	bool locked = false;
	enum dbs_rc rc = conn_run(conns[0], "COMMIT", err);

	if (!rc)
		rc = lock_all(conns[0], &locked, err);
	if (!rc)
		rc = open_views(conns, count, err);
	if (!rc)
		rc = view_position(conns[0], out->position,
				   sizeof(out->position), err);
	/* with an error the connection is closed, which unlocks too */
	if (rc || !locked)
		return rc;
	out->consistency = CONSISTENCY_SNAPSHOT;
	return conn_run(conns[0], "UNLOCK TABLES", err);
}

enum dbs_rc snapshot_open(struct conn *const *conns, size_t count,
			  struct snapshot *out, struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	*out = (struct snapshot){.consistency = CONSISTENCY_PER_TABLE};
	if (fault_error(FAULT_DB_SNAPSHOT))
		return open_views(conns, count, err);
	if (count == 1 || conn_server(conns[0])->has_binlog_snapshot)
		rc = open_by_position(conns, count, out, err);
	if (rc || out->consistency == CONSISTENCY_SNAPSHOT)
		return rc;
	return open_by_lock(conns, count, out, err);
}

void snapshot_close(struct conn *const *conns, size_t count)
{
	struct dbs_error ignored;

	for (size_t i = 0; i < count; i++)
		/* one that stayed open would keep tables from being altered */
		if (conns[i] && conn_run(conns[i], "COMMIT", &ignored))
			conn_cut(conns[i]);
}

enum dbs_rc snapshot_mark(struct conn *const *conns, size_t count,
			  struct dbs_error *err)
{
	return run_on_all(conns, count, "SAVEPOINT dbsync", err);
}

enum dbs_rc snapshot_let_go(struct conn *const *conns, size_t count,
			    struct dbs_error *err)
{
	return run_on_all(conns, count, "ROLLBACK TO SAVEPOINT dbsync", err);
}

enum dbs_rc snapshot_rejoin(struct conn *conn, struct dbs_error *err)
{
	return conn_run(conn, OPEN_VIEW, err);
}

/* ------------------------------------------------------------------------
 * Replicas
 * --------------------------------------------------------------------- */

static enum dbs_rc fail_at(struct conn *conn, enum dbs_rc code,
			   const char *text, struct dbs_error *err)
{
	OWNED(buf_release) struct buf name = BUF_INIT;

	dsn_show(conn_setup(conn)->dsn, &name);
	dbs_fail(err, code, "%s %s: %s", dbs_side_name(conn_side(conn)),
		 name.data, text);
	err->side = conn_side(conn);
	return code;
}

enum dbs_rc snapshot_gtid(struct conn *conn, const struct snapshot *snapshot,
			  char **out, struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	const char *colon = strrchr(snapshot->position, ':');
	OWNED(mem_drop) char *gtid = NULL;

	if (conn_server(conn)->has_gtid_executed) {
		buf_adds(&sql, "SELECT @@GLOBAL.gtid_executed");
	} else if (colon) {
		buf_adds(&sql, "SELECT BINLOG_GTID_POS(");
		quote_string(&sql, "utf8mb4", snapshot->position,
			     (size_t)(colon - snapshot->position));
		buf_addf(&sql, ", %s)", colon + 1);
	} else {
		return fail_at(conn, DBS_E_USAGE,
			       "it writes no binary log, so there is no "
			       "position to wait for",
			       err);
	}
	enum dbs_rc rc = conn_fetch_text(conn, sql.data, &gtid, err);

	if (rc)
		return rc;
	if (!gtid || (!*gtid && conn_server(conn)->has_gtid_executed))
		return fail_at(conn, DBS_E_USAGE,
			       "it has no global transaction id for its "
			       "snapshot (gtid_mode)",
			       err);
	*out = own_take(&gtid);
	return DBS_OK;
}

static enum dbs_rc check_is_replica(struct conn *conn, struct dbs_error *err)
{
	OWNED(rows_drop) struct rows *rows = NULL;
	enum dbs_rc rc = conn_fetch(conn, server_replica_sql(conn_server(conn)),
				    &rows, err);

	if (rc || rows_count(rows))
		return rc;
	return fail_at(conn, DBS_E_USAGE,
		       "--wait-replica was asked for and it replicates from "
		       "nobody",
		       err);
}

enum dbs_rc snapshot_wait(struct conn *conn, const char *gtid,
			  unsigned timeout_s, struct dbs_error *err)
{
	const struct server *server = conn_server(conn);
	const bool is_mysql = server->family == SERVER_MYSQL;
	/* the oldest answers with a number of events; all of them -1: not yet */
	const char *wait = !is_mysql ? "MASTER_GTID_WAIT"
			   : server->has_gtid_wait
				   ? "WAIT_FOR_EXECUTED_GTID_SET"
				   : "WAIT_UNTIL_SQL_THREAD_AFTER_GTIDS";
	OWNED(buf_release) struct buf sql = BUF_INIT;
	OWNED(mem_drop) char *answer = NULL;
	enum dbs_rc rc = check_is_replica(conn, err);

	if (rc)
		return rc;
	buf_addf(&sql, "SELECT %s(", wait);
	quote_text(&sql, gtid);
	buf_addf(&sql, ", %u)", timeout_s);
	rc = conn_fetch_text(conn, sql.data, &answer, err);
	if (rc || (answer && !strcmp(answer, "0")) ||
	    (is_mysql && !server->has_gtid_wait && answer && *answer != '-'))
		return rc;
	return fail_at(conn, DBS_E_LIMIT,
		       "it has not caught up with the source in time", err);
}

const char *consistency_name(enum consistency consistency)
{
	static const char *const names[] = {
		[CONSISTENCY_NONE] = "none",
		[CONSISTENCY_RENEWED] = "renewed",
		[CONSISTENCY_PER_TABLE] = "per-table",
		[CONSISTENCY_SNAPSHOT] = "snapshot",
	};

	return names[consistency];
}
