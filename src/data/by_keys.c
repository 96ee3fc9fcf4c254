/* by_keys.c - see by_keys.h. */
#include "by_keys.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/data/row_count.h"

#include <string.h>
#include <xxhash.h>

enum {
	KEYS = 500,         /* in one statement, … */
	BYTES = 256 * 1024, /* … or so many bytes of them, … */
	PACKET_SHARE = 4,   /* … or that share of the smaller packet */
	FEW = 8 /* of so many rows of a range, one changed */,
};

bool by_keys_can(const struct pair *pair)
{
	if (pair->identity == IDENTITY_ROWS || !pair->is_native)
		return false;
	/* the keys are written with the target's names, for both */
	for (size_t i = 0; i < pair->key_count; i++) {
		const struct pair_column *column =
			&pair->columns[pair->key[i].column];

		if (column->is_convert ||
		    !text_equal_nocase(column->on[SOURCE]->name,
				       column->on[TARGET]->name))
			return false;
	}
	return true;
}

/* Letters of two cases, or 1.5 and 1.50. */
static bool may_be_written_twice(const struct pair_column *column)
{
	return column->kind == KIND_TEXT ||
	       (column->kind == KIND_NUMBER &&
		column->on[SOURCE]->scale != column->on[TARGET]->scale);
}

bool by_keys_has_twins(const struct pair *pair)
{
	for (size_t i = 0; i < pair->key_count; i++)
		if (may_be_written_twice(&pair->columns[pair->key[i].column]))
			return true;
	return false;
}

bool by_keys_pays(const struct pair *pair, const struct segment *segment,
		  uint64_t rows)
{
	const uint64_t changes = segment->changes[CHANGE_INSERT] +
				 segment->changes[CHANGE_UPDATE] +
				 segment->changes[CHANGE_DELETE];

	return segment->file && changes <= rows / FEW && by_keys_can(pair);
}

/* ------------------------------------------------------------------------
 * Statements
 * --------------------------------------------------------------------- */

/* A predicate for some keys is run when it has enough of them. */
struct batch {
	enum dbs_rc (*run)(const struct batch *batch, struct dbs_error *err);
	struct compare *compare;
	const struct row_sql *sql;
	uint64_t *counted;
	size_t bytes_most;
	struct buf text;
	size_t count;
};

static struct batch batch_make(struct compare *compare,
			       const struct row_sql *sql)
{
	struct batch batch = {.compare = compare,
			      .sql = sql,
			      .bytes_most = BYTES,
			      .text = BUF_INIT};

	for (enum side side = SOURCE; side < SIDES; side++) {
		const uint64_t share = conn_packet_limit(
					       compare->link->conn[side]) /
				       PACKET_SHARE;

		if (share < batch.bytes_most)
			batch.bytes_most = (size_t)share;
	}
	return batch;
}

static void batch_release(struct batch *batch)
{
	buf_release(&batch->text);
}

static enum dbs_rc run_compare(const struct batch *batch, struct dbs_error *err)
{
	static const struct range all = {NULL, NULL, 0};

	batch->compare->keys = batch->text.data;
	enum dbs_rc rc = compare_stream(batch->compare, &all, err);

	batch->compare->keys = NULL;
	return rc;
}

static enum dbs_rc flush(struct batch *batch, struct dbs_error *err)
{
	if (!batch->count)
		return DBS_OK;
	row_sql_where_end(batch->sql, &batch->text);
	enum dbs_rc rc = batch->run(batch, err);

	buf_clear(&batch->text);
	batch->count = 0;
	return rc;
}

static enum dbs_rc add_key(struct batch *batch, struct slice key,
			   struct dbs_error *err)
{
	if (!batch->count)
		row_sql_where_begin(batch->sql, &batch->text);
	row_sql_where_row(batch->sql, !batch->count++, key, &batch->text);
	return batch->count == KEYS || batch->text.length > batch->bytes_most
		       ? flush(batch, err)
		       : DBS_OK;
}

/* ------------------------------------------------------------------------
 * What was written
 * --------------------------------------------------------------------- */

static enum dbs_rc add_changed(struct batch *batch,
			       const struct change_record *record,
			       struct dbs_error *err)
{
	OWNED(buf_release) struct buf key = BUF_INIT;
	enum dbs_rc rc = change_record_key(
		record, batch->compare->subject->image, &key, err);

	return rc ? rc
		  : add_key(batch, (struct slice){key.data, key.length}, err);
}

enum dbs_rc by_keys_changed(struct compare *compare, const struct row_sql *sql,
			    const struct segment *segment,
			    struct dbs_error *err)
{
	OWNED(change_reader_drop) struct change_reader *reader =
		change_reader_new(segment, 1);
	OWNED(batch_release) struct batch batch = batch_make(compare, sql);
	struct change_record record;
	bool more = true;

	batch.run = run_compare;
	for (;;) {
		enum dbs_rc rc = change_reader_next(reader, &record, &more,
						    err);

		if (rc)
			return rc;
		if (!more)
			return flush(&batch, err);
		rc = add_changed(&batch, &record, err);
		if (rc)
			return rc;
	}
}

/* ------------------------------------------------------------------------
 * What a log names
 * --------------------------------------------------------------------- */

/* A sink that has seen some changes, by the bytes of their keys; 0 is none. */
struct once {
	const struct sink *inner;
	struct buf bytes;
	uint64_t *seen; /* a table of a power of two places */
	size_t places;
	size_t count;
};

static void once_release(struct once *once)
{
	buf_release(&once->bytes);
	mem_drop(&once->seen);
}

/* The place where it is, or where it belongs. */
static uint64_t *place_of(const struct once *once, uint64_t identity)
{
	size_t at = identity & (once->places - 1);

	while (once->seen[at] && once->seen[at] != identity)
		at = (at + 1) & (once->places - 1);
	return &once->seen[at];
}

static void grow(struct once *once)
{
	enum { FIRST = 256 };
	struct once old = *once;

	once->places = old.places ? 2 * old.places : FIRST;
	once->seen = mem_zero(once->places, sizeof(*once->seen));
	for (size_t i = 0; i < old.places; i++)
		if (old.seen[i])
			*place_of(once, old.seen[i]) = old.seen[i];
	mem_drop(&old.seen);
}

/*
 * The identity of a change is by what its key weighs, and some collations have
 * keys of one weight that are two rows to the index: one of them would be lost.
 * The same row, found again, has the same bytes.
 */
static uint64_t hash_key(struct once *once, const struct pair *pair,
			 const struct change *change)
{
	const struct row *row = change->row[SOURCE] ? change->row[SOURCE]
						    : change->row[TARGET];

	buf_clear(&once->bytes);
	for (size_t i = 0; i < pair->key_count; i++) {
		const struct cell *cell = &row->cells[pair->key[i].column];

		buf_addf(&once->bytes, "%zu,", cell->length);
		buf_add(&once->bytes, cell->data, cell->length);
	}
	const uint64_t hash = XXH3_64bits(once->bytes.data, once->bytes.length);

	return hash ? hash : 1;
}

static enum dbs_rc take_once(void *self, const struct subject *subject,
			     const struct change *change, struct dbs_error *err)
{
	struct once *once = self;
	const uint64_t identity = hash_key(once, subject->pair, change);

	if (2 * once->count >= once->places)
		grow(once);
	uint64_t *place = place_of(once, identity);

	if (*place)
		return DBS_OK;
	*place = identity;
	once->count++;
	return once->inner->take(once->inner->self, subject, change, err);
}

static enum dbs_rc run_span(struct batch *batch, struct key_span span,
			    struct dbs_error *err)
{
	for (size_t i = span.from; i < span.to; i++) {
		enum dbs_rc rc = add_key(batch, key_set_at(span.keys, i), err);

		if (rc)
			return rc;
	}
	return flush(batch, err);
}

static enum dbs_rc compare_span(struct compare *compare,
				const struct row_sql *sql, struct key_span span,
				struct dbs_error *err)
{
	OWNED(batch_release) struct batch batch = batch_make(compare, sql);

	batch.run = run_compare;
	return run_span(&batch, span, err);
}

enum dbs_rc by_keys_named(struct compare *compare, const struct row_sql *sql,
			  struct key_span span, struct dbs_error *err)
{
	OWNED(once_release) struct once once = {.inner = compare->sink,
						.bytes = BUF_INIT};
	const struct sink sink = {.take = take_once,
				  .self = &once,
				  .rows_wanted = compare->sink->rows_wanted};

	if (!by_keys_has_twins(compare->subject->pair))
		return compare_span(compare, sql, span, err);
	compare->sink = &sink;
	enum dbs_rc rc = compare_span(compare, sql, span, err);

	compare->sink = once.inner;
	return rc;
}

static enum dbs_rc run_count(const struct batch *batch, struct dbs_error *err)
{
	const struct compare *compare = batch->compare;
	uint64_t count = 0;
	enum dbs_rc rc = row_count_where(compare->link->conn[SOURCE],
					 compare->subject->projection[SOURCE],
					 batch->text.data, &count, err);

	*batch->counted += count;
	return rc;
}

enum dbs_rc by_keys_count(struct compare *compare, const struct row_sql *sql,
			  struct key_span span, struct dbs_error *err)
{
	uint64_t counted = 0;
	OWNED(batch_release) struct batch batch = batch_make(compare, sql);

	batch.run = run_count;
	batch.counted = &counted;
	enum dbs_rc rc = run_span(&batch, span, err);

	return rc ? rc
		  : row_count_given(compare->link->conn[SOURCE],
				    compare->subject->projection[SOURCE],
				    counted, compare->tally.seen[SOURCE], err);
}
