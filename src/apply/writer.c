/*
 * writer.c - see writer.h.
 *
 *	BEGIN ─▶ lock and look ─▶ DELETE ─▶ UPDATE, INSERT ─▶ COMMIT ─▶ done
 *	  ▲           │                            │             │
 *	  └───────────┴──── deadlock, lost: wait, try again ◀────┘
 *
 * Rows to be updated or deleted are read FOR UPDATE first.  Rows to be inserted
 * are not: a plain INSERT fails when there is one, and then the batch is tried
 * once more with all rows looked at.  After any loss they are looked at as
 * well, since the COMMIT whose answer was lost may have done its work.
 *
 * READ COMMITTED, because REPEATABLE READ locks the gaps between keys, in
 * which several writers would wait for each other all the time.
 */
#include "writer.h"

#include "look.h"
#include "statement.h"
#include "strict.h"

#include "dbsync/base/fault.h"
#include "dbsync/base/own.h"
#include "dbsync/db/backoff.h"

#include <inttypes.h>
#include <string.h>

enum {
	ERROR_TRUNCATED = 1265,
	PACKET_REST = 16, /* of max_allowed_packet, that is no statement */
};

void writer_init(struct writer *writer, const struct apply_request *request)
{
	*writer = (struct writer){.request = request, .sql = BUF_INIT};
}

void writer_release(struct writer *writer)
{
	conn_close(&writer->conn);
	buf_release(&writer->sql);
}

/* ------------------------------------------------------------------------
 * The session
 * --------------------------------------------------------------------- */

static enum dbs_rc set_mode(struct writer *writer, bool is_lax,
			    struct dbs_error *err)
{
	writer->is_lax = is_lax;
	return conn_run(writer->conn,
			is_lax ? "SET SESSION sql_mode = '" CONN_SQL_MODE "'"
			       : "SET SESSION sql_mode = "
				 "'" CONN_SQL_MODE_STRICT "'",
			err);
}

/* Statements of our kind are not safe in the binary log as statements. */
static enum dbs_rc set_isolation(struct writer *writer, struct dbs_error *err)
{
	OWNED(mem_drop) char *format = NULL;
	enum dbs_rc rc = conn_fetch_text(writer->conn,
					 "SELECT @@SESSION.binlog_format", "1T",
					 &format, err);

	if (rc == DBS_E_SERVER) { /* a server that has no other than ROW */
		dbs_error_clear(err);
		rc = DBS_OK;
	}
	if (!rc && format && strcmp(format, "STATEMENT") == 0) {
		rc = conn_run(writer->conn, "SET SESSION binlog_format = 'ROW'",
			      err);
		if (rc == DBS_E_DENIED || rc == DBS_E_SERVER) {
			dbs_error_clear(err);
			return DBS_OK; /* READ COMMITTED would be refused */
		}
	}
	return rc ? rc
		  : conn_run(writer->conn,
			     "SET SESSION TRANSACTION ISOLATION LEVEL READ "
			     "COMMITTED",
			     err);
}

static enum dbs_rc prepare(struct writer *writer, struct dbs_error *err)
{
	const bool is_mariadb = conn_server(writer->conn)->family ==
				SERVER_MARIADB;
	enum dbs_rc rc = conn_run(writer->conn,
				  "SET SESSION foreign_key_checks = 0, "
				  "unique_checks = 1",
				  err);

	if (!rc)
		rc = set_mode(writer, false, err);
	/* rows of the source may be older than their CHECK */
	if (!rc && is_mariadb)
		rc = conn_run(writer->conn,
			      "SET SESSION check_constraint_checks = 0", err);
	if (!rc && writer->request->no_binlog)
		rc = conn_run(writer->conn, "SET SESSION sql_log_bin = 0", err);
	if (rc == DBS_E_DENIED) {
		/* one refused session is the refusal of all */
		(void)dbs_error_context(err, "--binlog off");
		return dbs_error_recode(err, DBS_E_CONNECT);
	}
	return rc ? rc : set_isolation(writer, err);
}

/* A session counts only once all of it was prepared. */
static enum dbs_rc be_ready(struct writer *writer, struct dbs_error *err)
{
	const struct conn_setup *setup = writer->request->setup;
	enum dbs_rc rc = throttle_wait(setup->throttle, setup->cancel, err);

	if (!rc)
		rc = target_lock_check(writer->request->lock, err);
	if (rc || (writer->conn && !conn_is_broken(writer->conn)))
		return rc;
	rc = writer->conn ? conn_reopen(writer->conn, err)
			  : conn_open(setup, &writer->conn, err);
	return rc ? rc : prepare(writer, err);
}

/* Outside of a batch, whose own loop repeats all of it. */
static enum dbs_rc be_ready_patiently(struct writer *writer,
				      struct dbs_error *err)
{
	for (unsigned attempt = 1;; attempt++) {
		enum dbs_rc rc = be_ready(writer, err);

		if (!rc)
			dbs_error_clear(err);
		if ((rc != DBS_E_LOST && rc != DBS_E_RETRY) ||
		    attempt >= writer->request->attempts)
			return rc;
		rc = backoff_wait(attempt, writer->request->setup->cancel, err);
		if (rc)
			return rc;
	}
}

enum dbs_rc writer_packet_limit(struct writer *writer, uint64_t *out,
				struct dbs_error *err)
{
	enum dbs_rc rc = be_ready_patiently(writer, err);

	if (!rc)
		*out = conn_packet_limit(writer->conn);
	return rc;
}

/* ------------------------------------------------------------------------
 * Statements
 * --------------------------------------------------------------------- */

static struct buf *begin_sql(struct writer *writer)
{
	buf_clear(&writer->sql);
	buf_addf(&writer->sql, "/* dbsync %s */ ", writer->request->run);
	return &writer->sql;
}

/* Rows are as large as the servers have them, and as many alike. */
static enum dbs_rc make_room(struct writer *writer, const struct batch *batch,
			     struct dbs_error *err)
{
	const uint64_t bytes = batch_bytes(batch);
	OWNED(buf_release) struct buf what = BUF_INIT;

	if (bytes < writer->sql.capacity)
		return DBS_OK;
	buf_addf(&what, "a statement for %zu rows of %s", batch->rows.count,
		 row_sql_table(batch->table->sql));
	buf_clear(&writer->sql);
	return buf_try(&writer->sql, bytes, what.data, err);
}

/*
 * Sends what was begun; the server must count as many rows as we do.  No rows:
 * what was begun is no statement (statement.h), and nothing is sent.
 */
static enum dbs_rc send_sql(struct writer *writer,
			    const struct batch_table *table, const char *what,
			    uint64_t expected, struct dbs_error *err)
{
	const uint64_t limit = conn_packet_limit(writer->conn);
	uint64_t affected = 0;

	if (!expected)
		return DBS_OK;
	writer->is_short = false;
	if (writer->sql.length + PACKET_REST > limit)
		return dbs_fail(err, DBS_E_LIMIT,
				"a row needs a statement of %zu bytes; the "
				"target's max_allowed_packet is %" PRIu64,
				writer->sql.length, limit);
	enum dbs_rc rc = conn_write(writer->conn, &writer->sql, &affected, err);

	if (rc || affected == expected || table->is_versioned)
		return rc;
	writer->is_short = affected < expected;
	return dbs_fail(err, DBS_E_SERVER,
			"%s affected %" PRIu64 " rows where %" PRIu64
			" were expected; the batch was rolled back",
			what, affected, expected);
}

static enum dbs_rc delete_rows(struct writer *writer, const struct batch *batch,
			       struct dbs_error *err)
{
	const uint64_t expected = statement_delete(batch, begin_sql(writer));

	return send_sql(writer, batch->table, "DELETE", expected, err);
}

/* Rows without a key of which some stay. */
static enum dbs_rc delete_some(struct writer *writer, const struct batch *batch,
			       struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0;
	     i < batch->rows.count && !batch->table->has_key && !rc; i++) {
		const uint64_t expected =
			statement_delete_some(batch, i, begin_sql(writer));

		rc = send_sql(writer, batch->table, "DELETE", expected, err);
	}
	return rc;
}

static enum dbs_rc put_updated(struct writer *writer, const struct batch *batch,
			       struct dbs_error *err)
{
	const uint64_t expected = statement_update(batch, begin_sql(writer));

	return send_sql(writer, batch->table, "UPDATE", expected, err);
}

/* What a statement may have besides its comment. */
static uint64_t room_of_insert(const struct writer *writer)
{
	const uint64_t limit = conn_packet_limit(writer->conn);
	const uint64_t room = limit - (writer->sql.length + PACKET_REST);

	return room < STATEMENT_INSERT_BYTES ? room : STATEMENT_INSERT_BYTES;
}

static enum dbs_rc insert_rows(struct writer *writer, const struct batch *batch,
			       struct dbs_error *err)
{
	struct statement_place place = {0};
	enum dbs_rc rc = DBS_OK;

	while (!rc) {
		struct buf *sql = begin_sql(writer);
		const uint64_t expected = statement_insert(
			batch, &place, room_of_insert(writer), sql);

		if (!expected)
			break;
		rc = send_sql(writer, batch->table, "INSERT", expected, err);
	}
	return rc;
}

/*
 * MySQL compares JSON by what it means: 1.0 leaves the 1 that is there, and the
 * row counts as unchanged.  So the old rows go first.
 */
static enum dbs_rc exchange_rows(struct writer *writer,
				 const struct batch *batch,
				 struct dbs_error *err)
{
	uint64_t expected = statement_make_room(batch, begin_sql(writer));

	if (!expected)
		return DBS_OK;
	enum dbs_rc rc = send_sql(writer, batch->table, "DELETE", expected,
				  err);

	if (rc)
		return rc;
	expected = statement_fill_room(batch, begin_sql(writer));
	return send_sql(writer, batch->table, "INSERT", expected, err);
}

/* ------------------------------------------------------------------------
 * A batch
 * --------------------------------------------------------------------- */

static enum dbs_rc bent(struct dbs_error *err)
{
	return dbs_fail(err, DBS_E_SERVER,
			"the target cannot hold some values as they are on "
			"the source");
}

/*
 * The empty value of an ENUM is refused by a strict session, and so is a row
 * that the server has but of which it computes a value not without a warning,
 * be it the old row of an update.
 */
static bool is_mode_refused(const struct batch_table *table,
			    const struct dbs_error *err, enum dbs_rc rc)
{
	if (!rc)
		return false;
	return (table->has_enum && err->server_errno == ERROR_TRUNCATED) ||
	       (table->has_computed && strict_is_of_value(err->server_errno));
}

static void be_strict(struct writer *writer)
{
	struct dbs_error ignored; /* a broken session is created again */

	if (writer->is_lax && !conn_is_broken(writer->conn))
		(void)set_mode(writer, false, &ignored);
}

/* In a lax session a value may have been bent: what is there now? */
static enum dbs_rc check_bent(struct writer *writer, struct batch *batch,
			      struct dbs_error *err)
{
	const size_t ready = batch_count(batch, ROW_READY, CHANGE_KINDS);
	const size_t done = batch_count(batch, ROW_DONE, CHANGE_KINDS);
	enum dbs_rc rc = look_at_rows(writer->conn, batch, true, err);

	if (rc)
		return rc;
	return batch_count(batch, ROW_DONE, CHANGE_KINDS) == ready + done
		       ? DBS_OK
		       : bent(err);
}

static void cut_at(struct writer *writer, enum fault_point point)
{
	if (fault_error(point))
		conn_cut(writer->conn);
}

static enum dbs_rc commit(struct writer *writer, struct dbs_error *err)
{
	enum dbs_rc rc = conn_run(writer->conn, "COMMIT", err);

	if (!rc && fault_error(FAULT_APPLY_COMMITTED)) {
		conn_cut(writer->conn);
		rc = conn_run(writer->conn, "SELECT 1", err);
	}
	return rc;
}

/* Of a row that goes, what only the target has is written as it was read. */
static void leave_other_rests(struct batch *batch)
{
	for (size_t i = 0; i < batch->rows.count; i++) {
		struct batch_row *row = vec_at(&batch->rows, i);

		if (row->state == ROW_READY && row->has_other_rest &&
		    row->record.kind == CHANGE_UPDATE)
			row->state = ROW_DRIFT;
	}
}

static enum dbs_rc update_rows(struct writer *writer, struct batch *batch,
			       struct dbs_error *err)
{
	if (!batch->is_exchanged)
		return put_updated(writer, batch, err);
	leave_other_rests(batch);
	return exchange_rows(writer, batch, err);
}

static enum dbs_rc write_once(struct writer *writer, struct batch *batch,
			      struct dbs_error *err)
{
	enum dbs_rc rc = make_room(writer, batch, err);

	if (!rc)
		rc = conn_run(writer->conn, "START TRANSACTION", err);
	cut_at(writer, FAULT_APPLY_BEGIN);
	if (!rc)
		rc = look_at_rows(
			writer->conn, batch,
			batch->checks_inserts || !batch->table->has_key, err);
	if (!rc)
		rc = delete_rows(writer, batch, err);
	if (!rc)
		rc = delete_some(writer, batch, err);
	cut_at(writer, FAULT_APPLY_DELETED);
	if (!rc)
		rc = update_rows(writer, batch, err);
	if (!rc)
		rc = insert_rows(writer, batch, err);
	cut_at(writer, FAULT_APPLY_WRITTEN);
	return rc;
}

/* Looks whether all arrived; the states stay those of before, for counting. */
static enum dbs_rc check_arrived(struct writer *writer, struct batch *batch,
				 struct dbs_error *err)
{
	OWNED(mem_drop) enum row_state *states = mem_alloc(
		(batch->rows.count + 1) * sizeof(*states));

	for (size_t i = 0; i < batch->rows.count; i++)
		states[i] =
			((struct batch_row *)vec_at(&batch->rows, i))->state;
	enum dbs_rc rc = check_bent(writer, batch, err);

	for (size_t i = 0; i < batch->rows.count; i++)
		((struct batch_row *)vec_at(&batch->rows, i))->state =
			states[i];
	return rc;
}

/* Where a value could be bent on the way, what arrived is looked at. */
static enum dbs_rc write_checked(struct writer *writer, struct batch *batch,
				 struct dbs_error *err)
{
	enum dbs_rc rc = batch->is_lax ? set_mode(writer, true, err) : DBS_OK;

	if (!rc)
		rc = write_once(writer, batch, err);
	if (rc || (!writer->is_lax && !batch->table->is_lossy))
		return rc;
	return check_arrived(writer, batch, err);
}

/* What failed is undone at once; a lost connection has been undone. */
static enum dbs_rc undo(struct writer *writer, enum dbs_rc rc)
{
	struct dbs_error ignored;

	if (!conn_is_broken(writer->conn))
		(void)conn_run(writer->conn, "ROLLBACK", &ignored);
	return rc;
}

/* Each way is taken once. */
static bool choose_other_way(const struct writer *writer, struct batch *batch,
			     enum dbs_rc rc, const struct dbs_error *err)
{
	if (!batch->is_lax && is_mode_refused(batch->table, err, rc))
		batch->is_lax = true;
	else if (!batch->is_exchanged && batch->table->has_json &&
		 rc == DBS_E_SERVER && writer->is_short)
		batch->is_exchanged = true;
	else
		return false;
	return true;
}

/* What the strict session said is more than that a value was bent. */
static void keep_refusal(const struct writer *writer, enum dbs_rc rc,
			 const struct dbs_error *refusal, struct dbs_error *err)
{
	if (rc == DBS_E_SERVER && !err->server_errno && refusal->code &&
	    !writer->is_short)
		*err = *refusal;
}

static enum dbs_rc write_any_way(struct writer *writer, struct batch *batch,
				 struct dbs_error *err)
{
	struct dbs_error refusal = {0};
	enum dbs_rc rc = write_checked(writer, batch, err);

	while (rc && choose_other_way(writer, batch, rc, err)) {
		if (err->server_errno)
			refusal = *err;
		(void)undo(writer, rc);
		dbs_error_clear(err);
		rc = write_checked(writer, batch, err);
	}
	keep_refusal(writer, rc, &refusal, err);
	if (!rc)
		rc = commit(writer, err);
	if (rc)
		rc = undo(writer, rc);
	be_strict(writer);
	return rc;
}

enum dbs_rc writer_apply(struct writer *writer, struct batch *batch,
			 struct dbs_error *err)
{
	const struct conn_setup *setup = writer->request->setup;

	for (unsigned attempt = 1;; attempt++) {
		enum dbs_rc rc = be_ready(writer, err);

		if (!rc)
			rc = write_any_way(writer, batch, err);
		if (!rc) {
			dbs_error_clear(err);
			return DBS_OK;
		}
		if ((rc != DBS_E_LOST && rc != DBS_E_RETRY) ||
		    attempt >= writer->request->attempts)
			return rc;
		talk_note(setup->talk, "%s; writing the batch again (%u of %u)",
			  err->text, attempt + 1, writer->request->attempts);
		batch->checks_inserts = true;
		rc = backoff_wait(attempt, setup->cancel, err);
		if (rc)
			return rc;
	}
}

enum dbs_rc writer_set_counter(struct writer *writer,
			       const struct batch_table *table,
			       uint64_t counter, struct dbs_error *err)
{
	enum dbs_rc rc = be_ready_patiently(writer, err);

	if (rc)
		return rc;
	cut_at(writer, FAULT_APPLY_COUNTER);
	buf_addf(begin_sql(writer), "ALTER TABLE %s AUTO_INCREMENT = %" PRIu64,
		 row_sql_table(table->sql), counter);
	rc = conn_run(writer->conn, writer->sql.data, err);
	if (rc != DBS_E_LOST && rc != DBS_E_RETRY)
		return rc;
	/* setting it twice does no harm */
	dbs_error_clear(err);
	rc = be_ready_patiently(writer, err);
	return rc ? rc : conn_run(writer->conn, writer->sql.data, err);
}

/* ------------------------------------------------------------------------
 * Many batches at once
 * --------------------------------------------------------------------- */

/* Reads a segment into the batch, which it replaces. */
static enum dbs_rc load_segment(struct batch *batch,
				const struct segment *segment,
				struct dbs_error *err)
{
	OWNED(change_reader_drop) struct change_reader *reader =
		change_reader_new(segment, 1);
	struct change_record record;
	bool more = true;
	enum dbs_rc rc = DBS_OK;

	batch_clear(batch);
	while (!rc) {
		rc = change_reader_next(reader, &record, &more, err);
		if (rc || !more)
			break;
		rc = batch_add(batch, &record, err);
	}
	return rc;
}

/* All rows that are there and as they were go; states are kept in order. */
static enum dbs_rc clear_rows(struct writer *writer, struct batch *batch,
			      struct vec *states, struct dbs_error *err)
{
	const struct row_sql *sql = batch->table->sql;
	uint64_t expected = 0;
	enum dbs_rc rc = look_at_rows(writer->conn, batch, true, err);

	if (!rc)
		rc = make_room(writer, batch, err);
	if (rc)
		return rc;
	struct buf *out = begin_sql(writer);

	buf_addf(out, "DELETE FROM %s WHERE ", row_sql_table(sql));
	row_sql_where_begin(sql, out);
	for (size_t i = 0; i < batch->rows.count; i++) {
		struct batch_row *row = vec_at(&batch->rows, i);

		/* the whole row is written, with what was read of it before */
		if (row->state == ROW_READY && row->has_other_rest)
			row->state = ROW_DRIFT;
		*(enum row_state *)vec_push(states) = row->state;
		if (row->state == ROW_READY && row->record.rows[TARGET])
			row_sql_where_row(sql, !expected++, batch_key(batch, i),
					  out);
	}
	row_sql_where_end(sql, out);
	return send_sql(writer, batch->table, "DELETE", expected, err);
}

static enum dbs_rc fill_rows(struct writer *writer, const struct batch *batch,
			     const enum row_state *states, bool is_update,
			     struct dbs_error *err)
{
	const struct row_sql *sql = batch->table->sql;
	const enum change_kind kind = is_update ? CHANGE_UPDATE : CHANGE_INSERT;
	uint64_t expected = 0;
	enum dbs_rc rc = make_room(writer, batch, err);

	row_sql_insert_begin(sql, is_update || batch->table->plan->is_whole,
			     begin_sql(writer));
	for (size_t i = 0; i < batch->rows.count; i++) {
		const struct batch_row *row = vec_at(&batch->rows, i);

		if (states[i] != ROW_READY || row->record.kind != kind)
			continue;
		if (is_update)
			statement_whole_tuple(batch, i, !expected++,
					      &writer->sql);
		else
			statement_tuple(batch, i, !expected++, &writer->sql);
	}
	return rc ? rc
		  : send_sql(writer, batch->table, "INSERT", expected, err);
}

/* As check_bent, for all batches: those not left alone are as they should. */
static enum dbs_rc check_all_bent(struct writer *writer, struct batch *batch,
				  const struct segment *segments, size_t count,
				  const struct vec *states,
				  struct dbs_error *err)
{
	size_t at = 0;

	for (size_t i = 0; i < count; i++) {
		enum dbs_rc rc = load_segment(batch, &segments[i], err);

		if (!rc)
			rc = look_at_rows(writer->conn, batch, true, err);
		if (rc)
			return rc;
		for (size_t r = 0; r < batch->rows.count; r++) {
			const struct batch_row *row = vec_at(&batch->rows, r);
			const enum row_state *was = vec_at(states, at++);

			if (*was != ROW_DRIFT && row->state != ROW_DONE)
				return bent(err);
		}
	}
	return DBS_OK;
}

static enum dbs_rc exchange(struct writer *writer, struct batch *batch,
			    const struct segment *segments, size_t count,
			    struct vec *states, struct dbs_error *err)
{
	enum dbs_rc rc = conn_run(writer->conn, "START TRANSACTION", err);
	size_t at = 0;

	vec_truncate(states, 0);
	for (size_t i = 0; i < count && !rc; i++) {
		rc = load_segment(batch, &segments[i], err);
		if (!rc)
			rc = clear_rows(writer, batch, states, err);
	}
	cut_at(writer, FAULT_APPLY_EXCHANGE);
	for (size_t i = 0; i < count && !rc; i++) {
		const enum row_state *from = (enum row_state *)states->items +
					     at;

		rc = load_segment(batch, &segments[i], err);
		if (!rc)
			rc = fill_rows(writer, batch, from, true, err);
		if (!rc)
			rc = fill_rows(writer, batch, from, false, err);
		at += batch->rows.count;
	}
	if (!rc && (writer->is_lax || batch->table->is_lossy))
		rc = check_all_bent(writer, batch, segments, count, states,
				    err);
	return rc ? rc : commit(writer, err);
}

/* Strictly, or else bent and looked at; undone when it fails. */
static enum dbs_rc exchange_twice(struct writer *writer, struct batch *batch,
				  const struct segment *segments, size_t count,
				  struct vec *states, struct dbs_error *err)
{
	enum dbs_rc rc = exchange(writer, batch, segments, count, states, err);
	const struct dbs_error refusal = *err;

	if (rc)
		(void)undo(writer, rc);
	if (!is_mode_refused(batch->table, err, rc))
		return rc;
	dbs_error_clear(err);
	rc = set_mode(writer, true, err);
	if (!rc)
		rc = exchange(writer, batch, segments, count, states, err);
	keep_refusal(writer, rc, &refusal, err);
	if (rc)
		(void)undo(writer, rc);
	be_strict(writer);
	return rc;
}

static enum dbs_rc count_states(struct batch *batch,
				const struct segment *segments, size_t count,
				const struct vec *states,
				struct table_result *result,
				struct dbs_error *err)
{
	size_t at = 0;

	for (size_t i = 0; i < count; i++) {
		enum dbs_rc rc = load_segment(batch, &segments[i], err);

		if (rc)
			return rc;
		for (size_t r = 0; r < batch->rows.count; r++) {
			struct batch_row *row = vec_at(&batch->rows, r);

			row->state = *(enum row_state *)vec_at(states, at++);
		}
		table_result_count(result, batch);
	}
	return DBS_OK;
}

enum dbs_rc writer_apply_all(struct writer *writer,
			     const struct batch_table *table,
			     const struct segment *segments, size_t count,
			     struct table_result *result, struct dbs_error *err)
{
	const struct conn_setup *setup = writer->request->setup;
	OWNED(vec_release) struct vec states = VEC_INIT(enum row_state);
	OWNED(batch_release) struct batch batch;

	batch_init(&batch, table);
	for (unsigned attempt = 1;; attempt++) {
		enum dbs_rc rc = be_ready(writer, err);

		if (!rc)
			rc = exchange_twice(writer, &batch, segments, count,
					    &states, err);
		if (!rc) {
			dbs_error_clear(err);
			return count_states(&batch, segments, count, &states,
					    result, err);
		}
		if ((rc != DBS_E_LOST && rc != DBS_E_RETRY) ||
		    attempt >= writer->request->attempts)
			return rc;
		rc = backoff_wait(attempt, setup->cancel, err);
		if (rc)
			return rc;
	}
}
