/*
 * bound_proof.h - do both servers read a bound as it is meant?  Internal to
 * data.
 *
 * A bound cuts the keys in two: `key < bound` and `key >= bound`.  A server
 * that reads it once as it is written and once as it fits into a column (for
 * its look into an index) has rows in neither part, or in both, and what lies
 * in no range is compared by nobody.
 */
#ifndef DBSYNC_DATA_BOUND_PROOF_H
#define DBSYNC_DATA_BOUND_PROOF_H

#include "dbsync/base/vec.h"
#include "dbsync/data/range.h"
#include "dbsync/data/subject.h"

/*
 * Whether the bounds, which range_cut made at once, ascend for both servers,
 * whose order of texts may be another than ours.
 */
enum dbs_rc bounds_ascend(const struct link *link,
			  const struct subject *subject,
			  const struct bound *bounds, size_t count, bool *out,
			  struct dbs_error *err);

/*
 * Joins the ranges (struct range, ascending, without gaps) at bounds that one
 * of the two servers does not read through its index as the bound of both
 * ranges.  Asks nothing of plain integers.
 */
enum dbs_rc bounds_drop_misread(const struct link *link,
				const struct subject *subject,
				struct vec *ranges, struct dbs_error *err);
#endif
