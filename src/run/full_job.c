/*
 * full_job.c - see full_job.h.
 *
 *	connect ─▶ lock ─▶ structures ─▶ plan ─▶ guards, question
 *	   ─▶ copies, checked ─▶ guards ─▶ backup point ═▶ swap ─▶ objects,
 *	   foreign keys ─▶ old tables go ─▶ report
 *
 * Up to ═▶ nothing but databases of its own is written to on the target.  The
 * backup point is made last before the swap, so that it has what there was
 * then; what is written to the old tables between the two is found by reading
 * them once more.
 */
#include "dbsync/run/full_job.h"

#include "run_base.h"

#include "dbsync/apply/sweep.h"
#include "dbsync/base/clock.h"
#include "dbsync/base/own.h"
#include "dbsync/run/full_write.h"
#include "dbsync/run/state.h"

#include <string.h>

struct full_job {
	struct run_base base;
	const struct full_request *request;
	struct walk *walk; /* of structures alone */
	struct full_run full;
	struct plan *plan;
	struct sync_run run;
};

static void drop(void *self)
{
	struct full_job *job = self;

	sync_run_release(&job->run);
	plan_drop(&job->plan);
	full_run_release(&job->full);
	shape_run_release(&job->base.shapes);
	walk_drop(&job->walk);
	run_base_release(&job->base);
	mem_drop(&job);
}

/* ------------------------------------------------------------------------
 * Until there is a plan
 * --------------------------------------------------------------------- */

static enum dbs_rc look(struct full_job *job, struct dbs_error *err)
{
	enum dbs_rc rc = walk_open(job->walk, err);

	if (!rc) {
		job->base.target.databases = walk_target_databases(job->walk);
		rc = target_side_survey(&job->base.target, err);
	}
	if (!rc)
		rc = run_base_enter(&job->base, WRITES_COPIES, err);
	if (!rc)
		rc = run_base_heed(&job->base, job->request->shape->lock_wait_s,
				   err);
	if (job->base.has_set_back)
		walk_forget_objects(job->walk);
	if (!rc)
		rc = sweep_target(&job->base.target.setup,
				  job->base.target.databases, err);
	return rc ? rc : walk_run(job->walk, err);
}

static void plan_copies(struct full_job *job)
{
	const struct full_wish wish = {job->base.shapes.reshape, job->walk,
				       job->base.id};

	reshape_carry_triggers(job->base.shapes.reshape,
			       &job->base.target.facts);
	shape_run_prepare(&job->base.shapes);
	full_run_release(&job->full);
	full_run_plan(&job->full, &wish);
}

/* Empty copies; a table of which none can be made is left as it is. */
static enum dbs_rc stage_all(struct full_job *job, struct dbs_error *err)
{
	struct reshape *reshape = job->base.shapes.reshape;
	bool is_refused = true;
	enum dbs_rc rc = DBS_OK;

	while (!rc && is_refused) {
		rc = load_stage(job->full.stage, reshape,
				&job->base.target.setup,
				job->base.asked->write->binlog == 1,
				&job->full.ground, &is_refused, err);
		if (rc || !is_refused)
			break;
		reshape_heed_relatives(reshape, &job->base.target.facts);
		reshape_order(reshape);
		plan_copies(job);
	}
	return rc;
}

static enum dbs_rc plan_shapes(struct full_job *job, struct dbs_error *err)
{
	const struct shape_wish wish = {
		.options = job->request->shape,
		.setup = &job->base.target.setup,
		.walk = job->walk,
		.facts = &job->base.target.facts,
		.run = job->base.id,
		.allow = text_list_of(&job->base.asked->write->allow),
		.replaces = true,
	};
	enum dbs_rc rc = shape_run_plan(&job->base.shapes, &wish, err);

	if (rc)
		return rc;
	plan_copies(job);
	return DBS_OK;
}

static void make_plan(struct full_job *job)
{
	struct plan_request request = {
		.reshape = job->base.shapes.reshape,
		.is_schema = true,
		.walk = job->walk,
		.facts = &job->base.target.facts,
		.max_delete_percent = job->request->max_delete_percent,
		.allow = text_list_of(&job->base.asked->write->allow),
		.allow_empty = job->request->allow_empty,
		.keeps_extra = job->request->shape->extra_tables == EXTRA_KEEP,
	};

	request.findings = walk_findings(job->walk, &request.finding_count);
	sync_run_release(&job->run);
	job->run = (struct sync_run){0};
	plan_drop(&job->plan);
	job->plan = plan_make(&request);
}

static void make_run(struct full_job *job)
{
	const struct walk_summary *summary = walk_summary(job->walk);

	job->run = run_base_run(&job->base, job->plan);
	job->run.shapes = &job->base.shapes;
	job->run.full = &job->full;
	job->run.source_name = summary->name[SOURCE];
	job->run.target_name = summary->name[TARGET];
	job->run.target_server = &summary->server[TARGET];
	sync_run_prepare(&job->run);
}

/* ------------------------------------------------------------------------
 * Copies, and into force
 * --------------------------------------------------------------------- */

static enum dbs_rc copy(struct full_job *job, struct dbs_error *err)
{
	const struct full_load_wish wish = {
		.run = &job->run,
		.walk = job->walk,
		.is_unchecked = job->request->is_unchecked,
		.way = job->request->load,
		.limits =
			{
				.max_delete_percent =
					job->request->max_delete_percent,
				.allow_empty = job->request->allow_empty,
				.allow = text_list_of(
					&job->base.asked->write->allow),
			},
	};
	enum dbs_rc rc = full_write_check(&job->run, err);

	if (!rc)
		rc = full_write_load(&wish, err);
	return rc ? rc : full_write_check(&job->run, err);
}

/*
 * Keys between two copies hold as they do on the source; of those between a
 * copy and another table nobody knows, nor of those that copies do not have.
 */
static enum dbs_rc find_doubtful(struct full_job *job, struct conn *conn,
				 struct dbs_error *err)
{
	const struct reshape *reshape = job->base.shapes.reshape;
	struct vec doubtful = VEC_INIT(const struct foreign_key *);
	enum dbs_rc rc = DBS_OK;

	for (size_t d = 0; d < job->base.target.databases.count && !rc; d++) {
		const struct relations *now = NULL;

		rc = relations_load(conn, job->base.target.databases.items[d],
				    job->plan->arena, &now, err);
		for (size_t i = 0; !rc && i < now->foreign_key_count; i++) {
			const struct foreign_key *key = &now->foreign_keys[i];

			if (key->column_count &&
			    reshape_replaces(reshape, key->child_database,
					     key->child) !=
				    reshape_replaces(reshape,
						     key->parent_database,
						     key->parent))
				*(const struct foreign_key **)vec_push(
					&doubtful) = key;
		}
	}
	for (size_t i = 0; i < reshape->lost.count; i++)
		*(const struct foreign_key **)vec_push(
			&doubtful) = vec_at(&reshape->lost, i);
	job->plan->doubtful_count = doubtful.count;
	job->plan->doubtful = arena_alloc(job->plan->arena,
					  (doubtful.count + 1) *
						  sizeof(*job->plan->doubtful));
	if (doubtful.count)
		memcpy(job->plan->doubtful, doubtful.items,
		       doubtful.count * sizeof(*job->plan->doubtful));
	vec_release(&doubtful);
	return rc;
}

static enum dbs_rc look_for_orphans(struct full_job *job, struct dbs_error *err)
{
	OWNED(conn_close) struct conn *conn = NULL;
	enum dbs_rc rc = conn_open(&job->base.target.setup, &conn, err);

	if (!rc)
		rc = find_doubtful(job, conn, err);
	if (rc)
		return rc;
	mem_drop(&job->run.orphans);
	job->run.orphans = mem_zero(job->plan->doubtful_count + 1,
				    sizeof(*job->run.orphans));
	return sync_run_count_orphans(&job->run, err);
}

/*
 * Triggers and foreign keys.  What was replaced is of no use when that fails,
 * and the backup point has it.
 */
static enum dbs_rc make_the_rest(struct full_job *job, struct dbs_error *err)
{
	struct dbs_error other = {0};
	enum dbs_rc rc = sync_run_reshape_late(&job->run, err);

	if (!rc)
		return full_write_finish(&job->run, err);
	if (job->run.backup && rc != DBS_E_CANCELLED &&
	    full_write_finish(&job->run, &other))
		talk_note(job->base.target.setup.talk, "%s", other.text);
	return rc;
}

static enum dbs_rc swap(struct full_job *job, struct dbs_error *err)
{
	enum dbs_rc rc = full_write_begin(&job->run, err);

	if (!rc)
		rc = full_write_swap(&job->run, err);
	if (!rc)
		rc = make_the_rest(job, err);
	return rc ? rc : look_for_orphans(job, err);
}

/* ------------------------------------------------------------------------
 * The end
 * --------------------------------------------------------------------- */

static void give(const struct full_job *job, bool was_written,
		 enum run_verdict verdict, struct run_result *result)
{
	result->verdict = verdict;
	result->was_written = was_written;
	result->is_schema = true;
	result->seconds = clock_since(job->base.start_ns);
	result->run = &job->run;
	result->walk = job->walk;
	result->findings = walk_findings(job->walk, &result->finding_count);
}

static enum run_verdict judge(const struct full_job *job)
{
	if (sync_run_is_partial(&job->run) || job->plan->gap_count ||
	    job->base.shapes.reshape->orphans.count ||
	    job->full.swap.note_count)
		return RUN_PARTIAL;
	return job->request->is_unchecked ? RUN_UNVERIFIED : RUN_EQUAL;
}

static void finish(struct full_job *job, struct run_result *result)
{
	const struct talk *talk = job->base.target.setup.talk;
	const enum run_verdict verdict = judge(job);
	const bool is_done = verdict != RUN_PARTIAL;
	struct dbs_error err;

	if (sync_run_end(&job->run, is_done,
			 is_done && run_base_covers_all(&job->base), &err))
		talk_note(talk, "%s", err.text);
	for (size_t i = 0; i < job->full.swap.note_count; i++)
		talk_note(talk, "%s", job->full.swap.notes[i]);
	give(job, true, verdict, result);
}

static enum dbs_rc copy_all(struct full_job *job, struct dbs_error *err)
{
	/* what the walk's views hold locked would be waited for */
	walk_close(job->walk);
	enum dbs_rc rc = stage_all(job, err);

	if (rc)
		return rc;
	make_plan(job);
	make_run(job);
	rc = sync_run_allowed(&job->run, err);
	if (!rc)
		rc = copy(job, err);
	return rc ? rc : swap(job, err);
}

static enum dbs_rc run(struct full_job *job, struct run_result *result,
		       struct dbs_error *err)
{
	enum dbs_rc rc = state_tell(job->base.asked->write->state_dir,
				    job->base.target.setup.talk, err);

	if (!rc)
		rc = look(job, err);
	if (!rc)
		rc = plan_shapes(job, err);
	if (rc)
		return rc;
	make_plan(job);
	make_run(job);
	if (!shape_run_has_steps(&job->base.shapes)) {
		give(job, false, job->plan->gap_count ? RUN_PARTIAL : RUN_EQUAL,
		     result);
		return DBS_OK;
	}
	/* before anything is written there, even next to the tables */
	if (sync_run_is_refused(&job->run))
		return sync_run_allowed(&job->run, err);
	rc = copy_all(job, err);
	if (!rc)
		finish(job, result);
	return rc;
}

static enum dbs_rc set_up(struct full_job *job, struct dbs_error *err)
{
	const struct shape_options *shape = job->request->shape;
	struct walk_request *walk = &job->base.walk;

	*walk = job->base.asked->walk;
	walk->scope = SCOPE_SCHEMA;
	walk->drops_objects = shape->drops_objects;
	walk->enables_events = shape->enables_events;
	walk->makes_databases = true;
	walk->leaves_databases = shape->keeps_databases;
	const enum dbs_rc rc = run_base_open(&job->base, true, err);

	job->walk = walk_new(walk);
	return rc;
}

enum dbs_rc full_job_run(const struct full_request *request,
			 struct run_result *result, struct dbs_error *err)
{
	struct full_job *job = mem_zero(1, sizeof(*job));

	job->request = request;
	job->base.asked = &request->run;
	*result = (struct run_result){.job = job, .drop = drop};
	enum dbs_rc rc = set_up(job, err);

	if (!rc)
		rc = run(job, result, err);
	if (rc)
		load_unstage(&job->full.ground);
	run_base_quiet(&job->base);
	return rc;
}
