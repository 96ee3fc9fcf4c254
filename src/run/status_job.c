/* status_job.c - see status_job.h. */
#include "dbsync/run/status_job.h"

#include "state_file.h"

#include "dbsync/run/state.h"

static bool has_failure(struct json_object *last)
{
	for (size_t i = 0; i < json_object_array_length(last); i++)
		if (!state_flag(json_object_array_get_idx(last, i),
				"is_success"))
			return true;
	return false;
}

static struct json_object *interrupted_of(struct json_object *runs)
{
	struct json_object *found = json_object_new_array();

	for (size_t i = 0; i < json_object_array_length(runs); i++) {
		struct json_object *run = json_object_array_get_idx(runs, i);

		if (state_is_interrupted(run))
			(void)json_object_array_add(found,
						    json_object_get(run));
	}
	return found;
}

enum dbs_rc status_job_run(const char *state_dir, struct status_result *result,
			   struct dbs_error *err)
{
	struct json_object *state = NULL;
	const enum dbs_rc rc = state_read(state_dir, &state, err);

	*result = (struct status_result){0};
	if (rc)
		return rc;
	if (!state)
		state = json_object_new_object();
	result->interrupted = interrupted_of(state_array(state, "runs"));
	result->last = json_object_get(state_array(state, "last"));
	result->is_well = !json_object_array_length(result->interrupted) &&
			  !has_failure(result->last);
	(void)json_object_put(state);
	return DBS_OK;
}

void status_result_release(struct status_result *result)
{
	(void)json_object_put(result->interrupted);
	(void)json_object_put(result->last);
	*result = (struct status_result){0};
}
