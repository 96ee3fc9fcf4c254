/*
 * away.h - triggers that a run took away, and that it did not bring back since it
 * died: its backup point has them.
 */
#ifndef DBSYNC_APPLY_AWAY_H
#define DBSYNC_APPLY_AWAY_H

#include "dbsync/apply/reform.h"
#include "dbsync/backup/point.h"

struct away_wish {
	const struct manifest *before; /* of the run that died */
	/* what a rollback of this one brings back by itself; or NULL */
	const struct manifest *but;
	const struct text_list *databases; /* of these alone; NULL: all */
	const struct talk *talk;           /* hears what is left out; or NULL */
};

/*
 * Adds to the reshape those that are not there now.  Where one of a table is
 * missing, all of the table are made again, in their order: a trigger that comes
 * alone comes last.  What somebody has made under such a name since, and tables
 * that are gone, are left alone.
 */
enum dbs_rc away_collect(struct conn *conn, const struct away_wish *wish,
			 struct reshape *reshape, struct dbs_error *err);

/*
 * Makes the triggers of the request's reshape.  DBS_E_REFUSED: not all of them
 * could be made.
 */
enum dbs_rc away_return(const struct reform_request *request,
			struct dbs_error *err);
#endif
