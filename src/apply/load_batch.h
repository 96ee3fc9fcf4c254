/*
 * load_batch.h - rows into a copy, many with each statement: as INSERT with
 * literals, or as arrays of a prepared one (bulk_open).  Internal to apply.
 */
#ifndef DBSYNC_APPLY_LOAD_BATCH_H
#define DBSYNC_APPLY_LOAD_BATCH_H

#include "load_table.h"

/* Rows that came by are counted where a person can see it. */
struct counted {
	struct load_task *task;
	struct copier *copier;
	uint64_t rows;
	uint64_t bytes;
};

void counted_add(struct counted *counted);

/* All rows of the copier, by task->way; DBS_E_LIMIT: one is too large for it. */
enum dbs_rc load_by_batches(struct counted *counted, struct dbs_error *err);
#endif
