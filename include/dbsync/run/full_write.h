/*
 * full_write.h - the copies of a run on the target: made, checked, put into
 * force.
 *
 *	full_write_load ─▶ full_write_begin ═▶ full_write_swap ─▶ … ─▶
 *	full_write_finish
 *
 * (═▶ is the point of no return.)  full-sync does so with all tables, and
 * incremental with those that are copied as a whole.
 */
#ifndef DBSYNC_RUN_FULL_WRITE_H
#define DBSYNC_RUN_FULL_WRITE_H

#include "dbsync/run/sync_run.h"

struct full_load_wish {
	struct sync_run *run;
	const struct walk *walk; /* has the models */
	bool is_unchecked;       /* copies are not read back */
	enum load_way way;
	struct stage_limits limits;
};

/* Fills the copies; DBS_E_REFUSED when they have far fewer rows. */
enum dbs_rc full_write_load(const struct full_load_wish *wish,
			    struct dbs_error *err);

/* That the swap will not be refused, as far as that can be known before. */
enum dbs_rc full_write_check(struct sync_run *run, struct dbs_error *err);

/* The backup point; then what has to go before the swap. */
enum dbs_rc full_write_begin(struct sync_run *run, struct dbs_error *err);
enum dbs_rc full_write_swap(struct sync_run *run, struct dbs_error *err);
/* The tables that were replaced go, unless somebody wrote to them. */
enum dbs_rc full_write_finish(struct sync_run *run, struct dbs_error *err);
#endif
