/*
 * scratch_database.h - databases that a run makes for itself on the target.
 * Internal to apply.
 *
 * The connection that makes one holds a server lock of the same name, without
 * the mark of a database: while it is there, so is the run (sweep.c).
 */
#ifndef DBSYNC_APPLY_SCRATCH_DATABASE_H
#define DBSYNC_APPLY_SCRATCH_DATABASE_H

#include "ddl.h"

#define SCRATCH_PREFIX "dbsync_scratch_"

enum { SCRATCH_RUN_LENGTH = 22 }; /* 20261121_041122_1a2b3c */

/* A pattern of the names of runs, as they stand in those of databases. */
#define SCRATCH_ANY_RUN "[0-9]{8}_[0-9]{6}_[0-9a-f]{6}"

/* The names of all such databases of a run, which is a pattern. */
void scratch_add_list(struct buf *out, const char *run);

/* Of one of these names: its run, and what follows. */
const char *scratch_after_kind(const char *name);
/* Of the database that it is for (mark.h), in the name; NULL: it has none. */
const char *scratch_mark(const char *name);

/*
 * The lock of its run: one for all such databases, whatever follows, since
 * before MySQL 5.7 a session cannot have two.
 */
void scratch_add_lock(struct buf *out, const char *name);

/*
 * Whether its run is gone, by the run's lock; asks_target: and no run writes to the
 * database that it is for, where the name has the mark of that.
 */
enum dbs_rc scratch_is_free(struct conn *conn, const char *name,
			    bool asks_target, bool *free_out,
			    struct dbs_error *err);
/* Takes the second of these locks, if both are free; not taken is no error. */
enum dbs_rc scratch_take(struct conn *conn, const char *name, bool *taken_out,
			 struct dbs_error *err);
enum dbs_rc scratch_give_back(struct conn *conn, const char *name,
			      struct dbs_error *err);

enum dbs_rc scratch_make(struct ddl *ddl, const char *name,
			 struct dbs_error *err);
/* Only when there is no table in it. */
enum dbs_rc scratch_remove_empty(struct ddl *ddl, const char *name,
				 bool *removed_out, struct dbs_error *err);
/* With all that is in it; one that is not there is fine. */
enum dbs_rc scratch_remove(struct ddl *ddl, const char *name,
			   struct dbs_error *err);
#endif
