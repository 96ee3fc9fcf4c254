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

enum dbs_rc follow_check_log(struct conn *conn, const struct log_tail *tail,
			     struct log_point *end, struct dbs_error *err)
{
	enum dbs_rc rc = changes_end(conn, end, err);

	if (rc || log_point_order(end, log_tail_end(tail)) >= 0)
		return rc;
	return dbs_fail(err, DBS_E_LOST,
			"source: its log ends before what was read of it: it "
			"was begun again (RESET MASTER)");
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
			"%s: transactions that it has logged were not "
			"committed within %d s",
			conn_role(conn), LATE_S);
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

enum dbs_rc follow_check_ids(struct conn *conn, struct dbs_error *err)
{
	OWNED(mem_drop) char *mode = NULL;
	enum dbs_rc rc = conn_fetch_text(conn, "SELECT @@GLOBAL.gtid_mode",
					 "1t", &mode, err);

	if (rc || !strcmp(mode, "ON"))
		return rc;
	return dbs_fail(err, DBS_E_SERVER,
			"%s: its transactions have no ids (gtid_mode = %s), so "
			"nobody knows which of them a view has; SET GLOBAL "
			"gtid_mode = ON (step by step: OFF_PERMISSIVE, "
			"ON_PERMISSIVE, ON; enforce_gtid_consistency first)",
			conn_role(conn), mode);
}

static enum dbs_rc place_of_mysql(struct conn *conn,
				  const struct conn_setup *setup,
				  uint32_t server_id, struct log_place *out,
				  struct dbs_error *err)
{
	OWNED(buf_release) struct buf ids = BUF_INIT;
	OWNED(mem_drop) char *set = NULL;
	struct log_place executed = LOG_PLACE_INIT;
	enum dbs_rc rc = follow_check_ids(conn, err);

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
	return dbs_fail(err, DBS_E_RETRY,
			"source: there were XA transactions, which are logged "
			"before they are seen, and commits could not be held "
			"back for a moment (GRANT RELOAD ON *.*; not while one "
			"is prepared)");
}

/* *placed_out false: the end of an XA transaction before it may not be in it. */
static enum dbs_rc view_of_mariadb(struct conn *conn, bool may_hold,
				   struct log_point *out, bool *placed_out,
				   struct dbs_error *err)
{
	struct snapshot snapshot;
	enum dbs_rc rc = snapshot_open_placed(&conn, 1, may_hold, &snapshot,
					      err);

	if (rc)
		return rc;
	*placed_out = snapshot.is_placed;
	return log_point_read(snapshot.position, out)
		       ? DBS_OK
		       : dbs_fail(err, DBS_E_STRANGE,
				  "source: it does not say where its binary "
				  "log ends");
}

static enum dbs_rc place_of_mariadb(struct conn *conn, struct log_point *out,
				    struct dbs_error *err)
{
	bool is_placed = false;
	enum dbs_rc rc = view_of_mariadb(conn, true, out, &is_placed, err);

	return rc || is_placed ? rc : refuse_unplaced(err);
}

enum dbs_rc follow_place_now(struct conn *conn, const struct conn_setup *setup,
			     uint32_t server_id, struct log_place *out,
			     struct dbs_error *err)
{
	enum dbs_rc rc = changes_check_server(conn, err);

	if (!rc)
		rc = is_mysql(conn)
			     ? place_of_mysql(conn, setup, server_id, out, err)
			     : place_of_mariadb(conn, &out->at, err);
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

static enum dbs_rc pause_until_late(struct conn *conn, uint64_t start_ns,
				    struct dbs_error *err)
{
	enum { PAUSE_MS = 2 };

	if (clock_since(start_ns) > LATE_S)
		return dbs_fail(err, DBS_E_LOST,
				"%s: transactions that it has logged were not "
				"committed within %d s",
				conn_role(conn), LATE_S);
	return cancel_sleep(conn_setup(conn)->cancel, PAUSE_MS, err);
}

/* As of statement_xid. */
static void write_xid(const struct rows *rows, size_t row, struct buf *out)
{
	enum { FORMAT, FIRST_LENGTH, SECOND_LENGTH, DATA };
	const char *data = rows_text(rows, row, DATA);
	const size_t length = rows_length(rows, row, DATA);
	const size_t first = strtoull(rows_text(rows, row, FIRST_LENGTH), NULL,
				      10);

	buf_adds(out, "X'");
	for (size_t i = 0; i < length; i++)
		buf_addf(out, "%s%02x", i == first ? "',X'" : "",
			 (unsigned)(unsigned char)data[i]);
	buf_addf(out, "%s',%s", first >= length ? "',X'" : "",
		 rows_text(rows, row, FORMAT));
}

static enum dbs_rc find_unseen(struct conn *conn, const struct log_tail *tail,
			       bool *found_out, struct dbs_error *err)
{
	OWNED(rows_drop) struct rows *rows = NULL;
	enum dbs_rc rc = conn_fetch(conn, "XA RECOVER", "nnnt", &rows, err);

	*found_out = false;
	for (size_t i = 0; i < rows_count(rows) && !rc && !*found_out; i++) {
		OWNED(buf_release) struct buf xid = BUF_INIT;

		write_xid(rows, i, &xid);
		*found_out = log_tail_has_ended(tail, xid.data);
	}
	return rc;
}

/* Until no XA transaction that has ended by the log is unseen. */
static enum dbs_rc wait_ended(struct conn *conn, struct log_tail *tail,
			      struct dbs_error *err)
{
	const uint64_t start = clock_ns();
	bool is_unseen = log_tail_has_ended(tail, NULL);
	enum dbs_rc rc = DBS_OK;

	if (!is_unseen)
		return DBS_OK;
	while (!rc && is_unseen) {
		rc = find_unseen(conn, tail, &is_unseen, err);
		if (!rc && is_unseen)
			rc = pause_until_late(conn, start, err);
	}
	if (!rc)
		log_tail_forget_ended(tail);
	return rc;
}

/*
 * A transaction is sent before it is committed: a view that is before what the tail
 * has read has less than that.
 */
static enum dbs_rc catch_mariadb(struct conn *conn, struct log_tail *tail,
				 struct follow_moment *out,
				 struct dbs_error *err)
{
	const bool has_ended = log_tail_has_ended(tail, NULL);
	const uint64_t start = clock_ns();
	bool is_placed = false;
	enum dbs_rc rc = wait_ended(conn, tail, err);

	if (!rc)
		rc = view_of_mariadb(conn, false, &out->seen, &is_placed, err);
	while (!rc && log_point_order(&out->seen, log_tail_end(tail)) < 0) {
		rc = conn_run(conn, "COMMIT", err);
		if (!rc)
			rc = pause_until_late(conn, start, err);
		if (!rc)
			rc = view_of_mariadb(conn, false, &out->seen,
					     &is_placed, err);
	}
	out->safe = is_placed && !has_ended ? out->seen : *log_tail_end(tail);
	return rc;
}

static enum dbs_rc catch_mysql(struct conn *conn, struct log_tail *tail,
			       struct follow_moment *out, struct dbs_error *err)
{
	OWNED(buf_release) struct buf ids = BUF_INIT;

	const bool has_all = log_tail_take_ids(tail, &ids);
	enum dbs_rc rc = has_all ? DBS_OK : follow_check_ids(conn, err);

	if (!rc && !has_all)
		rc = dbs_fail(err, DBS_E_SERVER,
			      "source: its log has transactions without ids, "
			      "of when gtid_mode was not ON");
	if (!rc)
		rc = wait_executed(conn, &ids, err);

	log_tail_forget_ended(tail);
	out->safe = *log_tail_end(tail);
	out->birth = log_tail_birth(tail);
	if (!rc)
		rc = snapshot_rejoin(conn, err);
	return rc ? rc : follow_end(conn, &out->seen, err);
}

enum dbs_rc follow_settle(struct conn *conn, struct log_tail *tail,
			  struct dbs_error *err)
{
	OWNED(buf_release) struct buf ids = BUF_INIT;

	if (!is_mysql(conn))
		return wait_ended(conn, tail, err);
	(void)log_tail_take_ids(tail, &ids);
	log_tail_forget_ended(tail);
	return wait_executed(conn, &ids, err);
}

enum dbs_rc follow_view(struct conn *conn, struct log_tail *tail,
			struct log_window *window, struct follow_moment *out,
			struct dbs_error *err)
{
	if (is_mysql(conn))
		return catch_mysql(conn, tail, out, err);
	enum dbs_rc rc = catch_mariadb(conn, tail, out, err);

	if (!rc)
		rc = log_tail_reach(tail, window, &out->safe, err);
	/* it has the place of the view, or is where the server has begun a file */
	out->birth = strcmp(log_tail_end(tail)->file, out->safe.file)
			     ? 0
			     : log_tail_birth(tail);
	return rc;
}
