/* token.c - see token.h. */
#include "dbsync/schema/token.h"

#include "dbsync/base/buf.h"
#include "dbsync/base/own.h"
#include "dbsync/base/vec.h"

#include <string.h>
#include <strings.h>

struct lexer {
	const char *at;
	const char *end;
	bool is_versioned; /* inside a comment that carries a version */
	struct vec tokens; /* struct token */
};

static void release(struct lexer *lexer)
{
	vec_release(&lexer->tokens);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || c == '_' || c == '$' ||
	       (unsigned char)c >= 0x80;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static bool begins(const struct lexer *lexer, const char *text)
{
	const size_t length = strlen(text);

	return (size_t)(lexer->end - lexer->at) >= length &&
	       !memcmp(lexer->at, text, length);
}

static void add(struct lexer *lexer, enum token_kind kind, const char *end)
{
	*(struct token *)vec_push(&lexer->tokens) =
		(struct token){kind, lexer->at, (size_t)(end - lexer->at)};
	lexer->at = end;
}

/*
 * Behind the quoted text that begins at at, or NULL.  A quote is doubled to
 * stand for itself; in a string a backslash takes the next byte with it.
 */
static const char *skip_quoted(const struct lexer *lexer, const char *at)
{
	const char quote = *at;

	for (at++; at < lexer->end; at++) {
		if (*at == '\\' && quote != '`') {
			at++;
		} else if (*at == quote) {
			if (at + 1 == lexer->end || at[1] != quote)
				return at + 1;
			at++;
		}
	}
	return NULL;
}

static enum dbs_rc add_quoted(struct lexer *lexer, enum token_kind kind,
			      const char *quote, struct dbs_error *err)
{
	const char *end = skip_quoted(lexer, quote);

	if (!end)
		return dbs_fail(err, DBS_E_UNKNOWN, "a %s is not closed",
				kind == TOKEN_NAME ? "name" : "string");
	add(lexer, kind, end);
	return DBS_OK;
}

/* 12, 1.5, 1e10, 1.5e-07, 0x4142 */
static void add_number(struct lexer *lexer)
{
	const char *at = lexer->at;
	const bool is_hex = lexer->end - at > 1 && *at == '0' &&
			    (at[1] == 'x' || at[1] == 'X');

	while (at < lexer->end && (is_word(*at) || *at == '.' ||
				   (!is_hex && (*at == '-' || *at == '+') &&
				    (at[-1] == 'e' || at[-1] == 'E'))))
		at++;
	add(lexer, TOKEN_NUMBER, at);
}

static void add_word(struct lexer *lexer)
{
	const char *at = lexer->at;

	while (at < lexer->end && is_word(*at))
		at++;
	add(lexer, TOKEN_WORD, at);
}

/* b'', x'' and n'' are one token each. */
static bool is_prefixed(const struct lexer *lexer)
{
	return lexer->end - lexer->at > 1 && lexer->at[1] == '\'' &&
	       memchr("bBxXnN", *lexer->at, 6);
}

/* The versioned ones are opened and closed, others are passed over. */
static enum dbs_rc take_comment(struct lexer *lexer, struct dbs_error *err)
{
	const char *end = NULL;

	if (begins(lexer, "/*!") || begins(lexer, "/*M!")) {
		if (lexer->is_versioned)
			return dbs_fail(err, DBS_E_UNKNOWN,
					"a comment stands in a comment");
		lexer->is_versioned = true;
		lexer->at = (const char *)memchr(lexer->at, '!', 4) + 1;
		while (lexer->at < lexer->end && is_digit(*lexer->at))
			lexer->at++;
		return DBS_OK;
	}
	end = memmem(lexer->at + 2, (size_t)(lexer->end - lexer->at) - 2, "*/",
		     2);
	if (!end)
		return dbs_fail(err, DBS_E_UNKNOWN, "a comment is not closed");
	lexer->at = end + 2;
	return DBS_OK;
}

static enum dbs_rc take_one(struct lexer *lexer, struct dbs_error *err)
{
	const char c = *lexer->at;

	if (is_blank(c)) {
		lexer->at++;
		return DBS_OK;
	}
	if (begins(lexer, "/*"))
		return take_comment(lexer, err);
	if (lexer->is_versioned && begins(lexer, "*/")) {
		lexer->is_versioned = false;
		lexer->at += 2;
		return DBS_OK;
	}
	if (c == '`')
		return add_quoted(lexer, TOKEN_NAME, lexer->at, err);
	if (c == '\'' || c == '"')
		return add_quoted(lexer, TOKEN_STRING, lexer->at, err);
	if (is_prefixed(lexer))
		return add_quoted(lexer, TOKEN_STRING, lexer->at + 1, err);
	if ((unsigned char)c < ' ')
		return dbs_fail(err, DBS_E_UNKNOWN,
				"a control character stands outside of quotes");
	if (is_digit(c))
		add_number(lexer);
	else if (is_word(c))
		add_word(lexer);
	else
		add(lexer, TOKEN_SIGN, lexer->at + 1);
	return DBS_OK;
}

enum dbs_rc tokens_read(const char *text, size_t length, struct arena *arena,
			struct tokens *out, struct dbs_error *err)
{
	OWNED(release) struct lexer lexer = {
		.at = text,
		.end = text + length,
		.tokens = VEC_INIT(struct token),
	};

	while (lexer.at < lexer.end) {
		enum dbs_rc rc = take_one(&lexer, err);

		if (rc)
			return rc;
	}
	if (lexer.is_versioned)
		return dbs_fail(err, DBS_E_UNKNOWN, "a comment is not closed");
	add(&lexer, TOKEN_END, lexer.end);

	struct token *items = arena_alloc(arena,
					  lexer.tokens.count * sizeof(*items));

	memcpy(items, lexer.tokens.items, lexer.tokens.count * sizeof(*items));
	*out = (struct tokens){items, lexer.tokens.count};
	return DBS_OK;
}

bool token_is(const struct token *token, const char *text)
{
	return (token->kind == TOKEN_WORD || token->kind == TOKEN_SIGN) &&
	       strlen(text) == token->length &&
	       !strncasecmp(token->text, text, token->length);
}

bool token_equal(const struct token *a, const struct token *b)
{
	if (a->kind != b->kind || a->length != b->length)
		return false;
	return a->kind == TOKEN_WORD ? !strncasecmp(a->text, b->text, a->length)
				     : !memcmp(a->text, b->text, a->length);
}

const char *token_lower(const char *text, size_t length, struct arena *arena)
{
	char *copy = arena_strndup(arena, text, length);

	for (char *at = copy; *at; at++)
		if (*at >= 'A' && *at <= 'Z')
			*at = (char)(*at - 'A' + 'a');
	return copy;
}

const char *token_name(const struct token *token, struct arena *arena)
{
	char *name = arena_strndup(arena, token->text, token->length);
	char *to = name;

	if (token->kind != TOKEN_NAME)
		return name;
	for (size_t i = 1; i + 1 < token->length; i++) {
		*to++ = token->text[i];
		if (token->text[i] == '`')
			i++;
	}
	*to = '\0';
	return name;
}

/* What a letter behind a backslash stands for. */
static char unescape(char c)
{
	switch (c) {
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	case 'b':
		return '\b';
	case 'Z':
		return 0x1a;
	case '0':
		return '\0';
	default:
		return c;
	}
}

const char *token_string(const struct token *token, struct arena *arena,
			 size_t *length_out)
{
	char *string = arena_strndup(arena, token->text, token->length);
	const char quote = *token->text;
	char *to = string;

	for (size_t i = 1; i + 1 < token->length; i++) {
		char c = token->text[i];

		if (c == quote || c == '\\') {
			i++;
			if (c == '\\')
				c = unescape(token->text[i]);
		}
		*to++ = c;
	}
	*to = '\0';
	if (length_out)
		*length_out = (size_t)(to - string);
	return string;
}
