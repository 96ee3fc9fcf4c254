/* rename.c - see rename.h. */
#include "dbsync/schema/rename.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/db/quote.h"
#include "dbsync/schema/token.h"

#include <string.h>

const char *renames_after(const struct renames *renames, const char *name)
{
	for (size_t i = 0; i < renames->count; i++)
		if (text_equal_nocase(renames->items[i].from, name))
			return renames->items[i].to;
	return name;
}

const char *renames_before(const struct renames *renames, const char *name)
{
	for (size_t i = 0; i < renames->count; i++)
		if (text_equal_nocase(renames->items[i].to, name))
			return renames->items[i].from;
	return name;
}

const char **renames_all_after(const struct renames *renames,
			       const char *const *names, size_t count,
			       struct arena *arena)
{
	const char **all = arena_alloc(arena, (count + 1) * sizeof(*all));

	for (size_t i = 0; i < count; i++)
		all[i] = renames_after(renames, names[i]);
	return all;
}

struct renames renames_reverse(const struct renames *renames,
			       struct arena *arena)
{
	struct rename *items = arena_alloc(arena, (renames->count + 1) *
							  sizeof(*items));

	for (size_t i = 0; i < renames->count; i++)
		items[i] = (struct rename){renames->items[i].to,
					   renames->items[i].from};
	return (struct renames){items, renames->count};
}

/* Of two old names for one column, or two new ones, the first counts. */
static bool is_taken(const struct rename *items, size_t count,
		     const struct rename *rename)
{
	for (size_t i = 0; i < count; i++)
		if (text_equal_nocase(items[i].from, rename->from) ||
		    text_equal_nocase(items[i].to, rename->to))
			return true;
	return false;
}

struct renames renames_in_force(const struct renames *renames,
				has_column_fn *has, const void *have,
				const void *want, struct arena *arena)
{
	struct rename *items = arena_alloc(arena, (renames->count + 1) *
							  sizeof(*items));
	size_t count = 0;

	for (size_t i = 0; i < renames->count; i++) {
		const struct rename *rename = &renames->items[i];

		if (has(have, rename->from) && !has(have, rename->to) &&
		    has(want, rename->to) && !has(want, rename->from) &&
		    !is_taken(items, count, rename))
			items[count++] = *rename;
	}
	return (struct renames){items, count};
}

bool renames_definition_has(const void *definition, const char *column)
{
	return definition_column(definition, column);
}

/* ------------------------------------------------------------------------
 * Definitions
 * --------------------------------------------------------------------- */

const char *renames_expression(const struct renames *renames,
			       const char *expression, struct arena *arena)
{
	OWNED(buf_release) struct buf out = BUF_INIT;
	struct dbs_error err = {0};
	struct tokens tokens;
	const char *rest = expression;

	if (!renames->count ||
	    tokens_read(expression, strlen(expression), arena, &tokens, &err))
		return expression;
	for (size_t i = 0; i < tokens.count; i++) {
		const struct token *token = &tokens.items[i];

		if (token->kind != TOKEN_NAME)
			continue;
		buf_add(&out, rest, (size_t)(token->text - rest));
		quote_name(&out,
			   renames_after(renames, token_name(token, arena)));
		rest = token->text + token->length;
	}
	buf_adds(&out, rest);
	return arena_strdup(arena, out.data);
}

struct renamer {
	const struct renames *renames;
	struct arena *arena;
};

static const char *expression_of(const struct renamer *renamer,
				 const char *expression)
{
	return expression ? renames_expression(renamer->renames, expression,
					       renamer->arena)
			  : NULL;
}

static void rename_columns(const struct renamer *renamer,
			   struct definition *definition)
{
	struct def_column *columns =
		arena_alloc(renamer->arena,
			    (definition->column_count + 1) * sizeof(*columns));

	for (size_t i = 0; i < definition->column_count; i++) {
		struct def_column *column = &columns[i];

		*column = definition->columns[i];
		column->name = renames_after(renamer->renames, column->name);
		column->generated = expression_of(renamer, column->generated);
		column->check = expression_of(renamer, column->check);
		if (column->default_kind == DEF_DEFAULT_EXPRESSION)
			column->default_value =
				expression_of(renamer, column->default_value);
	}
	definition->columns = columns;
}

static const struct def_part *renamed_parts(const struct renamer *renamer,
					    const struct def_key *key)
{
	struct def_part *parts = arena_alloc(
		renamer->arena, (key->part_count + 1) * sizeof(*parts));

	for (size_t i = 0; i < key->part_count; i++) {
		parts[i] = key->parts[i];
		if (parts[i].column)
			parts[i].column = renames_after(renamer->renames,
							parts[i].column);
		parts[i].expression = expression_of(renamer,
						    parts[i].expression);
	}
	return parts;
}

static void rename_keys(const struct renamer *renamer,
			struct definition *definition)
{
	struct def_key *keys = arena_alloc(
		renamer->arena, (definition->key_count + 1) * sizeof(*keys));

	for (size_t i = 0; i < definition->key_count; i++) {
		keys[i] = definition->keys[i];
		keys[i].parts = renamed_parts(renamer, &keys[i]);
	}
	definition->keys = keys;
}

static void rename_foreign_keys(const struct renamer *renamer,
				struct definition *definition)
{
	struct def_foreign_key *keys = arena_alloc(
		renamer->arena,
		(definition->foreign_key_count + 1) * sizeof(*keys));

	for (size_t i = 0; i < definition->foreign_key_count; i++) {
		keys[i] = definition->foreign_keys[i];
		keys[i].columns =
			renames_all_after(renamer->renames, keys[i].columns,
					  keys[i].column_count, renamer->arena);
	}
	definition->foreign_keys = keys;
}

static void rename_checks(const struct renamer *renamer,
			  struct definition *definition)
{
	struct def_check *checks = arena_alloc(renamer->arena,
					       (definition->check_count + 1) *
						       sizeof(*checks));

	for (size_t i = 0; i < definition->check_count; i++) {
		checks[i] = definition->checks[i];
		checks[i].expression = expression_of(renamer,
						     checks[i].expression);
	}
	definition->checks = checks;
}

const struct definition *renames_definition(const struct renames *renames,
					    const struct definition *definition,
					    struct arena *arena)
{
	const struct renamer renamer = {renames, arena};

	if (!renames->count)
		return definition;
	struct definition *renamed = arena_alloc(arena, sizeof(*renamed));

	*renamed = *definition;
	rename_columns(&renamer, renamed);
	rename_keys(&renamer, renamed);
	rename_foreign_keys(&renamer, renamed);
	rename_checks(&renamer, renamed);
	renamed->partitioning.expression =
		expression_of(&renamer, renamed->partitioning.expression);
	renamed->partitioning.sub_expression =
		expression_of(&renamer, renamed->partitioning.sub_expression);
	return renamed;
}
