/* verify_job.h - one run of verify. */
#ifndef DBSYNC_RUN_VERIFY_JOB_H
#define DBSYNC_RUN_VERIFY_JOB_H

#include "dbsync/run/run_request.h"

/* result: run_result_release it, after an error as well. */
enum dbs_rc verify_job_run(const struct run_request *request,
			   struct run_result *result, struct dbs_error *err);
#endif
