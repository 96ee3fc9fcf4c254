/*
 * full_run.h - the copies of a full-sync: how they are made and come into
 * force.
 *
 *	stage ─▶ load, check ─▶ guards ─▶ (backup point ═▶) swap ─▶ old tables go
 */
#ifndef DBSYNC_RUN_FULL_RUN_H
#define DBSYNC_RUN_FULL_RUN_H

#include "dbsync/apply/load.h"
#include "dbsync/apply/swap.h"

struct full_run {
	struct stage *stage;
	struct load_ground *ground;
	struct load_summary load;
	uint64_t *rows_before; /* of each table of the stage, on the target */
	struct swap_result swap;
	uint64_t estimate; /* bytes of rows on the source */
};

struct full_wish {
	struct reshape *reshape;
	const struct walk *walk; /* has the models */
	const char *run;
};

void full_run_plan(struct full_run *full, const struct full_wish *wish);
void full_run_release(struct full_run *full);

/* Counts the rows of the tables that are to be replaced. */
enum dbs_rc full_run_count(struct full_run *full,
			   const struct conn_setup *target,
			   struct dbs_error *err);

/* Guards of copies that have far fewer rows. */
void full_run_judge(const struct full_run *full, struct reshape *reshape,
		    const struct stage_limits *limits);
#endif
