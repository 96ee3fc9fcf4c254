/* explain_job.h - one row of both sides, read and explained. */
#ifndef DBSYNC_RUN_EXPLAIN_JOB_H
#define DBSYNC_RUN_EXPLAIN_JOB_H

#include "dbsync/data/explain.h"
#include "dbsync/run/run_request.h"

struct explain_job_request {
	struct run_request run;
	struct explain_request row;
};

struct explain_result {
	const struct walk_summary *views;
	const struct explanation *explanation;
	bool is_equal;

	struct explain_job *job; /* has all of it */
};

/* result: explain_result_release it, after an error as well. */
enum dbs_rc explain_job_run(const struct explain_job_request *request,
			    struct explain_result *result,
			    struct dbs_error *err);
void explain_result_release(struct explain_result *result);
#endif
