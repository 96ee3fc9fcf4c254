/*
 * literal.h - values as SQL text that brings back the same value, and rows of
 * such texts: (1,'abc',NULL).
 *
 * A text is quoted when every client reads it alike under any sql_mode, and
 * hexadecimal with its character set otherwise; no literal contains a line
 * break, a backslash, `/`+`*` or `*`+`/`, so that a row is one line of a file and can be
 * cut apart without knowing SQL.
 */
#ifndef DBSYNC_DATA_LITERAL_H
#define DBSYNC_DATA_LITERAL_H

#include "dbsync/base/buf.h"
#include "dbsync/data/value.h"

/* charset: that of the bytes of a text; "" for utf8mb4. */
void literal_write(struct buf *out, const char *charset, struct value value);

/*
 * No literal of a cell of so many bytes is longer, with what stands between two:
 * x'…' has two digits for a byte, '…' two quotes for one.
 */
static inline size_t literal_most(size_t bytes)
{
	return 64 + 2 * bytes;
}

/* A piece of a text; not NUL-terminated. */
struct slice {
	const char *data;
	size_t length;
};

/*
 * Cuts a tuple `(…,…)` into its literals.  False when it is not one of exactly
 * count literals of the forms above.
 */
bool literal_split(struct slice tuple, struct slice *out, size_t count);

/* Behind the literal that begins at at, NULL when there is none. */
const char *literal_skip(const char *at, const char *end);
#endif
