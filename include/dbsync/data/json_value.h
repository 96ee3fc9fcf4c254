/*
 * json_value.h - when two JSON texts mean the same.
 *
 * MySQL stores JSON parsed (keys sorted, numbers as 64-bit integers or
 * doubles), MariaDB as the text that came in; after a faithful copy the texts
 * differ while the values do not.  json_canonical writes a value in one form
 * only, so that two texts mean the same if and only if their forms are equal:
 *
 *  - objects: keys in byte order (as written here), of equal keys the last one;
 *    no white space;
 *  - strings: UTF-8, with no escapes but `\"`, `\\` and \u00XX for control
 *    characters; surrogate pairs are joined, a lone one is kept as \udXXX;
 *  - numbers without fraction and exponent that fit in int64 or uint64: the
 *    integer, -0 is 0; every other number is a double (strtod), written with
 *    %.17g, but with .0 where it looks like an integer, which it is not: to
 *    MySQL, and to whoever reads it there, 1.0 and 1 are two values; one that
 *    overflows a double is kept as its text;
 *  - true, false, null.
 *
 * Malformed text, which includes nesting deeper than 200, leading zeros and
 * what is not UTF-8, is DBS_E_FORMAT, and then only equal bytes are equal.
 * The error names the byte and quotes nothing.  Neither time nor memory runs
 * away: the form has at most 7 times the bytes of the text (1e9 is written out,
 * 0.1 becomes 0.10000000000000001), and sorting is n log n per level.
 */
#ifndef DBSYNC_DATA_JSON_VALUE_H
#define DBSYNC_DATA_JSON_VALUE_H

#include "dbsync/base/buf.h"
#include "dbsync/base/error.h"

#include <stdbool.h>

/* Appends the form of length bytes of text to out. */
enum dbs_rc json_canonical(const char *text, size_t length, struct buf *out,
			   struct dbs_error *err);

/* Equal bytes, or the same canonical form. */
bool json_same(const char *a, size_t a_length, const char *b, size_t b_length);
#endif
