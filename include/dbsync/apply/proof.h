/*
 * proof.h - try the steps of a reshape on empty tables, before the real ones.
 *
 *	scratch database ─▶ for each table: created as it is ─▶ its steps
 *	   ─▶ is it what was wanted? ─▶ dropped
 *
 * A table that does not come out as wanted is left out (PROOF_FAILED); without
 * the privilege to make the database nothing is proven (PROOF_IMPOSSIBLE).
 *
 * The scratch database is called dbsync_scratch_RUN; its owner holds a server
 * lock of the same name while it lives.  So one that was left behind by a run
 * that died can be told from one that is in use.
 */
#ifndef DBSYNC_APPLY_PROOF_H
#define DBSYNC_APPLY_PROOF_H

#include "dbsync/plan/reshape.h"

/* "dbsync_scratch_20261121_041122_1a2b3c" */
const char *proof_database(const char *run, struct arena *arena);

/* Fills in proof, states and, where it failed, left_out of the tables. */
enum dbs_rc proof_run(const struct conn_setup *setup, struct reshape *reshape,
		      struct dbs_error *err);
#endif
