/*
 * row_hash.h - 128 bits of a row by what it means.
 *
 * Two rows of the two sides have the same hash if and only if (but for 2^-128)
 * all their compared columns are value_same.  Every value is written in one
 * canonical form, tagged and with its length, and XXH3-128 taken of all.
 */
#ifndef DBSYNC_DATA_ROW_HASH_H
#define DBSYNC_DATA_ROW_HASH_H

#include "dbsync/data/pair.h"
#include "dbsync/data/row.h"
#include "dbsync/data/spill.h"

/* scratch is reused from call to call. */
struct hash row_hash(const struct pair *pair, const struct row *row,
		     enum side side, struct buf *scratch);
#endif
