/*
 * definition.c - see definition.h.
 *
 * A server's text is read into a definition, rendered again in the manner of
 * that server, and compared with the text, token by token.  A reader that
 * forgets an attribute is found out by this on the first table that has it,
 * and that table alone is refused.
 */
#include "dbsync/schema/definition.h"

#include "parser.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/db/quote.h"
#include "dbsync/schema/render.h"

#include <string.h>

/* ------------------------------------------------------------------------
 * Reading
 * --------------------------------------------------------------------- */

struct items {
	struct vec columns;
	struct vec keys;
	struct vec foreign_keys;
	struct vec checks;
};

static void read_constraint(struct parser *parser, struct items *items)
{
	const char *name = parser_name(parser);

	if (parser_take_two(parser, "FOREIGN", "KEY")) {
		struct def_foreign_key key = {.name = name};

		parse_foreign_key(parser, &key);
		*(struct def_foreign_key *)vec_push(&items->foreign_keys) = key;
	} else {
		struct def_check check = {.name = name};

		parser_expect(parser, "CHECK");
		parse_check(parser, &check);
		*(struct def_check *)vec_push(&items->checks) = check;
	}
}

static void read_item(struct parser *parser, struct items *items)
{
	struct def_key key;

	if (parser->at->kind == TOKEN_NAME)
		parse_column(parser, vec_push(&items->columns));
	else if (parser_take(parser, "CONSTRAINT"))
		read_constraint(parser, items);
	else if (token_is(parser->at, "PERIOD"))
		parser_fail(parser, "it has a period");
	else if (parse_key(parser, &key))
		*(struct def_key *)vec_push(&items->keys) = key;
	else
		parser_stop(parser);
}

static void read_items(struct parser *parser, struct definition *out)
{
	struct items items = {
		VEC_INIT(struct def_column),
		VEC_INIT(struct def_key),
		VEC_INIT(struct def_foreign_key),
		VEC_INIT(struct def_check),
	};

	parser_expect(parser, "(");
	do
		read_item(parser, &items);
	while (parser_take(parser, ","));
	parser_expect(parser, ")");
	out->columns = parser_settle(parser, &items.columns,
				     &out->column_count);
	out->keys = parser_settle(parser, &items.keys, &out->key_count);
	out->foreign_keys = parser_settle(parser, &items.foreign_keys,
					  &out->foreign_key_count);
	out->checks = parser_settle(parser, &items.checks, &out->check_count);
}

static void read_definition(struct parser *parser, struct definition *out)
{
	struct vec options = VEC_INIT(struct def_option);

	parser_expect(parser, "CREATE");
	parser_expect(parser, "TABLE");
	out->name = parser_name(parser);
	read_items(parser, out);
	parse_options(parser, &options);
	out->options = parser_settle(parser, &options, &out->option_count);
	parse_partitioning(parser, &out->partitioning);
	if (parser->at->kind != TOKEN_END)
		parser_stop(parser);
}

/* ------------------------------------------------------------------------
 * Whether it was understood
 * --------------------------------------------------------------------- */

/* MySQL quotes names of partitions only where it must. */
static bool is_same(const struct token *a, const struct token *b,
		    struct arena *arena)
{
	const bool are_names = (a->kind == TOKEN_WORD &&
				b->kind == TOKEN_NAME) ||
			       (a->kind == TOKEN_NAME && b->kind == TOKEN_WORD);

	return token_equal(a, b) ||
	       (are_names &&
		!strcmp(token_name(a, arena), token_name(b, arena)));
}

static enum dbs_rc check_whole(const struct tokens *tokens,
			       const struct definition *definition,
			       enum server_family family, struct arena *arena,
			       struct dbs_error *err)
{
	OWNED(buf_release) struct buf text = BUF_INIT;
	OWNED(buf_release) struct buf name = BUF_INIT;
	struct tokens again;

	quote_name(&name, definition->name);
	render_table(definition, name.data, family, RENDER_ALL, &text);
	enum dbs_rc rc = tokens_read(text.data, text.length, arena, &again,
				     err);

	for (size_t i = 0; i < tokens->count && !rc; i++)
		if (i >= again.count ||
		    !is_same(&tokens->items[i], &again.items[i], arena))
			rc = dbs_fail(err, DBS_E_UNKNOWN,
				      "its definition is not understood from "
				      "here on: %.40s",
				      tokens->items[i].text);
	return rc;
}

/* Things are looked up by their names, which no server gives to two. */
static bool has_twins(const struct definition *definition)
{
	for (size_t i = 0; i < definition->column_count; i++)
		if (definition_column(definition,
				      definition->columns[i].name) !=
		    &definition->columns[i])
			return true;
	for (size_t i = 0; i < definition->key_count; i++)
		if (definition_key(definition, definition->keys[i].name) !=
		    &definition->keys[i])
			return true;
	for (size_t i = 0; i < definition->option_count; i++)
		if (definition_option(definition,
				      definition->options[i].name) !=
		    definition->options[i].value)
			return true;
	return false;
}

enum dbs_rc definition_read(const char *text, size_t length,
			    enum server_family family, struct arena *arena,
			    const struct definition **out,
			    struct dbs_error *err)
{
	const char *copy = arena_strndup(arena, text, length);
	struct definition *definition = arena_alloc(arena, sizeof(*definition));
	struct tokens tokens;
	enum dbs_rc rc = tokens_read(copy, length, arena, &tokens, err);

	if (rc)
		return rc;
	*definition = (struct definition){0};

	struct parser parser = {
		.at = tokens.items,
		.end = &tokens.items[tokens.count - 1],
		.arena = arena,
		.err = err,
	};

	read_definition(&parser, definition);
	if (parser.rc)
		return parser.rc;
	if (has_twins(definition))
		return dbs_fail(err, DBS_E_UNKNOWN,
				"its definition has two things of one name");
	rc = check_whole(&tokens, definition, family, arena, err);
	if (!rc)
		*out = definition;
	return rc;
}

/* ------------------------------------------------------------------------
 * Looking up
 * --------------------------------------------------------------------- */

const struct def_column *definition_column(const struct definition *definition,
					   const char *name)
{
	for (size_t i = 0; i < definition->column_count; i++)
		if (text_equal_nocase(definition->columns[i].name, name))
			return &definition->columns[i];
	return NULL;
}

const struct def_key *definition_key(const struct definition *definition,
				     const char *name)
{
	for (size_t i = 0; i < definition->key_count; i++)
		if (text_equal_nocase(definition->keys[i].name, name))
			return &definition->keys[i];
	return NULL;
}

static const char *find_option(const struct def_option *options, size_t count,
			       const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (text_equal_nocase(options[i].name, name))
			return options[i].value;
	return "";
}

const char *definition_option(const struct definition *definition,
			      const char *name)
{
	return find_option(definition->options, definition->option_count, name);
}

const char *definition_key_option(const struct def_key *key, const char *name)
{
	return find_option(key->options, key->option_count, name);
}
