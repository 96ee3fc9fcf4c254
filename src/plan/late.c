/* late.c - see late.h. */
#include "late.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/db/quote.h"
#include "dbsync/schema/type.h"

#include <string.h>

struct maker {
	const struct reshape_table *table;
	struct arena *arena;
	const struct definition *have; /* its columns renamed */
	const struct definition *want;
};

/* ------------------------------------------------------------------------
 * What waits
 * --------------------------------------------------------------------- */

/* The i-th hazard, if what it is about waits; else NULL. */
static const struct delta_clause *late_clause(const struct maker *maker,
					      size_t i, enum hazard kind)
{
	const struct reshape_hazard *hazard = &maker->table->hazards[i];

	return hazard->is_late && hazard->kind == kind ? hazard->clause : NULL;
}

/* Its NOT NULL, or its own check, as kind says. */
static bool column_waits(const struct maker *maker,
			 const struct def_column *column, enum hazard kind)
{
	for (size_t i = 0; i < maker->table->hazard_count; i++) {
		const struct delta_clause *clause = late_clause(maker, i, kind);

		if (clause && clause->column == column)
			return true;
	}
	return false;
}

/* A column that rows fill before it is as it is wanted. */
static bool is_filled(const struct maker *maker,
		      const struct def_column *column)
{
	return column_waits(maker, column, HAZARD_SRID) ||
	       (!type_has_first_value(type_from_name(column->type)) &&
		column_waits(maker, column, HAZARD_NOT_NULL));
}

/* Keys of places take no NULL, and keep a column as it is. */
static bool is_over_filled(const struct maker *maker, const struct def_key *key)
{
	for (size_t i = 0; i < key->part_count; i++) {
		const char *name = key->parts[i].column;
		const struct def_column *column =
			name ? definition_column(maker->want, name) : NULL;

		if (column && is_filled(maker, column))
			return true;
	}
	return false;
}

static bool is_ordinary(const struct def_key *key)
{
	return key->kind == DEF_KEY_PRIMARY || key->kind == DEF_KEY_UNIQUE ||
	       key->kind == DEF_KEY_PLAIN || key->kind == DEF_KEY_FULLTEXT;
}

static bool key_waits(const struct maker *maker, const struct def_key *key)
{
	if (!is_ordinary(key))
		return is_over_filled(maker, key);
	for (size_t i = 0; i < maker->table->hazard_count; i++) {
		const struct delta_clause *clause = late_clause(maker, i,
								HAZARD_UNIQUE);

		if (clause && clause->key == key)
			return true;
	}
	return false;
}

static bool check_waits(const struct maker *maker,
			const struct def_check *check)
{
	for (size_t i = 0; i < maker->table->hazard_count; i++) {
		const struct delta_clause *clause = late_clause(maker, i,
								HAZARD_CHECK);

		if (clause && clause->check == check)
			return true;
	}
	return false;
}

/* ------------------------------------------------------------------------
 * Keys that stay until another comes
 * --------------------------------------------------------------------- */

static bool has_column(const struct def_key *key, const char *column)
{
	for (size_t i = 0; i < key->part_count; i++)
		if (key->parts[i].column && !*key->parts[i].length &&
		    text_equal_nocase(key->parts[i].column, column))
			return true;
	return false;
}

static bool begins_with(const struct def_key *key, const char *column)
{
	return key->part_count && key->parts[0].column &&
	       text_equal_nocase(key->parts[0].column, column);
}

/*
 * Rows that are distinct under `key` are so under `old`, too; and where that fits
 * what the table is cut by, so does the old one.
 */
static bool covers(const struct def_key *old, const struct def_key *key)
{
	for (size_t i = 0; i < key->part_count; i++)
		if (!key->parts[i].column || *key->parts[i].length ||
		    !has_column(old, key->parts[i].column))
			return false;
	return true;
}

/*
 * Whether it is of the type that it had.  Of another one, rows that are distinct
 * by it before the ALTERs may not be so behind them, and the key may be too long,
 * or want the length of a prefix.
 */
static bool keeps_type(const struct maker *maker, const struct def_column *want)
{
	const struct def_column *have = definition_column(maker->have,
							  want->name);

	return have && delta_same_type(have, want);
}

/* A primary key would not let its columns have NULLs. */
static bool can_stay(const struct maker *maker, const struct def_key *key)
{
	const bool is_unique = key->kind == DEF_KEY_PRIMARY ||
			       key->kind == DEF_KEY_UNIQUE;

	for (size_t i = 0; i < key->part_count; i++) {
		const char *name = key->parts[i].column;
		const struct def_column *column =
			name ? definition_column(maker->want, name) : NULL;

		if (!column || !keeps_type(maker, column) ||
		    (key->kind == DEF_KEY_PRIMARY &&
		     column->null != DEF_NULL_NO))
			return false;
	}
	return is_unique || key->kind == DEF_KEY_PLAIN;
}

/* Whether an old key is there until a late one comes. */
static bool waits_for(const struct maker *maker, const struct def_key *old,
		      const struct def_key *key)
{
	const struct def_key *same = definition_key(maker->want, old->name);

	if ((same && same != key) || !can_stay(maker, old))
		return false;
	if (old->kind != DEF_KEY_PLAIN && !covers(old, key))
		return false;
	return same || (key->part_count && key->parts[0].column &&
			begins_with(old, key->parts[0].column));
}

/* ------------------------------------------------------------------------
 * The first state
 * --------------------------------------------------------------------- */

static void first_keys(const struct maker *maker, struct definition *out)
{
	const struct definition *have = maker->have;
	const struct definition *want = maker->want;
	struct def_key *keys = arena_alloc(
		maker->arena,
		(have->key_count + want->key_count + 1) * sizeof(*keys));
	size_t count = 0;

	for (size_t i = 0; i < want->key_count; i++)
		if (!key_waits(maker, &want->keys[i]))
			keys[count++] = want->keys[i];
	for (size_t k = 0; k < have->key_count; k++)
		for (size_t i = 0; i < want->key_count; i++) {
			const struct def_key *key = &want->keys[i];

			if (!key_waits(maker, key) ||
			    !waits_for(maker, &have->keys[k], key))
				continue;
			keys[count++] = have->keys[k];
			break;
		}
	out->keys = keys;
	out->key_count = count;
}

static void first_checks(const struct maker *maker, struct definition *out)
{
	const struct definition *want = maker->want;
	struct def_check *checks = arena_alloc(
		maker->arena, (want->check_count + 1) * sizeof(*checks));

	out->check_count = 0;
	for (size_t i = 0; i < want->check_count; i++)
		if (!check_waits(maker, &want->checks[i]))
			checks[out->check_count++] = want->checks[i];
	out->checks = checks;
}

/* Servers want a key for it; InnoDB one that begins with it. */
static bool can_count(const struct definition *state,
		      const struct def_column *column)
{
	const bool is_innodb =
		text_equal_nocase(definition_option(state, "ENGINE"), "InnoDB");

	for (size_t i = 0; i < state->key_count; i++)
		if (begins_with(&state->keys[i], column->name) ||
		    (!is_innodb && has_column(&state->keys[i], column->name)))
			return true;
	return false;
}

/* Until its key comes, and its NOT NULL with that. */
static void let_be_null(struct def_column *column)
{
	column->null = DEF_NULL_YES;
	column->is_auto_increment = false;
	if (column->default_kind == DEF_DEFAULT_NONE)
		column->default_kind = DEF_DEFAULT_NULL;
}

static void first_columns(const struct maker *maker, struct definition *out)
{
	const struct definition *want = maker->want;
	struct def_column *columns = arena_alloc(
		maker->arena, (want->column_count + 1) * sizeof(*columns));

	for (size_t i = 0; i < want->column_count; i++) {
		const struct def_column *column = &want->columns[i];

		columns[i] = *column;
		if (column_waits(maker, column, HAZARD_CHECK))
			columns[i].check = NULL;
		columns[i].is_auto_increment = column->is_auto_increment &&
					       can_count(out, column);
		if (column_waits(maker, column, HAZARD_NOT_NULL))
			let_be_null(&columns[i]);
		/* rows of the old one and of the new one fit */
		if (column_waits(maker, column, HAZARD_SRID))
			columns[i].srid = "";
	}
	out->columns = columns;
}

/* ------------------------------------------------------------------------
 * The others
 * --------------------------------------------------------------------- */

/* The query goes to the state. */
static struct definition *next_state(const struct maker *maker,
				     const char *against, struct late *late)
{
	struct definition *next = arena_alloc(maker->arena, sizeof(*next));

	*next = *late->states[late->count - 1];
	late->against[late->count] = against;
	late->states[late->count++] = next;
	return next;
}

static const char *rows_against_check(const struct maker *maker,
				      const char *expression)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;

	buf_adds(&sql, "SELECT * FROM ");
	quote_table(&sql, maker->table->database, maker->table->table);
	buf_addf(&sql, " WHERE NOT (%s)", expression);
	return arena_strdup(maker->arena, sql.data);
}

static void add_part(const struct def_part *part, struct buf *out)
{
	const bool is_prefix = part->column && *part->length;

	buf_adds(out, is_prefix ? "LEFT(" : "");
	if (part->column)
		quote_name(out, part->column);
	else
		buf_addf(out, "(%s)", part->expression);
	if (is_prefix)
		buf_addf(out, ", %s)", part->length);
}

/* "a, b", "a IS NOT NULL AND b IS NOT NULL", "COUNT(a) = 0 OR COUNT(b) = 0" */
static void add_parts(const struct def_key *key, const char *between,
		      const char *before, const char *behind, struct buf *out)
{
	for (size_t i = 0; i < key->part_count; i++) {
		buf_adds(out, i ? between : "");
		buf_adds(out, before);
		add_part(&key->parts[i], out);
		buf_adds(out, behind);
	}
}

/*
 * A primary key takes no NULL, and others take any number of them.  Rows of one
 * value are a group: where nothing is counted in it, that is NULL.
 */
static const char *rows_against_key(const struct maker *maker,
				    const struct def_key *key)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	const bool is_primary = key->kind == DEF_KEY_PRIMARY;

	buf_adds(&sql, "SELECT ");
	add_parts(key, ", ", "", "", &sql);
	buf_adds(&sql, ", COUNT(*) FROM ");
	quote_table(&sql, maker->table->database, maker->table->table);
	if (!is_primary) {
		buf_adds(&sql, " WHERE ");
		add_parts(key, " AND ", "", " IS NOT NULL", &sql);
	}
	buf_adds(&sql, " GROUP BY ");
	add_parts(key, ", ", "", "", &sql);
	buf_adds(&sql, " HAVING COUNT(*) > 1");
	if (is_primary) {
		buf_adds(&sql, " OR ");
		add_parts(key, " OR ", "COUNT(", ") = 0", &sql);
	}
	return arena_strdup(maker->arena, sql.data);
}

/* What its key brings a column: NOT NULL of a primary one, a counter. */
static void complete(const struct maker *maker, const struct def_key *key,
		     struct definition *state)
{
	struct def_column *columns = arena_alloc(
		maker->arena, (state->column_count + 1) * sizeof(*columns));

	for (size_t i = 0; i < state->column_count; i++) {
		const struct def_column *want = &maker->want->columns[i];

		columns[i] = state->columns[i];
		if (key->kind == DEF_KEY_PRIMARY) {
			columns[i].null = want->null;
			columns[i].default_kind = want->default_kind;
		}
		columns[i].is_auto_increment = want->is_auto_increment &&
					       can_count(state, &columns[i]) &&
					       columns[i].null == want->null;
	}
	state->columns = columns;
}

/* It comes, and what has waited for it goes. */
static void add_key(const struct maker *maker, const struct def_key *key,
		    struct late *late)
{
	struct definition *state = next_state(
		maker, is_ordinary(key) ? rows_against_key(maker, key) : NULL,
		late);
	struct def_key *keys = arena_alloc(
		maker->arena, (state->key_count + 2) * sizeof(*keys));
	size_t count = 0;

	for (size_t i = 0; i < state->key_count; i++) {
		const struct def_key *old = definition_key(maker->have,
							   state->keys[i].name);
		const bool is_old = old && old->parts == state->keys[i].parts;

		if (!is_old || !waits_for(maker, old, key))
			keys[count++] = state->keys[i];
	}
	keys[count++] = *key;
	state->keys = keys;
	state->key_count = count;
	complete(maker, key, state);
}

static void add_check(const struct maker *maker, const struct def_check *check,
		      struct late *late)
{
	struct definition *state = next_state(
		maker, rows_against_check(maker, check->expression), late);
	struct def_check *checks = arena_alloc(
		maker->arena, (state->check_count + 1) * sizeof(*checks));

	if (state->check_count)
		memcpy(checks, state->checks,
		       state->check_count * sizeof(*checks));
	checks[state->check_count++] = *check;
	state->checks = checks;
}

/* Rows that a column of places cannot have as it is wanted. */
static const char *rows_unfilled(const struct maker *maker,
				 const struct def_column *want)
{
	OWNED(buf_release) struct buf name = BUF_INIT;
	OWNED(buf_release) struct buf sql = BUF_INIT;

	quote_name(&name, want->name);
	buf_adds(&sql, "SELECT * FROM ");
	quote_table(&sql, maker->table->database, maker->table->table);
	buf_adds(&sql, " WHERE ");
	if (column_waits(maker, want, HAZARD_NOT_NULL))
		buf_addf(&sql, "%s IS NULL", name.data);
	if (column_waits(maker, want, HAZARD_SRID))
		buf_addf(&sql, "%sST_SRID(%s) <> %s",
			 column_waits(maker, want, HAZARD_NOT_NULL) ? " OR "
								    : "",
			 name.data, want->srid);
	return arena_strdup(maker->arena, sql.data);
}

static void complete_column(const struct maker *maker, size_t number,
			    struct late *late)
{
	const struct def_column *want = &maker->want->columns[number];
	struct definition *state = next_state(maker, rows_unfilled(maker, want),
					      late);
	struct def_column *columns = arena_alloc(
		maker->arena, (state->column_count + 1) * sizeof(*columns));

	memcpy(columns, state->columns, state->column_count * sizeof(*columns));
	columns[number].null = want->null;
	columns[number].default_kind = want->default_kind;
	columns[number].srid = want->srid;
	state->columns = columns;
}

static void check_column(const struct maker *maker, size_t number,
			 struct late *late)
{
	const char *check = maker->want->columns[number].check;
	struct definition *state =
		next_state(maker, rows_against_check(maker, check), late);
	struct def_column *columns = arena_alloc(
		maker->arena, (state->column_count + 1) * sizeof(*columns));

	memcpy(columns, state->columns, state->column_count * sizeof(*columns));
	columns[number].check = check;
	state->columns = columns;
}

static void add_others(const struct maker *maker, struct late *late)
{
	const struct definition *want = maker->want;

	for (size_t i = 0; i < want->column_count; i++)
		if (is_filled(maker, &want->columns[i]))
			complete_column(maker, i, late);
	for (size_t i = 0; i < want->key_count; i++)
		if (key_waits(maker, &want->keys[i]))
			add_key(maker, &want->keys[i], late);
	for (size_t i = 0; i < want->check_count; i++)
		if (check_waits(maker, &want->checks[i]))
			add_check(maker, &want->checks[i], late);
	for (size_t i = 0; i < want->column_count; i++)
		if (column_waits(maker, &want->columns[i], HAZARD_CHECK))
			check_column(maker, i, late);
}

static bool has_late(const struct reshape_table *table)
{
	for (size_t i = 0; i < table->hazard_count; i++)
		if (table->hazards[i].is_late)
			return true;
	return false;
}

struct late late_states(const struct reshape_table *table, struct arena *arena)
{
	const struct structure *structure = table->structure;
	const struct maker maker = {table, arena, structure->renamed,
				    structure->want};
	struct late late = {NULL, NULL, 0};

	if (!has_late(table))
		return late;
	struct definition *first = arena_alloc(arena, sizeof(*first));

	*first = *structure->want;
	first_keys(&maker, first);
	first_checks(&maker, first);
	first_columns(&maker, first);
	const size_t most = structure->want->key_count +
			    structure->want->check_count +
			    2 * structure->want->column_count + 1;

	late.states = arena_alloc(arena, most * sizeof(*late.states));
	late.against = arena_alloc(arena, most * sizeof(*late.against));
	late.against[0] = NULL;
	late.states[late.count++] = first;
	add_others(&maker, &late);
	return late;
}

bool late_counts(const struct late *late)
{
	const struct definition *first = late->states[0];
	const struct definition *last = late->states[late->count - 1];

	for (size_t i = 0; i < last->column_count; i++)
		if (last->columns[i].is_auto_increment &&
		    !first->columns[i].is_auto_increment)
			return true;
	return false;
}
