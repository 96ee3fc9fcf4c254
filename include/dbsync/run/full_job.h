/* full_job.h - one run of full-sync. */
#ifndef DBSYNC_RUN_FULL_JOB_H
#define DBSYNC_RUN_FULL_JOB_H

#include "dbsync/run/run_request.h"

struct full_request {
	struct run_request run;
	const struct shape_options *shape;
	unsigned max_delete_percent;
	struct text_list allow_empty;
	bool is_unchecked; /* copies are not read back */
	enum load_way load;
};

/* result: run_result_release it, after an error as well. */
enum dbs_rc full_job_run(const struct full_request *request,
			 struct run_result *result, struct dbs_error *err);
#endif
