/*
 * expression.c - whether two expressions differ in more than their spelling;
 * see canon.h.
 *
 * No grammar: the tokens of both are compared after those are left out that
 * servers add by themselves.  So `a` + (`b` * 2) and `a` + `b` * 2 differ here;
 * that they are the same is for the target itself to say, when the proof has it
 * print both.
 */
#include "dbsync/schema/canon.h"

#include "dbsync/base/own.h"
#include "dbsync/db/quote.h"
#include "dbsync/schema/token.h"

#include <string.h>
#include <strings.h>

/* _utf8mb4 before 'a' */
static bool is_introducer(const struct token *token)
{
	return token->kind == TOKEN_WORD && *token->text == '_' &&
	       token[1].kind == TOKEN_STRING;
}

/* Whether the parenthesis at from is closed by the one at last. */
static bool encloses(const struct token *from, const struct token *last)
{
	size_t depth = 0;

	for (const struct token *at = from; at <= last; at++) {
		if (token_is(at, "("))
			depth++;
		else if (token_is(at, ")") && --depth == 0)
			return at == last;
	}
	return false;
}

/* The tokens that count, without parentheses around all of them. */
static bool reduce(const char *text, struct arena *arena, struct tokens *out)
{
	struct dbs_error err = {0};

	if (tokens_read(text, strlen(text), arena, out, &err))
		return false;
	struct token *kept = arena_alloc(arena, out->count * sizeof(*kept));
	size_t count = 0;

	for (size_t i = 0; i < out->count; i++)
		if (!is_introducer(&out->items[i]))
			kept[count++] = out->items[i];
	while (count > 3 && token_is(&kept[0], "(") &&
	       encloses(&kept[0], &kept[count - 2])) {
		kept++;
		count -= 2;
	}
	/* the last is an end or a parenthesis that has become one */
	out->items = kept;
	out->count = count - 1;
	return true;
}

bool expression_equal(const char *a, const char *b, struct arena *arena)
{
	struct tokens left;
	struct tokens right;

	if (!strcmp(a, b))
		return true;
	if (!reduce(a, arena, &left) || !reduce(b, arena, &right) ||
	    left.count != right.count)
		return false;
	for (size_t i = 0; i < left.count; i++)
		if (!token_equal(&left.items[i], &right.items[i]))
			return false;
	return true;
}

bool expression_is_literal(const char *text, struct arena *arena)
{
	struct tokens tokens;

	return reduce(text, arena, &tokens) && tokens.count == 1 &&
	       (tokens.items[0].kind == TOKEN_STRING ||
		tokens.items[0].kind == TOKEN_NUMBER);
}

const char *expression_bytes(const char *text, struct arena *arena)
{
	OWNED(buf_release) struct buf out = BUF_INIT;
	struct dbs_error err = {0};
	struct tokens tokens;

	if (tokens_read(text, strlen(text), arena, &tokens, &err) ||
	    tokens.count != 2)
		return text;
	const struct token *token = &tokens.items[0];

	if (token->kind == TOKEN_NUMBER && !strncasecmp(token->text, "0x", 2))
		return arena_printf(arena, "x'%s'",
				    token_lower(token->text + 2,
						token->length - 2, arena));
	if (token->kind != TOKEN_STRING)
		return text;
	if (*token->text == 'x' || *token->text == 'X')
		return token_lower(token->text, token->length, arena);
	if (*token->text != '\'')
		return text;
	size_t length = 0;
	const char *bytes = token_string(token, arena, &length);

	quote_bytes(&out, bytes, length);
	return arena_strdup(arena, out.data);
}

const char *expression_plain(const char *text, struct arena *arena)
{
	OWNED(buf_release) struct buf out = BUF_INIT;
	const char *copied = text;
	struct dbs_error err = {0};
	struct tokens tokens;

	if (tokens_read(text, strlen(text), arena, &tokens, &err))
		return text;
	for (size_t i = 0; i < tokens.count; i++) {
		const struct token *token = &tokens.items[i];

		if (!is_introducer(token) ||
		    strncasecmp(token->text, "_utf8mb", 7) != 0)
			continue;
		buf_add(&out, copied, (size_t)(token->text - copied));
		copied = token[1].text;
	}
	buf_adds(&out, copied);
	return arena_strdup(arena, out.data);
}

const char *expression_quoted_names(const char *text, struct arena *arena)
{
	OWNED(buf_release) struct buf out = BUF_INIT;
	struct dbs_error err = {0};
	struct tokens tokens;

	if (tokens_read(text, strlen(text), arena, &tokens, &err))
		return text;
	for (size_t i = 0; i < tokens.count; i++) {
		const struct token *token = &tokens.items[i];

		if (token->kind == TOKEN_WORD)
			quote_name(&out, token_name(token, arena));
		else
			buf_add(&out, token->text, token->length);
	}
	return arena_strdup(arena, out.data);
}
