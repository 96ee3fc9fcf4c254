/*
 * interrupted.h - a full-sync that was interrupted may have left triggers and
 * foreign keys of the target out, and a rollback triggers, which a run after it
 * would take for gone.  Internal to cmd.
 */
#ifndef DBSYNC_CMD_INTERRUPTED_H
#define DBSYNC_CMD_INTERRUPTED_H

#include "target_side.h"

#include "dbsync/backup/point.h"

/* DBS_E_REFUSED: it has to be rolled back first.  The lock is held. */
enum dbs_rc interrupted_heed(const char *state_dir,
			     const struct target_side *target,
			     struct dbs_error *err);

/*
 * The backup point of the last rollback on this lock, which the caller holds,
 * when it was interrupted or failed: it has the triggers that were away.  NULL:
 * there is none.
 */
enum dbs_rc interrupted_rollback(const char *state_dir, const char *lock,
				 struct backup_reader **out,
				 struct dbs_error *err);
#endif
