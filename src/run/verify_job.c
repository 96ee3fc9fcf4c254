/* verify_job.c - see verify_job.h. */
#include "dbsync/run/verify_job.h"

#include "run_base.h"

#include "dbsync/base/clock.h"
#include "dbsync/run/totals.h"

struct verify_job {
	struct run_base base;
	struct by_log by_log;
	struct walk *walk;
};

static void drop(void *self)
{
	struct verify_job *job = self;

	walk_drop(&job->walk);
	by_log_release(&job->by_log);
	run_base_release(&job->base);
	mem_drop(&job);
}

static enum run_verdict judge(const struct walk *walk)
{
	size_t count = 0;
	size_t object_count = 0;
	const struct finding *findings = walk_findings(walk, &count);
	const struct object_finding *objects = walk_objects(walk,
							    &object_count);
	const struct totals totals = totals_of(findings, count, objects,
					       object_count);

	switch (totals_verdict(&totals)) {
	case VERDICT_EQUAL:
		return RUN_EQUAL;
	case VERDICT_DIFFERENT:
	case VERDICT_MISSING_ON_TARGET:
	case VERDICT_MISSING_ON_SOURCE:
		return RUN_DIFFERENT;
	case VERDICT_UNDECIDED:
	case VERDICT_INCOMPLETE:
		break;
	}
	return RUN_PARTIAL;
}

static void give(const struct verify_job *job, struct run_result *result)
{
	result->verdict = judge(job->walk);
	result->is_schema = job->base.walk.scope == SCOPE_SCHEMA;
	result->seconds = clock_since(job->base.start_ns);
	result->walk = job->walk;
	result->findings = walk_findings(job->walk, &result->finding_count);
	result->by_log = by_log_sum(&job->by_log, job->walk);
}

static enum dbs_rc compare(struct verify_job *job, struct dbs_error *err)
{
	const struct audience *audience = job->base.asked->audience;

	by_log_begin(&job->by_log, &job->base.asked->by_log, &job->base.walk);
	job->walk = walk_new(&job->base.walk);
	audience_walks(audience, job->walk);
	const enum dbs_rc rc = walk_run(job->walk, err);

	audience_walks(audience, NULL);
	return rc;
}

enum dbs_rc verify_job_run(const struct run_request *request,
			   struct run_result *result, struct dbs_error *err)
{
	struct verify_job *job = mem_zero(1, sizeof(*job));

	job->base.asked = request;
	job->base.walk = request->walk;
	*result = (struct run_result){.job = job, .drop = drop};
	enum dbs_rc rc = run_base_open(&job->base, true, err);

	if (!rc)
		rc = compare(job, err);
	if (!rc)
		give(job, result);
	if (!rc && result->verdict == RUN_EQUAL && !result->is_schema)
		by_log_keep(&job->by_log, job->walk);
	else if (rc)
		run_base_stopped(&job->base, job->walk, result, err);
	run_base_quiet(&job->base);
	return rc;
}
