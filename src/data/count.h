/*
 * count.h - an independent count of what was read in ranges.  Internal to data.
 *
 * See row_count.h.  What lies in no range would be called equal; the sum of the
 * ranges must be what was counted, on either side, or the table is incomplete.
 *
 *	UNNEEDED	one range only, or its bounds are plain integers, which
 *			nobody misreads
 *	UNGUARDED	there is no one view to count in: no snapshot, another
 *			one in between, an engine without transactions
 *	WANTED ─▶ ASKED ─▶ DONE ─▶ SAME, or the table is incomplete
 *
 * The crew's mutex guards the state, as everything of a job.
 */
#ifndef DBSYNC_DATA_COUNT_H
#define DBSYNC_DATA_COUNT_H

#include "job.h"

/* What is wanted, once the job has its ranges. */
void count_begin(struct job *job, const struct job_context *context);

/* Counts both sides at once. */
enum dbs_rc count_ask(struct job *job, const struct link *link,
		      struct dbs_error *err);

/*
 * When all ranges have been read: the job's error says so where the sums are
 * not what was counted.  is_one_view: no view was lost or changed on the way.
 */
void count_judge(struct job *job, bool is_one_view);
#endif
