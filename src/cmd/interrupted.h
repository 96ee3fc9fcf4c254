/*
 * interrupted.h - a full-sync that was interrupted may have left triggers and
 * foreign keys of the target out, which a run after it would take for gone.
 * Internal to cmd.
 */
#ifndef DBSYNC_CMD_INTERRUPTED_H
#define DBSYNC_CMD_INTERRUPTED_H

#include "target_side.h"

/* DBS_E_REFUSED: it has to be rolled back first.  The lock is held. */
enum dbs_rc interrupted_heed(const char *state_dir,
			     const struct target_side *target,
			     struct dbs_error *err);
#endif
