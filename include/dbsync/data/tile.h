/*
 * tile.h - cut a table into ranges of about equal work.
 *
 * The ranges cover the whole key space (range.h).  Finding them costs a few
 * round trips and index dives, never a scan: the ends of a range come from its
 * first and last key, the pieces from interpolation, their sizes from what the
 * optimizer estimates (EXPLAIN).  Levels of cutting repeat until no piece is
 * much too large, so that gaps and clumps of keys stay balanced.
 */
#ifndef DBSYNC_DATA_TILE_H
#define DBSYNC_DATA_TILE_H

#include "dbsync/base/vec.h"
#include "dbsync/data/range.h"
#include "dbsync/data/subject.h"

/*
 * Appends to out (of struct range) ranges of about rows_each rows that tile
 * the table, in key order; one range when it cannot be cut.
 */
enum dbs_rc tile_plan(const struct link *link, const struct subject *subject,
		      uint64_t rows_each, struct arena *arena, struct vec *out,
		      struct dbs_error *err);

/* Cuts one range into at most pieces; one (itself) when it cannot be cut. */
enum dbs_rc tile_cut(const struct link *link, const struct subject *subject,
		     const struct range *range, size_t pieces,
		     struct arena *arena, struct vec *out,
		     struct dbs_error *err);
#endif
