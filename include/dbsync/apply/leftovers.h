/*
 * leftovers.h - databases of dbsync's own on a target that no run uses any more:
 * what they hold, and dropping them when somebody asks for it.
 *
 * A run drops what others of its databases have left by itself (sweep.h).  Here it is
 * everything on the server, and, when it is asked for, the tables that a full-sync
 * replaced as well, which hold rows that may be nowhere else.
 */
#ifndef DBSYNC_APPLY_LEFTOVERS_H
#define DBSYNC_APPLY_LEFTOVERS_H

#include "dbsync/base/mem.h"
#include "dbsync/db/conn.h"

enum leftover_kind {
	LEFTOVER_SCRATCH,  /* ALTERs were tried in it */
	LEFTOVER_COPIES,   /* unfinished */
	LEFTOVER_REPLACED, /* tables as they were before a full-sync */
};

enum leftover_state {
	LEFTOVER_FREE,
	LEFTOVER_USED,    /* by a run, or its target's lock is taken */
	LEFTOVER_DROPPED, /* by leftovers_drop */
	LEFTOVER_FAILED,  /* likewise, see error */
};

struct leftover {
	const char *name; /* of the database */
	const char *run;  /* "20261121-041122-1a2b3c" */
	enum leftover_kind kind;
	enum leftover_state state;
	uint64_t tables;
	uint64_t rows; /* about, as the server estimates them */
	uint64_t bytes;
	struct dbs_error error;
};

struct leftovers {
	struct leftover *items; /* in the arena, oldest first */
	size_t count;
};

enum dbs_rc leftovers_list(const struct conn_setup *setup, struct arena *arena,
			   struct leftovers *out, struct dbs_error *err);

/* Whether leftovers_drop would drop it. */
bool leftover_goes(const struct leftover *leftover, bool with_replaced);

/*
 * Drops those that are free, under the lock of the database that they are for: a
 * run that has lost it, and may still use one, ends.  What cannot be dropped is
 * noted in it.
 */
enum dbs_rc leftovers_drop(const struct conn_setup *setup, bool with_replaced,
			   struct leftovers *leftovers, struct dbs_error *err);
#endif
