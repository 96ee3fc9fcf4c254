/* image.c - see image.h. */
#include "dbsync/data/image.h"

#include "dbsync/base/own.h"
#include "dbsync/data/compare.h"
#include "dbsync/data/projection.h"
#include "dbsync/db/quote.h"

#include <string.h>
#include <xxhash.h>

/* ------------------------------------------------------------------------
 * Making
 * --------------------------------------------------------------------- */

/* The pair's column of a column of the target, SIZE_MAX: none. */
static size_t pair_column_of(const struct pair *pair,
			     const struct column *column)
{
	for (size_t i = 0; i < pair->column_count; i++)
		if (pair->columns[i].on[TARGET] == column)
			return i;
	return SIZE_MAX;
}

static bool is_writable(const struct column *column)
{
	return !column->is_generated && !column->is_row_period;
}

static void add_columns(struct image *image, bool is_written)
{
	const struct pair *pair = image->pair;

	for (size_t i = 0; i < pair->table[TARGET]->column_count; i++) {
		const struct column *column = &pair->table[TARGET]->columns[i];
		const size_t at = pair_column_of(pair, column);

		if (!is_writable(column) || (at != SIZE_MAX) != is_written)
			continue;
		image->columns[image->count++] = (struct image_column){
			.column = column,
			.pair_column = at,
			.cell = at,
			.is_set = is_written && !pair->columns[at].is_ignored,
		};
	}
}

/* Whether the target's value is compared in the form of projection_stored. */
static bool is_as_stored(const struct pair_column *column)
{
	return !column->is_convert &&
	       column->is_number == column_is_ambiguous(column->on[TARGET]) &&
	       !column->is_marked;
}

/* What the compared columns do not give as it is stored is read besides. */
static void add_extras(struct image *image)
{
	const struct pair *pair = image->pair;
	OWNED(buf_release) struct buf select = BUF_INIT;
	size_t next = pair->column_count + pair->extra_count;

	for (size_t i = 0; i < image->count; i++) {
		struct image_column *column = &image->columns[i];

		if (column->pair_column != SIZE_MAX &&
		    is_as_stored(&pair->columns[column->pair_column]))
			continue;
		buf_adds(&select, ", ");
		projection_stored(&select, column->column);
		column->cell = next++;
		image->extra_count++;
	}
	image->extra_select = arena_strdup(pair->arena, select.data);
}

/*
 * A key of which a column is none of the written ones finds no row by its
 * tuple: then there is none, and the rows are not written.
 */
static void add_key(struct image *image)
{
	const struct pair *pair = image->pair;
	size_t *key = arena_alloc(pair->arena,
				  (pair->key_count + 1) * sizeof(*key));

	for (size_t k = 0; k < pair->key_count; k++) {
		key[k] = SIZE_MAX;
		for (size_t i = 0; i < image->written_count; i++)
			if (image->columns[i].pair_column ==
			    pair->key[k].column)
				key[k] = i;
		if (key[k] == SIZE_MAX)
			image->refusal = "its key is computed by the server";
	}
	image->key = key;
	image->key_count = image->refusal ? 0 : pair->key_count;
}

static bool has_ignored_key(const struct pair *pair)
{
	for (size_t i = 0; i < pair->key_count; i++)
		if (pair->columns[pair->key[i].column].is_ignored)
			return true;
	return false;
}

/* The invalid member has no name by which a server would find it. */
static bool has_marked_key(const struct pair *pair)
{
	for (size_t i = 0; i < pair->key_count; i++)
		if (pair->columns[pair->key[i].column].is_marked)
			return true;
	for (size_t i = 0; i < pair->column_count; i++)
		if (pair->identity == IDENTITY_ROWS &&
		    pair->columns[i].is_marked)
			return true;
	return false;
}

static bool has_foreign_json(const struct pair *pair)
{
	for (size_t i = 0; i < pair->column_count; i++)
		if (pair->columns[i].is_json)
			return true;
	return false;
}

bool image_has_broken_name(const struct image *image)
{
	const struct pair *pair = image->pair;
	bool is_broken = strchr(pair->database[TARGET], '\n') ||
			 strchr(pair->table[TARGET]->name, '\n');

	for (size_t i = 0; i < image->count; i++)
		is_broken = is_broken ||
			    strchr(image->columns[i].column->name, '\n');
	return is_broken;
}

static void find_refusal(struct image *image)
{
	const struct pair *pair = image->pair;

	if (image_has_broken_name(image))
		image->refusal = "its name or that of a column contains a line "
				 "break, which backup points cannot store";
	else if (!image->written_count)
		image->refusal = pair->column_count
					 ? "the columns that both sides have "
					   "are all computed by the server"
					 : "the target has none of its "
					   "columns";
	else if (pair->table[TARGET]->is_sequence)
		image->refusal =
			"a sequence is not a table of rows (set it with "
			"SETVAL, or name it in --exclude-tables)";
	else if (has_ignored_key(pair) &&
		 table_has_other_unique(pair->table[TARGET],
					pair->key_name[TARGET]))
		image->refusal = "a column of its key is to be ignored, and "
				 "it has other unique keys";
	else if (has_marked_key(pair))
		image->refusal = "an ENUM with an empty member, which the two "
				 "sides define differently, is what its rows "
				 "are found by";
	else if (pair->identity == IDENTITY_ROWS && has_foreign_json(pair))
		image->refusal = "it has no key, and JSON that the two servers "
				 "write differently: a row cannot be found "
				 "by its text";
	else if (pair->identity == IDENTITY_ROWS &&
		 (image->count > image->written_count || pair->ignored_count))
		image->refusal = "it has no key, and columns that are not "
				 "compared";
}

const struct image *image_make(const struct pair *pair)
{
	struct image *image = arena_alloc(pair->arena, sizeof(*image));

	image->pair = pair;
	image->columns = arena_alloc(pair->arena,
				     (pair->table[TARGET]->column_count + 1) *
					     sizeof(*image->columns));
	add_columns(image, true);
	image->written_count = image->count;
	add_columns(image, false);
	add_extras(image);
	add_key(image);
	find_refusal(image);
	return image;
}

const struct pair_column *image_pair_column(const struct image *image,
					    size_t column)
{
	return &image->pair->columns[image->columns[column].pair_column];
}

/* ------------------------------------------------------------------------
 * Values and tuples
 * --------------------------------------------------------------------- */

static size_t count_of(const struct image *image, enum side side)
{
	return side == SOURCE ? image->written_count : image->count;
}

/* The place of a column in a row as it came from compare. */
static size_t place_of(const struct image *image, enum side side, size_t column)
{
	return side == SOURCE ? image->columns[column].pair_column
			      : image->columns[column].cell;
}

/* What a cell of the column is on that side: its type and character set. */
static void add_literal(const struct image *image, enum side side,
			size_t column, const struct wire_column *wire,
			struct cell cell, struct buf *out)
{
	const struct column *own = image->columns[column].column;
	bool by_number = column_is_ambiguous(own);
	const char *charset = own->charset;

	if (side == SOURCE) {
		const struct pair_column *pair = image_pair_column(image,
								   column);

		own = pair->on[SOURCE];
		by_number = pair->is_number;
		charset = pair->is_convert ? "utf8mb4" : own->charset;
	}
	literal_write(out, charset,
		      (struct value){by_number ? TYPE_INTEGER : own->type, wire,
				     cell});
}

static void add_cell(const struct image *image, enum side side, size_t column,
		     const struct row *row, size_t cell, struct buf *out)
{
	add_literal(image, side, column, &row->wires[cell], row->cells[cell],
		    out);
}

/* As many places as there are columns, from left to right. */
static void add_value(const struct image *image, enum side side, size_t column,
		      const struct one_value *value, struct buf *out)
{
	/* what only the target has is of the target, whatever is beside it */
	const enum side of = column < image->written_count ? side : TARGET;

	if (value->form == FORM_LITERAL)
		buf_add(out, (const char *)value->cell.data,
			value->cell.length);
	else
		add_literal(image, of, column, &value->wire, value->cell, out);
}

enum dbs_rc image_room(const struct image *image, const struct row *row,
		       struct buf *out, struct dbs_error *err)
{
	OWNED(buf_release) struct buf what = BUF_INIT;
	size_t room = literal_most(0);
	size_t bytes = 0;

	for (size_t i = 0; i < row->count; i++) {
		room += literal_most(row->cells[i].length);
		bytes += row->cells[i].length;
	}
	if (out->length + room < out->capacity)
		return DBS_OK;
	buf_addf(&what, "a row of %zu bytes of `%s`", bytes,
		 image->pair->table[TARGET]->name);
	return buf_try(out, room, what.data, err);
}

/* Also of no columns: (). */
static void end_tuple(struct buf *out, size_t count)
{
	buf_adds(out, count ? ")" : "()");
}

void image_values(const struct image *image, enum side side,
		  const struct row *row, struct buf *out)
{
	const size_t count = count_of(image, side);

	values_begin(out, count);
	for (size_t i = 0; i < count; i++) {
		const size_t at = place_of(image, side, i);

		values_add(out, &row->wires[at], row->cells[at]);
	}
}

/* A row that is known in part is no image. */
static bool next_value(struct values *rest, struct one_value *out)
{
	return values_next(rest, out) && out->form != FORM_ABSENT;
}

/* Whether these are as many as that side has, or as all columns. */
static bool open_values(const struct image *image, enum side side,
			struct values values, size_t *count_out,
			struct values *rest)
{
	return values_open(values, count_out, rest) &&
	       (*count_out == count_of(image, side) ||
		*count_out == image->count);
}

bool image_fits(const struct image *image, enum side side, struct values values)
{
	struct one_value value;
	struct values rest;
	size_t count = 0;

	if (!values.length)
		return true;
	if (!open_values(image, side, values, &count, &rest))
		return false;
	while (count && next_value(&rest, &value))
		count--;
	return !count && !rest.length;
}

bool image_tuple(const struct image *image, enum side side,
		 struct values values, struct buf *out)
{
	struct one_value value;
	struct values rest;
	size_t count = 0;

	if (!open_values(image, side, values, &count, &rest))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!next_value(&rest, &value))
			return false;
		buf_addc(out, i ? ',' : '(');
		add_value(image, side, i, &value, out);
	}
	end_tuple(out, count);
	return !rest.length;
}

bool image_merged_tuple(const struct image *image, struct values new_row,
			struct values old_row, struct buf *out)
{
	struct values news;
	struct values olds;
	size_t new_count = 0;
	size_t old_count = 0;

	if (!values_open(new_row, &new_count, &news) ||
	    !values_open(old_row, &old_count, &olds) ||
	    new_count != image->written_count || old_count != image->count)
		return false;
	for (size_t i = 0; i < image->count; i++) {
		const bool is_written = i < image->written_count;
		const bool is_new = is_written && image->columns[i].is_set;
		struct one_value value;
		struct one_value old;

		if (!next_value(&olds, &old) ||
		    (is_written && !next_value(&news, &value)))
			return false;
		buf_addc(out, i ? ',' : '(');
		add_value(image, is_new ? SOURCE : TARGET, i,
			  is_new ? &value : &old, out);
	}
	end_tuple(out, image->count);
	return true;
}

bool image_key_tuple(const struct image *image, enum side side,
		     struct values values, struct buf *out)
{
	OWNED(mem_drop) struct one_value *found = NULL;
	struct values rest;
	size_t count = 0;

	if (!image->key_count)
		return image_tuple(image, side, values, out);
	if (!open_values(image, side, values, &count, &rest))
		return false;
	found = mem_alloc((count + 1) * sizeof(*found));
	for (size_t i = 0; i < count; i++)
		if (!next_value(&rest, &found[i]))
			return false;
	for (size_t k = 0; k < image->key_count; k++) {
		buf_addc(out, k ? ',' : '(');
		add_value(image, side, image->key[k], &found[image->key[k]],
			  out);
	}
	buf_addc(out, ')');
	return true;
}

void image_key(const struct image *image, const struct row *target,
	       struct buf *out)
{
	for (size_t k = 0; k < image->key_count; k++) {
		const size_t at = image->key[k];

		buf_addc(out, k ? ',' : '(');
		add_cell(image, TARGET, at, target, image->columns[at].cell,
			 out);
	}
	buf_addc(out, ')');
}

/* ------------------------------------------------------------------------
 * Rows with hashes
 * --------------------------------------------------------------------- */

bool image_is_partial(const struct image *image, const struct row *row,
		      enum side side)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < image->written_count; i++) {
		const struct image_column *column = &image->columns[i];
		const bool is_used = side == SOURCE ||
				     column->cell == column->pair_column;

		if (is_used && compare_is_hash(image->pair, column->pair_column,
					       row, &bytes))
			return true;
	}
	return false;
}

const char *image_select(const struct image *image, enum side side)
{
	const size_t count = count_of(image, side);
	OWNED(buf_release) struct buf out = BUF_INIT;

	buf_adds(&out, count ? "SELECT " : "SELECT 1");
	for (size_t i = 0; i < count; i++) {
		const struct image_column *column = &image->columns[i];

		if (i)
			buf_adds(&out, ", ");
		if (side == SOURCE)
			projection_value(
				&out,
				&image->pair->columns[column->pair_column],
				SOURCE);
		else
			projection_stored(&out, column->column);
	}
	return arena_strdup(image->pair->arena, out.data);
}

size_t image_width(const struct image *image, enum side side)
{
	const size_t count = count_of(image, side);

	return count ? count : 1;
}

enum dbs_rc image_values_whole(const struct image *image, const struct row *row,
			       enum side side, struct buf *out,
			       struct dbs_error *err)
{
	const size_t count = count_of(image, side);
	enum dbs_rc rc = image_room(image, row, out, err);

	if (rc)
		return rc;
	values_begin(out, count);
	for (size_t i = 0; i < count; i++)
		values_add(out, &row->wires[i], row->cells[i]);
	return DBS_OK;
}

enum dbs_rc image_whole(const struct image *image, const struct row *row,
			enum side side, struct buf *out, struct dbs_error *err)
{
	const size_t count = count_of(image, side);
	enum dbs_rc rc = image_room(image, row, out, err);

	if (rc)
		return rc;
	for (size_t i = 0; i < count; i++) {
		buf_addc(out, i ? ',' : '(');
		add_cell(image, side, i, row, i, out);
	}
	end_tuple(out, count);
	return DBS_OK;
}

void image_key_predicate(const struct image *image, const struct row *row,
			 enum side side, struct buf *out)
{
	for (size_t k = 0; k < image->key_count; k++) {
		const size_t at = image->key[k];
		const struct image_column *column = &image->columns[at];
		const struct pair_column *pair =
			&image->pair->columns[column->pair_column];

		buf_adds(out, k ? " AND " : "");
		if (side == SOURCE && pair->is_convert)
			projection_value(out, pair, SOURCE);
		else
			quote_name(out, pair->on[side]->name);
		buf_adds(out, " = ");
		add_cell(image, side, at, row, place_of(image, side, at), out);
	}
}

uint64_t image_rest(const struct image *image, const struct row *target)
{
	XXH3_state_t *state = NULL;
	uint64_t hash = 0;

	for (size_t i = image->written_count; i < image->count; i++) {
		const struct cell *cell =
			&target->cells[image->columns[i].cell];
		const uint64_t length = cell->data ? cell->length : UINT64_MAX;

		if (!state) {
			state = XXH3_createState();
			DBS_BUG(!state, "xxhash gave no state");
			(void)XXH3_64bits_reset(state);
		}
		(void)XXH3_64bits_update(state, &length, sizeof(length));
		(void)XXH3_64bits_update(state, cell->data,
					 cell->data ? cell->length : 0);
	}
	if (state)
		hash = XXH3_64bits_digest(state);
	(void)XXH3_freeState(state);
	return hash;
}

bool image_is_lossy(const struct image *image, const struct row *source)
{
	for (size_t i = 0; i < image->written_count; i++) {
		const size_t at = image->columns[i].pair_column;

		if (image->pair->columns[at].is_convert &&
		    projection_is_lossy(&source->cells[at]))
			return true;
	}
	return false;
}
