/*
 * interrupted.h - a full-sync that was interrupted may have left triggers and
 * foreign keys of the target out, and a rollback triggers, which a run after it
 * would take for gone.
 */
#ifndef DBSYNC_RUN_INTERRUPTED_H
#define DBSYNC_RUN_INTERRUPTED_H

#include "dbsync/backup/point.h"
#include "dbsync/run/target_side.h"

/*
 * The same for a run that only looks: nothing is noted, and what another run
 * has interrupted right now, holding the lock, is its own matter.
 */
enum dbs_rc interrupted_look(const char *state_dir,
			     const struct target_side *target,
			     struct dbs_error *err);

/* DBS_E_REFUSED: it has to be rolled back first.  The lock is held. */
enum dbs_rc interrupted_heed(const char *state_dir,
			     const struct target_side *target,
			     struct dbs_error *err);

/*
 * The backup points of rollbacks on this lock, which the caller holds, that
 * took triggers away which are perhaps not back; the newest first.  One that is
 * gone is told.  out: struct backup_reader *; interrupted_drop it.
 */
enum dbs_rc interrupted_rollbacks(const char *state_dir, const char *lock,
				  const struct talk *talk, struct vec *out,
				  struct dbs_error *err);
void interrupted_drop(struct vec *points);
#endif
