/* parser.c - see parser.h. */
#include "parser.h"

#include <string.h>

enum { SHOWN = 40 };

void parser_fail(struct parser *parser, const char *reason)
{
	if (!parser->rc)
		parser->rc = dbs_fail(parser->err, DBS_E_UNKNOWN, "%s", reason);
	parser->at = parser->end;
}

void parser_stop(struct parser *parser)
{
	const size_t left = (size_t)(parser->end->text - parser->at->text);
	const int shown = left > SHOWN ? SHOWN : (int)left;

	if (!parser->rc && !left)
		parser_fail(parser, "its definition ends too early");
	else if (!parser->rc)
		parser->rc = dbs_fail(parser->err, DBS_E_UNKNOWN,
				      "its definition has words that this "
				      "version does not know: %.*s",
				      shown, parser->at->text);
	parser->at = parser->end;
}

bool parser_take(struct parser *parser, const char *text)
{
	if (!token_is(parser->at, text))
		return false;
	parser->at++;
	return true;
}

bool parser_take_two(struct parser *parser, const char *first,
		     const char *second)
{
	if (!token_is(parser->at, first) || !token_is(parser->at + 1, second))
		return false;
	parser->at += 2;
	return true;
}

void parser_expect(struct parser *parser, const char *text)
{
	if (!parser_take(parser, text))
		parser_stop(parser);
}

/* The token at the cursor, which is stepped over when it is of that kind. */
static const struct token *take_kind(struct parser *parser,
				     enum token_kind kind)
{
	if (parser->at->kind != kind) {
		parser_stop(parser);
		return NULL;
	}
	return parser->at++;
}

const char *parser_name(struct parser *parser)
{
	const struct token *token = take_kind(parser, TOKEN_NAME);

	return token ? token_name(token, parser->arena) : "";
}

const char *parser_word(struct parser *parser)
{
	const struct token *token = take_kind(parser, TOKEN_WORD);

	return token ? token_name(token, parser->arena) : "";
}

const char *parser_string(struct parser *parser)
{
	const struct token *token = take_kind(parser, TOKEN_STRING);

	return token ? token_string(token, parser->arena, NULL) : "";
}

/* The text from a token up to the one before end. */
static const char *text_between(const struct parser *parser,
				const struct token *from,
				const struct token *end)
{
	if (from == end)
		return "";
	const char *stop = end[-1].text + end[-1].length;

	return arena_strndup(parser->arena, from->text,
			     (size_t)(stop - from->text));
}

const char *parser_literal(struct parser *parser)
{
	const struct token *from = parser->at;

	if (from->kind == TOKEN_END) {
		parser_stop(parser);
		return "";
	}
	parser->at++;
	return text_between(parser, from, parser->at);
}

const char *parser_group(struct parser *parser)
{
	const struct token *from = parser->at + 1;
	size_t depth = 0;

	if (!token_is(parser->at, "(")) {
		parser_stop(parser);
		return "";
	}
	for (; parser->at->kind != TOKEN_END; parser->at++) {
		if (token_is(parser->at, "("))
			depth++;
		else if (token_is(parser->at, ")") && --depth == 0)
			return text_between(parser, from, parser->at++);
	}
	parser_stop(parser);
	return "";
}

const char *parser_call(struct parser *parser)
{
	const struct token *from = parser->at;

	(void)parser_word(parser);
	if (token_is(parser->at, "("))
		(void)parser_group(parser);
	return parser->rc ? "" : text_between(parser, from, parser->at);
}

const void *parser_settle(struct parser *parser, struct vec *vec,
			  size_t *count_out)
{
	const size_t bytes = vec->count * vec->item_size;
	void *items = arena_alloc(parser->arena, bytes + 1);

	if (bytes)
		memcpy(items, vec->items, bytes);
	*count_out = vec->count;
	vec_release(vec);
	return items;
}
