/* explain_job.c - see explain_job.h. */
#include "dbsync/run/explain_job.h"

#include "dbsync/base/mem.h"

struct explain_job {
	struct walk_request request; /* asked for, with what the run adds */
	struct workers workers;
	struct walk *walk;
	struct arena *arena;
	struct explanation explanation;
};

enum dbs_rc explain_job_run(const struct explain_job_request *request,
			    struct explain_result *result,
			    struct dbs_error *err)
{
	struct explain_job *job = mem_zero(1, sizeof(*job));

	*result = (struct explain_result){.job = job};
	workers_init(&job->workers, request->run.walk.talk, conn_thread_end);
	job->request = request->run.walk;
	job->request.workers = &job->workers;
	/* the statement needs the whole row */
	job->request.keeps_changes = true;
	job->walk = walk_new(&job->request);
	job->arena = arena_new();
	enum dbs_rc rc = walk_open(job->walk, err);

	if (!rc)
		rc = explain_row(job->walk, &request->row, job->arena,
				 &job->explanation, err);
	if (rc)
		return rc;
	result->views = walk_summary(job->walk);
	result->explanation = &job->explanation;
	result->is_equal = explain_is_equal(&job->explanation);
	return DBS_OK;
}

void explain_result_release(struct explain_result *result)
{
	if (!result->job)
		return;
	arena_drop(&result->job->arena);
	walk_drop(&result->job->walk);
	mem_drop(&result->job);
	*result = (struct explain_result){0};
}
