/*
 * defaults.h - the default of a database that is another one for a moment.
 *
 * A routine, a trigger and an event keep the default collation that their
 * database has when they are made.  One that needs another than the database's
 * own is made in three statements: ALTER DATABASE, CREATE, ALTER DATABASE.  A
 * run that dies in between cannot set the default back, so it is noted before
 * the first of them, and the next run that writes sets it back.
 */
#ifndef DBSYNC_APPLY_DEFAULTS_H
#define DBSYNC_APPLY_DEFAULTS_H

#include "dbsync/db/conn.h"

/* Collations, as object_default_read gives them. */
struct default_change {
	const char *database;
	const char *was;
	const char *meanwhile;
};

/* Where it is noted; what the functions get is theirs for the call. */
struct default_notes {
	const void *self;
	/* not DBS_OK: the default is left as it is */
	enum dbs_rc (*change)(const void *self,
			      const struct default_change *change,
			      struct dbs_error *err);
	/* all that were noted are set back */
	enum dbs_rc (*done)(const void *self, struct dbs_error *err);
};

struct defaults_request {
	const struct conn_setup *target;
	bool no_binlog;
};

/*
 * Sets back what a run has left so, unless the default is no longer what that
 * run made it.  The target's lock is held.
 */
enum dbs_rc defaults_set_back(const struct defaults_request *request,
			      const struct default_change *change,
			      struct dbs_error *err);
#endif
