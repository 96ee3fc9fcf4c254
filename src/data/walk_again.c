/*
 * walk_again.c - what differed, looked at once more.
 *
 * A recheck asks whether a difference is there for good: both sides in new
 * views, and only what differed.  After the target was written to, the source
 * is seen in the view of before, and the target in a new one.
 */
#include "walk_part.h"

/* ------------------------------------------------------------------------
 * --recheck
 * --------------------------------------------------------------------- */

static size_t reopen_jobs(struct walk *walk)
{
	size_t reopened = 0;

	for (size_t i = 0; i < walk->inventory.jobs.count; i++)
		reopened += job_reopen(walk_job(walk, i), walk->request->talk);
	atomic_fetch_sub(&walk->jobs_ended, reopened);
	return reopened;
}

enum dbs_rc walk_recheck(struct walk *walk, struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	for (unsigned i = 0; i < walk->request->recheck && !rc; i++) {
		if (!reopen_jobs(walk))
			break;
		views_expect_renewed(&walk->views);
		views_close_all(&walk->views);
		rc = cancel_sleep(walk->request->cancel,
				  walk->request->recheck_pause_ms, err);
		if (!rc)
			rc = views_renew(&walk->views, err);
		if (!rc)
			rc = walk_run_crew(walk, err);
	}
	return rc;
}

/* ------------------------------------------------------------------------
 * After the target was written to
 * --------------------------------------------------------------------- */

/* Leaves the findings of tables that only one side has. */
static void forget_findings(struct walk *walk)
{
	struct vec *findings = &walk->inventory.findings;
	size_t kept = 0;

	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = vec_at(findings, i);

		if (!finding->subject)
			((struct finding *)findings->items)[kept++] = *finding;
	}
	vec_truncate(findings, kept);
}

static size_t redo_jobs(struct walk *walk, bool all)
{
	size_t reopened = 0;

	for (size_t i = 0; i < walk->inventory.jobs.count; i++)
		reopened += job_redo(walk_job(walk, i), all, &walk->context,
				     &walk->summary.server[TARGET]);
	atomic_fetch_sub(&walk->jobs_ended, reopened);
	return reopened;
}

enum dbs_rc walk_again(struct walk *walk, bool all, struct dbs_error *err)
{
	walk->context.is_again = true;
	forget_findings(walk);
	const size_t reopened = redo_jobs(walk, all);

	if (reopened && all)
		views_forget(&walk->views);
	else if (reopened)
		/* ranges that were equal are of the view before this one */
		views_lower(&walk->views, TARGET, CONSISTENCY_RENEWED);
	enum dbs_rc rc = views_again(&walk->views, err);

	talk_step(walk->request->talk, "comparing %zu tables again", reopened);
	if (!rc)
		rc = walk_run_crew(walk, err);
	if (rc)
		return rc;
	views_close_all(&walk->views);
	walk_finish(walk);
	return DBS_OK;
}
