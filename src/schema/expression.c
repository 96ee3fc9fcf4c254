/*
 * expression.c - whether two expressions differ in more than their spelling;
 * see canon.h.
 *
 * The tokens of both are compared after those are left out that servers add by
 * themselves; and, where parentheses alone make a difference, what they say
 * (expression_tree.h).
 */
#include "dbsync/schema/canon.h"

#include "expression_tree.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/db/quote.h"
#include "dbsync/schema/render.h"
#include "dbsync/schema/token.h"

#include <string.h>
#include <strings.h>

/* Without a character that other sets write with other bytes. */
static bool is_plain(const struct token *string)
{
	for (size_t i = 0; i < string->length; i++)
		if ((unsigned char)string->text[i] >= 0x80)
			return false;
	return true;
}

static bool begins(const struct token *token, const char *text)
{
	const size_t length = strlen(text);

	return token->length >= length &&
	       !strncasecmp(token->text, text, length);
}

/*
 * _utf8mb4 before 'a', or any other set that writes it with the same bytes.
 * Before x'61' it makes text of bytes, and so it does before bytes of a set
 * that is not the session's.
 */
static bool is_introducer(const struct token *token)
{
	if (token->kind != TOKEN_WORD || *token->text != '_' ||
	    token[1].kind != TOKEN_STRING || *token[1].text != '\'')
		return false;
	return begins(token, "_utf8") ||
	       (is_plain(&token[1]) && !begins(token, "_binary") &&
		!begins(token, "_ucs2") && !begins(token, "_utf"));
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

/* One name of functions that have two: each family prints one of them. */
static struct token settle_function(struct token token)
{
	static const char *const synonyms[][2] = {
		{"ucase", "upper"},
		{"lcase", "lower"},
		{"mid", "substr"},
		{"substring", "substr"},
		{"character_length", "char_length"},
		{"octet_length", "length"},
		{"power", "pow"},
		{"ceiling", "ceil"},
		{"day", "dayofmonth"},
	};

	for (size_t i = 0; i < sizeof(synonyms) / sizeof(*synonyms); i++)
		if (token_is(&token, synonyms[i][0]))
			return (struct token){TOKEN_WORD, synonyms[i][1],
					      strlen(synonyms[i][1])};
	return token;
}

/* ( of (1) behind -, where it groups nothing; not of f(1) or in (1) */
static bool is_idle_group(const struct token *at, const struct token *before)
{
	return token_is(at, "(") &&
	       (at[1].kind == TOKEN_NUMBER || at[1].kind == TOKEN_STRING ||
		at[1].kind == TOKEN_NAME) &&
	       token_is(&at[2], ")") && before && before->kind == TOKEN_SIGN &&
	       !token_is(before, ")");
}

/* The tokens that count, without parentheses around all of them. */
static bool reduce(const char *text, struct arena *arena, struct tokens *out)
{
	struct dbs_error err = {0};

	if (tokens_read(text, strlen(text), arena, out, &err))
		return false;
	struct token *kept = arena_alloc(arena, out->count * sizeof(*kept));
	size_t count = 0;

	for (size_t i = 0; i < out->count; i++) {
		const struct token *token = &out->items[i];

		if (is_introducer(token))
			continue;
		if (is_idle_group(token, count ? &kept[count - 1] : NULL)) {
			kept[count++] = token[1];
			i += 2;
		} else {
			kept[count++] = i + 1 < out->count &&
							token_is(&token[1], "(")
						? settle_function(*token)
						: *token;
		}
	}
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

static bool same_tokens(const struct tokens *a, const struct tokens *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!token_equal(&a->items[i], &b->items[i]))
			return false;
	return true;
}

bool expression_equal(const char *a, const char *b, struct arena *arena)
{
	struct tokens left;
	struct tokens right;

	if (!strcmp(a, b))
		return true;
	if (!reduce(a, arena, &left) || !reduce(b, arena, &right))
		return false;
	if (same_tokens(&left, &right))
		return true;
	return expression_tree(&left, arena, &left) &&
	       expression_tree(&right, arena, &right) &&
	       same_tokens(&left, &right);
}

bool expression_names(const char *text, const char *name, struct arena *arena)
{
	struct dbs_error err = {0};
	struct tokens tokens;

	if (tokens_read(text, strlen(text), arena, &tokens, &err))
		return false;
	for (size_t i = 0; i < tokens.count; i++)
		if (tokens.items[i].kind == TOKEN_NAME &&
		    text_equal_nocase(token_name(&tokens.items[i], arena),
				      name))
			return true;
	return false;
}

bool expression_calls(const char *text, const char *function,
		      struct arena *arena)
{
	struct dbs_error err = {0};
	struct tokens tokens;

	if (tokens_read(text, strlen(text), arena, &tokens, &err))
		return false;
	for (size_t i = 0; i + 1 < tokens.count; i++)
		if (token_is(&tokens.items[i], function) &&
		    token_is(&tokens.items[i + 1], "("))
			return true;
	return false;
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

const char *expression_string(const char *text, struct arena *arena)
{
	OWNED(buf_release) struct buf out = BUF_INIT;
	struct dbs_error err = {0};
	struct tokens tokens;

	if (*text != '\'' ||
	    tokens_read(text, strlen(text), arena, &tokens, &err) ||
	    tokens.count != 2)
		return text;
	render_string(token_string(&tokens.items[0], arena, NULL), &out);
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

		if (!is_introducer(token))
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

const char *expression_quoted_columns(const char *text,
				      const struct definition *definition,
				      struct arena *arena)
{
	OWNED(buf_release) struct buf out = BUF_INIT;
	struct dbs_error err = {0};
	struct tokens tokens;
	const char *copied = text;

	if (tokens_read(text, strlen(text), arena, &tokens, &err))
		return text;
	for (size_t i = 0; i < tokens.count; i++) {
		const struct token *token = &tokens.items[i];

		if (token->kind != TOKEN_WORD || token[1].text[0] == '(' ||
		    !definition_column(definition, token_name(token, arena)))
			continue;
		buf_add(&out, copied, (size_t)(token->text - copied));
		quote_name(&out, token_name(token, arena));
		copied = token->text + token->length;
	}
	buf_adds(&out, copied);
	return arena_strdup(arena, out.data);
}
