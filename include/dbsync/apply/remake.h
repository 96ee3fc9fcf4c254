/*
 * remake.h - make views, routines, triggers and events again, and set the
 * defaults of databases.
 *
 * One may need another that comes later (a view of a view): what fails is
 * tried again as long as anything else succeeds; then triggers that are to
 * act beside one that is not there are made alone.
 */
#ifndef DBSYNC_APPLY_REMAKE_H
#define DBSYNC_APPLY_REMAKE_H

#include "dbsync/apply/reform.h"

/* Fills in how each object of the reshape is brought back; only reads. */
enum dbs_rc remake_keep(struct conn *conn, struct reshape *reshape,
			struct dbs_error *err);

/*
 * The defaults of databases (before tables are changed), or all else (after).
 * results: one for each object, zeroed before the first call.
 */
enum dbs_rc remake_run(const struct reform_request *request, bool is_late,
		       struct reform_result *results, struct dbs_error *err);

/* Triggers that disarm_take dropped and that were not made yet, as they were. */
enum dbs_rc remake_return(const struct reform_request *request,
			  struct reform_result *results, struct dbs_error *err);
#endif
