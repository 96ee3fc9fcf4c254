/*
 * token.h - the words of a statement as a server prints it.
 *
 * Made for the answers of SHOW CREATE: comments that carry a version are
 * passed over and what they enclose is taken as if it stood there, because
 * each server prints them for what it has itself.
 *
 * Pure.  Tokens point into the text they were cut from.
 */
#ifndef DBSYNC_SCHEMA_TOKEN_H
#define DBSYNC_SCHEMA_TOKEN_H

#include "dbsync/base/mem.h"

#include <stdbool.h>
#include <stddef.h>

enum token_kind {
	TOKEN_END,
	TOKEN_WORD,   /* NOT, utf8mb4, CURRENT_TIMESTAMP */
	TOKEN_NAME,   /* `a`, with its backquotes */
	TOKEN_STRING, /* 'a', b'01', x'61', with its prefix and quotes */
	TOKEN_NUMBER, /* 12, 1.5e3, 0x61; the sign is a token of its own */
	TOKEN_SIGN,   /* any other character */
};

struct token {
	enum token_kind kind;
	const char *text;
	size_t length;
};

/* The last of the items is TOKEN_END and is counted. */
struct tokens {
	const struct token *items;
	size_t count;
};

/*
 * DBS_E_UNKNOWN when a quote or a comment is not closed, or a byte has no
 * place in SQL.
 */
enum dbs_rc tokens_read(const char *text, size_t length, struct arena *arena,
			struct tokens *out, struct dbs_error *err);

/* Whether it is that word (in any case) or that sign. */
bool token_is(const struct token *token, const char *text);

/* Whether both say the same: words in any case, all else byte by byte. */
bool token_equal(const struct token *a, const struct token *b);

/* In lower case, ASCII only. */
const char *token_lower(const char *text, size_t length, struct arena *arena);

/* What a TOKEN_NAME (or a word used as one) names, without its quotes. */
const char *token_name(const struct token *token, struct arena *arena);

/*
 * What a TOKEN_STRING without a prefix says, escapes resolved; *length_out may
 * be NULL where no NUL is to be expected.
 */
const char *token_string(const struct token *token, struct arena *arena,
			 size_t *length_out);
#endif
