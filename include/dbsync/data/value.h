/*
 * value.h - single values of rows: equal by meaning, ordered, written.
 *
 * Pure.  A value is a cell together with the way it came (wire) and the type
 * of its column on its side; the two sides may differ in both.
 */
#ifndef DBSYNC_DATA_VALUE_H
#define DBSYNC_DATA_VALUE_H

#include "dbsync/base/buf.h"
#include "dbsync/data/pair.h"
#include "dbsync/data/row.h"

struct value {
	enum type type;
	const struct wire_column *wire;
	struct cell cell;
};

/* Of a column's value in a row; side says whose type it has. */
struct value value_of(const struct pair_column *column, const struct row *row,
		      size_t cell, enum side side);

/*
 * Whether two values mean the same.  Numbers by value, whatever their type;
 * reals bit by bit (0.0 is not -0.0, but for a
 * column that folds_zero; a FLOAT is widened to meet a DOUBLE);
 * dates and times by their parts; text and bytes by bytes; JSON that at least
 * one side stores parsed by json_same.  NULL equals NULL only.
 */
bool value_same(const struct pair_column *column, struct value a,
		struct value b);

/*
 * JSON that at least one side stores parsed.  Two texts of one server may mean
 * the same, too: a DECIMAL in it is written 1.50, and no text brings back more
 * than the double 1.5.
 */
bool value_is_json(const struct pair_column *column);

/*
 * The order of two non-NULL key values, < 0, 0, > 0.  For ORDER_WEIGHT the
 * values are the weights and pad is the weight of a space (or empty).
 */
int value_order(enum key_order order, struct value a, struct value b,
		struct cell pad);

/* The exact value as an SQL literal that compares with its own column. */
void value_literal(struct buf *out, const struct column *column,
		   struct value value);

/*
 * Appends a form that two values have in common if and only if value_same:
 * numbers as decimal text without idle zeros, reals as 8 bytes, moments and
 * spans as their parts, JSON canonical, the rest as it is.  Not for NULL.
 */
void value_canonical(struct buf *out, const struct pair_column *column,
		     struct value value);

/*
 * For people: at most limit characters (a quarter as many bytes of binary
 * values), safe on a terminal; NULL is `NULL`.
 */
void value_show(struct buf *out, struct value value, size_t limit);

/* An integer, bit or year that fits: -magnitude when negative. */
struct integer {
	bool is_negative;
	uint64_t magnitude;
};

struct integer value_integer(struct value value);
int integer_order(struct integer a, struct integer b);

/* Two decimal numbers as texts ("-0012.50"); < 0, 0, > 0. */
int decimal_order(const char *a, size_t a_length, const char *b,
		  size_t b_length);
#endif
