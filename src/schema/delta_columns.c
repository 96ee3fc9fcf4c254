/*
 * delta_columns.c - columns that come, go, change and move; see delta.h.
 *
 * Of the columns that both have, the longest run that already stands in the
 * wanted order stays where it is; all others are moved behind the one that
 * they are to follow.  Clauses are made in the wanted order, so that what a
 * column is put behind is in its place by then.
 */
#include "delta_parts.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/db/quote.h"
#include "dbsync/schema/render.h"
#include "dbsync/schema/type.h"

#include <string.h>

/* ------------------------------------------------------------------------
 * The same or not
 * --------------------------------------------------------------------- */

bool delta_same_type(const struct def_column *a, const struct def_column *b)
{
	return !strcmp(a->type, b->type) &&
	       !strcmp(a->arguments, b->arguments) &&
	       a->is_unsigned == b->is_unsigned &&
	       a->is_zerofill == b->is_zerofill &&
	       a->is_compressed == b->is_compressed &&
	       !strcmp(a->charset, b->charset) &&
	       !strcmp(a->collation, b->collation);
}

static bool same_expression(const struct differ *differ, const char *a,
			    const char *b)
{
	return a && b ? expression_equal(a, b, differ->arena) : a == b;
}

bool delta_same_column(const struct differ *differ, const struct def_column *a,
		       const struct def_column *b)
{
	return delta_same_type(a, b) && a->null == b->null &&
	       a->default_kind == b->default_kind &&
	       same_expression(differ, a->default_value, b->default_value) &&
	       same_expression(differ, a->on_update, b->on_update) &&
	       same_expression(differ, a->generated, b->generated) &&
	       same_expression(differ, a->check, b->check) &&
	       a->is_stored == b->is_stored &&
	       a->is_auto_increment == b->is_auto_increment &&
	       a->is_invisible == b->is_invisible &&
	       !strcmp(a->comment, b->comment) && !strcmp(a->srid, b->srid) &&
	       text_equal_nocase(a->format, b->format) &&
	       text_equal_nocase(a->storage, b->storage);
}

/* ------------------------------------------------------------------------
 * The order
 * --------------------------------------------------------------------- */

static size_t place_of(const struct definition *definition, const char *name)
{
	const struct def_column *column = definition_column(definition, name);

	return column ? (size_t)(column - definition->columns) : SIZE_MAX;
}

/*
 * stays[i]: the i-th wanted column need not be moved.  The longest increasing
 * run of their present places, by the plain quadratic way: a table has at most
 * 4,096 columns.
 */
static void find_staying(const struct differ *differ, const size_t *places,
			 bool *stays)
{
	const size_t count = differ->want->column_count;
	size_t *length = arena_alloc(differ->arena,
				     (count + 1) * sizeof(*length));
	size_t *before = arena_alloc(differ->arena,
				     (count + 1) * sizeof(*before));
	size_t best = SIZE_MAX;

	for (size_t i = 0; i < count; i++) {
		length[i] = places[i] != SIZE_MAX;
		before[i] = SIZE_MAX;
		stays[i] = false;
		if (places[i] == SIZE_MAX)
			continue;
		for (size_t k = 0; k < i; k++) {
			if (places[k] >= places[i] || length[k] < length[i])
				continue;
			length[i] = length[k] + 1;
			before[i] = k;
		}
		if (best == SIZE_MAX || length[i] > length[best])
			best = i;
	}
	for (; best != SIZE_MAX; best = before[best])
		stays[best] = true;
}

static void add_position(const struct differ *differ, size_t i, struct buf *sql)
{
	if (!i) {
		buf_adds(sql, " FIRST");
		return;
	}
	buf_adds(sql, " AFTER ");
	quote_name(sql, differ->want->columns[i - 1].name);
}

/* ------------------------------------------------------------------------
 * Clauses
 * --------------------------------------------------------------------- */

static const char *named(struct differ *differ, const char *name)
{
	return arena_printf(differ->arena, "column `%s`", name);
}

static void drop_columns(struct differ *differ)
{
	for (size_t i = 0; i < differ->have->column_count; i++) {
		OWNED(buf_release) struct buf sql = BUF_INIT;
		const struct def_column *column = &differ->have->columns[i];

		if (definition_column(differ->want, column->name))
			continue;
		buf_adds(&sql, "DROP COLUMN ");
		quote_name(&sql, column->name);
		delta_add(differ,
			  (struct delta_clause){
				  .phase = DELTA_MAIN,
				  .sql = sql.data,
				  .what = named(differ, column->name),
				  .hazard = column->generated
						    ? HAZARD_NONE
						    : HAZARD_DROP_COLUMN});
	}
}

/*
 * No default, not even NULL, can be said only of a column that is there.  A
 * definition in one form says DEFAULT NULL wherever that is meant.
 */
static bool lacks_default(const struct def_column *column)
{
	return column->default_kind == DEF_DEFAULT_NONE &&
	       column->null == DEF_NULL_YES && !column->generated &&
	       !column->is_auto_increment;
}

static void drop_default(struct differ *differ, const struct def_column *column)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;

	if (!lacks_default(column))
		return;
	buf_adds(&sql, "ALTER COLUMN ");
	quote_name(&sql, column->name);
	buf_adds(&sql, " DROP DEFAULT");
	delta_add(differ,
		  (struct delta_clause){.phase = DELTA_ALONE,
					.sql = sql.data,
					.what = named(differ, column->name)});
}

/*
 * MySQL does not add such a column: each row would get another value, and so
 * would those of its replicas.  As a default of what is there it may be said,
 * in a statement that adds no other column.
 */
static bool has_unsafe_default(const struct differ *differ,
			       const struct def_column *column)
{
	static const char *const functions[] = {
		"uuid",    "uuid_short",   "rand",         "random_bytes",
		"sysdate", "current_user", "session_user", "system_user",
		"user",    "connection_id"};

	if (differ->family != SERVER_MYSQL ||
	    column->default_kind != DEF_DEFAULT_EXPRESSION)
		return false;
	for (size_t i = 0; i < sizeof(functions) / sizeof(*functions); i++)
		if (expression_calls(column->default_value, functions[i],
				     differ->arena))
			return true;
	return false;
}

static void set_default(struct differ *differ, const struct def_column *column)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;

	/* not ALTER COLUMN: without effect on parts of a primary key */
	buf_adds(&sql, "MODIFY COLUMN ");
	render_column_as_said(column, differ->want, differ->family, &sql);
	delta_add(differ,
		  (struct delta_clause){.phase = DELTA_ALONE,
					.sql = sql.data,
					.what = named(differ, column->name)});
}

/*
 * Rows get '' or 0 for most types, but there is no such place, nor a vector of
 * no numbers.  Where a server gives it to them nonetheless, it takes no such
 * row.
 */
static bool has_no_first_value(const struct differ *differ,
			       const struct def_column *column)
{
	const enum type type = type_from_name(column->type);

	/* MySQL does not compute a default for them, either */
	return !column->generated && column->null == DEF_NULL_NO &&
	       !type_has_first_value(type) &&
	       (!column->default_kind || differ->family == SERVER_MYSQL);
}

/* Of MariaDB: a check of its own that have (NULL: no such column) has not. */
static void check_rows(struct differ *differ, const struct def_column *have,
		       const struct def_column *want,
		       struct delta_clause *clause)
{
	if (!want->check || differ->family != SERVER_MARIADB ||
	    (have && same_expression(differ, have->check, want->check)))
		return;
	clause->brings_check = true;
	if (have)
		clause->check_endangered = delta_against(differ, want->check);
}

/*
 * Rows that are there get 0 or '', which a check may well be against; NULL, or a
 * default, next to none is.
 */
static bool comes_unsaid(const struct def_column *column)
{
	return !column->generated && column->null == DEF_NULL_NO &&
	       column->default_kind == DEF_DEFAULT_NONE;
}

static void add_column(struct differ *differ, size_t i, bool is_last)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	const struct def_column *column = &differ->want->columns[i];
	const bool is_unsafe = has_unsafe_default(differ, column);
	struct def_column added = *column;

	if (is_unsafe)
		added.default_kind = DEF_DEFAULT_NONE;
	buf_adds(&sql, "ADD COLUMN ");
	render_column_as_said(&added, differ->want, differ->family, &sql);
	if (!is_last)
		add_position(differ, i, &sql);
	struct delta_clause clause = {
		.phase = DELTA_MAIN,
		.sql = sql.data,
		.what = named(differ, column->name),
		.column = column,
		.hazard = has_no_first_value(differ, column) ? HAZARD_NOT_NULL
							     : HAZARD_NONE,
	};

	if (comes_unsaid(column))
		check_rows(differ, NULL, column, &clause);
	delta_add(differ, clause);
	if (is_unsafe)
		set_default(differ, column);
	drop_default(differ, column);
}

/* Whether its values are neither texts nor numbers to MariaDB. */
static bool has_form_of_its_own(enum type type)
{
	return type == TYPE_GEOMETRY || type == TYPE_VECTOR ||
	       type == TYPE_UUID || type == TYPE_INET;
}

/* MariaDB refuses to make one of the other, even without a row. */
static bool is_never_cast_by_mariadb(enum type from, enum type to)
{
	const enum type other = has_form_of_its_own(from) ? to : from;
	const enum type_kind kind = type_kind(other);

	return from != to &&
	       (has_form_of_its_own(from) || has_form_of_its_own(to)) &&
	       (has_form_of_its_own(other) ||
		(kind != KIND_TEXT && kind != KIND_BYTES));
}

/* MySQL refuses every value but NULL, whatever its bytes say (3144). */
static bool is_never_cast_by_mysql(enum type from, enum type to)
{
	return to == TYPE_JSON &&
	       (from == TYPE_BIT || type_kind(from) == KIND_BYTES);
}

/* Whether the server makes no value of one of the other. */
static bool is_never_cast(const struct differ *differ, enum type from,
			  enum type to)
{
	return differ->family == SERVER_MARIADB
		       ? is_never_cast_by_mariadb(from, to)
		       : is_never_cast_by_mysql(from, to);
}

static bool leans_on_new(const struct differ *differ, const char *expression,
			 size_t before);

/* Servers compute columns from their creation on, or never. */
static bool is_made_anew(const struct differ *differ,
			 const struct def_column *have,
			 const struct def_column *want)
{
	return !have->generated != !want->generated ||
	       have->is_stored != want->is_stored ||
	       is_never_cast(differ, type_from_name(have->type),
			     type_from_name(want->type)) ||
	       (want->generated &&
		leans_on_new(differ, want->generated,
			     (size_t)(want - differ->want->columns)));
}

bool delta_is_made_anew(const struct differ *differ, const char *name)
{
	const struct def_column *have = definition_column(differ->have, name);
	const struct def_column *want = definition_column(differ->want, name);

	return have && want && is_made_anew(differ, have, want);
}

/*
 * Of computed columns those before that place alone: no other can be leant on
 * by a computed one, so that this comes to an end whatever a definition says.
 */
static bool leans_on_new(const struct differ *differ, const char *expression,
			 size_t before)
{
	const struct definition *want = differ->want;

	for (size_t i = 0; i < want->column_count; i++) {
		const struct def_column *column = &want->columns[i];
		const struct def_column *have = definition_column(differ->have,
								  column->name);

		if (have && (i < before || !column->generated) &&
		    expression_names(expression, column->name, differ->arena) &&
		    is_made_anew(differ, have, column))
			return true;
	}
	return false;
}

bool delta_leans_on_new(const struct differ *differ, const char *expression)
{
	return leans_on_new(differ, expression, differ->want->column_count);
}

/* Whether its default is all that the wanted column has too little. */
static bool has_only_null_too_much(const struct differ *differ,
				   const struct def_column *have,
				   const struct def_column *want)
{
	struct def_column with_null = *want;

	with_null.default_kind = DEF_DEFAULT_NULL;
	return lacks_default(want) &&
	       delta_same_column(differ, have, &with_null);
}

static void make_anew(struct differ *differ, const struct def_column *have,
		      size_t i)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	const struct def_column *want = &differ->want->columns[i];
	struct delta_clause clause = {.phase = DELTA_MAIN,
				      .what = named(differ, want->name)};

	buf_adds(&sql, "DROP COLUMN ");
	quote_name(&sql, have->name);
	clause.sql = sql.data;
	hazard_of_change(differ, have, want, &clause);
	if (!have->generated && !want->generated)
		clause.hazard = HAZARD_DROP_COLUMN;
	delta_add(differ, clause);
	add_column(differ, i, false);
}

static bool has_coming_column(const struct differ *differ)
{
	for (size_t i = 0; i < differ->want->column_count; i++) {
		const char *name = differ->want->columns[i].name;

		if (!definition_column(differ->have, name) ||
		    delta_is_made_anew(differ, name))
			return true;
	}
	return false;
}

static void change_column(struct differ *differ, size_t i, bool stays)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	const struct def_column *want = &differ->want->columns[i];
	const struct def_column *have = definition_column(differ->have,
							  want->name);
	const bool same_name = !strcmp(have->name, want->name);
	struct delta_clause clause = {.phase = DELTA_MAIN,
				      .what = named(differ, want->name),
				      .column = want};

	if (is_made_anew(differ, have, want)) {
		make_anew(differ, have, i);
		return;
	}
	if (stays && same_name && delta_same_column(differ, have, want))
		return;
	if (stays && same_name && has_only_null_too_much(differ, have, want)) {
		drop_default(differ, want);
		return;
	}

	const bool is_unsafe = has_unsafe_default(differ, want) &&
			       has_coming_column(differ);
	struct def_column changed = *want;

	buf_adds(&sql, same_name ? "MODIFY COLUMN " : "CHANGE COLUMN ");
	if (!same_name) {
		quote_name(&sql, have->name);
		buf_addc(&sql, ' ');
	}
	if (is_unsafe)
		changed.default_kind = DEF_DEFAULT_NONE;
	render_column_as_said(&changed, differ->want, differ->family, &sql);
	if (!stays)
		add_position(differ, i, &sql);
	clause.sql = sql.data;
	hazard_of_change(differ, have, want, &clause);
	check_rows(differ, have, want, &clause);
	delta_add(differ, clause);
	if (is_unsafe)
		set_default(differ, want);
	drop_default(differ, want);
}

/*
 * CHANGE COLUMN with the definition that is there: RENAME COLUMN is unknown to
 * MySQL 5.7 and MariaDB 10.4.
 */
void delta_renames(struct differ *differ, const struct definition *have)
{
	for (size_t i = 0; i < differ->renames->count; i++) {
		OWNED(buf_release) struct buf sql = BUF_INIT;
		const struct rename *rename = &differ->renames->items[i];
		const struct def_column *column =
			definition_column(have, rename->from);
		struct def_column renamed = *column;

		renamed.name = rename->to;
		buf_adds(&sql, "CHANGE COLUMN ");
		quote_name(&sql, column->name);
		buf_addc(&sql, ' ');
		render_column_as_said(&renamed, have, differ->family, &sql);
		delta_add(differ, (struct delta_clause){
					  .phase = DELTA_RENAME,
					  .sql = sql.data,
					  .what = arena_printf(differ->arena,
							       "column `%s`",
							       column->name)});
		drop_default(differ, &renamed);
	}
}

/* Whether no column that stays or is moved comes behind the i-th. */
static bool is_at_end(const size_t *places, size_t count, size_t i)
{
	for (i++; i < count; i++)
		if (places[i] != SIZE_MAX)
			return false;
	return true;
}

void delta_columns(struct differ *differ)
{
	const size_t count = differ->want->column_count;
	size_t *places = arena_alloc(differ->arena,
				     (count + 1) * sizeof(*places));
	bool *stays = arena_alloc(differ->arena, count + 1);

	drop_columns(differ);
	for (size_t i = 0; i < count; i++)
		places[i] = place_of(differ->have,
				     differ->want->columns[i].name);
	find_staying(differ, places, stays);
	for (size_t i = 0; i < count; i++) {
		if (places[i] == SIZE_MAX)
			add_column(differ, i, is_at_end(places, count, i));
		else
			change_column(differ, i, stays[i]);
	}
}
