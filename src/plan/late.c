/* late.c - see late.h. */
#include "late.h"

#include "dbsync/base/text.h"

#include <string.h>

struct staging {
	const struct reshape_table *table;
	struct arena *arena;
	const struct definition *have; /* its columns renamed */
	const struct definition *want;
};

static bool is_late(const struct reshape_table *table,
		    const struct delta_clause *clause)
{
	for (size_t i = 0; i < table->hazard_count; i++)
		if (table->hazards[i].clause == clause &&
		    table->hazards[i].is_late)
			return true;
	return false;
}

/* The clause that waits and adds one of these, or NULL. */
static const struct delta_clause *find_late(const struct reshape_table *table,
					    const struct def_key *key,
					    const struct def_check *check,
					    const struct def_column *column)
{
	const struct delta *delta = &table->structure->delta;

	for (size_t i = 0; i < delta->count; i++) {
		const struct delta_clause *clause = &delta->clauses[i];

		if (((key && clause->key == key) ||
		     (check && clause->check == check) ||
		     (column && clause->checked == column)) &&
		    is_late(table, clause))
			return clause;
	}
	return NULL;
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

/* Rows that are distinct under `key` are so under `old`, too. */
static bool covers(const struct def_key *old, const struct def_key *key)
{
	for (size_t i = 0; i < key->part_count; i++)
		if (!key->parts[i].column || *key->parts[i].length ||
		    !has_column(old, key->parts[i].column))
			return false;
	return true;
}

/* A primary key would not let its columns have NULLs. */
static bool can_stay(const struct staging *staging, const struct def_key *key)
{
	for (size_t i = 0; i < key->part_count; i++) {
		const char *name = key->parts[i].column;
		const struct def_column *column =
			name ? definition_column(staging->want, name) : NULL;

		if (!column || (key->kind == DEF_KEY_PRIMARY &&
				column->null != DEF_NULL_NO))
			return false;
	}
	return key->kind == DEF_KEY_PRIMARY || key->kind == DEF_KEY_UNIQUE ||
	       key->kind == DEF_KEY_PLAIN;
}

/* Whether an old key is there until a late one comes. */
static bool waits_for(const struct staging *staging, const struct def_key *old,
		      const struct def_key *key)
{
	const struct def_key *same = definition_key(staging->want, old->name);

	if ((same && same != key) || !can_stay(staging, old))
		return false;
	if (old->kind != DEF_KEY_PLAIN && !covers(old, key))
		return false;
	return same || (key->part_count && key->parts[0].column &&
			begins_with(old, key->parts[0].column));
}

/* ------------------------------------------------------------------------
 * The first stage
 * --------------------------------------------------------------------- */

static void first_keys(const struct staging *staging, struct definition *out)
{
	const struct definition *have = staging->have;
	const struct definition *want = staging->want;
	struct def_key *keys = arena_alloc(
		staging->arena,
		(have->key_count + want->key_count + 1) * sizeof(*keys));
	size_t count = 0;

	for (size_t i = 0; i < want->key_count; i++)
		if (!find_late(staging->table, &want->keys[i], NULL, NULL))
			keys[count++] = want->keys[i];
	for (size_t k = 0; k < have->key_count; k++)
		for (size_t i = 0; i < want->key_count; i++) {
			const struct def_key *key = &want->keys[i];

			if (!find_late(staging->table, key, NULL, NULL) ||
			    !waits_for(staging, &have->keys[k], key))
				continue;
			keys[count++] = have->keys[k];
			break;
		}
	out->keys = keys;
	out->key_count = count;
}

static void first_checks(const struct staging *staging, struct definition *out)
{
	const struct definition *want = staging->want;
	struct def_check *checks = arena_alloc(
		staging->arena, (want->check_count + 1) * sizeof(*checks));

	out->check_count = 0;
	for (size_t i = 0; i < want->check_count; i++)
		if (!find_late(staging->table, NULL, &want->checks[i], NULL))
			checks[out->check_count++] = want->checks[i];
	out->checks = checks;
}

/* Servers want a key for it. */
static bool can_count(const struct definition *stage,
		      const struct def_column *column)
{
	for (size_t i = 0; i < stage->key_count; i++)
		if (begins_with(&stage->keys[i], column->name))
			return true;
	return false;
}

static void first_columns(const struct staging *staging, struct definition *out)
{
	const struct definition *want = staging->want;
	struct def_column *columns = arena_alloc(
		staging->arena, (want->column_count + 1) * sizeof(*columns));

	for (size_t i = 0; i < want->column_count; i++) {
		const struct def_column *column = &want->columns[i];

		columns[i] = *column;
		if (find_late(staging->table, NULL, NULL, column))
			columns[i].check = NULL;
		columns[i].is_auto_increment = column->is_auto_increment &&
					       can_count(out, column);
	}
	out->columns = columns;
}

/* ------------------------------------------------------------------------
 * The others
 * --------------------------------------------------------------------- */

static struct definition *next_stage(const struct staging *staging,
				     struct late *late)
{
	struct definition *next = arena_alloc(staging->arena, sizeof(*next));

	*next = *late->stages[late->count - 1];
	late->stages[late->count++] = next;
	return next;
}

static void count_again(const struct staging *staging, struct definition *stage)
{
	struct def_column *columns = arena_alloc(
		staging->arena, (stage->column_count + 1) * sizeof(*columns));

	for (size_t i = 0; i < stage->column_count; i++) {
		columns[i] = stage->columns[i];
		columns[i].is_auto_increment =
			staging->want->columns[i].is_auto_increment &&
			can_count(stage, &columns[i]);
	}
	stage->columns = columns;
}

/* It comes, and what has waited for it goes. */
static void add_key(const struct staging *staging, const struct def_key *key,
		    struct late *late)
{
	struct definition *stage = next_stage(staging, late);
	struct def_key *keys = arena_alloc(
		staging->arena, (stage->key_count + 2) * sizeof(*keys));
	size_t count = 0;

	for (size_t i = 0; i < stage->key_count; i++) {
		const struct def_key *old = definition_key(staging->have,
							   stage->keys[i].name);
		const bool is_old = old && old->parts == stage->keys[i].parts;

		if (!is_old || !waits_for(staging, old, key))
			keys[count++] = stage->keys[i];
	}
	keys[count++] = *key;
	stage->keys = keys;
	stage->key_count = count;
	count_again(staging, stage);
}

static void add_check(const struct staging *staging,
		      const struct def_check *check, struct late *late)
{
	struct definition *stage = next_stage(staging, late);
	struct def_check *checks = arena_alloc(
		staging->arena, (stage->check_count + 1) * sizeof(*checks));

	if (stage->check_count)
		memcpy(checks, stage->checks,
		       stage->check_count * sizeof(*checks));
	checks[stage->check_count++] = *check;
	stage->checks = checks;
}

static void check_column(const struct staging *staging, size_t number,
			 struct late *late)
{
	struct definition *stage = next_stage(staging, late);
	struct def_column *columns = arena_alloc(
		staging->arena, (stage->column_count + 1) * sizeof(*columns));

	memcpy(columns, stage->columns, stage->column_count * sizeof(*columns));
	columns[number].check = staging->want->columns[number].check;
	stage->columns = columns;
}

static void add_others(const struct staging *staging, struct late *late)
{
	const struct reshape_table *table = staging->table;
	const struct definition *want = staging->want;

	for (size_t i = 0; i < want->key_count; i++)
		if (find_late(table, &want->keys[i], NULL, NULL))
			add_key(staging, &want->keys[i], late);
	for (size_t i = 0; i < want->check_count; i++)
		if (find_late(table, NULL, &want->checks[i], NULL))
			add_check(staging, &want->checks[i], late);
	for (size_t i = 0; i < want->column_count; i++)
		if (find_late(table, NULL, NULL, &want->columns[i]))
			check_column(staging, i, late);
}

struct late late_stages(const struct reshape_table *table, struct arena *arena)
{
	const struct structure *structure = table->structure;
	const struct staging staging = {table, arena, structure->renamed,
					structure->want};
	struct late late = {NULL, 0};
	bool has_late = false;

	for (size_t i = 0; i < table->hazard_count; i++)
		has_late = has_late || table->hazards[i].is_late;
	if (!has_late)
		return late;
	struct definition *first = arena_alloc(arena, sizeof(*first));

	*first = *structure->want;
	first_keys(&staging, first);
	first_checks(&staging, first);
	first_columns(&staging, first);
	late.stages = arena_alloc(
		arena,
		(first->key_count + structure->want->key_count +
		 structure->want->check_count + structure->want->column_count +
		 1) * sizeof(*late.stages));
	late.stages[late.count++] = first;
	add_others(&staging, &late);
	return late;
}

bool late_counts(const struct late *late)
{
	const struct definition *first = late->stages[0];
	const struct definition *last = late->stages[late->count - 1];

	for (size_t i = 0; i < last->column_count; i++)
		if (last->columns[i].is_auto_increment &&
		    !first->columns[i].is_auto_increment)
			return true;
	return false;
}
