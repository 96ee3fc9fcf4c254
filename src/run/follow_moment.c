/* follow_moment.c - see follow_moment.h. */
#include "follow_moment.h"

#include "changes_start.h"

#include "dbsync/base/clock.h"
#include "dbsync/base/own.h"
#include "dbsync/db/quote.h"
#include "dbsync/db/snapshot.h"

#include <stdlib.h>
#include <string.h>

enum { LATE_S = 30 }; /* until a transaction that was logged must be seen */

static bool is_mysql(const struct conn *conn)
{
	return conn_server(conn)->family == SERVER_MYSQL;
}

/* ------------------------------------------------------------------------
 * Places
 * --------------------------------------------------------------------- */

enum dbs_rc follow_end(struct conn *conn, struct log_point *out,
		       struct dbs_error *err)
{
	struct log_place place = LOG_PLACE_INIT;
	enum dbs_rc rc = changes_now(conn, &place, err);

	if (!rc && !*place.at.file)
		rc = dbs_fail(err, DBS_E_DENIED,
			      "source: GRANT REPLICATION CLIENT ON *.* is "
			      "needed to know where its log ends");
	*out = place.at;
	log_place_release(&place);
	return rc;
}

static enum dbs_rc wait_executed(struct conn *conn, const struct buf *ids,
				 struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	OWNED(mem_drop) char *answer = NULL;

	if (!ids->length)
		return DBS_OK;
	buf_adds(&sql, "SELECT WAIT_FOR_EXECUTED_GTID_SET(");
	quote_string(&sql, "ascii", ids->data, ids->length);
	buf_addf(&sql, ", %d)", LATE_S);
	enum dbs_rc rc = conn_fetch_text(conn, sql.data, "1T", &answer, err);

	if (rc || (answer && !strcmp(answer, "0")))
		return rc;
	return dbs_fail(err, DBS_E_LOST,
			"source: transactions that it has logged were not "
			"committed within %d s",
			LATE_S);
}

/* All that is in the set is in every view; what else is logged is waited for. */
static enum dbs_rc read_rest(const struct conn_setup *setup,
			     const struct log_place *executed,
			     uint32_t server_id, struct log_point *end,
			     struct buf *ids, struct dbs_error *err)
{
	OWNED(conn_close) struct conn *conn = NULL;
	OWNED(log_reader_close) struct log_reader *reader = NULL;
	const struct log_reading how = {.from = executed,
					.server_id = server_id};
	struct log_event event;
	struct log_gtid gtid;
	bool more = true;
	enum dbs_rc rc = conn_open(setup, &conn, err);

	if (!rc)
		rc = log_reader_open(conn, &how, &reader, err);
	while (!rc) {
		rc = log_reader_next(reader, &event, &more, err);
		if (rc || !more)
			break;
		if ((event.type != EVENT_GTID &&
		     event.type != EVENT_TAGGED_GTID) ||
		    !log_gtid_read(&event, &gtid) || !*gtid.text)
			continue;
		buf_addf(ids, "%s%s", ids->length ? "," : "", gtid.text);
	}
	if (!rc && log_point_order(log_reader_end(reader), end) > 0)
		*end = *log_reader_end(reader);
	return rc;
}

static enum dbs_rc check_ids(struct conn *conn, struct dbs_error *err)
{
	OWNED(mem_drop) char *mode = NULL;
	enum dbs_rc rc = conn_fetch_text(conn, "SELECT @@GLOBAL.gtid_mode",
					 "1t", &mode, err);

	if (rc || !strcmp(mode, "ON"))
		return rc;
	return dbs_fail(err, DBS_E_SERVER,
			"source: its transactions have no ids (gtid_mode = "
			"%s), so nobody knows which of them a view has; SET "
			"GLOBAL gtid_mode = ON (step by step: OFF_PERMISSIVE, "
			"ON_PERMISSIVE, ON; enforce_gtid_consistency first)",
			mode);
}

static enum dbs_rc place_of_mysql(struct conn *conn,
				  const struct conn_setup *setup,
				  uint32_t server_id, struct log_place *out,
				  struct dbs_error *err)
{
	OWNED(buf_release) struct buf ids = BUF_INIT;
	OWNED(mem_drop) char *set = NULL;
	struct log_place executed = LOG_PLACE_INIT;
	enum dbs_rc rc = check_ids(conn, err);

	if (!rc)
		rc = conn_fetch_text(
			conn,
			"SELECT REPLACE(@@GLOBAL.gtid_executed, '\\n', '')",
			"1t", &set, err);
	if (!rc)
		rc = follow_end(conn, &out->at, err);
	if (!rc) {
		buf_adds(&executed.gtids, set);
		rc = read_rest(setup, &executed, server_id, &out->at, &ids,
			       err);
	}
	log_place_release(&executed);
	return rc ? rc : wait_executed(conn, &ids, err);
}

static enum dbs_rc refuse_unplaced(struct dbs_error *err)
{
	return dbs_fail(err, DBS_E_DENIED,
			"source: there were XA transactions, which are logged "
			"before they are seen, and commits could not be held "
			"back for a moment (GRANT RELOAD ON *.*; not while one "
			"is prepared)");
}

static enum dbs_rc view_of_mariadb(struct conn *conn, struct log_point *out,
				   struct dbs_error *err)
{
	struct snapshot snapshot;
	enum dbs_rc rc = snapshot_open_placed(&conn, 1, true, &snapshot, err);

	if (rc)
		return rc;
	if (!snapshot.is_placed)
		return refuse_unplaced(err);
	return log_point_read(snapshot.position, out)
		       ? DBS_OK
		       : dbs_fail(err, DBS_E_STRANGE,
				  "source: it does not say where its binary "
				  "log ends");
}

enum dbs_rc follow_place_now(struct conn *conn, const struct conn_setup *setup,
			     uint32_t server_id, struct log_place *out,
			     struct dbs_error *err)
{
	enum dbs_rc rc = changes_check_server(conn, err);

	if (!rc)
		rc = is_mysql(conn)
			     ? place_of_mysql(conn, setup, server_id, out, err)
			     : view_of_mariadb(conn, &out->at, err);
	if (!rc)
		rc = conn_run(conn, "COMMIT", err);
	if (!rc)
		rc = changes_server_name(conn, out->server, sizeof(out->server),
					 err);
	return rc ? rc : changes_learn_birth(setup, server_id, out, err);
}

/* ------------------------------------------------------------------------
 * Views
 * --------------------------------------------------------------------- */

/*
 * A transaction is sent before it is committed: a view that is before what the tail
 * has read has less than that.
 */
static enum dbs_rc catch_mariadb(struct conn *conn, struct log_tail *tail,
				 struct follow_moment *out,
				 struct dbs_error *err)
{
	enum { PAUSE_MS = 2 };
	const uint64_t start = clock_ns();
	enum dbs_rc rc = view_of_mariadb(conn, &out->safe, err);

	while (!rc && log_point_order(&out->safe, log_tail_end(tail)) < 0) {
		if (clock_since(start) > LATE_S)
			return dbs_fail(err, DBS_E_LOST,
					"source: transactions that it has "
					"logged were not committed within %d s",
					LATE_S);
		rc = conn_run(conn, "COMMIT", err);
		if (!rc)
			rc = cancel_sleep(conn_setup(conn)->cancel, PAUSE_MS,
					  err);
		if (!rc)
			rc = view_of_mariadb(conn, &out->safe, err);
	}
	out->seen = out->safe;
	return rc;
}

static enum dbs_rc catch_mysql(struct conn *conn, struct log_tail *tail,
			       struct follow_moment *out, struct dbs_error *err)
{
	OWNED(buf_release) struct buf ids = BUF_INIT;

	const bool has_all = log_tail_take_ids(tail, &ids);
	enum dbs_rc rc = has_all ? DBS_OK : check_ids(conn, err);

	if (!rc && !has_all)
		rc = dbs_fail(err, DBS_E_SERVER,
			      "source: its log has transactions without ids, "
			      "of when gtid_mode was not ON");
	if (!rc)
		rc = wait_executed(conn, &ids, err);

	out->safe = *log_tail_end(tail);
	if (!rc)
		rc = snapshot_rejoin(conn, err);
	return rc ? rc : follow_end(conn, &out->seen, err);
}

enum dbs_rc follow_view(struct conn *conn, struct log_tail *tail,
			struct log_window *window, struct follow_moment *out,
			struct dbs_error *err)
{
	if (is_mysql(conn))
		return catch_mysql(conn, tail, out, err);
	enum dbs_rc rc = catch_mariadb(conn, tail, out, err);

	return rc ? rc : log_tail_reach(tail, window, &out->safe, err);
}
