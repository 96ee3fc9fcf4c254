/*
 * interrupted.h - what a run that was interrupted may have left out of the target,
 * and what a run after it would take for gone: a full-sync triggers and foreign
 * keys, a rollback and an incremental triggers.
 *
 * Of a full-sync and a rollback the target is half-way to something else, so they
 * are ended first, by the user.  After an incremental any run that writes may go
 * on, and brings the triggers back before it does.
 */
#ifndef DBSYNC_RUN_INTERRUPTED_H
#define DBSYNC_RUN_INTERRUPTED_H

#include "dbsync/backup/point.h"
#include "dbsync/run/audience.h"
#include "dbsync/run/target_side.h"

/*
 * The same for a run that only looks: nothing is noted or brought back, and what
 * another run has interrupted right now, holding the lock, is its own matter.
 */
enum dbs_rc interrupted_look(const char *state_dir,
			     const struct target_side *target,
			     struct dbs_error *err);

struct interrupted_wish {
	const char *state_dir;
	const struct audience *audience;
	unsigned wait_s; /* for metadata locks */
};

/*
 * DBS_E_REFUSED: it has to be rolled back first.  The lock is held.  *any_out is
 * set when triggers were brought back.
 */
enum dbs_rc interrupted_heed(const struct interrupted_wish *wish,
			     struct target_side *target, bool *any_out,
			     struct dbs_error *err);

/*
 * The backup points of runs on this lock, which the caller holds, that took
 * triggers away which are perhaps not back; the newest first.  One that is gone
 * is told.  out: struct backup_reader *; interrupted_drop it.
 */
enum dbs_rc interrupted_away(const char *state_dir, const char *lock,
			     const struct talk *talk, struct vec *out,
			     struct dbs_error *err);
void interrupted_drop(struct vec *points);
#endif
