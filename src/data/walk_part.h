/*
 * walk_part.h - what the files of walk.h share.  Internal to data.
 *
 *	walk.c        from the request to the findings
 *	walk_again.c  what differed, or all, once more
 */
#ifndef DBSYNC_DATA_WALK_PART_H
#define DBSYNC_DATA_WALK_PART_H

#include "crew.h"
#include "inventory.h"
#include "views.h"

struct walk {
	const struct walk_request *request;
	struct arena *arena;
	bool is_open;
	bool is_comparing; /* its crew has begun: all tables are known */
	bool is_finished;  /* the findings are complete */
	struct links links;
	struct views views;
	struct snapshot first[SIDES]; /* as they were opened first */
	struct inventory inventory;
	struct walk_summary summary;
	struct job_context context;
	struct meter meter;
	atomic_size_t jobs_ended;
	atomic_size_t jobs_total;
	_Atomic(const struct job *) begun; /* lives as long as the walk */
	atomic_ullong rows_expected;
};

struct job *walk_job(const struct walk *walk, size_t number);

/* All jobs that have not ended, in one view or, of large ages, in several. */
enum dbs_rc walk_run_crew(struct walk *walk, struct dbs_error *err);
/* Adds the findings of the jobs, and what is said of the walk as a whole. */
void walk_finish(struct walk *walk);

/* walk_again.c: --recheck */
enum dbs_rc walk_recheck(struct walk *walk, struct dbs_error *err);
#endif
