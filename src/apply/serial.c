/* serial.c - see serial.h. */
#include "serial.h"

#include "exchange.h"
#include "single.h"

#include "dbsync/base/own.h"

#include <inttypes.h>

struct serial {
	struct writer *writer;
	struct pump *pump;
	struct table_result *result;
	struct change_file *file; /* of what was put aside; NULL: nothing */
	struct vec aside;         /* struct segment, one for each batch */
	uint64_t clashes;         /* rows that clash with rows not ours */
	struct dbs_error clash;   /* the first of them */
};

static void serial_release(struct serial *serial)
{
	change_file_drop(&serial->file);
	vec_release(&serial->aside);
}

static bool is_clash(enum dbs_rc rc, const struct dbs_error *err)
{
	return rc == DBS_E_SERVER && err->server_errno == DUPLICATE_KEY;
}

static enum dbs_rc put_aside(struct serial *serial, const struct batch *batch,
			     struct dbs_error *err)
{
	enum dbs_rc rc = serial->file ? DBS_OK
				      : change_file_new(&serial->file, err);

	if (rc)
		return rc;
	change_file_begin(serial->file);
	for (size_t i = 0; i < batch->rows.count && !rc; i++) {
		const struct change_record record = batch_record(batch, i);

		rc = change_file_add(serial->file, &record, err);
	}
	struct segment segment;

	if (!rc)
		rc = change_file_end(serial->file, &segment, err);
	if (!rc)
		*(struct segment *)vec_push(&serial->aside) = segment;
	return rc;
}

static void count(struct serial *serial, const struct batch *batch)
{
	table_result_count(serial->result, batch);
	atomic_fetch_add(&serial->writer->request->meter->rows,
			 batch->rows.count);
}

static enum dbs_rc try_once(void *self, struct batch *batch,
			    struct dbs_error *err)
{
	struct serial *serial = self;

	batch->checks_inserts = true;
	enum dbs_rc rc = writer_apply(serial->writer, batch, err);

	if (is_clash(rc, err)) {
		dbs_error_clear(err);
		return put_aside(serial, batch, err);
	}
	if (!rc)
		count(serial, batch);
	return rc;
}

/* 1 */
static enum dbs_rc try_first(void *self, struct batch *batch,
			     struct dbs_error *err)
{
	struct serial *serial = self;
	enum dbs_rc rc = try_once(self, batch, err);

	return single_may_help(rc, err)
		       ? single_run(batch, try_once, self, serial->result, err)
		       : rc;
}

/* What the pump hands out when a segment is read again. */
struct again {
	struct serial *serial;
	bool is_through;
};

static enum dbs_rc try_again(void *self, struct batch *batch,
			     struct dbs_error *err)
{
	struct again *again = self;
	struct serial *serial = again->serial;

	batch->checks_inserts = true;
	enum dbs_rc rc = writer_apply(serial->writer, batch, err);

	if (is_clash(rc, err)) {
		dbs_error_clear(err);
		again->is_through = false;
		return DBS_OK;
	}
	if (!rc)
		count(serial, batch);
	return rc;
}

/* One segment is one batch again: as large as it was. */
static enum dbs_rc
run_segment(struct serial *serial, const struct segment *segment,
	    enum dbs_rc (*take)(void *, struct batch *, struct dbs_error *),
	    void *self, size_t rows, struct dbs_error *err)
{
	struct pump *pump = serial->pump;

	pump->take = take;
	pump->self = self;
	pump->most_rows = rows;
	pump->is_fixed = true;
	pump->most_bytes = UINT64_MAX;
	return pump_run(pump, segment, 1, err);
}

/* 2: one pass; forgets what got through. */
static enum dbs_rc pass(struct serial *serial, bool is_backwards,
			size_t *through_out, struct dbs_error *err)
{
	const size_t before = serial->aside.count;
	struct segment *items = serial->aside.items;
	size_t kept = 0;

	*through_out = 0;
	for (size_t i = 0; i < before; i++) {
		struct segment *segment =
			&items[is_backwards ? before - 1 - i : i];
		struct again again = {serial, true};
		enum dbs_rc rc = run_segment(serial, segment, try_again, &again,
					     SIZE_MAX, err);

		if (rc)
			return rc;
		*through_out += again.is_through;
		if (again.is_through)
			segment->file = NULL;
	}
	for (size_t i = 0; i < before; i++)
		if (items[i].file)
			items[kept++] = items[i];
	vec_truncate(&serial->aside, kept);
	return DBS_OK;
}

static enum dbs_rc untangle(struct serial *serial, struct dbs_error *err)
{
	bool is_backwards = true;
	size_t through = 1;
	enum dbs_rc rc = DBS_OK;

	for (size_t fruitless = 0; serial->aside.count && fruitless < 2 && !rc;
	     is_backwards = !is_backwards) {
		rc = pass(serial, is_backwards, &through, err);
		fruitless = through ? 0 : fruitless + 1;
	}
	return rc;
}

/* 4: a row that clashes is left out, and remembered. */
static enum dbs_rc try_row(void *self, struct batch *batch,
			   struct dbs_error *err)
{
	struct serial *serial = self;

	batch->checks_inserts = true;
	enum dbs_rc rc = writer_apply(serial->writer, batch, err);

	if (is_clash(rc, err)) {
		if (!serial->clashes++)
			serial->clash = *err;
		dbs_error_clear(err);
		return DBS_OK;
	}
	if (!rc)
		count(serial, batch);
	return rc;
}

static enum dbs_rc row_by_row(struct serial *serial, struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; i < serial->aside.count && !rc; i++)
		rc = run_segment(serial, vec_at(&serial->aside, i), try_row,
				 serial, 1, err);
	if (rc || !serial->clashes)
		return rc;
	*err = serial->clash;
	return dbs_error_context(err,
				 "%" PRIu64 " rows conflict with rows of the "
				 "target that the run does not "
				 "change",
				 serial->clashes);
}

/* 3 */
static enum dbs_rc all_at_once(struct serial *serial, struct dbs_error *err)
{
	const struct exchange_part part = {
		.table = serial->pump->batch.table,
		.segments = serial->aside.items,
		.count = serial->aside.count,
		.result = serial->result,
		.updates_go_first = true,
	};
	enum dbs_rc rc = exchange_patiently(serial->writer, &part, err);

	if (!is_clash(rc, err))
		return rc;
	dbs_error_clear(err);
	return row_by_row(serial, err);
}

enum dbs_rc serial_run(struct writer *writer, struct pump *pump,
		       const struct segment *segments, size_t segment_count,
		       struct table_result *result, struct dbs_error *err)
{
	OWNED(serial_release) struct serial serial = {
		.writer = writer,
		.pump = pump,
		.result = result,
		.aside = VEC_INIT(struct segment),
	};

	pump->take = try_first;
	pump->self = &serial;
	enum dbs_rc rc = pump_run(pump, segments, segment_count, err);

	if (!rc)
		rc = untangle(&serial, err);
	if (rc || !serial.aside.count)
		return rc;
	/* without a key there are no updates, so nothing waits in a circle */
	return pump->batch.table->has_key ? all_at_once(&serial, err)
					  : row_by_row(&serial, err);
}
