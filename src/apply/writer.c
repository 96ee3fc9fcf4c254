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
#include "writer_part.h"

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

enum dbs_rc writer_set_mode(struct writer *writer, bool is_lax,
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
		rc = writer_set_mode(writer, false, err);
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
enum dbs_rc writer_be_ready(struct writer *writer, struct dbs_error *err)
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
		enum dbs_rc rc = writer_be_ready(writer, err);

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

struct buf *writer_begin_sql(struct writer *writer)
{
	buf_clear(&writer->sql);
	buf_addf(&writer->sql, "/* dbsync %s */ ", writer->request->run);
	return &writer->sql;
}

/* Rows are as large as the servers have them, and as many alike. */
enum dbs_rc writer_make_room(struct writer *writer, const struct batch *batch,
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
enum dbs_rc writer_send(struct writer *writer, const struct batch_table *table,
			const char *what, uint64_t expected,
			struct dbs_error *err)
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

enum dbs_rc writer_delete(struct writer *writer, const struct batch *batch,
			  struct dbs_error *err)
{
	const uint64_t expected = statement_delete(batch,
						   writer_begin_sql(writer));

	return writer_send(writer, batch->table, "DELETE", expected, err);
}

/* Rows without a key of which some stay. */
enum dbs_rc writer_delete_some(struct writer *writer, const struct batch *batch,
			       struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0;
	     i < batch->rows.count && !batch->table->has_key && !rc; i++) {
		const uint64_t expected = statement_delete_some(
			batch, i, writer_begin_sql(writer));

		rc = writer_send(writer, batch->table, "DELETE", expected, err);
	}
	return rc;
}

enum dbs_rc writer_put_updated(struct writer *writer, const struct batch *batch,
			       struct dbs_error *err)
{
	const uint64_t expected = statement_update(batch,
						   writer_begin_sql(writer));

	return writer_send(writer, batch->table, "UPDATE", expected, err);
}

/* What a statement may have besides its comment. */
static uint64_t room_of_insert(const struct writer *writer)
{
	const uint64_t limit = conn_packet_limit(writer->conn);
	const uint64_t room = limit - (writer->sql.length + PACKET_REST);

	return room < STATEMENT_INSERT_BYTES ? room : STATEMENT_INSERT_BYTES;
}

enum dbs_rc writer_insert(struct writer *writer, const struct batch *batch,
			  struct dbs_error *err)
{
	struct statement_place place = {0};
	enum dbs_rc rc = DBS_OK;

	while (!rc) {
		struct buf *sql = writer_begin_sql(writer);
		const uint64_t expected = statement_insert(
			batch, &place, room_of_insert(writer), sql);

		if (!expected)
			break;
		rc = writer_send(writer, batch->table, "INSERT", expected, err);
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
	uint64_t expected = statement_make_room(batch,
						writer_begin_sql(writer));

	if (!expected)
		return DBS_OK;
	enum dbs_rc rc = writer_send(writer, batch->table, "DELETE", expected,
				     err);

	if (rc)
		return rc;
	expected = statement_fill_room(batch, writer_begin_sql(writer));
	return writer_send(writer, batch->table, "INSERT", expected, err);
}

/* ------------------------------------------------------------------------
 * A batch
 * --------------------------------------------------------------------- */

enum dbs_rc writer_bent(struct dbs_error *err)
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
bool writer_is_mode_refused(const struct batch_table *table,
			    const struct dbs_error *err, enum dbs_rc rc)
{
	if (!rc)
		return false;
	return (table->has_enum && err->server_errno == ERROR_TRUNCATED) ||
	       (table->has_computed && strict_is_of_value(err->server_errno));
}

void writer_be_strict(struct writer *writer)
{
	struct dbs_error ignored; /* a broken session is created again */

	if (writer->is_lax && !conn_is_broken(writer->conn))
		(void)writer_set_mode(writer, false, &ignored);
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
		       : writer_bent(err);
}

void writer_cut_at(struct writer *writer, enum fault_point point)
{
	if (fault_error(point))
		conn_cut(writer->conn);
}

enum dbs_rc writer_commit(struct writer *writer, struct dbs_error *err)
{
	enum dbs_rc rc = conn_run(writer->conn, "COMMIT", err);

	if (!rc && fault_error(FAULT_APPLY_COMMITTED)) {
		conn_cut(writer->conn);
		rc = conn_run(writer->conn, "SELECT 1", err);
	}
	return rc;
}

/* Of a row that goes, what only the target has is written as it was read. */
void writer_leave_other_rests(struct batch *batch)
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
		return writer_put_updated(writer, batch, err);
	writer_leave_other_rests(batch);
	return exchange_rows(writer, batch, err);
}

static enum dbs_rc write_once(struct writer *writer, struct batch *batch,
			      struct dbs_error *err)
{
	enum dbs_rc rc = writer_make_room(writer, batch, err);

	if (!rc)
		rc = conn_run(writer->conn, "START TRANSACTION", err);
	writer_cut_at(writer, FAULT_APPLY_BEGIN);
	if (!rc)
		rc = look_at_rows(
			writer->conn, batch,
			batch->checks_inserts || !batch->table->has_key, err);
	if (!rc)
		rc = writer_delete(writer, batch, err);
	if (!rc)
		rc = writer_delete_some(writer, batch, err);
	writer_cut_at(writer, FAULT_APPLY_DELETED);
	if (!rc)
		rc = update_rows(writer, batch, err);
	if (!rc)
		rc = writer_insert(writer, batch, err);
	writer_cut_at(writer, FAULT_APPLY_WRITTEN);
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
	enum dbs_rc rc = batch->is_lax ? writer_set_mode(writer, true, err)
				       : DBS_OK;

	if (!rc)
		rc = write_once(writer, batch, err);
	if (rc || (!writer->is_lax && !batch->table->is_lossy))
		return rc;
	return check_arrived(writer, batch, err);
}

/* What failed is undone at once; a lost connection has been undone. */
enum dbs_rc writer_undo(struct writer *writer, enum dbs_rc rc)
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
	if (!batch->is_lax && writer_is_mode_refused(batch->table, err, rc))
		batch->is_lax = true;
	else if (!batch->is_exchanged && batch->table->has_json &&
		 rc == DBS_E_SERVER && writer->is_short)
		batch->is_exchanged = true;
	else
		return false;
	return true;
}

/* What the strict session said is more than that a value was bent. */
void writer_keep_refusal(const struct writer *writer, enum dbs_rc rc,
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
		(void)writer_undo(writer, rc);
		dbs_error_clear(err);
		rc = write_checked(writer, batch, err);
	}
	writer_keep_refusal(writer, rc, &refusal, err);
	if (!rc)
		rc = writer_commit(writer, err);
	if (rc)
		rc = writer_undo(writer, rc);
	writer_be_strict(writer);
	return rc;
}

enum dbs_rc writer_apply(struct writer *writer, struct batch *batch,
			 struct dbs_error *err)
{
	const struct conn_setup *setup = writer->request->setup;

	for (unsigned attempt = 1;; attempt++) {
		enum dbs_rc rc = writer_be_ready(writer, err);

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
	writer_cut_at(writer, FAULT_APPLY_COUNTER);
	buf_addf(writer_begin_sql(writer),
		 "ALTER TABLE %s AUTO_INCREMENT = %" PRIu64,
		 row_sql_table(table->sql), counter);
	rc = conn_run(writer->conn, writer->sql.data, err);
	if (rc != DBS_E_LOST && rc != DBS_E_RETRY)
		return rc;
	/* setting it twice does no harm */
	dbs_error_clear(err);
	rc = be_ready_patiently(writer, err);
	return rc ? rc : conn_run(writer->conn, writer->sql.data, err);
}
