/* load_batch.c - see load_batch.h. */
#include "load_batch.h"

#include "dbsync/base/fault.h"
#include "dbsync/base/own.h"

#include <inttypes.h>

enum {
	BATCH_BYTES = 1024 * 1024,
	BATCH_ROOM = 64 * 1024, /* for all but the row */
	LARGE_ROW = 4 * BATCH_BYTES,
};

void counted_add(struct counted *counted)
{
	const struct copy_total *total = copier_total(counted->copier);
	struct meter *meter = counted->task->meter;

	(void)atomic_fetch_add(&meter->rows, total->rows - counted->rows);
	(void)atomic_fetch_add(&meter->bytes, total->bytes - counted->bytes);
	counted->rows = total->rows;
	counted->bytes = total->bytes;
}

struct batch {
	struct load_task *task;
	struct copier *copier;
	struct bulk *bulk; /* or NULL: rows are literals */
	struct buf text;   /* a statement, or the values of an array */
	uint64_t rows;
	bool has_gate; /* holds a large row */
};

static enum dbs_rc enter_gate(struct batch *batch, struct dbs_error *err)
{
	const struct conn_setup *setup = conn_setup(
		batch->task->link.conn[TARGET]);
	enum dbs_rc rc = batch->has_gate
				 ? DBS_OK
				 : gate_enter(&setup->workers->large_rows,
					      setup->cancel, err);

	batch->has_gate = !rc;
	return rc;
}

static void leave_gate(struct batch *batch)
{
	if (!batch->has_gate)
		return;
	buf_release(&batch->text);
	gate_leave(&conn_setup(batch->task->link.conn[TARGET])
			    ->workers->large_rows);
	batch->has_gate = false;
}

static enum dbs_rc open_batch(struct batch *batch, struct dbs_error *err)
{
	const struct load_task *task = batch->task;
	OWNED(buf_release) struct buf sql = BUF_INIT;
	size_t count = 0;

	if (task->way != LOAD_BULK)
		return DBS_OK;
	const struct wire_column *columns = copier_columns(batch->copier,
							   &count);

	buf_addf(&sql, "%s /* dbsync %s */", copy_bulk_sql(task->copy),
		 task->run);
	return bulk_open(task->link.conn[TARGET], sql.data, columns, count,
			 &batch->bulk, err);
}

static void close_batch(struct batch *batch)
{
	leave_gate(batch);
	bulk_close(&batch->bulk);
	buf_release(&batch->text);
}

static enum dbs_rc send(struct batch *batch, uint64_t *written_out,
			struct dbs_error *err)
{
	if (batch->bulk)
		return bulk_send(batch->bulk, &batch->text, written_out, err);
	buf_addf(&batch->text, " /* dbsync %s */", batch->task->run);
	return conn_write(batch->task->link.conn[TARGET], &batch->text,
			  written_out, err);
}

static enum dbs_rc flush(struct batch *batch, struct dbs_error *err)
{
	uint64_t written = 0;

	if (!batch->rows)
		return DBS_OK;
	if (fault_error(FAULT_LOAD_FEED))
		conn_cut(batch->task->link.conn[SOURCE]);
	enum dbs_rc rc = load_may_go_on(batch->task, err);

	if (!rc)
		rc = send(batch, &written, err);
	if (!rc && written != batch->rows)
		rc = dbs_fail(err, DBS_E_SERVER,
			      "the server counts %" PRIu64
			      " rows where %" PRIu64 " were sent",
			      written, batch->rows);
	batch->task->taken += written;
	buf_clear(&batch->text);
	leave_gate(batch);
	batch->rows = 0;
	return rc;
}

static enum dbs_rc add_literals(struct batch *batch, struct dbs_error *err)
{
	buf_adds(&batch->text,
		 batch->rows ? "," : copy_insert_sql(batch->task->copy));
	return copier_tuple(batch->copier, &batch->text, err);
}

static enum dbs_rc add_values(struct batch *batch, struct dbs_error *err)
{
	if (!batch->rows)
		bulk_begin(batch->bulk, &batch->text);
	return copier_bulk(batch->copier, &batch->text, err);
}

/* A batch is sent before a row that would make it too long. */
static enum dbs_rc make_room(struct batch *batch, struct dbs_error *err)
{
	const uint64_t packet = conn_packet_limit(
		batch->task->link.conn[TARGET]);
	const size_t row = copier_row_bytes(batch->copier);
	const uint64_t longest = 2 * (uint64_t)row + BATCH_ROOM;

	if (batch->rows && (batch->text.length + longest > packet ||
			    batch->text.length + row > BATCH_BYTES))
		return flush(batch, err);
	return DBS_OK;
}

static enum dbs_rc too_large(const struct batch *batch, struct dbs_error *err)
{
	return dbs_fail(err, DBS_E_LIMIT,
			"a row of %zu bytes%s is more than the target's "
			"max_allowed_packet (%" PRIu64 ") takes%s",
			batch->text.length, batch->bulk ? "" : " as text",
			conn_packet_limit(batch->task->link.conn[TARGET]),
			batch->task->has_infile
				? "; --load infile has no such limit"
				: ", and LOAD DATA LOCAL is not allowed there "
				  "(local_infile)");
}

static enum dbs_rc add_row(struct batch *batch, struct dbs_error *err)
{
	const uint64_t packet = conn_packet_limit(
		batch->task->link.conn[TARGET]);
	enum dbs_rc rc = make_room(batch, err);

	if (!rc && copier_row_bytes(batch->copier) > LARGE_ROW)
		rc = enter_gate(batch, err);
	if (!rc)
		rc = batch->bulk ? add_values(batch, err)
				 : add_literals(batch, err);
	if (rc)
		return rc;
	batch->rows++;
	if (batch->text.length + BATCH_ROOM > packet)
		return too_large(batch, err);
	return batch->has_gate ? flush(batch, err) : DBS_OK;
}

static enum dbs_rc add_all(struct batch *batch, struct counted *counted,
			   struct dbs_error *err)
{
	bool more = true;
	enum dbs_rc rc = DBS_OK;

	while (!rc && more) {
		rc = copier_next(batch->copier, &more, err);
		if (!rc && more)
			rc = add_row(batch, err);
		counted_add(counted);
	}
	return rc ? rc : flush(batch, err);
}

enum dbs_rc load_by_batches(struct counted *counted, struct dbs_error *err)
{
	OWNED(close_batch) struct batch batch = {.task = counted->task,
						 .copier = counted->copier,
						 .text = BUF_INIT};
	enum dbs_rc rc = open_batch(&batch, err);

	return rc ? rc : add_all(&batch, counted, err);
}
