/*
 * swap.h - swap checked copies in, all at once.
 *
 *	backup point ═▶ swap_run ─▶ objects, foreign keys ─▶ swap_finish
 *
 * A table with triggers cannot move to another database, so they go before and
 * are created again right after (remake.h): writers of the target meet tables
 * without triggers for that moment.  Readers see the old tables or the new.
 *
 * What was replaced is read once more before it is dropped: when somebody wrote
 * to it after the backup point was made, it is kept, and said.
 */
#ifndef DBSYNC_APPLY_SWAP_H
#define DBSYNC_APPLY_SWAP_H

#include "dbsync/apply/reform.h"
#include "dbsync/plan/stage.h"

struct swap_request {
	const struct stage *stage;
	const struct reform_request *reform;
};

/* Live in the stage's arena. */
struct swap_result {
	bool is_done;
	double seconds;     /* of the RENAME TABLE, waiting included */
	bool *is_kept;      /* of each database of the stage: old tables stay */
	const char **notes; /* why */
	size_t note_count;
};

/* What swap_run looks at first, for those who want to know it earlier. */
enum dbs_rc swap_check(const struct swap_request *request,
		       struct dbs_error *err);

/*
 * What could not be taken back any more is looked at first: that the user may
 * make every trigger that goes; that no table was altered, and no foreign key
 * has come, since the plan was made.  Then one RENAME TABLE.  On failure all is
 * as before, triggers and foreign keys too; when the connection is lost meanwhile, the server
 * is asked what came of it.
 */
enum dbs_rc swap_run(const struct swap_request *request,
		     struct swap_result *result, struct dbs_error *err);

/* Compares and drops what was replaced. */
enum dbs_rc swap_finish(const struct swap_request *request,
			struct swap_result *result, struct dbs_error *err);
#endif
