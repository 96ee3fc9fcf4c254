/*
 * explain.c - see explain.h.
 *
 *	table ─▶ key ─▶ a condition for each side ─▶ one row of each
 *	   ─▶ column by column ─▶ what the servers say ─▶ the statement
 *
 * Both rows are read in a transaction with a view of its own, so that what is
 * asked afterwards is of the same row.
 */
#include "dbsync/data/explain.h"

#include "explain_part.h"
#include "faces.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/base/vec.h"
#include "dbsync/data/compare.h"
#include "dbsync/db/quote.h"
#include "dbsync/schema/model.h"

#include <string.h>

enum {
	SHOWN = 200,      /* characters of a value */
	SHOWN_BYTES = 32, /* and bytes */
	SHOWN_CODES = 12, /* and code points */
};

bool explain_is_equal(const struct explanation *explanation)
{
	return explanation->has_row[SOURCE] && explanation->has_row[TARGET] &&
	       !explanation->different;
}

/* ------------------------------------------------------------------------
 * The table
 * --------------------------------------------------------------------- */

static bool is_named(const struct subject *subject, const char *table)
{
	const struct pair *pair = subject->pair;
	OWNED(buf_release) struct buf whole = BUF_INIT;

	buf_addf(&whole, "%s.%s", pair->database[SOURCE],
		 pair->table[SOURCE]->name);
	return !strcmp(table, pair->table[SOURCE]->name) ||
	       !strcmp(table, whole.data);
}

static enum dbs_rc ambiguous(const struct subject *a, const struct subject *b,
			     struct dbs_error *err)
{
	return dbs_fail(err, DBS_E_USAGE,
			"there are several such tables: use `%s.%s` or `%s.%s`",
			a->pair->database[SOURCE], a->pair->table[SOURCE]->name,
			b->pair->database[SOURCE],
			b->pair->table[SOURCE]->name);
}

/* Which side alone has a table of that name; SIDES: neither. */
static enum side only_side(const struct walk *walk, const char *table)
{
	const struct text_list names = walk_target_databases(walk);
	const char *dot = strchr(table, '.');

	for (size_t i = 0; i < names.count; i++) {
		for (enum side side = SOURCE; side < SIDES; side++) {
			const struct database *model =
				walk_model(walk, side, names.items[i]);

			if (database_find_table(model, table) ||
			    (dot && database_find_table(model, dot + 1)))
				return side;
		}
	}
	return SIDES;
}

static enum dbs_rc no_such_table(const struct walk *walk, const char *table,
				 struct dbs_error *err)
{
	OWNED(vec_release) struct vec names = VEC_INIT(const char *);
	const enum side only = only_side(walk, table);
	const char *dot = strchr(table, '.');
	const struct subject *subject = NULL;

	if (only != SIDES)
		return dbs_fail(err, DBS_E_USAGE,
				"only the %s has a table `%s`: there is "
				"nothing to compare its rows with",
				side_name(only), table);
	for (size_t i = 0; (subject = walk_subject(walk, i)); i++)
		*(const char **)vec_push(
			&names) = subject->pair->table[SOURCE]->name;
	const char *nearest = text_nearest(dot ? dot + 1 : table, names.items,
					   names.count);

	return dbs_fail(err, DBS_E_USAGE,
			"there is no table `%s` to explain a row of%s%s%s",
			table, nearest ? "; did you mean `" : "",
			nearest ? nearest : "", nearest ? "`?" : "");
}

static enum dbs_rc find_table(const struct walk *walk, const char *table,
			      const struct subject **out, struct dbs_error *err)
{
	const struct subject *found = NULL;
	const struct subject *subject = NULL;

	for (size_t i = 0; (subject = walk_subject(walk, i)); i++) {
		if (!is_named(subject, table))
			continue;
		if (found)
			return ambiguous(found, subject, err);
		found = subject;
	}
	if (!found)
		return no_such_table(walk, table, err);
	if (found->pair->unknown)
		return dbs_fail(err, DBS_E_UNKNOWN,
				"%s, which this version does not know",
				found->pair->unknown);
	*out = found;
	return DBS_OK;
}

/* ------------------------------------------------------------------------
 * Values
 * --------------------------------------------------------------------- */

static const struct row *row_of(const struct explain_side *side)
{
	return side->is_there ? &side->row : NULL;
}

static bool is_hash(const struct explain_side *side, size_t at)
{
	uint64_t bytes = 0;

	return side->is_there &&
	       compare_is_hash(side->subject->pair, at, &side->row, &bytes);
}

/* The bytes as they are stored, which are not always those compared. */
static struct cell stored_bytes(const struct explain_side *side, size_t at)
{
	const size_t cell = side->stored[at];

	return side->row.cells[cell == SIZE_MAX ? at : cell];
}

static void show_hex(const struct explain_side *side, size_t at,
		     const struct difference *place,
		     struct explain_value *value)
{
	OWNED(buf_release) struct buf hex = BUF_INIT;
	const struct cell bytes = stored_bytes(side, at);
	const bool is_place = place->is_found && side->stored[at] == SIZE_MAX;
	size_t begin = 0;

	if (!bytes.data)
		return;
	value->bytes = bytes.length;
	if (is_place && place->byte > SHOWN_BYTES / 2)
		begin = place->byte - SHOWN_BYTES / 4;
	if (begin > bytes.length)
		begin = bytes.length;
	const size_t left = bytes.length - begin;

	buf_addhex(&hex, bytes.data + begin,
		   left < SHOWN_BYTES ? left : SHOWN_BYTES);
	value->hex = arena_strdup(side->arena, hex.data);
	value->hex_at = begin;
}

static const char *codes_at(struct arena *arena, struct cell text,
			    const struct difference *place)
{
	OWNED(buf_release) struct buf codes = BUF_INIT;
	const size_t start = place->is_found ? place->start : 0;

	if (!text.data || start >= text.length)
		return NULL;
	difference_codes(&codes, text, start, SHOWN_CODES);
	return arena_strdup(arena, codes.data);
}

static void add_bytes(const struct explain_side *side,
		      const struct faces *faces, struct explain_value *value)
{
	const enum side face = side->which;

	if (faces->is_hash[face])
		(void)compare_is_hash(faces->pair, faces->at, &side->row,
				      &value->bytes);
	else
		show_hex(side, faces->at, &faces->place, value);
	value->codes = codes_at(side->arena, faces->texts[face], &faces->place);
	value->found = faces_found(faces, side->which, side->arena);
}

static const struct explain_value *value_made(const struct explain_side *side,
					      const struct faces *faces)
{
	const struct pair_column *column = &faces->pair->columns[faces->at];
	const enum side face = side->which;
	struct explain_value *value = NULL;
	OWNED(buf_release) struct buf shown = BUF_INIT;

	if (!side->is_there)
		return NULL;
	value = arena_alloc(side->arena, sizeof(*value));
	value->column = column->on[side->which];
	value->is_null = !faces->bytes[face].data;
	value->text = "NULL";
	if (value->is_null)
		return value;
	faces_show(faces, side->which, SHOWN, &shown);
	value->text = arena_strdup(side->arena, shown.data);
	value->is_quoted = faces->texts[face].data;
	if (column->kind == KIND_TEXT || column->kind == KIND_BYTES)
		add_bytes(side, faces, value);
	return value;
}

/* ------------------------------------------------------------------------
 * Long values
 * --------------------------------------------------------------------- */

static const struct explain_value *
long_value(const struct explain_side *side, const struct explain_pieces *pieces,
	   const struct explain_value *before)
{
	const struct cell piece = pieces->cell[side->which];
	const size_t place = (size_t)(pieces->place - pieces->offset);
	const size_t begin = place > SHOWN_BYTES / 4 ? place - SHOWN_BYTES / 4
						     : 0;
	const size_t left = piece.length > begin ? piece.length - begin : 0;
	struct explain_value *value = arena_alloc(side->arena, sizeof(*value));
	OWNED(buf_release) struct buf hex = BUF_INIT;
	OWNED(buf_release) struct buf text = BUF_INIT;

	*value = *before;
	buf_addhex(&hex, piece.data + begin,
		   left < SHOWN_BYTES ? left : SHOWN_BYTES);
	value->hex = arena_strdup(side->arena, hex.data);
	value->hex_at = pieces->offset + begin;
	buf_addf(&text, "0x%s%s…(%llu bytes)", value->hex_at ? "…" : "",
		 hex.data, (unsigned long long)value->bytes);
	value->text = arena_strdup(side->arena, text.data);
	value->is_quoted = false;
	value->codes = NULL;
	value->found = place < piece.length
			       ? arena_printf(side->arena, "0x%02x",
					      (unsigned)piece.data[place])
			       : "the end";
	return value;
}

/* Where one of them is a hash: what it is of is on the servers alone. */
static enum dbs_rc explain_hashes(const struct explain_side *source,
				  const struct explain_side *target, size_t at,
				  struct explain_column *column,
				  struct dbs_error *err)
{
	struct explain_pieces pieces = {0};
	enum dbs_rc rc = explain_long(source, target, at, &pieces, err);

	/* the hashes differ, whether or not pieces are available */
	if (rc == DBS_E_LIMIT) {
		dbs_error_clear(err);
		return DBS_OK;
	}
	if (rc)
		return rc;
	column->place = (struct difference){.is_found = true,
					    .byte = (size_t)pieces.place};
	column->value[SOURCE] = long_value(source, &pieces,
					   column->value[SOURCE]);
	column->value[TARGET] = long_value(target, &pieces,
					   column->value[TARGET]);
	if (strcmp(column->value[SOURCE]->found, "the end") != 0 &&
	    strcmp(column->value[TARGET]->found, "the end") != 0)
		return DBS_OK;
	column->cause = CAUSE_CUT;
	column->cause_text = "cut: one is the beginning of the other";
	return DBS_OK;
}

/* ------------------------------------------------------------------------
 * What the servers say
 * --------------------------------------------------------------------- */

/* Whether its own value equals the other side's, through the column. */
static void add_question(const struct explain_side *side,
			 const struct explain_side *other, size_t at,
			 struct buf *out)
{
	const struct pair_column *column = &side->subject->pair->columns[at];
	const struct column *own = column->on[side->which];
	const struct pair *pair = side->subject->pair;
	const struct column literal = {
		.charset = column->is_convert ? "utf8mb4" : own->charset};

	buf_adds(out, "SELECT ");
	quote_name(out, own->name);
	if (own->type == TYPE_YEAR)
		buf_adds(out, " + 0");
	buf_adds(out, own->type == TYPE_JSON ? " <=> CAST(" : " <=> ");
	value_literal(out, &literal,
		      value_of(column, &other->row, at, other->which));
	buf_adds(out, own->type == TYPE_JSON ? " AS JSON) FROM " : " FROM ");
	quote_table(out, pair->database[side->which],
		    pair->table[side->which]->name);
	buf_addf(out, " WHERE %s", side->condition);
}

/*
 * A server that refuses the question (collations that do not mix) has no
 * opinion; one that is gone is an error.
 */
static enum dbs_rc ask(const struct explain_side *side,
		       const struct explain_side *other, size_t at,
		       enum explain_opinion *out, struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	OWNED(mem_drop) char *answer = NULL;

	*out = EXPLAIN_UNASKED;
	add_question(side, other, at, &sql);
	enum dbs_rc rc = conn_fetch_text(side->conn, sql.data, "?N", &answer,
					 err);

	if (rc && !conn_is_broken(side->conn) && rc != DBS_E_CANCELLED) {
		dbs_error_clear(err);
		return DBS_OK;
	}
	if (!rc && answer)
		*out = *answer == '1' ? EXPLAIN_SAME : EXPLAIN_NOT_SAME;
	return rc;
}

/* Columns of the target that move when their row is updated. */
static enum dbs_rc find_on_update(struct explain_side *target,
				  struct dbs_error *err)
{
	const struct pair *pair = target->subject->pair;
	OWNED(buf_release) struct buf sql = BUF_INIT;
	OWNED(rows_drop) struct rows *rows = NULL;

	buf_adds(&sql, "SELECT COLUMN_NAME FROM information_schema.COLUMNS "
		       "WHERE TABLE_SCHEMA = ");
	quote_text(&sql, pair->database[TARGET]);
	buf_adds(&sql, " AND TABLE_NAME = ");
	quote_text(&sql, pair->table[TARGET]->name);
	buf_adds(&sql, " AND EXTRA LIKE '%on update%'");
	enum dbs_rc rc = conn_fetch(target->conn, sql.data, "t", &rows, err);

	if (rc)
		return rc;
	const size_t count = rows_count(rows);
	const char **names = arena_alloc(target->arena,
					 (count + 1) * sizeof(*names));

	for (size_t i = 0; i < count; i++)
		names[i] = arena_strdup(target->arena, rows_text(rows, i, 0));
	target->on_update = (struct text_list){names, count};
	return DBS_OK;
}

/* ------------------------------------------------------------------------
 * Columns
 * --------------------------------------------------------------------- */

static void guess(const struct explain_side *source,
		  const struct explain_side *target, size_t at,
		  struct explain_column *column)
{
	const struct pair_column *which = &source->subject->pair->columns[at];
	const struct faces faces = faces_of(source->subject->pair, at,
					    &source->row, &target->row,
					    source->arena);
	OWNED(buf_release) struct buf text = BUF_INIT;
	struct cause_case about = {
		.column = which,
		.value[SOURCE] = value_of(which, &source->row, at, SOURCE),
		.value[TARGET] = value_of(which, &target->row, at, TARGET),
		.text[SOURCE] = faces.texts[0],
		.text[TARGET] = faces.texts[1],
	};

	for (size_t i = 0; i < target->on_update.count; i++)
		about.is_on_update =
			about.is_on_update ||
			text_equal_nocase(target->on_update.items[i],
					  which->on[TARGET]->name);
	column->cause = cause_find(&about, &text);
	column->cause_text = arena_strdup(source->arena, text.data);
}

static enum dbs_rc explain_difference(const struct explain_side *source,
				      const struct explain_side *target,
				      size_t at, struct explain_column *column,
				      struct dbs_error *err)
{
	const bool has_both = source->row.cells[at].data &&
			      target->row.cells[at].data;

	if (has_both && (is_hash(source, at) || is_hash(target, at)))
		return explain_hashes(source, target, at, column, err);
	guess(source, target, at, column);
	if (is_hash(source, at) || is_hash(target, at))
		return DBS_OK;
	enum dbs_rc rc = ask(source, target, at, &column->says[SOURCE], err);

	return rc ? rc : ask(target, source, at, &column->says[TARGET], err);
}

static void explain_column(const struct explain_side *source,
			   const struct explain_side *target, size_t at,
			   struct explain_column *out)
{
	const struct pair *pair = source->subject->pair;
	const struct faces faces = faces_of(pair, at, row_of(source),
					    row_of(target), source->arena);

	out->name = pair->columns[at].name;
	out->cause_text = "";
	if (source->is_there && target->is_there &&
	    compare_column_differs(pair, at, &source->row, &target->row))
		out->state = EXPLAIN_DIFFERENT;
	else if (pair->columns[at].is_ignored)
		out->state = EXPLAIN_IGNORED;
	if (out->state == EXPLAIN_DIFFERENT)
		out->place = faces.place;
	out->value[SOURCE] = value_made(source, &faces);
	out->value[TARGET] = value_made(target, &faces);
}

static enum dbs_rc explain_columns(const struct explain_side *source,
				   struct explain_side *target,
				   struct explanation *out,
				   struct dbs_error *err)
{
	const size_t count = source->subject->pair->column_count;
	struct explain_column *columns =
		arena_alloc(source->arena, (count + 1) * sizeof(*columns));
	enum dbs_rc rc = find_on_update(target, err);

	for (size_t i = 0; i < count && !rc; i++) {
		explain_column(source, target, i, &columns[i]);
		if (columns[i].state != EXPLAIN_DIFFERENT)
			continue;
		out->different++;
		rc = explain_difference(source, target, i, &columns[i], err);
	}
	if (rc)
		return rc;
	out->columns = columns;
	out->column_count = count;
	explain_mend(source, target, out);
	return DBS_OK;
}

/* ------------------------------------------------------------------------
 * The row
 * --------------------------------------------------------------------- */

static enum dbs_rc no_such_row(const struct pair *pair, struct dbs_error *err)
{
	return dbs_fail(err, DBS_E_USAGE,
			"neither side has a row of that key in `%s`%s",
			pair->table[SOURCE]->name,
			pair->where ? " for which its --where holds" : "");
}

static enum dbs_rc read_side(struct explain_side *side,
			     const struct explain_request *request,
			     struct dbs_error *err)
{
	enum dbs_rc rc = conn_run(
		side->conn, "START TRANSACTION WITH CONSISTENT SNAPSHOT", err);

	if (!rc)
		rc = explain_key(side, request->key, err);
	return rc ? rc : explain_read(side, err);
}

static void end(const struct explain_side *side)
{
	struct dbs_error ignored = {0};

	if (!conn_is_broken(side->conn))
		(void)conn_run(side->conn, "ROLLBACK", &ignored);
}

static enum dbs_rc explain(struct explain_side *source,
			   struct explain_side *target,
			   const struct explain_request *request,
			   struct explanation *out, struct dbs_error *err)
{
	enum dbs_rc rc = read_side(source, request, err);

	if (!rc)
		rc = read_side(target, request, err);
	if (!rc && !source->is_there && !target->is_there)
		rc = no_such_row(source->subject->pair, err);
	if (rc)
		return rc;
	out->has_row[SOURCE] = source->is_there;
	out->has_row[TARGET] = target->is_there;
	return explain_columns(source, target, out, err);
}

enum dbs_rc explain_row(const struct walk *walk,
			const struct explain_request *request,
			struct arena *arena, struct explanation *out,
			struct dbs_error *err)
{
	const struct link *link = walk_link(walk);
	const struct subject *subject = NULL;
	struct explanation made = {.key = request->key};
	enum dbs_rc rc = find_table(walk, request->table, &subject, err);

	if (!rc)
		rc = explain_key_check(subject->pair, request, err);
	if (rc)
		return rc;
	made.pair = subject->pair;
	struct explain_side source = {.conn = link->conn[SOURCE],
				      .subject = subject,
				      .which = SOURCE,
				      .arena = arena};
	struct explain_side target = {.conn = link->conn[TARGET],
				      .subject = subject,
				      .which = TARGET,
				      .arena = arena};

	rc = explain(&source, &target, request, &made, err);
	end(&source);
	end(&target);
	if (!rc)
		*out = made;
	return rc;
}
