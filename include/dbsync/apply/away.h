/*
 * away.h - triggers that a run took away, and that it did not bring back since it
 * died: its backup point has them.
 */
#ifndef DBSYNC_APPLY_AWAY_H
#define DBSYNC_APPLY_AWAY_H

#include "dbsync/apply/reform.h"
#include "dbsync/backup/point.h"

/*
 * Adds to the reshape those of the backup point `before` that are not there now.
 * but: what a rollback of another backup point brings back by itself; or NULL.
 */
enum dbs_rc away_collect(struct conn *conn, const struct manifest *before,
			 const struct manifest *but, struct reshape *reshape,
			 struct dbs_error *err);

/*
 * Makes the triggers of the request's reshape.  DBS_E_REFUSED: not all of them
 * could be made.
 */
enum dbs_rc away_return(const struct reform_request *request,
			struct dbs_error *err);
#endif
