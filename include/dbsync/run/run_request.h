/*
 * run_request.h - what every run is told, and what it gives back.
 *
 * One process may have several runs at a time: a run keeps nothing of its own
 * between two calls, prints nothing, and asks its audience alone.
 */
#ifndef DBSYNC_RUN_RUN_REQUEST_H
#define DBSYNC_RUN_RUN_REQUEST_H

#include "dbsync/run/brake.h"
#include "dbsync/run/by_log.h"
#include "dbsync/run/sync_run.h"

/* What it points to outlives the result. */
struct run_request {
	const char *command;
	/* Both sides; of a rollback, the target and how to reach it. */
	struct walk_request walk;
	const struct brake_options *brake;
	const struct audience *audience; /* NULL: nobody follows it */
	/* NULL of a run that writes nothing and plans nothing. */
	const struct write_options *write;
	struct by_log_options by_log;
};

enum run_verdict {
	RUN_EQUAL,      /* compared (again) and equal */
	RUN_UNVERIFIED, /* written, not compared again (--verify none) */
	RUN_DIFFERENT,  /* dry-run: there is something to do */
	RUN_RESTORED,   /* rollback: as before the run */
	RUN_PARTIAL,    /* something was left out, or differs still */
};

struct run_result {
	enum run_verdict verdict;
	bool was_written;
	bool is_refused; /* dry-run: by what the same run would be refused for */
	bool is_schema;  /* no rows were compared */
	double seconds;
	const struct sync_run *run;
	/* NULL: nothing was compared; of a run that was refused, or cancelled
	   before it wrote: what is known, and other members tell nothing */
	const struct walk *walk;
	const struct walk_summary *views; /* of the verdict */
	const struct finding *findings;   /* before anything was written */
	size_t finding_count;
	const struct finding *left; /* what was found afterwards, or NULL */
	size_t left_count;
	struct by_log_result by_log;
	const struct plan_gap *absent; /* dry-run: what is not in its file */
	size_t absent_count;

	void *job; /* has all of it */
	void (*drop)(void *job);
};

/* What a run is about when nobody says which objects: an object_set. */
unsigned run_usual_objects(enum scope scope);

void run_result_release(struct run_result *result);
#endif
