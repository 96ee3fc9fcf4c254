/*
 * changes_start.c - see changes_start.h.
 *
 * MariaDB tells at which position of its log a view stands.  MySQL does not: its
 * position moves on before a transaction can be seen, and a transaction can be seen
 * before it is in gtid_executed.  So nobody may commit while the two are taken: a
 * lock of all tables, for a moment.  Without that lock, gtid_executed from before
 * the view is a place from which nothing is missing; what was being committed
 * just then may come twice, and that is said.
 */
#include "changes_start.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/binlog/log_reader.h"
#include "dbsync/db/snapshot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_mysql(const struct conn *conn)
{
	return conn_server(conn)->family == SERVER_MYSQL;
}

/* Whose fault it is, as of other errors of a server. */
static enum dbs_rc refuse(struct conn *conn, enum dbs_rc code, const char *text,
			  struct dbs_error *err)
{
	OWNED(buf_release) struct buf name = BUF_INIT;

	dsn_show(conn_setup(conn)->dsn, &name);
	(void)dbs_fail(err, code, "%s %s: %s", conn_role(conn), name.data,
		       text);
	err->role = conn_setup(conn)->role;
	return code;
}

/* ------------------------------------------------------------------------
 * Settings
 * --------------------------------------------------------------------- */

enum dbs_rc changes_check_server(struct conn *conn, struct dbs_error *err)
{
	OWNED(rows_drop) struct rows *rows = NULL;
	enum dbs_rc rc = conn_fetch(conn,
				    "SELECT @@GLOBAL.log_bin, "
				    "@@GLOBAL.binlog_format",
				    "1Tt", &rows, err);

	if (rc)
		return rc;
	const char *log_bin = rows_text(rows, 0, 0);

	if (!log_bin || strcmp(log_bin, "1") != 0)
		return refuse(conn, DBS_E_SERVER,
			      "it writes no binary log, so its changes are not "
			      "known; set log_bin in its configuration and "
			      "restart it",
			      err);
	if (!strcmp(rows_text(rows, 0, 1), "STATEMENT"))
		return refuse(conn, DBS_E_SERVER,
			      "it logs statements, not rows: SET GLOBAL "
			      "binlog_format = ROW (new sessions follow it)",
			      err);
	return DBS_OK;
}

enum dbs_rc changes_server_name(struct conn *conn, char *out, size_t size,
				struct dbs_error *err)
{
	OWNED(mem_drop) char *name = NULL;
	enum dbs_rc rc = conn_fetch_text(conn,
					 is_mysql(conn) ? "SELECT @@server_uuid"
							: "SELECT @@server_id",
					 "1t", &name, err);

	if (!rc)
		(void)snprintf(out, size, "%s", name);
	return rc;
}

/* ------------------------------------------------------------------------
 * Where the log ends
 * --------------------------------------------------------------------- */

static enum dbs_rc set_point(struct conn *conn, const char *text,
			     struct log_place *out, struct dbs_error *err)
{
	return log_point_read(text, &out->at)
		       ? DBS_OK
		       : refuse(conn, DBS_E_STRANGE,
				"it does not say where its binary log ends",
				err);
}

static enum dbs_rc ask_status(struct conn *conn, struct log_place *out,
			      struct dbs_error *err)
{
	OWNED(rows_drop) struct rows *rows = NULL;
	OWNED(buf_release) struct buf text = BUF_INIT;
	enum dbs_rc rc = conn_fetch(conn,
				    server_log_status_sql(conn_server(conn)),
				    "1tn*", &rows, err);

	if (rc)
		return rc;
	buf_addf(&text, "%s:%s", rows_text(rows, 0, 0), rows_text(rows, 0, 1));
	return set_point(conn, text.data, out, err);
}

/* *has_out false: it has no ids of transactions. */
static enum dbs_rc ask_gtids(struct conn *conn, struct log_place *out,
			     bool *has_out, struct dbs_error *err)
{
	OWNED(rows_drop) struct rows *rows = NULL;
	enum dbs_rc rc =
		conn_fetch(conn,
			   "SELECT @@GLOBAL.gtid_mode, "
			   "REPLACE(@@GLOBAL.gtid_executed, '\\n', '')",
			   "1tt", &rows, err);

	*has_out = false;
	if (rc)
		return rc;
	*has_out = !strcmp(rows_text(rows, 0, 0), "ON");
	if (!*has_out)
		return DBS_OK;
	memset(out->at.file, 0, sizeof(out->at.file));
	buf_clear(&out->gtids);
	buf_adds(&out->gtids, rows_text(rows, 0, 1));
	return DBS_OK;
}

/* The position, or what is executed where that may not be asked for. */
static enum dbs_rc ask_end(struct conn *conn, struct log_place *out,
			   struct dbs_error *err)
{
	struct dbs_error denied = {0};
	bool has_gtids = false;
	enum dbs_rc rc = ask_status(conn, out, &denied);

	if (rc && rc != DBS_E_DENIED) {
		*err = denied;
		return rc;
	}
	if (!rc)
		return DBS_OK;
	rc = ask_gtids(conn, out, &has_gtids, err);
	if (rc || has_gtids)
		return rc;
	*err = denied;
	return dbs_error_context(err, "GRANT REPLICATION CLIENT ON *.* is "
				      "needed to know where the log ends");
}

static enum dbs_rc view_of_mariadb(struct conn *conn, struct log_place *out,
				   struct dbs_error *err)
{
	struct snapshot snapshot;
	enum dbs_rc rc = snapshot_open_placed(&conn, 1, true, &snapshot, err);

	if (rc)
		return rc;
	if (!snapshot.is_placed)
		return refuse(conn, DBS_E_DENIED,
			      "there were XA transactions, and commits cannot "
			      "be held back for a moment (GRANT RELOAD ON "
			      "*.*): one that is being committed might be "
			      "neither in the snapshot nor behind it",
			      err);
	return set_point(conn, snapshot.position, out, err);
}

enum dbs_rc changes_end(struct conn *conn, struct log_point *out,
			struct dbs_error *err)
{
	struct log_place place = LOG_PLACE_INIT;
	enum dbs_rc rc = ask_status(conn, &place, err);

	*out = place.at;
	log_place_release(&place);
	return rc;
}

enum dbs_rc changes_now(struct conn *conn, struct log_place *out,
			struct dbs_error *err)
{
	if (is_mysql(conn))
		return ask_end(conn, out, err);
	struct snapshot snapshot;
	enum dbs_rc rc = snapshot_now(conn, &snapshot, err);

	return rc ? rc : set_point(conn, snapshot.position, out, err);
}

/* ------------------------------------------------------------------------
 * A view and its place
 * --------------------------------------------------------------------- */

static enum dbs_rc view_under_lock(struct conn *conn, struct log_place *out,
				   struct dbs_error *err)
{
	enum dbs_rc rc = ask_end(conn, out, err);

	if (!rc)
		rc = snapshot_rejoin(conn, err);
	if (!rc)
		rc = conn_run(conn, "UNLOCK TABLES", err);
	if (!rc)
		rc = conn_run(conn,
			      "SET lock_wait_timeout = 60, wait_timeout = "
			      "86400",
			      err);
	if (rc)
		conn_cut(conn); /* nobody waits for us */
	return rc;
}

static enum dbs_rc view_without_lock(struct conn *conn, struct log_place *out,
				     const struct dbs_error *why,
				     struct dbs_error *err)
{
	bool has_gtids = false;
	enum dbs_rc rc = ask_gtids(conn, out, &has_gtids, err);

	if (rc)
		return rc;
	if (!has_gtids) {
		*err = *why;
		return dbs_error_context(
			err,
			"without gtid_mode, a snapshot needs a lock of all "
			"tables for a moment (RELOAD)");
	}
	talk_note(
		conn_setup(conn)->talk,
		"%s; transactions that are being committed at this moment may "
		"be both in the snapshot and behind it",
		why->text);
	return snapshot_rejoin(conn, err);
}

static enum dbs_rc view_of_mysql(struct conn *conn, struct log_place *out,
				 struct dbs_error *err)
{
	struct dbs_error no = {0};
	enum dbs_rc rc = conn_run(
		conn, "SET lock_wait_timeout = 3, wait_timeout = 10", err);

	if (rc)
		return rc;
	rc = conn_run(conn, "FLUSH TABLES WITH READ LOCK", &no);
	if (!rc)
		return view_under_lock(conn, out, err);
	if (rc == DBS_E_CANCELLED || conn_is_broken(conn)) {
		*err = no;
		return rc;
	}
	rc = conn_run(conn, "SET lock_wait_timeout = 60, wait_timeout = 86400",
		      err);
	return rc ? rc : view_without_lock(conn, out, &no, err);
}

enum dbs_rc changes_view(struct conn *conn, struct log_place *out,
			 struct dbs_error *err)
{
	return is_mysql(conn) ? view_of_mysql(conn, out, err)
			      : view_of_mariadb(conn, out, err);
}

/* ------------------------------------------------------------------------
 * The file of a place
 * --------------------------------------------------------------------- */

enum dbs_rc changes_learn_birth(const struct conn_setup *setup,
				uint32_t server_id, struct log_place *place,
				struct dbs_error *err)
{
	OWNED(conn_close) struct conn *conn = NULL;
	OWNED(log_reader_close) struct log_reader *reader = NULL;
	const struct log_reading how = {.from = place, .server_id = server_id};
	struct log_event event;
	bool more = true;

	if (!*place->at.file || place->birth)
		return DBS_OK;
	enum dbs_rc rc = conn_open(setup, &conn, err);

	if (!rc)
		rc = log_reader_open(conn, &how, &reader, err);
	while (!rc && more && !place->birth) {
		rc = log_reader_next(reader, &event, &more, err);
		if (!rc && more)
			place->birth = log_reader_format(reader)->birth;
	}
	return rc;
}
