/*
 * spill.h - a multiset of 128-bit hashes of any size in bounded memory.
 *
 * Hashes are kept in memory up to a limit, then in temporary files that have
 * no name any more (they vanish with the process), one for each part
 * of the hashes by their leading bits.  spill_sort gives one part, sorted.
 */
#ifndef DBSYNC_DATA_SPILL_H
#define DBSYNC_DATA_SPILL_H

#include "dbsync/base/error.h"
#include "dbsync/base/vec.h"

#include <stdint.h>

enum { SPILL_PARTS = 32 };

struct hash {
	uint64_t high;
	uint64_t low;
};

struct spill;

/* memory_bytes: what it may hold before it writes files. */
struct spill *spill_new(size_t memory_bytes);
void spill_drop(struct spill **spill);
enum dbs_rc spill_add(struct spill *spill, struct hash hash,
		      struct dbs_error *err);

/* Replaces *out (of struct hash) by the part's hashes, sorted. */
enum dbs_rc spill_sort(struct spill *spill, unsigned part, struct vec *out,
		       struct dbs_error *err);

int hash_order(const void *a, const void *b);
#endif
