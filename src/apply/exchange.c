/*
 * exchange.c - see exchange.h.
 *
 *	BEGIN ─▶ first statements ─▶ of each table: lock and look ─▶ DELETE
 *	      ─▶ of each table: UPDATE, INSERT  ─▶ last statement ─▶ COMMIT
 *
 * Batches are read out of their segments once for each passage; what the look has
 * found of a row is kept in between.
 */
#include "exchange.h"

#include "look.h"
#include "pump.h"
#include "statement.h"
#include "writer_part.h"

#include "dbsync/base/own.h"
#include "dbsync/db/backoff.h"

struct passage {
	struct writer *writer;
	const struct exchange *exchange;
	const struct exchange_part *part; /* that goes by */
	struct vec states;                /* enum row_state, of all rows */
	size_t at;                        /* in states */
	size_t drifted;
};

typedef enum dbs_rc take_batch(void *self, struct batch *batch,
			       struct dbs_error *err);

/* The batches of all tables, in the same order and of the same size each time. */
static enum dbs_rc go_through(struct passage *passage, take_batch *take,
			      struct dbs_error *err)
{
	const struct exchange *exchange = passage->exchange;
	enum dbs_rc rc = DBS_OK;

	passage->at = 0;
	for (size_t i = 0; i < exchange->count && !rc; i++) {
		struct pump pump;

		passage->part = &exchange->parts[i];
		pump_init(&pump, passage->part->table, PHASE_ALL,
			  conn_packet_limit(passage->writer->conn));
		pump.is_fixed = true;
		pump.take = take;
		pump.self = passage;
		rc = pump_run(&pump, passage->part->segments,
			      passage->part->count, err);
		pump_release(&pump);
	}
	if (rc == DBS_E_SERVER && exchange->last)
		(void)dbs_error_context(
			err, "%s", row_sql_table(passage->part->table->sql));
	return rc;
}

static void keep_states(struct passage *passage, const struct batch *batch)
{
	for (size_t i = 0; i < batch->rows.count; i++) {
		const struct batch_row *row = vec_at(&batch->rows, i);

		*(enum row_state *)vec_push(&passage->states) = row->state;
		passage->drifted += row->state == ROW_DRIFT;
	}
}

static void take_states(struct passage *passage, struct batch *batch)
{
	for (size_t i = 0; i < batch->rows.count; i++)
		((struct batch_row *)vec_at(&batch->rows, i))->state = *(
			enum row_state *)vec_at(&passage->states,
						passage->at++);
}

static enum dbs_rc refuse_drift(const struct passage *passage,
				const struct batch *batch,
				struct dbs_error *err)
{
	size_t at = 0;

	while (((struct batch_row *)vec_at(&batch->rows, at))->state !=
	       ROW_DRIFT)
		at++;
	const struct slice key = batch_key(batch, at);

	return dbs_fail(err, DBS_E_CHANGED,
			"the row %.*s of %s was changed while it was about to "
			"be written",
			(int)(key.length < 80 ? key.length : 80), key.data,
			row_sql_table(passage->part->table->sql));
}

/* What is there and as it was goes, or is locked until it is written. */
static enum dbs_rc clear(void *self, struct batch *batch, struct dbs_error *err)
{
	struct passage *passage = self;
	struct writer *writer = passage->writer;
	const bool exchanges = passage->part->updates_go_first;
	uint64_t expected = 0;
	enum dbs_rc rc = writer_make_room(writer, batch, err);

	if (!rc)
		rc = look_at_rows(writer->conn, batch,
				  passage->exchange->looks_for_inserts ||
					  !batch->table->has_key,
				  err);
	if (rc)
		return rc;
	if (exchanges)
		writer_leave_other_rests(batch);
	keep_states(passage, batch);
	if (passage->exchange->is_whole && passage->drifted)
		return refuse_drift(passage, batch, err);
	rc = writer_delete(writer, batch, err);
	if (!rc)
		rc = writer_delete_some(writer, batch, err);
	if (rc || !exchanges)
		return rc;
	expected = statement_make_room(batch, writer_begin_sql(writer));
	return writer_send(writer, batch->table, "DELETE", expected, err);
}

static enum dbs_rc fill(void *self, struct batch *batch, struct dbs_error *err)
{
	struct passage *passage = self;
	struct writer *writer = passage->writer;
	enum dbs_rc rc = writer_make_room(writer, batch, err);

	take_states(passage, batch);
	if (!rc && passage->part->updates_go_first) {
		const uint64_t expected =
			statement_fill_room(batch, writer_begin_sql(writer));

		rc = writer_send(writer, batch->table, "INSERT", expected, err);
	} else if (!rc) {
		rc = writer_put_updated(writer, batch, err);
	}
	return rc ? rc : writer_insert(writer, batch, err);
}

/* Where a value could be bent on the way, what arrived is looked at. */
static enum dbs_rc check(void *self, struct batch *batch, struct dbs_error *err)
{
	struct passage *passage = self;
	struct writer *writer = passage->writer;

	if (!writer->is_lax && !batch->table->is_lossy) {
		passage->at += batch->rows.count;
		return DBS_OK;
	}
	enum dbs_rc rc = look_at_rows(writer->conn, batch, true, err);

	for (size_t i = 0; i < batch->rows.count && !rc; i++) {
		const struct batch_row *row = vec_at(&batch->rows, i);
		const enum row_state *was = vec_at(&passage->states,
						   passage->at++);

		if (*was != ROW_DRIFT && row->state != ROW_DONE)
			rc = writer_bent(err);
	}
	return rc;
}

static enum dbs_rc count(void *self, struct batch *batch, struct dbs_error *err)
{
	struct passage *passage = self;

	(void)err;
	take_states(passage, batch);
	table_result_count(passage->part->result, batch);
	return DBS_OK;
}

static enum dbs_rc say_last(struct writer *writer, const char *last,
			    struct dbs_error *err)
{
	uint64_t affected = 0;

	if (!last)
		return DBS_OK;
	buf_adds(writer_begin_sql(writer), last);
	enum dbs_rc rc = conn_write(writer->conn, &writer->sql, &affected, err);

	if (rc || affected == 1)
		return rc;
	return dbs_fail(err, DBS_E_CHANGED,
			"the place up to which the target was written is not "
			"what it was: another one follows the same source");
}

static enum dbs_rc say_first(struct passage *passage, struct dbs_error *err)
{
	const struct exchange *exchange = passage->exchange;
	struct writer *writer = passage->writer;
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; i < exchange->first_count && !rc; i++) {
		const struct window_statement *first = &exchange->first[i];
		uint64_t affected = 0;

		buf_adds(writer_begin_sql(writer), first->sql);
		rc = conn_write(writer->conn, &writer->sql, &affected, err);
		if (!rc && first->is_one && affected != 1)
			rc = dbs_fail(err, DBS_E_CHANGED,
				      "a row that differs was changed while it "
				      "was about to be recorded");
	}
	return rc;
}

static bool may_have_bent(const struct passage *passage)
{
	const struct exchange *exchange = passage->exchange;
	bool is_any = passage->writer->is_lax;

	for (size_t i = 0; i < exchange->count && !is_any; i++)
		is_any = exchange->parts[i].table->is_lossy;
	return is_any;
}

static enum dbs_rc write_once(struct passage *passage, struct dbs_error *err)
{
	struct writer *writer = passage->writer;

	vec_truncate(&passage->states, 0);
	passage->drifted = 0;
	enum dbs_rc rc = conn_run(writer->conn, "START TRANSACTION", err);

	if (!rc)
		rc = say_first(passage, err);
	if (!rc)
		rc = go_through(passage, clear, err);
	writer_cut_at(writer, FAULT_APPLY_EXCHANGE);
	if (!rc)
		rc = go_through(passage, fill, err);
	if (!rc && may_have_bent(passage))
		rc = go_through(passage, check, err);
	if (!rc)
		rc = say_last(writer, passage->exchange->last, err);
	if (passage->exchange->last)
		writer_cut_at(writer, FAULT_FOLLOW_MARKED);
	return rc ? rc : writer_commit(writer, err);
}

static bool is_refused_by_mode(const struct exchange *exchange, enum dbs_rc rc,
			       const struct dbs_error *err)
{
	for (size_t i = 0; i < exchange->count; i++)
		if (writer_is_mode_refused(exchange->parts[i].table, err, rc))
			return true;
	return false;
}

/* Strictly, or else bent and looked at; undone when it fails. */
static enum dbs_rc write_twice(struct passage *passage, struct dbs_error *err)
{
	struct writer *writer = passage->writer;
	enum dbs_rc rc = write_once(passage, err);
	const struct dbs_error refusal = *err;

	if (rc)
		(void)writer_undo(writer, rc);
	if (!is_refused_by_mode(passage->exchange, rc, err))
		return rc;
	dbs_error_clear(err);
	rc = writer_set_mode(writer, true, err);
	if (!rc)
		rc = write_once(passage, err);
	writer_keep_refusal(writer, rc, &refusal, err);
	if (rc)
		(void)writer_undo(writer, rc);
	writer_be_strict(writer);
	return rc;
}

enum dbs_rc exchange_once(struct writer *writer,
			  const struct exchange *exchange,
			  struct dbs_error *err)
{
	struct passage passage = {
		.writer = writer,
		.exchange = exchange,
		.states = VEC_INIT(enum row_state),
	};
	enum dbs_rc rc = writer_be_ready(writer, err);

	if (!rc)
		rc = write_twice(&passage, err);
	if (!rc) {
		dbs_error_clear(err);
		rc = go_through(&passage, count, err);
	}
	vec_release(&passage.states);
	return rc;
}

enum dbs_rc exchange_patiently(struct writer *writer,
			       const struct exchange_part *part,
			       struct dbs_error *err)
{
	const struct conn_setup *setup = writer->request->setup;
	const struct exchange exchange = {
		.parts = part, .count = 1, .looks_for_inserts = true};

	for (unsigned attempt = 1;; attempt++) {
		enum dbs_rc rc = exchange_once(writer, &exchange, err);

		if ((rc != DBS_E_LOST && rc != DBS_E_RETRY) ||
		    attempt >= writer->request->attempts)
			return rc;
		rc = backoff_wait(attempt, setup->cancel, err);
		if (rc)
			return rc;
	}
}
