/* pump.c - see pump.h. */
#include "pump.h"

#include "dbsync/base/clock.h"
#include "dbsync/base/own.h"

enum {
	MOST_BYTES = 1024 * 1024,
	FIRST_ROWS = 500,
	MOST_ROWS = 2000,
	FEWEST_ROWS = 20,
};

/* A transaction should be short for those who wait for its locks. */
static const double SLOW_S = 1.0;
static const double QUICK_S = 0.25;

void pump_init(struct pump *pump, const struct batch_table *table,
	       enum phase phase, uint64_t packet_limit)
{
	*pump = (struct pump){
		.phase = phase,
		.most_bytes = packet_limit / 8 < MOST_BYTES ? packet_limit / 8
							    : MOST_BYTES,
		.most_rows = FIRST_ROWS,
	};
	batch_init(&pump->batch, table);
}

void pump_release(struct pump *pump)
{
	batch_release(&pump->batch);
}

bool phase_has(enum phase phase, const struct segment *segment)
{
	const bool deletes = segment->changes[CHANGE_DELETE];
	const bool puts = segment->changes[CHANGE_INSERT] ||
			  segment->changes[CHANGE_UPDATE];

	return (phase != PHASE_PUT && deletes) ||
	       (phase != PHASE_DELETE && puts);
}

static bool is_of(enum phase phase, enum change_kind kind)
{
	return phase == PHASE_ALL ||
	       (phase == PHASE_DELETE) == (kind == CHANGE_DELETE);
}

static enum dbs_rc pass_on(struct pump *pump, struct dbs_error *err)
{
	const uint64_t start = clock_ns();

	if (!pump->batch.rows.count)
		return DBS_OK;
	enum dbs_rc rc = pump->take(pump->self, &pump->batch, err);
	const double seconds = clock_since(start);

	if (pump->is_fixed)
		; /* as was asked for */
	else if (seconds > SLOW_S && pump->most_rows > FEWEST_ROWS)
		pump->most_rows /= 2;
	else if (seconds < QUICK_S && pump->most_rows < MOST_ROWS)
		pump->most_rows *= 2;
	batch_clear(&pump->batch);
	/* one huge row must not be kept for all the others */
	if (pump->batch.bytes.capacity > 4 * MOST_BYTES)
		buf_release(&pump->batch.bytes);
	return rc;
}

static bool is_full(const struct pump *pump, const struct change_record *next)
{
	const uint64_t bytes = pump->batch.bytes.length + next->new_row.length +
			       next->old_row.length;

	return pump->batch.rows.count &&
	       (pump->batch.rows.count >= pump->most_rows ||
		bytes > pump->most_bytes);
}

/* Rows without a key may have many copies, which are written at once. */
static bool has_many_copies(const struct change_record *record)
{
	return record->rows[SOURCE] > 1 + record->rows[TARGET];
}

enum dbs_rc pump_run(struct pump *pump, const struct segment *segments,
		     size_t count, struct dbs_error *err)
{
	OWNED(change_reader_drop) struct change_reader *reader =
		change_reader_new(segments, count);
	struct change_record record;
	bool more = true;

	for (;;) {
		enum dbs_rc rc = change_reader_next(reader, &record, &more,
						    err);

		if (!rc && !more)
			return pass_on(pump, err);
		if (rc || !is_of(pump->phase, record.kind)) {
			if (rc)
				return rc;
			continue;
		}
		if (is_full(pump, &record) || has_many_copies(&record))
			rc = pass_on(pump, err);
		if (!rc)
			rc = batch_add(&pump->batch, &record, err);
		if (!rc && has_many_copies(&record))
			rc = pass_on(pump, err);
		if (rc)
			return rc;
	}
}
