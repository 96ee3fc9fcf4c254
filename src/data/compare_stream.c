/*
 * compare_stream.c - merge two streams of rows in key order.
 *
 * Both servers work at the same time: while a row of one is looked at, the
 * other fills the socket.  Almost always the two packets at hand are equal,
 * which is one memcmp; nothing is decoded then.
 *
 *	 packets	key (decoded)	what it is		next
 *	1 equal		-		the same row		both
 *	2 differ	equal		the same or an update	both
 *	3 differ	source first	to be inserted		source
 *	4 differ	target first	to be deleted		target
 *	5 source ended	-		to be deleted		target
 *	6 target ended	-		to be inserted		source
 *
 * 1 holds only where equal packets mean equal rows: the same wires, and types
 * that give the same meaning to the same bytes (pair->is_same_layout).
 *
 * The order in which rows arrive is the servers', the order of keys in 3 and 4
 * is ours.  Were they ever different, rows would seem to be both missing and
 * superfluous; so the rows that one side has alone (3 … 6) must ascend, those
 * of both sides together, or the table is given up instead of being misjudged:
 * where they ascend, none of them has the key of another.  That is also what
 * ends a row that comes again and again.
 */
#include "dbsync/data/compare.h"

#include "dbsync/base/own.h"
#include "dbsync/data/value.h"
#include "dbsync/data/wires.h"

#include <string.h>
#include <xxhash.h>

enum { METER_EVERY = 512, MOST_KEY = 1024 * 1024 * 1024 };

struct cursor {
	struct stream *stream;
	struct packet packet;
	struct row row;
	struct row alone; /* the last one that the other side lacks: its key */
	void *kept;       /* which these cells point into */
	size_t room;
	bool has_row;
	enum side side;
	uint64_t *count;
};

struct merge {
	struct compare *compare;
	const struct pair *pair;
	struct cursor cursor[SIDES];
	const struct cursor *last_alone; /* whose row was that, or NULL */
	bool same_wires;
	uint64_t unmetered_rows;
	uint64_t unmetered_bytes;
};

static void cursor_release(struct cursor *cursor)
{
	stream_close(&cursor->stream);
	row_release(&cursor->row);
	row_release(&cursor->alone);
	mem_drop(&cursor->kept);
}

static void merge_release(struct merge *merge)
{
	cursor_release(&merge->cursor[SOURCE]);
	cursor_release(&merge->cursor[TARGET]);
}

static enum dbs_rc advance(struct cursor *cursor, struct dbs_error *err)
{
	enum dbs_rc rc = stream_next(cursor->stream, &cursor->packet,
				     &cursor->has_row, err);

	if (!rc && cursor->has_row)
		++*cursor->count;
	return rc;
}

/* ------------------------------------------------------------------------
 * Keys
 * --------------------------------------------------------------------- */

/* The cell of a row that a key column is ordered by. */
static size_t key_cell(const struct key_column *key)
{
	return key->order == ORDER_WEIGHT || key->order == ORDER_MEMBER
		       ? key->extra
		       : key->column;
}

static struct value key_value(const struct pair *pair,
			      const struct key_column *key,
			      const struct row *row, enum side side)
{
	return value_of(&pair->columns[key->column], row, key_cell(key), side);
}

static int key_order(const struct pair *pair, const struct row *a,
		     enum side a_side, const struct row *b, enum side b_side)
{
	for (size_t i = 0; i < pair->key_count; i++) {
		const struct key_column *key = &pair->key[i];
		const struct cell pad = key->order == ORDER_WEIGHT
						? a->cells[key->extra + 1]
						: (struct cell){NULL, 0};
		const int order =
			value_order(key->order, key_value(pair, key, a, a_side),
				    key_value(pair, key, b, b_side), pad);

		if (order)
			return order;
	}
	return 0;
}

/* Without the padding that two equal keys may differ in. */
static struct cell without_pad(struct cell cell, struct cell pad)
{
	while (pad.length && cell.length >= pad.length &&
	       !memcmp(cell.data + cell.length - pad.length, pad.data,
		       pad.length))
		cell.length -= pad.length;
	return cell;
}

/* The same for two rows, of any side, if and only if their keys are equal. */
static void add_key_identity(struct buf *out, const struct pair *pair,
			     const struct key_column *key,
			     const struct row *row, enum side side)
{
	static const uint8_t space = ' ';
	const struct value value = key_value(pair, key, row, side);

	switch (key->order) {
	case ORDER_PADDED: {
		const struct cell bare = without_pad(value.cell,
						     (struct cell){&space, 1});

		buf_add(out, bare.data, bare.length);
		return;
	}
	case ORDER_WEIGHT: {
		const struct cell bare =
			without_pad(value.cell, row->cells[key->extra + 1]);

		buf_add(out, bare.data, bare.length);
		return;
	}
	case ORDER_INTEGER:
	case ORDER_DECIMAL:
	case ORDER_REAL:
	case ORDER_MOMENT:
	case ORDER_TIME:
		value_canonical(out, &pair->columns[key->column], value);
		return;
	case ORDER_BYTES:
	case ORDER_MEMBER:
	case ORDER_AS_BYTES:
		buf_add(out, value.cell.data, value.cell.length);
		return;
	}
}

static uint64_t key_hash(const struct pair *pair, const struct row *row,
			 enum side side)
{
	OWNED(buf_release) struct buf bytes = BUF_INIT;

	for (size_t i = 0; i < pair->key_count; i++) {
		const size_t before = bytes.length;

		add_key_identity(&bytes, pair, &pair->key[i], row, side);
		buf_addf(&bytes, ",%zu;", bytes.length - before);
	}
	return XXH3_64bits(bytes.data, bytes.length);
}

/* ------------------------------------------------------------------------
 * Changes
 * --------------------------------------------------------------------- */

static size_t length_cell(const struct pair *pair, size_t column)
{
	size_t cell = pair->column_count;

	for (size_t i = 0; i < column; i++)
		cell += pair->columns[i].is_long;
	return cell;
}

/* In bytes; the servers give it in integers of different width. */
static uint64_t long_length(const struct pair *pair, size_t column,
			    const struct row *row)
{
	const size_t at = length_cell(pair, column);

	if (!row->cells[at].data)
		return 0;
	return value_integer((struct value){TYPE_INTEGER, &row->wires[at],
					    row->cells[at]})
		.magnitude;
}

bool compare_is_hash(const struct pair *pair, size_t column,
		     const struct row *row, uint64_t *bytes_out)
{
	if (!pair->columns[column].is_long || !row->cells[column].data)
		return false;
	*bytes_out = long_length(pair, column, row);
	return *bytes_out > PAIR_LONG_BYTES;
}

bool compare_column_differs(const struct pair *pair, size_t column,
			    const struct row *source, const struct row *target)
{
	const struct pair_column *which = &pair->columns[column];
	uint64_t bytes = 0;

	if (which->is_ignored)
		return false;
	if (!value_same(which, value_of(which, source, column, SOURCE),
			value_of(which, target, column, TARGET)))
		return true;
	/* a hash and a value that looks like it differ in their lengths */
	return (compare_is_hash(pair, column, source, &bytes) ||
		compare_is_hash(pair, column, target, &bytes)) &&
	       long_length(pair, column, source) !=
		       long_length(pair, column, target);
}

static bool rows_differ(const struct merge *merge)
{
	for (size_t i = 0; i < merge->pair->column_count; i++)
		if (compare_column_differs(merge->pair, i,
					   &merge->cursor[SOURCE].row,
					   &merge->cursor[TARGET].row))
			return true;
	return false;
}

static enum dbs_rc emit(struct merge *merge, enum change_kind kind,
			struct dbs_error *err)
{
	const struct sink *sink = merge->compare->sink;
	const struct row *source = &merge->cursor[SOURCE].row;
	const struct row *target = &merge->cursor[TARGET].row;
	const struct change change = {
		.kind = kind,
		.identity = kind == CHANGE_DELETE
				    ? key_hash(merge->pair, target, TARGET)
				    : key_hash(merge->pair, source, SOURCE),
		.count = 1,
		.rows[SOURCE] = kind != CHANGE_DELETE,
		.rows[TARGET] = kind != CHANGE_INSERT,
		.row[SOURCE] = kind == CHANGE_DELETE ? NULL : source,
		.row[TARGET] = kind == CHANGE_INSERT ? NULL : target,
	};

	return sink->take(sink->self, merge->compare->subject, &change, err);
}

/* ------------------------------------------------------------------------
 * One side alone
 * --------------------------------------------------------------------- */

static uint8_t *keep_cell(struct cursor *cursor, size_t at, uint8_t *to)
{
	const struct cell *cell = &cursor->row.cells[at];

	cursor->alone.cells[at] = (struct cell){cell->data ? to : NULL,
						cell->length};
	if (cell->length)
		memcpy(to, cell->data, cell->length);
	return to + cell->length;
}

static size_t key_length(const struct row *row, const struct pair *pair)
{
	size_t length = 0;

	for (size_t i = 0; i < pair->key_count; i++) {
		const struct key_column *key = &pair->key[i];

		length += row->cells[key_cell(key)].length;
		if (key->order == ORDER_WEIGHT)
			length += row->cells[key->extra + 1].length;
	}
	return length;
}

/* Its packet goes with the next one. */
static enum dbs_rc keep_key(struct cursor *cursor, const struct pair *pair,
			    struct dbs_error *err)
{
	const size_t length = key_length(&cursor->row, pair) + 1;

	if (length > cursor->room) {
		enum dbs_rc rc = mem_try(&cursor->kept, length, MOST_KEY,
					 "a key", err);

		if (rc)
			return rc;
		cursor->room = length;
	}
	uint8_t *to = cursor->kept;

	for (size_t i = 0; i < pair->key_count; i++) {
		const struct key_column *key = &pair->key[i];

		to = keep_cell(cursor, key_cell(key), to);
		if (key->order == ORDER_WEIGHT)
			to = keep_cell(cursor, key->extra + 1, to);
	}
	return DBS_OK;
}

/* The row at hand, which is decoded, comes behind the last one of its kind. */
static enum dbs_rc check_ascends(const struct merge *merge,
				 const struct cursor *cursor,
				 struct dbs_error *err)
{
	const struct cursor *last = merge->last_alone;
	const char *table = merge->pair->table[SOURCE]->name;
	OWNED(buf_release) struct buf why = BUF_INIT;

	if (!last)
		return DBS_OK;
	const int order = key_order(merge->pair, &last->alone, last->side,
				    &cursor->row, cursor->side);

	if (order < 0)
		return DBS_OK;
	if (last != cursor)
		return dbs_fail(err, DBS_E_UNKNOWN,
				"the servers give the rows of `%s` in two "
				"orders, of which one is not that of its key",
				table);
	if (order > 0)
		return dbs_fail(err, DBS_E_UNKNOWN,
				"the %s gives the rows of `%s` in an order "
				"that is not that of its key",
				side_name(cursor->side), table);
	/* no server has two of them, and one that lies has no end of them */
	buf_addf(&why, "two rows of `%s` for one key", table);
	return stream_refuse(cursor->stream, why.data, err);
}

/* Of the row at hand, which is decoded and which the other side lacks. */
static enum dbs_rc take_alone(struct merge *merge, enum side side,
			      struct dbs_error *err)
{
	struct cursor *cursor = &merge->cursor[side];
	enum dbs_rc rc = check_ascends(merge, cursor, err);

	if (!rc)
		rc = emit(merge, side == SOURCE ? CHANGE_INSERT : CHANGE_DELETE,
			  err);
	if (!rc)
		rc = keep_key(cursor, merge->pair, err);
	merge->last_alone = cursor;
	return rc ? rc : advance(cursor, err);
}

enum dbs_rc compare_check_long(const struct pair *pair, const struct row *row,
			       enum side side, struct dbs_error *err)
{
	for (size_t i = 0; i < pair->column_count; i++) {
		if (!pair->columns[i].is_long)
			continue;
		const size_t at = length_cell(pair, i);
		const struct value length = {TYPE_INTEGER, &row->wires[at],
					     row->cells[at]};

		if (!length.cell.data ||
		    (row->cells[i].data && !value_integer(length).is_negative))
			continue;
		return dbs_fail(err, DBS_E_LIMIT,
				"a value of column `%s` of the %s is larger "
				"than its max_allowed_packet",
				pair->columns[i].name, side_name(side));
	}
	return DBS_OK;
}

static enum dbs_rc split(const struct merge *merge, struct cursor *cursor,
			 struct dbs_error *err)
{
	enum dbs_rc rc = row_read(&cursor->row, cursor->stream, &cursor->packet,
				  err);

	return rc ? rc
		  : compare_check_long(merge->pair, &cursor->row, cursor->side,
				       err);
}

/* Decodes the packets at hand: rows of 2, 3 and 4 above. */
static enum dbs_rc settle(struct merge *merge, struct dbs_error *err)
{
	enum dbs_rc rc = split(merge, &merge->cursor[SOURCE], err);

	if (!rc)
		rc = split(merge, &merge->cursor[TARGET], err);
	if (rc)
		return rc;
	const int order = key_order(merge->pair, &merge->cursor[SOURCE].row,
				    SOURCE, &merge->cursor[TARGET].row, TARGET);

	if (order)
		return take_alone(merge, order < 0 ? SOURCE : TARGET, err);
	if (rows_differ(merge))
		rc = emit(merge, CHANGE_UPDATE, err);
	if (!rc)
		rc = advance(&merge->cursor[SOURCE], err);
	return rc ? rc : advance(&merge->cursor[TARGET], err);
}

/* ------------------------------------------------------------------------
 * The merge
 * --------------------------------------------------------------------- */

static bool same_packets(const struct merge *merge)
{
	const struct packet *a = &merge->cursor[SOURCE].packet;
	const struct packet *b = &merge->cursor[TARGET].packet;

	return merge->same_wires && a->length == b->length &&
	       !memcmp(a->data, b->data, a->length);
}

static void meter_flush(struct merge *merge)
{
	struct meter *meter = merge->compare->meter;

	atomic_fetch_add_explicit(&meter->rows, merge->unmetered_rows,
				  memory_order_relaxed);
	atomic_fetch_add_explicit(&meter->bytes, merge->unmetered_bytes,
				  memory_order_relaxed);
	merge->unmetered_rows = 0;
	merge->unmetered_bytes = 0;
}

static enum dbs_rc meter_row(struct merge *merge, const struct cursor *cursor,
			     struct dbs_error *err)
{
	merge->unmetered_bytes += cursor->packet.length;
	if (++merge->unmetered_rows % METER_EVERY)
		return DBS_OK;
	meter_flush(merge);
	return cancel_check(merge->compare->cancel, err);
}

static enum dbs_rc merge_common(struct merge *merge, struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	while (!rc && merge->cursor[SOURCE].has_row &&
	       merge->cursor[TARGET].has_row) {
		rc = meter_row(merge, &merge->cursor[SOURCE], err);
		if (rc)
			break;
		if (!same_packets(merge)) {
			rc = settle(merge, err);
			continue;
		}
		rc = advance(&merge->cursor[SOURCE], err);
		if (!rc)
			rc = advance(&merge->cursor[TARGET], err);
	}
	return rc;
}

static enum dbs_rc merge_rest(struct merge *merge, enum side side,
			      struct dbs_error *err)
{
	struct cursor *cursor = &merge->cursor[side];
	enum dbs_rc rc = DBS_OK;

	while (!rc && cursor->has_row) {
		rc = meter_row(merge, cursor, err);
		if (!rc)
			rc = split(merge, cursor, err);
		if (!rc)
			rc = take_alone(merge, side, err);
	}
	return rc;
}

static enum dbs_rc open_cursor(struct cursor *cursor, struct conn *conn,
			       const struct projection *projection,
			       const struct compare *compare,
			       const struct range *range, struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	OWNED(buf_release) struct buf condition = BUF_INIT;

	buf_adds(&sql, projection->select);
	if (compare->keys)
		buf_adds(&condition, compare->keys);
	else if (range->low || range->high)
		range_condition(&condition, projection, range);
	projection_where(&sql, projection,
			 condition.length ? condition.data : NULL);
	buf_adds(&sql, projection->order);
	enum dbs_rc rc = conn_stream(conn, sql.data, projection->width,
				     &cursor->stream, err);

	if (!rc)
		rc = wires_check_pair(cursor->stream, compare->subject->pair,
				      cursor->side, err);
	if (rc)
		return rc;
	row_begin(&cursor->row, cursor->stream);
	row_begin(&cursor->alone, cursor->stream);
	return DBS_OK;
}

static bool same_wires(const struct row *a, const struct row *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		const struct wire_column *left = &a->wires[i];
		const struct wire_column *right = &b->wires[i];

		if (left->wire != right->wire || left->size != right->size ||
		    left->is_unsigned != right->is_unsigned ||
		    left->is_double != right->is_double ||
		    left->is_time != right->is_time)
			return false;
	}
	return true;
}

enum dbs_rc compare_stream(struct compare *compare, const struct range *range,
			   struct dbs_error *err)
{
	const struct subject *subject = compare->subject;
	OWNED(merge_release) struct merge merge = {
		.compare = compare,
		.pair = subject->pair,
		.cursor[SOURCE] = {.side = SOURCE,
				   .count = &compare->tally.seen[SOURCE]},
		.cursor[TARGET] = {.side = TARGET,
				   .count = &compare->tally.seen[TARGET]},
	};
	enum dbs_rc rc =
		open_cursor(&merge.cursor[SOURCE], compare->link->conn[SOURCE],
			    subject->projection[SOURCE], compare, range, err);

	if (!rc)
		rc = open_cursor(&merge.cursor[TARGET],
				 compare->link->conn[TARGET],
				 subject->projection[TARGET], compare, range,
				 err);
	if (rc)
		return rc;
	merge.same_wires = subject->pair->is_same_layout &&
			   same_wires(&merge.cursor[SOURCE].row,
				      &merge.cursor[TARGET].row);
	rc = advance(&merge.cursor[SOURCE], err);
	if (!rc)
		rc = advance(&merge.cursor[TARGET], err);
	if (!rc)
		rc = merge_common(&merge, err);
	if (!rc)
		rc = merge_rest(&merge, SOURCE, err);
	if (!rc)
		rc = merge_rest(&merge, TARGET, err);
	meter_flush(&merge);
	return rc;
}
