/* undo_job.h - one run of rollback. */
#ifndef DBSYNC_RUN_UNDO_JOB_H
#define DBSYNC_RUN_UNDO_JOB_H

#include "dbsync/run/run_request.h"

struct undo_request {
	struct run_request run; /* its target alone, and how to reach it */
	const char *file;       /* path; NULL: the newest of the target */
	unsigned lock_wait_s;
	bool is_forced;        /* rows too that somebody changed since */
	bool takes_any_server; /* not only the one that the run wrote to */
	bool takes_unsigned;   /* a point that is not this installation's */
};

/* result: run_result_release it, after an error as well. */
enum dbs_rc undo_job_run(const struct undo_request *request,
			 struct run_result *result, struct dbs_error *err);
#endif
