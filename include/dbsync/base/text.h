/*
 * text.h - small questions about text: patterns, near misses, safe display.
 *
 * Everything here is pure.  Strings are UTF-8 unless said otherwise, and may
 * come from a hostile server.
 */
#ifndef DBSYNC_BASE_TEXT_H
#define DBSYNC_BASE_TEXT_H

#include "dbsync/base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The bytes of the UTF-8 sequence that text begins with, at most length of
 * them, and its code point; 0 when there is none (no surrogates, no overlong
 * forms, nothing above U+10FFFF).  *code_out may be NULL.
 */
size_t text_decode(const char *text, size_t length, uint32_t *code_out);

/*
 * Whether name matches pattern as a whole: `*` any characters, `?` one (a
 * whole UTF-8 sequence, or one byte that is none), `\` takes the next
 * character literally, `[` is an ordinary one.  Case is that of ASCII letters
 * only.  Time is O(name * pattern) at worst, never exponential.
 */
bool text_glob(const char *pattern, const char *name, bool ignore_case);

/* Whether pattern has a character that text_glob does not take literally. */
bool text_is_glob(const char *pattern);

/*
 * The one of the count candidates that a person who typed word most likely
 * meant, the first of equals, or NULL when none is near (edit distance with
 * transpositions of at most a third of the word, at least 1, and less than
 * the whole; in characters, ASCII case ignored; nothing is near a word of
 * more than 128).  The result is one of candidates.
 */
const char *text_nearest(const char *word, const char *const *candidates,
			 size_t count);

/*
 * Appends length bytes of text in a form that is safe on a terminal, stays on
 * one line and hides nothing: control characters, DEL, C1 controls, bidi
 * overrides, line separators, invisible characters and invalid UTF-8 as \n,
 * \t, \r, \\, \xNN or \u{NNNN}; at most limit characters as written (an
 * escape is never cut), and then … with the full length ("…(40960 bytes)").
 */
void text_show(struct buf *out, const char *text, size_t length, size_t limit);

/* The same for a line of SQL, where a backslash escapes already: it is one. */
void text_show_sql(struct buf *out, const char *text, size_t length,
		   size_t limit);

/* Appends bytes as 0x…, at most limit bytes of them, then … as above. */
void text_show_hex(struct buf *out, const void *bytes, size_t length,
		   size_t limit);

/*
 * For people, whatever the locale: "1,234,567"; "512 B", "12.3 MB" (powers of
 * 1000); "3.4 s", "2m05s", "1h02m", "3d04h".  Below zero and not a number are
 * 0, and what is too large to be true is ">999 EB" or ">999d".
 */
void text_count(struct buf *out, unsigned long long count);
void text_bytes(struct buf *out, double bytes);
void text_seconds(struct buf *out, double seconds);

/* Columns that a UTF-8 text takes on a terminal (an approximation). */
size_t text_width(const char *text);

/* Whether length bytes are valid UTF-8 (no surrogates, no overlong forms). */
bool text_is_utf8(const char *text, size_t length);

/* Appends the bytes that hexadecimal digits stand for; false: they are none. */
bool text_unhex(struct buf *out, const char *digits);

/* ASCII only, whatever the locale. */
bool text_equal_nocase(const char *a, const char *b);
/* Appends 16 hexadecimal digits that other texts do not have. */
void text_fingerprint(struct buf *out, const char *text, size_t length);
#endif
