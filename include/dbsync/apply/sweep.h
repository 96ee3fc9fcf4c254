/*
 * sweep.h - databases that runs which died have left behind on the target.
 */
#ifndef DBSYNC_APPLY_SWEEP_H
#define DBSYNC_APPLY_SWEEP_H

#include "dbsync/data/walk_request.h"

/*
 * Drops scratch databases and unfinished copies that nobody uses, and names
 * each to talk; what the user may not drop is named only.  So are the tables
 * that a full-sync has replaced: they hold data.  What is of other databases
 * than these, whose locks (target_lock.h) the caller holds, is left to the runs
 * of those for a week.
 */
enum dbs_rc sweep_target(const struct conn_setup *setup,
			 struct text_list databases, struct dbs_error *err);

/*
 * Of one run alone (20261121-041122-1a2b3c), which wrote to these databases; of
 * any other name there are none.
 */
enum dbs_rc sweep_run(const struct conn_setup *setup,
		      struct text_list databases, const char *run,
		      struct dbs_error *err);
#endif
