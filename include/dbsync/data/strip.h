/*
 * strip.h - where in its key space a table differs.
 *
 * At most STRIP_CELLS cells in the order of keys, each the sum of ranges that
 * follow each other; every range of the table is in exactly one.  What is known
 * of a range is how many of its rows differ and not which of its keys, so no
 * range is ever divided.
 *
 * Up to STRIP_CELLS ranges have a cell each.  More are put together by rows,
 * not by number nor by key values: ranges vary in size, keys have gaps, and
 * what a reader asks is how much of the table it is.  Cells then have about
 * equally many rows, but for a range that is larger than that by itself; who
 * draws them should make them as wide as strip_cell_rows says.
 *
 * Memory: the cells, in the arena that was given; they point to the bounds of
 * the ranges.  A table that is equal has none.
 */
#ifndef DBSYNC_DATA_STRIP_H
#define DBSYNC_DATA_STRIP_H

#include "dbsync/data/compare.h"

#include <stddef.h>

enum { STRIP_CELLS = 64 };

struct strip_cell {
	const struct bound *low; /* NULL: from the first key on */
	uint64_t ranges;
	struct tally rows; /* seen in the ranges that have a verdict */
	uint64_t changes[CHANGE_KINDS];
	uint64_t undone;      /* ranges without a verdict */
	uint64_t undone_rows; /* in them, as the servers estimate */
};

struct strip {
	const struct strip_cell *cells;
	size_t count;
};

/* The ranges of a table, as one cell each, to be put together. */
struct strip strip_make(const struct strip_cell *ranges, size_t count,
			struct arena *arena);

/* Rows of the side that has more, those of undone ranges included. */
uint64_t strip_cell_rows(const struct strip_cell *cell);

/*
 * Appends the first key that a bound lets in, for people: "tenant=4, id=1000".
 * It need not exist.  Long values are cut, and so are long keys.
 */
void strip_show_bound(struct buf *out, const struct pair *pair,
		      const struct bound *bound);
#endif
