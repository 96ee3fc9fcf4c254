/*
 * parse_key.c - keys, foreign keys and checks of a definition.
 */
#include "parser.h"

#include "dbsync/base/text.h"

#include <stdint.h>

/* ------------------------------------------------------------------------
 * Keys
 * --------------------------------------------------------------------- */

static void parse_part(struct parser *parser, struct def_part *out)
{
	*out = (struct def_part){.length = ""};
	if (token_is(parser->at, "(")) {
		out->expression = parser_group(parser);
	} else {
		out->column = parser_name(parser);
		if (token_is(parser->at, "("))
			out->length = parser_group(parser);
	}
	if (!parser_take(parser, "ASC"))
		out->is_descending = parser_take(parser, "DESC");
}

static void parse_parts(struct parser *parser, struct def_key *out)
{
	struct vec parts = VEC_INIT(struct def_part);

	parser_expect(parser, "(");
	do
		parse_part(parser, vec_push(&parts));
	while (parser_take(parser, ","));
	parser_expect(parser, ")");
	out->parts = parser_settle(parser, &parts, &out->part_count);
}

static void add_option(struct vec *options, const char *name, const char *value)
{
	*(struct def_option *)vec_push(options) = (struct def_option){name,
								      value};
}

/* USING BTREE, KEY_BLOCK_SIZE=8, COMMENT 'a', WITH PARSER `ngram`, `M`=6 */
static bool parse_key_option(struct parser *parser, struct vec *options)
{
	if (parser_take(parser, "USING")) {
		add_option(options, "USING", parser_word(parser));
	} else if (parser_take(parser, "COMMENT")) {
		add_option(options, "COMMENT", parser_literal(parser));
	} else if (parser_take_two(parser, "WITH", "PARSER")) {
		add_option(options, "WITH PARSER", parser_literal(parser));
	} else if (parser->at->kind == TOKEN_NAME ||
		   token_is(parser->at, "KEY_BLOCK_SIZE")) {
		const char *name = parser_literal(parser);

		parser_expect(parser, "=");
		add_option(options, name, parser_literal(parser));
	} else {
		return false;
	}
	return true;
}

static void parse_key_options(struct parser *parser, struct def_key *out)
{
	struct vec options = VEC_INIT(struct def_option);

	for (;;) {
		if (parser_take(parser, "INVISIBLE") ||
		    parser_take(parser, "IGNORED"))
			out->is_hidden = true;
		else if (!parse_key_option(parser, &options))
			break;
	}
	out->options = parser_settle(parser, &options, &out->option_count);
}

bool parse_key(struct parser *parser, struct def_key *out)
{
	static const struct {
		const char *word;
		enum def_key_kind kind;
	} kinds[] = {
		{"PRIMARY", DEF_KEY_PRIMARY},   {"UNIQUE", DEF_KEY_UNIQUE},
		{"FULLTEXT", DEF_KEY_FULLTEXT}, {"SPATIAL", DEF_KEY_SPATIAL},
		{"VECTOR", DEF_KEY_VECTOR},
	};
	bool is_key = false;

	*out = (struct def_key){.kind = DEF_KEY_PLAIN, .name = "PRIMARY"};
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds) && !is_key; i++) {
		is_key = parser_take_two(parser, kinds[i].word, "KEY");
		if (is_key)
			out->kind = kinds[i].kind;
	}
	if (!is_key && !parser_take(parser, "KEY"))
		return false;
	if (out->kind != DEF_KEY_PRIMARY)
		out->name = parser_name(parser);
	parse_parts(parser, out);
	parse_key_options(parser, out);
	return true;
}

/* ------------------------------------------------------------------------
 * Constraints
 * --------------------------------------------------------------------- */

static const char **parse_names(struct parser *parser, size_t *count_out)
{
	struct vec names = VEC_INIT(const char *);

	parser_expect(parser, "(");
	do
		*(const char **)vec_push(&names) = parser_name(parser);
	while (parser_take(parser, ","));
	parser_expect(parser, ")");
	return (const char **)(uintptr_t)parser_settle(parser, &names,
						       count_out);
}

/* CASCADE, SET NULL, NO ACTION … */
static const char *parse_rule(struct parser *parser)
{
	const char *first = parser_word(parser);

	if (!text_equal_nocase(first, "SET") && !text_equal_nocase(first, "NO"))
		return first;
	return arena_printf(parser->arena, "%s %s", first, parser_word(parser));
}

void parse_foreign_key(struct parser *parser, struct def_foreign_key *out)
{
	out->columns = parse_names(parser, &out->column_count);
	parser_expect(parser, "REFERENCES");
	out->parent = parser_name(parser);
	out->parent_database = out->match = out->on_delete = out->on_update =
		"";
	if (parser_take(parser, ".")) {
		out->parent_database = out->parent;
		out->parent = parser_name(parser);
	}
	out->parent_columns = parse_names(parser, &out->parent_column_count);
	for (;;) {
		if (parser_take(parser, "MATCH"))
			out->match = parser_word(parser);
		else if (parser_take_two(parser, "ON", "DELETE"))
			out->on_delete = parse_rule(parser);
		else if (parser_take_two(parser, "ON", "UPDATE"))
			out->on_update = parse_rule(parser);
		else
			return;
	}
}

void parse_check(struct parser *parser, struct def_check *out)
{
	out->expression = parser_group(parser);
	out->is_unenforced = parser_take_two(parser, "NOT", "ENFORCED");
}
