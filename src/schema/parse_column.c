/*
 * parse_column.c - one column of a definition: `name` type attributes…
 *
 * The servers print attributes in one order each; here any order will do, since
 * rendering shows whether all was understood (definition.c).
 */
#include "parser.h"

#include <string.h>

static void parse_type(struct parser *parser, struct def_column *column)
{
	const char *word = parser_word(parser);

	column->type = token_lower(word, strlen(word), parser->arena);
	if (token_is(parser->at, "("))
		column->arguments = parser_group(parser);
	column->is_unsigned = parser_take(parser, "unsigned");
	column->is_zerofill = parser_take(parser, "zerofill");
}

/* -1, 'a', NULL, uuid(), (a + 1), _latin1'a', current_timestamp */
static void parse_default(struct parser *parser, struct def_column *column)
{
	const struct token *at = parser->at;

	column->default_kind = DEF_DEFAULT_LITERAL;
	if (parser_take(parser, "NULL")) {
		column->default_kind = DEF_DEFAULT_NULL;
	} else if (token_is(at, "(")) {
		column->default_kind = DEF_DEFAULT_EXPRESSION;
		column->default_value = arena_printf(parser->arena, "(%s)",
						     parser_group(parser));
	} else if (token_is(at, "-") && at[1].kind == TOKEN_NUMBER) {
		parser->at++;
		column->default_value = arena_printf(parser->arena, "-%s",
						     parser_literal(parser));
	} else if (at->kind == TOKEN_NUMBER || at->kind == TOKEN_STRING) {
		column->default_value = parser_literal(parser);
	} else if (at->kind == TOKEN_WORD && at[1].kind == TOKEN_STRING) {
		column->default_kind = DEF_DEFAULT_EXPRESSION;
		parser->at++;
		column->default_value = arena_printf(parser->arena, "%.*s%s",
						     (int)at->length, at->text,
						     parser_literal(parser));
	} else {
		column->default_kind = DEF_DEFAULT_EXPRESSION;
		column->default_value = parser_call(parser);
	}
}

static void parse_generated(struct parser *parser, struct def_column *column)
{
	if (token_is(parser->at, "ROW")) {
		parser_fail(parser, "it is system-versioned");
		return;
	}
	column->generated = parser_group(parser);
	if (parser_take(parser, "STORED") || parser_take(parser, "PERSISTENT"))
		column->is_stored = true;
	else
		parser_expect(parser, "VIRTUAL");
}

/* What says more than yes or no. */
static bool parse_said(struct parser *parser, struct def_column *column)
{
	if (parser_take_two(parser, "CHARACTER", "SET"))
		column->charset = parser_word(parser);
	else if (parser_take(parser, "COLLATE"))
		column->collation = parser_word(parser);
	else if (parser_take(parser, "DEFAULT"))
		parse_default(parser, column);
	else if (parser_take_two(parser, "ON", "UPDATE"))
		column->on_update = parser_call(parser);
	else if (parser_take(parser, "COMMENT"))
		column->comment = parser_string(parser);
	else if (parser_take(parser, "CHECK"))
		column->check = parser_group(parser);
	else if (parser_take(parser, "SRID"))
		column->srid = parser_literal(parser);
	else if (parser_take(parser, "COLUMN_FORMAT"))
		column->format = parser_word(parser);
	else if (parser_take(parser, "STORAGE"))
		column->storage = parser_word(parser);
	else
		return false;
	return true;
}

static bool parse_attribute(struct parser *parser, struct def_column *column)
{
	if (parse_said(parser, column))
		return true;
	if (parser_take_two(parser, "GENERATED", "ALWAYS")) {
		parser_expect(parser, "AS");
		parse_generated(parser, column);
	} else if (parser_take_two(parser, "NOT", "NULL")) {
		column->null = DEF_NULL_NO;
	} else if (parser_take(parser, "NULL")) {
		column->null = DEF_NULL_YES;
	} else if (parser_take(parser, "AUTO_INCREMENT")) {
		column->is_auto_increment = true;
	} else if (parser_take(parser, "INVISIBLE")) {
		column->is_invisible = true;
		column->says_invisible_early = !column->default_kind &&
					       !*column->on_update &&
					       !column->is_auto_increment;
	} else if (parser_take(parser, "COMPRESSED")) {
		column->is_compressed = true;
	} else {
		return false;
	}
	return true;
}

void parse_column(struct parser *parser, struct def_column *out)
{
	*out = (struct def_column){
		.arguments = "",
		.charset = "",
		.collation = "",
		.default_value = "",
		.on_update = "",
		.comment = "",
		.srid = "",
		.format = "",
		.storage = "",
	};
	out->name = parser_name(parser);
	parse_type(parser, out);
	while (parse_attribute(parser, out))
		;
}
