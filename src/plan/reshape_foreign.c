/*
 * reshape_foreign.c - what a source's definitions would let others do on the
 * target; see reshape.h.
 *
 * A definition is data of the source that the target obeys.  A table of an
 * engine without rows of its own makes the target's server read and write files
 * or other servers (its own user tables, with MERGE); code with a definer acts
 * with the rights of that account, which may be more than this user's.  Neither
 * is done because a source says so.  They are two words of --allow: who expects
 * views of other definers every night has not said that rows may go elsewhere.
 * Statements of such tables are not even tried: making them suffices.
 */
#include "guards.h"

#include "dbsync/plan/reshape.h"

#include <string.h>

static bool is_allowed(const struct reshape_limits *limits,
		       enum guard_kind kind)
{
	for (size_t i = 0; i < limits->allow.count; i++)
		if (!strcmp(limits->allow.items[i], guard_word(kind)))
			return true;
	return false;
}

void reshape_find_foreign(struct reshape *reshape,
			  const struct reshape_limits *limits)
{
	for (size_t i = 0; i < reshape->table_count; i++) {
		struct reshape_table *table = &reshape->tables[i];
		const struct structure *structure = table->structure;

		if (table->left_out || !structure->want ||
		    table->kind == RESHAPE_NONE || table->kind == RESHAPE_DROP)
			continue;
		table->reach = definition_reach(
			structure->have, structure->want, reshape->arena);
		table->is_untried = table->reach &&
				    !is_allowed(limits, GUARD_FOREIGN_DATA);
	}
}

struct finder {
	const struct reshape *reshape;
	const struct reshape_limits *limits;
	struct vec *guards;
};

static void add(const struct finder *finder, enum guard_kind kind,
		const char *database, const char *name, const char *text)
{
	*(struct guard *)vec_push(finder->guards) = (struct guard){
		.kind = kind,
		.database = database,
		.table = name,
		.text = text,
		.way = arena_printf(finder->reshape->arena, "--allow %s",
				    guard_word(kind)),
		.is_allowed = is_allowed(finder->limits, kind),
	};
}

static void look_at_table(const struct finder *finder,
			  const struct reshape_table *table)
{
	if (!table->left_out && table->reach)
		add(finder, GUARD_FOREIGN_DATA, table->database, table->table,
		    arena_printf(finder->reshape->arena,
				 "%s: its rows are stored elsewhere, where the "
				 "target's server would read and write",
				 table->reach));
}

static void look_at_object(const struct finder *finder,
			   const struct reshape_object *object)
{
	const char *user = finder->limits->user;

	if (object->definer && *object->definer &&
	    strcmp(object->definer, user) != 0)
		add(finder, GUARD_DEFINERS, object->database, object->name,
		    arena_printf(finder->reshape->arena,
				 "this %s of the source acts with the rights "
				 "of its definer %s, and this user is %s",
				 object_kind_name(object->kind),
				 object->definer, user));
}

void reshape_foreign_guards(const struct reshape *reshape,
			    const struct reshape_limits *limits,
			    struct vec *guards)
{
	const struct finder finder = {reshape, limits, guards};

	for (size_t i = 0; i < reshape->table_count; i++)
		look_at_table(&finder, &reshape->tables[i]);
	for (size_t i = 0; i < reshape->object_count; i++)
		look_at_object(&finder, &reshape->objects[i]);
}
