/*
 * moment_defaults.h - defaults of databases that are other ones for a moment
 * (defaults.h), and the state that knows of them.
 */
#ifndef DBSYNC_RUN_MOMENT_DEFAULTS_H
#define DBSYNC_RUN_MOMENT_DEFAULTS_H

#include "dbsync/apply/defaults.h"
#include "dbsync/run/target_side.h"

/* A run, and where its state is; all borrowed. */
struct moment_run {
	const char *state_dir;
	const char *id;
	const char *identity; /* of the target's server */
};

/* Into the state of the run, which is borrowed. */
struct default_notes moment_defaults_notes(const struct moment_run *run);

/*
 * Sets back what runs that died have left on the databases of the target, whose
 * lock is held; *any_out: something was.
 */
enum dbs_rc moment_defaults_return(const struct target_side *target,
				   const char *state_dir, bool *any_out,
				   struct dbs_error *err);
#endif
