/*
 * target_lock.h - one run at a time writes to a database.
 *
 * Two locks: a file in the state folder, which runs of this machine see even
 * while the server is away, and GET_LOCK on a connection of its own, which
 * runs of other machines see.  A thread looks after the second: a server that
 * was restarted, or a connection that was killed, has dropped it silently.
 * When it cannot be had back, target_lock_check says so and nothing more is
 * written.
 */
#ifndef DBSYNC_APPLY_TARGET_LOCK_H
#define DBSYNC_APPLY_TARGET_LOCK_H

#include "dbsync/db/conn.h"

struct target_lock;

struct target_lock_wish {
	const struct conn_setup *setup; /* of the target */
	const char *const *databases;
	size_t database_count;
	const char *identity; /* of the server: target_facts */
	const char *folder;   /* for the lock files */
	const char *run;      /* borrowed for as long as the lock */
	const char *command;
	bool is_unlogged; /* what is written is kept out of the binary log */
};

/* DBS_E_REFUSED names the run that has it. */
enum dbs_rc target_lock_take(const struct target_lock_wish *wish,
			     struct target_lock **out, struct dbs_error *err);
void target_lock_release(struct target_lock **lock);

/* DBS_E_LOST when the lock is not ours any more; from any thread. */
enum dbs_rc target_lock_check(struct target_lock *lock, struct dbs_error *err);

/* The lock file of a database, for asking whether a run is alive; mem_drop. */
char *target_lock_path(const char *folder, const char *identity,
		       const char *database);
#endif
