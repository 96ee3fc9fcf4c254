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

enum dbs_rc scratch_make(struct ddl *ddl, const char *name,
			 struct dbs_error *err);
/* Only when there is no table in it. */
enum dbs_rc scratch_remove_empty(struct ddl *ddl, const char *name,
				 bool *removed_out, struct dbs_error *err);
/* With all that is in it; one that is not there is fine. */
enum dbs_rc scratch_remove(struct ddl *ddl, const char *name,
			   struct dbs_error *err);
#endif
