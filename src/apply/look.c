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
 *
 * A row with a key text that the batch does not have may still be one of its
 * rows: equal keys can be written differently (case, padding, scale).  Then the
 * rows that found nothing are asked for one by one, and the server decides.
 *
 * Without keys the counts of equal rows take the place of hashes.
 */
#include "look.h"

#include "dbsync/base/own.h"
#include "dbsync/data/row_hash.h"
#include "dbsync/data/wires.h"

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
	bool is_locking;
	bool has_stranger;
	size_t only; /* the row that is asked for, SIZE_MAX: all */
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
	return look->is_all || row->record.rows[TARGET];
}

/* What only the target has of a row goes with it when it is deleted. */
static bool loses_rest(const struct look *look, const struct batch_row *row)
{
	return row->has_other_rest && !look->batch->keeps_seen &&
	       row->record.kind == CHANGE_DELETE;
}

static void judge_row(const struct look *look, struct batch_row *row,
		      uint64_t hash)
{
	if (row->record.rows[SOURCE] && hash == row->record.after)
		row->state = ROW_DONE;
	else if (row->record.rows[TARGET] && hash == row->record.before &&
		 !loses_rest(look, row))
		row->state = ROW_READY;
	else
		row->state = ROW_DRIFT;
	row->is_seen = true;
}

static void keep_seen(struct look *look, struct batch_row *row,
		      const struct row *packet, uint64_t hash)
{
	const struct image *image = look->subject->image;
	struct buf *seen = &look->batch->seen;

	row->seen_hash = hash;
	row->seen_count++;
	if (row->seen_count > 1)
		return; /* a copy of one that was kept */
	row->is_partial = image_is_partial(image, packet, TARGET);
	row->seen = seen->length;
	if (row->is_partial)
		image_key_predicate(image, packet, TARGET, seen);
	else
		image_values(image, TARGET, packet, seen);
	row->seen_length = seen->length - row->seen;
}

static void take_as(struct look *look, size_t number, const struct row *packet,
		    uint64_t hash)
{
	struct batch_row *row = vec_at(&look->batch->rows, number);

	look->counts[number]++;
	row->seen_rest = image_rest(look->subject->image, packet);
	row->has_other_rest = row->record.rows[TARGET] &&
			      row->seen_rest != row->record.rest;
	if (look->batch->keeps_seen)
		keep_seen(look, row, packet, hash);
	if (look->batch->table->has_key)
		judge_row(look, row, hash);
}

static void take_row(struct look *look, const struct row *packet)
{
	const uint64_t hash = row_hash(look->subject->pair, packet, TARGET,
				       &look->scratch)
				      .low;
	struct place wanted = {.hash = hash};

	if (look->only != SIZE_MAX) {
		take_as(look, look->only, packet, hash);
		return;
	}
	if (look->batch->table->has_key) {
		buf_clear(&look->key);
		image_key(look->subject->image, packet, &look->key);
		wanted.hash = XXH3_64bits(look->key.data, look->key.length);
	}
	const struct place *found = bsearch(&wanted, look->places,
					    look->batch->rows.count,
					    sizeof(wanted), order_places);

	if (found)
		take_as(look, found->row, packet, hash);
	else
		look->has_stranger = true;
}

/* Rows that the target did not give. */
static enum row_state absent(const struct look *look,
			     const struct batch_row *row)
{
	if (!is_looked_at(look, row))
		return ROW_READY;
	if (row->record.kind == CHANGE_UPDATE)
		return ROW_DRIFT;
	return row->record.kind == CHANGE_INSERT ? ROW_READY : ROW_DONE;
}

static void judge_counts(const struct look *look, size_t number)
{
	struct batch_row *row = vec_at(&look->batch->rows, number);
	const uint64_t count = look->counts[number];

	if (count == row->record.rows[SOURCE])
		row->state = ROW_DONE;
	else if (count == row->record.rows[TARGET])
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

static void begin_sql(const struct look *look, struct buf *sql)
{
	buf_addf(sql, "%s WHERE ", look->subject->projection[TARGET]->select);
	row_sql_where_begin(look->batch->table->sql, sql);
}

static void add_key(const struct look *look, size_t row, bool is_first,
		    struct buf *sql)
{
	row_sql_where_row(look->batch->table->sql, is_first,
			  batch_key(look->batch, row), sql);
}

static void end_sql(const struct look *look, struct buf *sql)
{
	row_sql_where_end(look->batch->table->sql, sql);
	buf_adds(sql, look->is_locking ? " FOR UPDATE" : "");
}

/* False when there is nothing to look at. */
static bool make_sql(const struct look *look, struct buf *sql)
{
	bool is_first = true;

	begin_sql(look, sql);
	for (size_t i = 0; i < look->batch->rows.count; i++) {
		struct batch_row *row = vec_at(&look->batch->rows, i);

		row->is_seen = false;
		row->seen_count = 0;
		row->has_other_rest = false;
		row->state = ROW_READY;
		if (!is_looked_at(look, row))
			continue;
		add_key(look, i, is_first, sql);
		is_first = false;
	}
	end_sql(look, sql);
	return !is_first;
}

static enum dbs_rc read_rows(struct look *look, struct conn *conn,
			     const char *sql, struct dbs_error *err)
{
	OWNED(stream_close) struct stream *stream = NULL;
	OWNED(row_release) struct row row = {0};
	struct packet packet;
	bool more = true;
	enum dbs_rc rc = conn_stream(conn, sql,
				     look->subject->projection[TARGET]->width,
				     &stream, err);

	if (!rc)
		rc = wires_check_pair(stream, look->subject->pair, TARGET, err);
	if (rc)
		return rc;
	row_begin(&row, stream);
	while (!rc) {
		rc = stream_next(stream, &packet, &more, err);
		if (rc || !more)
			break;
		rc = row_read(&row, stream, &packet, err);
		if (!rc)
			take_row(look, &row);
	}
	return rc;
}

/* Each row that found nothing, by itself. */
static enum dbs_rc ask_again(struct look *look, struct conn *conn,
			     struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; i < look->batch->rows.count && !rc; i++) {
		const struct batch_row *row = vec_at(&look->batch->rows, i);
		OWNED(buf_release) struct buf sql = BUF_INIT;

		if (row->is_seen || !is_looked_at(look, row))
			continue;
		begin_sql(look, &sql);
		add_key(look, i, true, &sql);
		end_sql(look, &sql);
		look->only = i;
		rc = read_rows(look, conn, sql.data, err);
	}
	return rc;
}

static enum dbs_rc look_at(struct conn *conn, struct batch *batch, bool is_all,
			   bool is_locking, struct dbs_error *err)
{
	OWNED(look_release) struct look look = {
		.batch = batch,
		.subject = batch->table->plan->finding->subject,
		.is_all = is_all,
		.is_locking = is_locking,
		.only = SIZE_MAX,
		.key = BUF_INIT,
		.scratch = BUF_INIT,
	};
	OWNED(buf_release) struct buf sql = BUF_INIT;

	if (!make_sql(&look, &sql))
		return DBS_OK;
	find_places(&look);
	enum dbs_rc rc = read_rows(&look, conn, sql.data, err);

	if (!rc && look.has_stranger && batch->table->has_key)
		rc = ask_again(&look, conn, err);
	if (!rc)
		judge_rest(&look);
	return rc;
}

enum dbs_rc look_at_rows(struct conn *conn, struct batch *batch, bool is_all,
			 struct dbs_error *err)
{
	return look_at(conn, batch, is_all, true, err);
}

enum dbs_rc look_and_keep(struct conn *conn, struct batch *batch,
			  struct dbs_error *err)
{
	batch->keeps_seen = true;
	return look_at(conn, batch, true, false, err);
}
