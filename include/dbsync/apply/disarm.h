/*
 * disarm.h - triggers of tables whose rows a rollback brings back, away while
 * it writes.
 *
 * With its triggers a table does not take the rows that it had: one sets a
 * column to now, another writes elsewhere.  Which of them are away stands in
 * the reshape (reshape_disarm), and what they are in the backup point, which is
 * on the disk when disarm_take is called.  They come back with all else that is
 * created again (remake_run), or, when the rollback fails, by remake_return.
 */
#ifndef DBSYNC_APPLY_DISARM_H
#define DBSYNC_APPLY_DISARM_H

#include "dbsync/apply/reform.h"

/*
 * Whether this user may make each of them again: DBS_E_REFUSED otherwise.
 * Changes nothing; how they are brought back is known (remake_keep).
 */
enum dbs_rc disarm_check(const struct reform_request *request,
			 struct dbs_error *err);

/*
 * Drops them.  A failure between two of them leaves the rest: remake_return
 * brings the others back.
 */
enum dbs_rc disarm_take(const struct reform_request *request,
			struct dbs_error *err);
#endif
