/*
 * run_base.h - what all runs have in common: two sides, a brake, and for those that
 * write the target's lock and a name.  Internal to run.
 *
 *	run_base_open ─▶ (connect) ─▶ run_base_enter ─▶ work ─▶ run_base_quiet
 *	─▶ run_base_release
 */
#ifndef DBSYNC_RUN_RUN_BASE_H
#define DBSYNC_RUN_RUN_BASE_H

#include "dbsync/run/privileges.h"
#include "dbsync/run/run_request.h"
#include "dbsync/run/target_side.h"

struct run_base {
	const struct run_request *asked;
	char id[40];
	struct walk_request walk; /* asked for, with what the run adds */
	struct conn_setup source;
	struct target_side target;
	struct shape_run shapes;
	struct brake brake;
	struct workers workers;
	uint64_t start_ns;
	bool has_set_back; /* what a run that died had left otherwise */
};

/*
 * Opens the brake; base->walk has been filled.  has_source: else there is a target
 * alone.  Whatever it returns, run_base_release.
 */
enum dbs_rc run_base_open(struct run_base *base, bool has_source,
			  struct dbs_error *err);
/*
 * Privileges, whose the state is, the lock, and what a run that died left changed for a moment
 * (moment_defaults.h); the target was surveyed.
 */
enum dbs_rc run_base_enter(struct run_base *base, unsigned writes,
			   struct dbs_error *err);
/*
 * Of runs that are no rollback, once entered: what runs that died have left is
 * heeded (interrupted.h), and the target surveyed again under the lock: who had it
 * until now may have brought triggers back.
 */
enum dbs_rc run_base_heed(struct run_base *base, unsigned wait_s,
			  struct dbs_error *err);
/* What all runs that write begin with. */
struct sync_run run_base_run(const struct run_base *base,
			     const struct plan *plan);
/* A run of some tables says nothing of what was interrupted in others. */
bool run_base_covers_all(const struct run_base *base);
/* Nothing has been written: what the comparison found goes to result. */
void run_base_compared(const struct run_base *base, const struct walk *walk,
		       struct run_result *result);
/*
 * Nothing has been written, and err is given up with: if it was cancelled, what
 * was compared by then goes to result, and err says how much was not.
 */
void run_base_stopped(const struct run_base *base, struct walk *walk,
		      struct run_result *result, struct dbs_error *err);
/* Nobody waits any more, and others may write. */
void run_base_quiet(struct run_base *base);
void run_base_release(struct run_base *base);
#endif
