/*
 * again.h - the rows of a range that were changed, compared once more.
 * Internal to data.
 *
 * Scattered changes lie in all ranges, and reading all ranges again costs as
 * much as the first time.  What was written is known by key, so only those
 * rows are read, on both sides, in the same order and by the same merge.
 */
#ifndef DBSYNC_DATA_AGAIN_H
#define DBSYNC_DATA_AGAIN_H

#include "dbsync/data/change_file.h"
#include "dbsync/data/row_sql.h"

/*
 * Whether keys are the cheaper way for a segment of a range with so many rows,
 * and both sides can be asked by one text.
 */
bool again_by_keys(const struct pair *pair, const struct segment *segment,
		   uint64_t rows);

enum dbs_rc again_compare(struct compare *compare, const struct row_sql *sql,
			  const struct segment *segment,
			  const struct range *range, struct dbs_error *err);
#endif
