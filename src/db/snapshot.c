/*
 * snapshot.c - see snapshot.h.
 *
 *	one connection		its own view is one moment: proven.  Where the
 *				log stands at it is known but for XA COMMIT;
 *				where there were any, commits are held back, too
 *	MariaDB, where all	views are opened without a lock; each tells the
 *	writes are logged	position in the binary log that it stands at;
 *				all equal: proven; else again, TRIES times.
 *				What lets a write pass the log by is looked for
 *				before and after (unlogged.h)
 *	otherwise		no commit is let through while all open their
 *				views, for a moment; given up after 3 s
 *	not allowed, no time,	every connection has a view of its own, and a
 *	several servers		table is read by one connection only: per-table
 *
 * Commits are held back by BACKUP STAGE BLOCK_COMMIT (MariaDB 10.4 and later) on
 * a connection of its own, for its end commits; elsewhere, or where a backup is
 * under way, by FLUSH TABLES WITH READ LOCK on the first connection, which waits
 * for every statement that writes, and in MySQL for those that read.  There it
 * leaves a trap behind when it is given up: until the statement that it waited for
 * ends, nobody else comes to the tables of that.  So where one goes on for a while
 * already, the lock is not asked for.
 *
 * Rejected: comparing gtid_executed before and after on MySQL without a lock.
 * A transaction is in the engine a little before it is in that set, so a view
 * may differ while the sets agree.  LOCK INSTANCE FOR BACKUP holds no commit
 * back.
 */
#include "dbsync/db/snapshot.h"

#include "dbsync/base/clock.h"
#include "dbsync/base/fault.h"
#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/db/quote.h"
#include "dbsync/db/unlogged.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum { TRIES = 5 };

#define OPEN_VIEW "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"
/*
 * Until it is held, and until the server ends who holds it and is silent: a client
 * whose cable was pulled must not hold all commits back for hours.
 */
#define HOLD_PINS "SET lock_wait_timeout = 3, wait_timeout = 10"
#define USUAL_PINS \
	"SET lock_wait_timeout = 60, wait_timeout = 86400" /* pins.c */

/* "file:position" of a view of MariaDB; "" without a binary log. */
static enum dbs_rc view_position(struct conn *conn, char *out, size_t size,
				 struct dbs_error *err)
{
	OWNED(rows_drop) struct rows *rows = NULL;
	const char *file = "";
	const char *position = "";

	if (!conn_server(conn)->has_binlog_snapshot)
		return DBS_OK; /* see executed_before */
	*out = '\0';
	enum dbs_rc rc = conn_fetch(conn,
				    "SHOW STATUS LIKE 'binlog\\_snapshot\\_%'",
				    "tt", &rows, err);

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

static enum dbs_rc positions_agree(struct conn *const *conns, size_t count,
				   struct snapshot *out, bool *agree_out,
				   struct dbs_error *err)
{
	char other[sizeof(out->position)];
	enum dbs_rc rc = view_position(conns[0], out->position,
				       sizeof(out->position), err);

	*agree_out = !rc && *out->position;
	for (size_t i = 1; i < count && !rc && *agree_out; i++) {
		rc = view_position(conns[i], other, sizeof(other), err);
		*agree_out = !rc && !strcmp(other, out->position);
	}
	return rc;
}

/* *why_out: why the position proves nothing; NULL when they did not agree. */
static enum dbs_rc open_by_position(struct conn *const *conns, size_t count,
				    struct snapshot *out, const char **why_out,
				    struct dbs_error *err)
{
	bool agree = false;
	enum dbs_rc rc = unlogged_find(conns[0], why_out, err);

	for (int i = 0; i < TRIES && !agree && !rc && !*why_out; i++) {
		rc = open_views(conns, count, err);
		if (!rc)
			rc = positions_agree(conns, count, out, &agree, err);
	}
	if (!rc && agree)
		rc = unlogged_find(conns[0], why_out, err);
	if (!rc && agree && !*why_out) {
		out->consistency = CONSISTENCY_SNAPSHOT;
		out->is_placed = true;
	}
	return rc;
}

/* ------------------------------------------------------------------------
 * With commits held back
 * --------------------------------------------------------------------- */

/* What holds commits back while views are opened. */
struct hold {
	struct conn_setup setup; /* of conn */
	struct conn *conn;       /* by BACKUP STAGE, or NULL */
	bool is_held;            /* by that, or by the first one's lock */
	bool is_given_up;        /* nothing else is to be tried */
	struct dbs_error no;     /* why it is not held */
};

/* It may not or cannot be had, in whatever words (a hosted MySQL: 1045). */
static bool is_refusal(enum dbs_rc rc, const struct conn *conn)
{
	return rc && rc != DBS_E_CANCELLED && !conn_is_broken(conn);
}

static enum dbs_rc hold_by_stage(struct conn *holder, struct hold *hold,
				 struct dbs_error *err)
{
	enum dbs_rc rc = conn_run(holder, HOLD_PINS, err);

	if (!rc)
		rc = conn_run(holder, "BACKUP STAGE START", err);
	if (rc)
		return rc;
	/* what is in the way of this is in that of a lock, too */
	hold->is_given_up = true;
	return conn_run(holder, "BACKUP STAGE BLOCK_COMMIT", err);
}

/* Only a stop is an error: what fails here may go by the other way. */
static enum dbs_rc try_stage(struct conn *first, struct hold *hold,
			     struct dbs_error *err)
{
	OWNED(conn_close) struct conn *holder = NULL;

	if (!conn_server(first)->has_backup_stage)
		return DBS_OK;
	hold->setup = *conn_setup(first);
	hold->setup.attempts = 1; /* there is another way */
	enum dbs_rc rc = conn_open(&hold->setup, &holder, &hold->no);

	if (!rc)
		rc = hold_by_stage(holder, hold, &hold->no);
	if (rc == DBS_E_CANCELLED)
		*err = hold->no;
	if (rc)
		return rc == DBS_E_CANCELLED ? rc : DBS_OK;
	hold->conn = own_take(&holder);
	hold->is_held = true;
	return DBS_OK;
}

/* Of those that this user may see. */
static enum dbs_rc find_long_statement(struct conn *first, struct hold *hold,
				       struct dbs_error *err)
{
	OWNED(rows_drop) struct rows *rows = NULL;
	enum dbs_rc rc = conn_fetch(
		first,
		"SELECT ID, TIME FROM INFORMATION_SCHEMA.PROCESSLIST WHERE "
		"COMMAND IN ('Query', 'Execute') AND TIME >= 5 AND USER <> "
		"'system user' AND ID <> CONNECTION_ID() ORDER BY TIME DESC "
		"LIMIT 1",
		"nn", &rows, err);

	/* the lock is not waited for in any case */
	if (rc && conn_cannot_list(err)) {
		dbs_error_clear(err);
		return DBS_OK;
	}
	if (!rc && rows_count(rows)) {
		hold->is_given_up = true;
		(void)dbs_fail(&hold->no, DBS_E_SERVER,
			       "a lock of all tables would wait for the "
			       "statement of connection %s, which has run for "
			       "%s s, and others would wait for the lock",
			       rows_text(rows, 0, 0), rows_text(rows, 0, 1));
	}
	return rc;
}

static enum dbs_rc try_lock(struct conn *first, struct hold *hold,
			    struct dbs_error *err)
{
	enum dbs_rc rc = conn_run(first, HOLD_PINS, err);

	if (rc)
		return rc;
	rc = conn_run(first, "FLUSH TABLES WITH READ LOCK", err);
	hold->is_held = !rc;
	if (!is_refusal(rc, first))
		return rc;
	hold->no = *err;
	dbs_error_clear(err);
	return conn_run(first, USUAL_PINS, err);
}

static enum dbs_rc hold_commits(struct conn *first, struct hold *hold,
				struct dbs_error *err)
{
	enum dbs_rc rc = conn_run(first, "COMMIT", err);

	if (!rc)
		rc = try_stage(first, hold, err);
	if (!rc && !hold->is_held && !hold->is_given_up &&
	    conn_server(first)->family == SERVER_MYSQL)
		rc = find_long_statement(first, hold, err);
	return rc || hold->is_held || hold->is_given_up
		       ? rc
		       : try_lock(first, hold, err);
}

static enum dbs_rc let_commits_go(struct conn *first, struct hold *hold,
				  struct dbs_error *err)
{
	struct dbs_error ignored = {0};

	if (!hold->conn) {
		enum dbs_rc rc = conn_run(first, "UNLOCK TABLES", err);

		return rc ? rc : conn_run(first, USUAL_PINS, err);
	}
	/* if that was lost meanwhile, commits were let through */
	if (!conn_run(hold->conn, "BACKUP STAGE END", &ignored))
		return DBS_OK;
	hold->is_held = false;
	hold->no = ignored;
	return DBS_OK;
}

static void say_weaker(struct conn *first, const struct hold *hold,
		       const char *why)
{
	talk_note(conn_setup(first)->talk,
		  "%s%s%s%s; each table is read by one connection",
		  why ? "the binary log proves nothing: " : "", why ? why : "",
		  why ? "; " : "", hold->no.text);
}

/* The views are opened also where commits cannot be held back. */
static enum dbs_rc open_held(struct conn *const *conns, size_t count,
			     struct hold *hold, struct snapshot *out,
			     struct dbs_error *err)
{
	enum dbs_rc rc = hold_commits(conns[0], hold, err);

	if (!rc)
		rc = open_views(conns, count, err);
	if (!rc)
		rc = view_position(conns[0], out->position,
				   sizeof(out->position), err);
	if (!rc && hold->is_held)
		rc = let_commits_go(conns[0], hold, err);
	/* whoever fails may have more to do before it closes its connections */
	if (rc && hold->is_held && !hold->conn)
		conn_cut(conns[0]);
	conn_close(&hold->conn);
	out->is_placed = !rc && hold->is_held;
	return rc;
}

static enum dbs_rc open_by_lock(struct conn *const *conns, size_t count,
				const char *why, struct snapshot *out,
				struct dbs_error *err)
{
	struct hold hold = {0};
	enum dbs_rc rc = open_held(conns, count, &hold, out, err);

	if (!rc && hold.is_held)
		out->consistency = CONSISTENCY_SNAPSHOT;
	else if (!rc)
		say_weaker(conns[0], &hold, why);
	return rc;
}

static enum dbs_rc open_alone(struct conn *const *conns, struct snapshot *out,
			      struct dbs_error *err)
{
	enum dbs_rc rc = open_views(conns, 1, err);

	if (!rc)
		rc = view_position(conns[0], out->position,
				   sizeof(out->position), err);
	if (!rc)
		out->consistency = CONSISTENCY_SNAPSHOT;
	return rc;
}

/* What is prepared for long would keep commits waiting for as long as we do. */
static enum dbs_rc has_prepared(struct conn *conn, bool *out,
				struct dbs_error *err)
{
	OWNED(rows_drop) struct rows *rows = NULL;
	enum dbs_rc rc = conn_fetch(conn, "XA RECOVER", "*", &rows, err);

	*out = rc || rows_count(rows);
	if (rc == DBS_E_DENIED || rc == DBS_E_SERVER) {
		dbs_error_clear(err);
		rc = DBS_OK;
	}
	return rc;
}

/* One view is one moment; but at which place of the log? */
static enum dbs_rc place_alone(struct conn *const *conns, bool may_hold,
			       struct snapshot *out, struct dbs_error *err)
{
	struct hold hold = {0};
	bool has_commits = false;
	bool is_open = false;
	enum dbs_rc rc = unlogged_commits(conns[0], &has_commits, err);

	out->is_placed = !rc && !has_commits;
	if (rc || out->is_placed || !may_hold)
		return rc;
	rc = has_prepared(conns[0], &is_open, err);
	return rc || is_open ? rc : open_held(conns, 1, &hold, out, err);
}

enum dbs_rc snapshot_open_placed(struct conn *const *conns, size_t count,
				 bool may_hold, struct snapshot *out,
				 struct dbs_error *err)
{
	enum dbs_rc rc = snapshot_open(conns, count, out, err);

	if (!rc && count == 1 && *out->position &&
	    conn_server(conns[0])->has_binlog_snapshot)
		rc = place_alone(conns, may_hold, out, err);
	return rc;
}

enum dbs_rc snapshot_now(struct conn *conn, struct snapshot *out,
			 struct dbs_error *err)
{
	enum dbs_rc rc = open_views(&conn, 1, err);

	*out = (struct snapshot){.consistency = CONSISTENCY_NONE};
	if (!rc)
		rc = view_position(conn, out->position, sizeof(out->position),
				   err);
	return rc ? rc : conn_run(conn, "COMMIT", err);
}

/* ------------------------------------------------------------------------
 * Opening
 * --------------------------------------------------------------------- */

/* Some clusters refuse locks by name: then what their nodes say of themselves. */
static enum dbs_rc have_one_name(struct conn *const *conns, size_t count,
				 bool *out, struct dbs_error *err)
{
	static const char sql[] = "SELECT CONCAT(@@hostname, ':', @@port)";
	OWNED(mem_drop) char *first = NULL;
	enum dbs_rc rc = conn_fetch_text(conns[0], sql, "1t", &first, err);

	*out = true;
	for (size_t i = 1; i < count && !rc; i++) {
		OWNED(mem_drop) char *other = NULL;

		rc = conn_fetch_text(conns[i], sql, "1t", &other, err);
		*out = *out && !rc && !strcmp(first, other);
	}
	return rc;
}

/*
 * Behind one address there may be several servers, which neither share a lock
 * nor a position.
 */
static enum dbs_rc are_of_one_server(struct conn *const *conns, size_t count,
				     bool *out, struct dbs_error *err)
{
	OWNED(mem_drop) char *got = NULL;
	OWNED(mem_drop) char *released = NULL;
	OWNED(buf_release) struct buf name = BUF_INIT;
	OWNED(buf_release) struct buf sql = BUF_INIT;

	buf_addf(&name, "_LOCK('dbsync-one-%u'", clock_jitter(UINT32_MAX));
	buf_addf(&sql, "SELECT GET%s, 0)", name.data);
	enum dbs_rc rc = conn_fetch_text(conns[0], sql.data, "1N", &got, err);

	if (is_refusal(rc, conns[0])) {
		dbs_error_clear(err);
		return have_one_name(conns, count, out, err);
	}
	*out = true;
	buf_truncate(&sql, 0);
	buf_addf(&sql, "SELECT IS_USED%s)", name.data);
	for (size_t i = 1; i < count && !rc; i++) {
		OWNED(mem_drop) char *user = NULL;

		rc = conn_fetch_text(conns[i], sql.data, "1N", &user, err);
		*out = *out && (user || rc);
	}
	buf_truncate(&sql, 0);
	buf_addf(&sql, "SELECT RELEASE%s)", name.data);
	return rc ? rc
		  : conn_fetch_text(conns[0], sql.data, "1N", &released, err);
}

static enum dbs_rc open_shared(struct conn *const *conns, size_t count,
			       struct snapshot *out, struct dbs_error *err)
{
	const char *why = NULL;
	bool is_one = false;
	enum dbs_rc rc = are_of_one_server(conns, count, &is_one, err);

	if (!rc && !is_one) {
		talk_note(conn_setup(conns[0])->talk,
			  "the connections to the %s are of several servers; "
			  "each table is read by one connection",
			  conn_role(conns[0]));
		return open_views(conns, count, err);
	}
	if (!rc && conn_server(conns[0])->has_binlog_snapshot)
		rc = open_by_position(conns, count, out, &why, err);
	if (rc || out->consistency == CONSISTENCY_SNAPSHOT)
		return rc;
	return open_by_lock(conns, count, why, out, err);
}

/* Who may not ask, or a server without a log, has none. */
static enum dbs_rc logged_before(struct conn *conn, struct snapshot *out,
				 struct dbs_error *err)
{
	OWNED(rows_drop) struct rows *rows = NULL;
	enum dbs_rc rc = conn_fetch(conn,
				    server_log_status_sql(conn_server(conn)),
				    "tn*", &rows, err);

	if (rc == DBS_E_DENIED || rc == DBS_E_SERVER) {
		dbs_error_clear(err);
		return DBS_OK;
	}
	if (!rc && rows_count(rows) &&
	    rows_length(rows, 0, 0) + 24 < sizeof(out->logged))
		(void)snprintf(out->logged, sizeof(out->logged), "%s:%s",
			       rows_text(rows, 0, 0), rows_text(rows, 0, 1));
	return rc;
}

/*
 * What MySQL has executed before the views are opened: all of it is in them, and
 * perhaps more.  "" without global transaction ids, or if they are too many.
 */
static enum dbs_rc executed_before(struct conn *conn, struct snapshot *out,
				   struct dbs_error *err)
{
	OWNED(rows_drop) struct rows *rows = NULL;

	if (!conn_server(conn)->has_gtid_executed)
		return DBS_OK;
	enum dbs_rc rc = logged_before(conn, out, err);

	if (rc)
		return rc;
	rc = conn_fetch(conn,
			"SELECT @@GLOBAL.gtid_mode, "
			"REPLACE(@@GLOBAL.gtid_executed, '\\n', '')",
			"1tt", &rows, err);
	if (rc || strcmp(rows_text(rows, 0, 0), "ON") != 0 ||
	    rows_length(rows, 0, 1) + sizeof("gtid:") > sizeof(out->position))
		return rc;
	(void)snprintf(out->position, sizeof(out->position), "gtid:%s",
		       rows_text(rows, 0, 1));
	return DBS_OK;
}

enum dbs_rc snapshot_open(struct conn *const *conns, size_t count,
			  struct snapshot *out, struct dbs_error *err)
{
	*out = (struct snapshot){.consistency = CONSISTENCY_PER_TABLE};
	enum dbs_rc rc = executed_before(conns[0], out, err);

	if (rc)
		return rc;
	if (fault_error(FAULT_DB_SNAPSHOT))
		rc = open_views(conns, count, err);
	else if (count == 1)
		rc = open_alone(conns, out, err);
	else
		rc = open_shared(conns, count, out, err);
	out->opened = time(NULL);
	return rc;
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

bool snapshot_is_held(struct conn *conn)
{
	struct dbs_error ignored = {0};

	/* an error says nothing of the transaction; the next answer does */
	return !conn_is_broken(conn) && !conn_run(conn, "DO 0", &ignored) &&
	       conn_in_transaction(conn);
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
	dbs_fail(err, code, "%s %s: %s", conn_role(conn), name.data, text);
	err->role = conn_setup(conn)->role;
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
	enum dbs_rc rc = conn_fetch_text(conn, sql.data, "1T", &gtid, err);

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
				    "*", &rows, err);

	if (rc || rows_count(rows))
		return rc;
	return fail_at(conn, DBS_E_USAGE,
		       "--wait-replica was given, but it is not a replica",
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
	rc = conn_fetch_text(conn, sql.data, "1T", &answer, err);
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
