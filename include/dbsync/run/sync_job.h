/* sync_job.h - one run of incremental or dry-run. */
#ifndef DBSYNC_RUN_SYNC_JOB_H
#define DBSYNC_RUN_SYNC_JOB_H

#include "dbsync/run/run_request.h"

/* What is compared again after rows were written. */
enum again { AGAIN_CHANGED, AGAIN_FULL, AGAIN_NONE };

struct sync_request {
	struct run_request run;
	const struct shape_options *shape;
	bool is_dry;
	unsigned max_delete_percent;
	unsigned max_changes; /* 0: no limit */
	struct text_list allow_empty;
	struct text_list forced; /* tables that are copied whenever they differ */
	unsigned copy_min_rows; /* 0: none else is copied */
	enum again again;
	bool suspends;   /* triggers of the target, while rows are written */
	bool proves;     /* dry-run: in a scratch database */
	const char *sql; /* dry-run: file for the statements; NULL: none */
};

/* result: run_result_release it, after an error as well. */
enum dbs_rc sync_job_run(const struct sync_request *request,
			 struct run_result *result, struct dbs_error *err);
#endif
