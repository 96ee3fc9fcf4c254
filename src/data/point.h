/*
 * point.h - values between two keys, at which a key space can be cut.  Internal
 * to data.
 *
 * A point is a value that the columns of both sides can hold: a YEAR from 1901
 * on, a text of no more characters than the shorter column, a moment that is in
 * the range of a TIMESTAMP where one side has one.  What a column cannot hold, a
 * server bends before it looks into an index, and not before it compares a row:
 * 269 is no year, and `y < 269` finds nothing on MySQL although year 0 is there.
 */
#ifndef DBSYNC_DATA_POINT_H
#define DBSYNC_DATA_POINT_H

#include "dbsync/base/buf.h"
#include "dbsync/data/pair.h"

struct cut {
	const struct pair_column *column;
	enum key_order order;
	const char *first; /* the keys' texts in this column */
	size_t first_length;
	const char *last;
	size_t last_length;
	size_t wanted; /* points */
};

/* Writes the literal of point i of wanted (1-based); false: no such point. */
typedef bool point_make(const struct cut *cut, size_t i, struct buf *out);

/* NULL: no points are known between values of this kind. */
point_make *point_maker(const struct cut *cut);
#endif
