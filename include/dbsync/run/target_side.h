/*
 * target_side.h - the target of a command that writes: what is known of it, and
 * the lock that keeps others away.
 */
#ifndef DBSYNC_RUN_TARGET_SIDE_H
#define DBSYNC_RUN_TARGET_SIDE_H

#include "dbsync/apply/target_lock.h"
#include "dbsync/data/walk.h"
#include "dbsync/plan/facts.h"

struct target_side {
	struct conn_setup setup;
	struct text_list databases;
	struct arena *arena; /* of the facts */
	struct target_facts facts;
	bool is_unlogged; /* --binlog off */
	struct target_lock *lock;
};

/* Asks for the facts, on a connection of its own. */
enum dbs_rc target_side_survey(struct target_side *side, struct dbs_error *err);

/* Takes the lock for a run; the facts are known. */
enum dbs_rc target_side_lock(struct target_side *side, const char *state_dir,
			     const char *run, const char *command,
			     struct dbs_error *err);
void target_side_release(struct target_side *side);
#endif
