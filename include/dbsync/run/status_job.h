/* status_job.h - what became of the last runs, out of sync-state.json alone. */
#ifndef DBSYNC_RUN_STATUS_JOB_H
#define DBSYNC_RUN_STATUS_JOB_H

#include "dbsync/base/error.h"

#include <json-c/json.h>
#include <stdbool.h>

struct status_result {
	struct json_object *interrupted; /* array: of the state's "runs" */
	struct json_object *last;        /* array: what state_last was given */
	bool is_well; /* each of the last went well, and none was interrupted */
};

/* result: status_result_release it, after an error as well. */
enum dbs_rc status_job_run(const char *state_dir, struct status_result *result,
			   struct dbs_error *err);
void status_result_release(struct status_result *result);
#endif
