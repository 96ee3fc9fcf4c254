/*
 * reshape_relatives.c - tables that cannot change because of their relatives.
 *
 * A foreign key is lifted from a table of the run, and comes back.  One of a
 * table that is no part of it (or is left out) stays, and servers refuse to
 * change what it refers to.  And where a parent stays as it is, a child whose
 * column became another type could not have its key back.
 */
#include "dbsync/plan/reshape.h"

#include "dbsync/base/text.h"
#include "dbsync/schema/lift.h"

#include <stdlib.h>
#include <string.h>

static bool wants_change(const struct reshape *reshape,
			 const struct reshape_table *table,
			 const char *const *columns, size_t count)
{
	if (table->is_replaced)
		return true;
	return table->kind == RESHAPE_ALTER &&
	       lift_is_needed(table->structure, reshape->family, columns,
			      count);
}

static bool is_in_the_way(const struct reshape *reshape,
			  const struct reshape_table *child,
			  const struct reshape_table *parent,
			  const struct foreign_key *key)
{
	return (!child || child->left_out) && parent && !parent->left_out &&
	       wants_change(reshape, parent, key->parent_columns,
			    key->column_count);
}

static bool would_be_lost(const struct reshape *reshape,
			  const struct reshape_table *child,
			  const struct reshape_table *parent,
			  const struct foreign_key *key)
{
	return child && !child->left_out && parent && parent->left_out &&
	       wants_change(reshape, child, key->child_columns,
			    key->column_count) &&
	       wants_change(reshape, parent, key->parent_columns,
			    key->column_count);
}

static void leave_out(struct reshape *reshape,
		      const struct reshape_table *table, const char *why)
{
	reshape->tables[table - reshape->tables].left_out = why;
}

/* Whether somebody was left out because of this key. */
static bool look_at(struct reshape *reshape, const struct foreign_key *key)
{
	const struct reshape_table *child =
		reshape_member(reshape, key->child_database, key->child);
	const struct reshape_table *parent =
		reshape_member(reshape, key->parent_database, key->parent);

	if (is_in_the_way(reshape, child, parent, key)) {
		leave_out(reshape, parent,
			  arena_printf(reshape->arena,
				       "`%s`.`%s` refers to it (foreign key "
				       "`%s`) and is not changed by this run",
				       key->child_database, key->child,
				       key->name));
		return true;
	}
	if (would_be_lost(reshape, child, parent, key)) {
		leave_out(reshape, child,
			  arena_printf(reshape->arena,
				       "its foreign key `%s` refers to `%s`, "
				       "which is left as it is",
				       key->name, key->parent));
		return true;
	}
	return false;
}

/* ------------------------------------------------------------------------
 * Names of constraints
 * --------------------------------------------------------------------- */

static bool has_key_name(const struct definition *definition, const char *name)
{
	for (size_t i = 0; definition && i < definition->foreign_key_count; i++)
		if (text_equal_nocase(definition->foreign_keys[i].name, name))
			return true;
	return false;
}

static bool has_check_name(const struct definition *definition,
			   const char *name)
{
	for (size_t i = 0; definition && i < definition->check_count; i++)
		if (text_equal_nocase(definition->checks[i].name, name))
			return true;
	return false;
}

/* A constraint of what is wanted that a table which stays has by its name. */
static const char *taken_name(const struct reshape *reshape,
			      const struct definition *want,
			      const struct definition *have)
{
	for (size_t i = 0; i < want->foreign_key_count; i++)
		if (has_key_name(have, want->foreign_keys[i].name))
			return want->foreign_keys[i].name;
	/* MariaDB's checks have names in their table only */
	for (size_t i = 0;
	     reshape->family == SERVER_MYSQL && i < want->check_count; i++)
		if (*want->checks[i].name &&
		    has_check_name(have, want->checks[i].name))
			return want->checks[i].name;
	return NULL;
}

/* A copy cannot come into a database where its constraints' names are taken. */
static bool heed_names(struct reshape *reshape, struct reshape_table *table)
{
	for (size_t i = 0; i < reshape->table_count; i++) {
		const struct reshape_table *other = &reshape->tables[i];
		const char *name = NULL;

		if (other == table || reshape_is_replaced(other) ||
		    strcmp(other->database, table->database) != 0)
			continue;
		name = taken_name(reshape, table->structure->want,
				  other->structure->have);
		if (!name)
			continue;
		table->left_out = arena_printf(
			reshape->arena,
			"its constraint `%s` has the name of one of `%s`, "
			"which stays",
			name, other->table);
		return true;
	}
	return false;
}

static bool heed_all_names(struct reshape *reshape)
{
	bool is_news = false;

	for (size_t i = 0; i < reshape->table_count; i++) {
		struct reshape_table *table = &reshape->tables[i];

		if (reshape_is_replaced(table) &&
		    (table->structure->want->foreign_key_count ||
		     table->structure->want->check_count))
			is_news = heed_names(reshape, table) || is_news;
	}
	return is_news;
}

void reshape_heed_relatives(struct reshape *reshape,
			    const struct target_facts *facts)
{
	for (bool is_news = true; is_news;) {
		is_news = heed_all_names(reshape);
		for (size_t d = 0; d < facts->database_count; d++) {
			const struct relations *relations = facts->relations[d];

			for (size_t i = 0; i < relations->foreign_key_count;
			     i++)
				is_news =
					look_at(reshape,
						&relations->foreign_keys[i]) ||
					is_news;
		}
	}
}
