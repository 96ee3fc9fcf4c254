/*
 * range.h - pieces of a key space, and how to cut them smaller.
 *
 * Pure.  A range is half-open, [low, high), and either end may be infinite, so
 * that ranges cut out of (-inf, +inf) tile it whole: every possible key is in
 * exactly one of them, whatever rows either side has (design D2).
 *
 * A bound is a prefix of the key's columns with a value for each.  Bounds come
 * from interpolation between two keys that were seen; they need not exist as
 * keys.  Both sides have the same, but may call the columns otherwise.
 */
#ifndef DBSYNC_DATA_RANGE_H
#define DBSYNC_DATA_RANGE_H

#include "dbsync/data/pair.h"
#include "dbsync/data/projection.h"

struct bound {
	size_t column;             /* the last key column of it */
	const char *const *prefix; /* values of the columns before it */
	const char *literal; /* its value there, and the two values that it */
	const char *first;   /* was put between: first < literal < last */
	const char *last;
};

struct range {
	const struct bound *low;  /* NULL: from -inf */
	const struct bound *high; /* NULL: to +inf */
	uint64_t rows;            /* an estimate */
};

/* A key as the text protocol gave it: key_count texts. */
struct key_text {
	const char *const *texts;
	const size_t *lengths;
};

/*
 * Up to wanted bounds strictly between the keys first and last, ascending, in
 * arena; evenly spaced in the values of the first column in which the keys
 * differ.  0 when that column cannot be interpolated.
 */
size_t range_cut(const struct pair *pair, struct key_text first,
		 struct key_text last, size_t wanted, struct arena *arena,
		 const struct bound **out);

/* Whether the order of bounds on a column must be asked of the server. */
bool range_needs_proof(const struct pair *pair, size_t column);

/*
 * Whether a bound is of plain integers on both sides, which no server reads
 * otherwise than they are written.  What else a bound is of is proven on the
 * rows there are (bound_proof.h) and counted (crew.c).
 */
bool range_is_plain(const struct pair *pair, const struct bound *bound);

/* A bound at a key that was seen, of its first count columns; in arena. */
struct bound range_at(const struct pair *pair, struct key_text key,
		      size_t count, struct arena *arena);

/*
 * The predicate of a range, appended, for the side of the projection; "1" for
 * (-inf, +inf).
 */
void range_condition(struct buf *out, const struct projection *projection,
		     const struct range *range);

/* The predicate of what lies between two keys: both ends are left out. */
void range_gap(struct buf *out, const struct projection *projection,
	       const struct range *gap);

/*
 * A bound out of literals for the first count key columns; it points to the
 * array and to each of them.
 */
struct bound range_bound(const char *const *literals, size_t count);
#endif
