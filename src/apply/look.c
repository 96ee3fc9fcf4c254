/*
 * look.c - see look.h.
 *
 * A row of the target belongs to the row of the batch with the same key text
 * (or, without a key, with the same hash), and then its hash decides:
 *
 *	the target has		hash is		state
 *	1 the row		of after	done
 *	2 the row		of before	ready
 *	3 the row		another		drift
 *	4 none			-		insert: ready, delete: done,
 *						update: drift
 *	5 a row of another key text		4 is drift: the key may only be
 *						written differently
 *
 * Without keys the counts of equal rows take the place of hashes.
 */
#include "look.h"

#include "dbsync/base/own.h"
#include "dbsync/data/row_hash.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/* Where a row is in the batch, by the hash that finds it. */
struct place {
	uint64_t hash;
	size_t row;
};

struct look {
	struct batch *batch;
	const struct subject *subject;
	struct place *places; /* ascending */
	uint64_t *counts;     /* rows seen, of each row of the batch */
	bool is_all;
	bool has_stranger;
	struct buf key;
	struct buf scratch;
};

static void look_release(struct look *look)
{
	mem_drop(&look->places);
	mem_drop(&look->counts);
	buf_release(&look->key);
	buf_release(&look->scratch);
}

static int order_places(const void *a, const void *b)
{
	const struct place *left = a;
	const struct place *right = b;

	return (left->hash > right->hash) - (left->hash < right->hash);
}

static void find_places(struct look *look)
{
	const struct vec *rows = &look->batch->rows;

	look->places = mem_alloc((rows->count + 1) * sizeof(*look->places));
	look->counts = mem_zero(rows->count + 1, sizeof(*look->counts));
	for (size_t i = 0; i < rows->count; i++) {
		const struct batch_row *row = vec_at(rows, i);

		look->places[i] = (struct place){look->batch->table->has_key
							 ? row->key_hash
							 : row->record.before,
						 i};
	}
	qsort(look->places, rows->count, sizeof(*look->places), order_places);
}

static bool is_looked_at(const struct look *look, const struct batch_row *row)
{
	return look->is_all || row->record.target_count;
}

static void judge_row(struct batch_row *row, uint64_t hash)
{
	if (row->record.source_count && hash == row->record.after)
		row->state = ROW_DONE;
	else if (row->record.target_count && hash == row->record.before)
		row->state = ROW_READY;
	else
		row->state = ROW_DRIFT;
	row->is_seen = true;
}

static void take_row(struct look *look, const struct row *packet)
{
	const struct vec *rows = &look->batch->rows;
	const uint64_t hash =
		row_hash(look->subject->pair, packet, false, &look->scratch).low;
	struct place wanted = {.hash = hash};

	if (look->batch->table->has_key) {
		buf_clear(&look->key);
		image_key(look->subject->image, packet, &look->key);
		wanted.hash = XXH3_64bits(look->key.data, look->key.length);
	}
	const struct place *found = bsearch(&wanted, look->places, rows->count,
					    sizeof(wanted), order_places);

	if (!found) {
		look->has_stranger = true;
		return;
	}
	look->counts[found->row]++;
	if (look->batch->table->has_key)
		judge_row(vec_at(rows, found->row), hash);
}

/* Rows that the target did not give. */
static enum row_state absent(const struct look *look,
			     const struct batch_row *row)
{
	if (!is_looked_at(look, row))
		return ROW_READY;
	if (look->has_stranger || row->record.kind == CHANGE_UPDATE)
		return ROW_DRIFT;
	return row->record.kind == CHANGE_INSERT ? ROW_READY : ROW_DONE;
}

static void judge_counts(const struct look *look, size_t number)
{
	struct batch_row *row = vec_at(&look->batch->rows, number);
	const uint64_t count = look->counts[number];

	if (count == row->record.source_count)
		row->state = ROW_DONE;
	else if (count == row->record.target_count)
		row->state = ROW_READY;
	else
		row->state = ROW_DRIFT;
}

static void judge_rest(const struct look *look)
{
	for (size_t i = 0; i < look->batch->rows.count; i++) {
		struct batch_row *row = vec_at(&look->batch->rows, i);

		if (!look->batch->table->has_key)
			judge_counts(look, i);
		else if (!row->is_seen)
			row->state = absent(look, row);
	}
}

/* False when there is nothing to look at. */
static bool make_sql(const struct look *look, struct buf *sql)
{
	const struct row_sql *rows = look->batch->table->sql;
	bool is_first = true;

	buf_addf(sql, "%s WHERE ", look->subject->target->select);
	row_sql_where_begin(rows, sql);
	for (size_t i = 0; i < look->batch->rows.count; i++) {
		struct batch_row *row = vec_at(&look->batch->rows, i);

		row->is_seen = false;
		row->state = ROW_READY;
		if (!is_looked_at(look, row))
			continue;
		row_sql_where_row(rows, is_first, batch_key(look->batch, i),
				  sql);
		is_first = false;
	}
	row_sql_where_end(rows, sql);
	buf_adds(sql, " FOR UPDATE");
	return !is_first;
}

static enum dbs_rc read_rows(struct look *look, struct conn *conn,
			     const char *sql, struct dbs_error *err)
{
	OWNED(stream_close) struct stream *stream = NULL;
	OWNED(row_release) struct row row = {0};
	struct packet packet;
	bool more = true;
	size_t count = 0;
	enum dbs_rc rc = conn_stream(conn, sql, &stream, err);

	if (rc)
		return rc;
	const struct wire_column *wires = stream_columns(stream, &count);

	row_init(&row, wires, count);
	while (!rc) {
		rc = stream_next(stream, &packet, &more, err);
		if (rc || !more)
			break;
		rc = row_split(&row, &packet, err);
		if (!rc)
			take_row(look, &row);
	}
	return rc;
}

enum dbs_rc look_at_rows(struct conn *conn, struct batch *batch, bool is_all,
			 struct dbs_error *err)
{
	OWNED(look_release) struct look look = {
		.batch = batch,
		.subject = batch->table->plan->finding->subject,
		.is_all = is_all,
		.key = BUF_INIT,
		.scratch = BUF_INIT,
	};
	OWNED(buf_release) struct buf sql = BUF_INIT;

	if (!make_sql(&look, &sql))
		return DBS_OK;
	find_places(&look);
	enum dbs_rc rc = read_rows(&look, conn, sql.data, err);

	if (!rc)
		judge_rest(&look);
	return rc;
}
