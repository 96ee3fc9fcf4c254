/*
 * copy.c - see copy.h: what is read and what is written, and the sums.  The
 * text for LOAD DATA is made in copy_text.c.
 */
#include "copy_text.h"

#include "dbsync/data/copy.h"

#include "dbsync/base/own.h"
#include "dbsync/data/projection.h"
#include "dbsync/data/wires.h"
#include "dbsync/db/quote.h"

#include <inttypes.h>
#include <string.h>
#include <xxhash.h>

struct copy {
	const struct subject *subject;
	const struct image *image;
	bool *is_guarded;       /* columns whose text may say that it is none */
	const char *selects[2]; /* of the copy, of the source */
	const char *load;
	const char *insert;
	const char *bulk;
};

/* ------------------------------------------------------------------------
 * Statements
 * --------------------------------------------------------------------- */

/*
 * A server gives NULL for a converted value above its max_allowed_packet (and
 * an empty text for JSON, which no JSON is): a NULL that is none must not
 * become one.
 */
static bool add_source_value(struct buf *sql, const struct pair_column *column)
{
	OWNED(buf_release) struct buf name = BUF_INIT;
	OWNED(buf_release) struct buf value = BUF_INIT;
	const bool is_json = column->on[SOURCE]->type == TYPE_JSON;

	quote_name(&name, column->on[SOURCE]->name);
	projection_value(&value, column, SOURCE);
	if (column->is_number || !strcmp(name.data, value.data)) {
		buf_adds(sql, value.data);
		return false;
	}
	buf_addf(sql,
		 "IF(%s IS NULL, NULL, COALESCE(%s%s%s, '" PROJECTION_LOSSY
		 "too long'))",
		 name.data, is_json ? "NULLIF(" : "", value.data,
		 is_json ? ", '')" : "");
	return true;
}

static const char *select_of(const struct image *image, enum side side,
			     bool *is_guarded)
{
	const struct pair *pair = image->pair;
	OWNED(buf_release) struct buf sql = BUF_INIT;

	buf_adds(&sql, image->written_count ? "SELECT " : "SELECT 1");
	for (size_t i = 0; i < image->written_count; i++) {
		buf_adds(&sql, i ? ", " : "");
		if (side == SOURCE)
			is_guarded[i] = add_source_value(
				&sql, image_pair_column(image, i));
		else
			projection_value(&sql, image_pair_column(image, i),
					 TARGET);
	}
	buf_adds(&sql, " FROM ");
	quote_table(&sql, pair->database[side], pair->table[side]->name);
	return arena_strdup(pair->arena, sql.data);
}

static const char *insert_of(const struct image *image)
{
	const struct pair *pair = image->pair;
	OWNED(buf_release) struct buf sql = BUF_INIT;

	buf_adds(&sql, "INSERT INTO ");
	quote_table(&sql, pair->database[TARGET], pair->table[TARGET]->name);
	buf_adds(&sql, " (");
	for (size_t i = 0; i < image->written_count; i++) {
		buf_adds(&sql, i ? ", " : "");
		quote_name(&sql, image->columns[i].column->name);
	}
	buf_adds(&sql, ") VALUES ");
	return arena_strdup(pair->arena, sql.data);
}

static const char *bulk_of(const struct image *image, const char *insert)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;

	buf_adds(&sql, insert);
	for (size_t i = 0; i < image->written_count; i++) {
		buf_adds(&sql, i ? ", " : "(");
		if (!copy_text_convert(&sql, image_pair_column(image, i), "?"))
			buf_addc(&sql, '?');
	}
	buf_addc(&sql, ')');
	return arena_strdup(image->pair->arena, sql.data);
}

enum dbs_rc copy_make(const struct subject *subject, const struct copy **out,
		      struct dbs_error *err)
{
	const struct pair *pair = subject->pair;
	struct copy *copy = arena_alloc(pair->arena, sizeof(*copy));

	if (pair->unknown)
		return dbs_fail(err, DBS_E_UNKNOWN,
				"%s, which this version does not know",
				pair->unknown);
	copy->subject = subject;
	copy->image = image_make(pair);
	if (copy->image->count != copy->image->written_count)
		return dbs_fail(err, DBS_E_UNKNOWN,
				"its copy would have other columns");
	copy->is_guarded = arena_alloc(pair->arena, copy->image->count);
	copy->selects[SOURCE] = select_of(copy->image, SOURCE,
					  copy->is_guarded);
	copy->selects[TARGET] = select_of(copy->image, TARGET, NULL);
	copy->load = copy_text_statement(copy->image);
	copy->insert = insert_of(copy->image);
	copy->bulk = bulk_of(copy->image, copy->insert);
	*out = copy;
	return DBS_OK;
}

bool copy_has_values(const struct copy *copy)
{
	return copy->image->written_count != 0;
}

const char *copy_load_sql(const struct copy *copy)
{
	return copy->load;
}

const char *copy_insert_sql(const struct copy *copy)
{
	return copy->insert;
}

const char *copy_bulk_sql(const struct copy *copy)
{
	return copy->bulk;
}

/* ------------------------------------------------------------------------
 * Sums
 * --------------------------------------------------------------------- */

static void add_hash(struct hash *sum, uint64_t high, uint64_t low)
{
	sum->low += low;
	sum->high += high + (sum->low < low);
}

void copy_add(struct copy_total *total, const struct copy_total *other)
{
	total->rows += other->rows;
	total->bytes += other->bytes;
	add_hash(&total->sum, other->sum.high, other->sum.low);
}

bool copy_same(const struct copy_total *a, const struct copy_total *b)
{
	return a->rows == b->rows && a->sum.high == b->sum.high &&
	       a->sum.low == b->sum.low;
}

/* ------------------------------------------------------------------------
 * Rows
 * --------------------------------------------------------------------- */

struct copier {
	const struct copy *copy;
	enum side side;
	struct stream *stream;
	struct row row;
	struct copy_total total;
	XXH3_state_t *state;
	struct buf scratch; /* the canonical form of a value */
	size_t row_bytes;
	struct copy_text text;
	bool at_end;
};

enum dbs_rc copier_open(const struct copy *copy, struct conn *conn,
			enum side side, const struct range *range,
			struct copier **out, struct dbs_error *err)
{
	OWNED(copier_close) struct copier *copier = mem_zero(1,
							     sizeof(*copier));
	OWNED(buf_release) struct buf sql = BUF_INIT;

	copier->copy = copy;
	copier->side = side;
	copier->state = XXH3_createState();
	DBS_BUG(!copier->state, "xxhash gave no state");
	buf_adds(&sql, copy->selects[side]);
	if (range && (range->low || range->high)) {
		buf_adds(&sql, " WHERE ");
		range_condition(&sql, copy->subject->projection[side], range);
	}
	const size_t width = copy->image->written_count;
	enum dbs_rc rc = conn_stream(conn, sql.data, width ? width : 1,
				     &copier->stream, err);

	if (!rc)
		rc = wires_check_copy(copier->stream, copy->image, side, err);
	if (rc)
		return rc;
	row_begin(&copier->row, copier->stream);
	copy_text_begin(&copier->text, copy->image, &copier->row);
	*out = own_take(&copier);
	return DBS_OK;
}

void copier_close(struct copier **copier)
{
	struct copier *c = *copier;

	if (!c)
		return;
	stream_close(&c->stream);
	row_release(&c->row);
	buf_release(&c->scratch);
	copy_text_end(&c->text);
	(void)XXH3_freeState(c->state);
	mem_drop(copier);
}

const struct copy_total *copier_total(const struct copier *copier)
{
	return &copier->total;
}

/* Tag, length and canonical form; long values are not copied for it. */
static void hash_value(struct copier *copier, const struct pair_column *column,
		       struct value value)
{
	const bool is_plain = (column->kind == KIND_TEXT ||
			       column->kind == KIND_BYTES) &&
			      !value_is_json(column);
	const uint8_t *data = value.cell.data;
	uint64_t length = value.cell.length;

	if (data && !is_plain) {
		buf_clear(&copier->scratch);
		value_canonical(&copier->scratch, column, value);
		data = (const uint8_t *)copier->scratch.data;
		length = copier->scratch.length;
	}
	if (!data)
		length = UINT64_MAX;
	(void)XXH3_128bits_update(copier->state, &length, sizeof(length));
	if (data)
		(void)XXH3_128bits_update(copier->state, data, length);
}

static void sum_up(struct copier *copier)
{
	const struct image *image = copier->copy->image;

	(void)XXH3_128bits_reset(copier->state);
	for (size_t i = 0; i < image->written_count; i++) {
		const struct pair_column *column = image_pair_column(image, i);

		hash_value(copier, column,
			   value_of(column, &copier->row, i, copier->side));
	}
	const XXH128_hash_t hash = XXH3_128bits_digest(copier->state);

	copier->total.rows++;
	add_hash(&copier->total.sum, hash.high64, hash.low64);
}

static bool is_lossy(const struct copier *copier)
{
	const struct copy *copy = copier->copy;

	for (size_t i = 0; i < copy->image->written_count; i++)
		if (copy->is_guarded[i] &&
		    projection_is_lossy(&copier->row.cells[i]))
			return true;
	return false;
}

enum dbs_rc copier_next(struct copier *copier, bool *more_out,
			struct dbs_error *err)
{
	struct packet packet;

	*more_out = false;
	if (copier->at_end)
		return DBS_OK;
	enum dbs_rc rc = stream_next(copier->stream, &packet, more_out, err);

	copier->at_end = !rc && !*more_out;
	if (rc || !*more_out)
		return rc;
	rc = row_read(&copier->row, copier->stream, &packet, err);
	if (rc)
		return rc;
	copier->row_bytes = packet.length;
	copier->total.bytes += packet.length;
	if (copier->side == SOURCE && is_lossy(copier))
		return dbs_fail(err, DBS_E_UNKNOWN,
				"row %" PRIu64
				" has a text that cannot be converted "
				"to utf8mb4, or that is longer than "
				"the source's max_allowed_packet",
				copier->total.rows + 1);
	sum_up(copier);
	return DBS_OK;
}

enum dbs_rc copier_feed(void *self, char *into, size_t room, size_t *count_out,
			struct dbs_error *err)
{
	struct copier *copier = self;
	bool more = true;

	while (copy_text_wants_more(&copier->text)) {
		if (copy_text_needs_row(&copier->text)) {
			enum dbs_rc rc = copier_next(copier, &more, err);

			if (rc)
				return rc;
			if (!more)
				break;
			copy_text_row(&copier->text);
		}
		copy_text_more(&copier->text);
	}
	*count_out = copy_text_take(&copier->text, into, room);
	return DBS_OK;
}

size_t copier_row_bytes(const struct copier *copier)
{
	return copier->row_bytes;
}

enum dbs_rc copier_tuple(const struct copier *copier, struct buf *out,
			 struct dbs_error *err)
{
	return image_whole(copier->copy->image, &copier->row, SOURCE, out, err);
}

enum dbs_rc copier_bulk(const struct copier *copier, struct buf *out,
			struct dbs_error *err)
{
	enum dbs_rc rc = image_room(copier->copy->image, &copier->row, out,
				    err);

	if (!rc)
		row_bulk(&copier->row, out);
	return rc;
}

const struct wire_column *copier_columns(const struct copier *copier,
					 size_t *count_out)
{
	return stream_columns(copier->stream, count_out);
}

enum dbs_rc copier_sum(struct copier *copier, struct dbs_error *err)
{
	bool more = true;
	enum dbs_rc rc = DBS_OK;

	while (!rc && more)
		rc = copier_next(copier, &more, err);
	return rc;
}
