/*
 * job.h - one table on its way through the walk.  Internal to data.
 *
 *	WAITING ─▶ PLANNING ─▶ READY ─▶ ENDED
 *
 * WAITING: nobody has it.  PLANNING: one worker cuts it into ranges.  READY:
 * its ranges are taken, by any worker, until none is left and none is busy.
 * ENDED: its finding is complete.  State, next, busy, owner, error, pace and
 * count are guarded by the crew's mutex; a range_finding belongs to the worker
 * that took the range.
 *
 * When a range fails for good, error holds what the first such range (in key
 * order) met, ranges not yet taken are left out, and the finding says
 * incomplete: a range without a verdict never passes for an equal one.
 */
#ifndef DBSYNC_DATA_JOB_H
#define DBSYNC_DATA_JOB_H

#include "findings.h"

#include "dbsync/data/key_set.h"
#include "dbsync/data/subject.h"

enum job_state { JOB_WAITING, JOB_PLANNING, JOB_READY, JOB_ENDED };

/* Rows per second that each digest has shown on this table; 0: not tried. */
struct pace {
	double stream;
	double server;
};

struct job {
	struct subject subject;
	struct finding finding;
	struct arena *arena;         /* ranges and their bounds */
	struct vec ranges;           /* struct range */
	struct range_finding *found; /* one for each range */
	struct vec known;            /* of all ranges, for rechecking */
	const struct row_sql *keys;  /* again: by the changed keys; or NULL */
	struct key_set *named;       /* only these rows; NULL: all */
	uint64_t named_of;           /* so many rows there are, it is thought */
	size_t named_each;           /* keys in a range */
	const struct row_sql *named_sql;
	enum job_state state;
	size_t next; /* first range that nobody took */
	size_t busy; /* ranges that somebody took and has not done */
	size_t failed_range;
	struct dbs_error error; /* code DBS_OK: none */
	const void *owner;      /* the worker that alone may have it, or NULL */
	uint64_t started_ns;
	struct pace pace;
	enum count_state count; /* see count.h */
	struct tally counted;   /* when it is DONE */
};

/* What a worker needs to know of the whole walk; not changed while it runs. */
struct job_context {
	const struct walk_request *request;
	struct meter *meter;
	double link_bytes_per_s; /* of the slower side; 0: unknown */
	unsigned workers;
	bool is_again; /* changes were written: nothing is recorded any more */
	bool is_one_view; /* at the end: all was read in the views of the start */
};

/* Whether rows of the pair can be named by their keys. */
bool job_can_name(const struct pair *pair);

/* Cuts the job's table into ranges. */
enum dbs_rc job_plan(struct job *job, const struct job_context *context,
		     const struct link *link, struct dbs_error *err);

/*
 * Compares one range once; digest is what it was done by.  Fills in the
 * range's finding.
 */
enum dbs_rc job_compare(struct job *job, size_t range, enum digest digest,
			const struct job_context *context,
			const struct link *link, struct dbs_error *err);

/* Which digest to use for the next range, from what is known so far. */
enum digest job_choose(const struct job *job,
		       const struct job_context *context);
/* Remembers how quick a digest was. */
void job_learn(struct job *job, enum digest digest, uint64_t rows,
	       double seconds);

/*
 * Sums up the ranges into the finding; no worker has the job any more.  The
 * strip stays that of before the target was written to.
 */
void job_conclude(struct job *job, const struct job_context *context);

/*
 * Whether the job is worth looking at again.  If so, what differed is kept as
 * known, and the ranges that differed are to be done once more.
 */
bool job_reopen(struct job *job, const struct talk *talk);

/*
 * What differed, or all, is to be compared once more and counts as it is then.
 * False: nothing is to be done.
 */
bool job_redo(struct job *job, bool all, const struct job_context *context,
	      const struct server *target);

void job_release(struct job *job);
#endif
