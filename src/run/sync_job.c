/*
 * sync_job.c - see sync_job.h.
 *
 *	connect ─▶ lock ─▶ survey ─▶ compare ─▶ plan ─┬─▶ show (dry-run ends)
 *	                                              └─▶ guards, question
 *	   ─▶ backup point ═▶ write ─▶ compare again ─▶ report
 *
 * Both commands walk the same way; dry-run takes no lock and stops before the
 * ═▶, the point of no return.
 *
 * Where structures differ there are two passages.  The first compares rows as
 * far as that can be done, so that all guards are known before anything is
 * written, and changes the structures; the second compares and writes the
 * rows of what the tables have become.  Foreign keys that are new, or stood in
 * the way, come last.
 *
 * Tables that are copied as a whole (sync_copies.h) are swapped in with the
 * structures; the second passage sees them as it sees the others, and brings
 * them to its own moment.
 */
#include "dbsync/run/sync_job.h"

#include "run_base.h"

#include "dbsync/apply/remake.h"
#include "dbsync/apply/sweep.h"
#include "dbsync/base/clock.h"
#include "dbsync/base/own.h"
#include "dbsync/run/interrupted.h"
#include "dbsync/run/state.h"
#include "dbsync/run/sync_copies.h"
#include "dbsync/run/sync_print.h"
#include "dbsync/schema/object.h"

#include <string.h>

/* A comparison, its plan, and the writing of it. */
struct passage {
	struct walk_request request;
	struct walk *walk;
	struct finding *before; /* what the plan is of, copied */
	size_t before_count;
	struct plan *plan;
	struct sync_run run;
};

/* Everything that lives from the first connection to the report. */
struct sync_job {
	struct run_base base;
	struct by_log by_log;
	const struct sync_request *request;
	struct passage first;
	struct passage second; /* only where structures changed */
	struct passage *now;
	struct sync_copies copies; /* of the first passage */
	struct guard lack;         /* dry-run: of privileges; text NULL: none */
	struct vec absent;         /* struct plan_gap: not in its file */
};

static void passage_release(struct passage *passage)
{
	sync_run_release(&passage->run);
	plan_drop(&passage->plan);
	mem_drop(&passage->before);
	walk_drop(&passage->walk);
}

static void drop(void *self)
{
	struct sync_job *job = self;

	vec_release(&job->absent);
	passage_release(&job->second);
	sync_copies_release(&job->copies);
	shape_run_release(&job->base.shapes); /* borrows from the first walk */
	passage_release(&job->first);
	by_log_release(&job->by_log);
	run_base_release(&job->base);
	mem_drop(&job);
}

/* Nothing of the run is left on the target that it had not asked for. */
static enum dbs_rc fail(struct sync_job *job, enum dbs_rc rc)
{
	sync_run_rearm(&job->now->run);
	sync_run_bring_back(&job->first.run);
	load_unstage(&job->copies.full.ground);
	return rc;
}

/* ------------------------------------------------------------------------
 * Until there is a plan
 * --------------------------------------------------------------------- */

/* Whether the run is about the rows of tables. */
static bool has_rows(const struct sync_job *job)
{
	const struct walk_request *asked = &job->base.asked->walk;

	return asked->scope != SCOPE_SCHEMA &&
	       (!asked->objects || (asked->objects & OBJECTS_TABLES));
}

static unsigned writes_of(const struct sync_job *job)
{
	if (has_rows(job))
		return WRITES_ROWS;
	return job->base.asked->walk.scope == SCOPE_SCHEMA ? WRITES_STRUCTURES
							   : 0;
}

/* dry-run shows its plan all the same: the lack is one of the guards. */
static enum dbs_rc guard_privileges(struct sync_job *job, struct dbs_error *err)
{
	struct lack lack;
	enum dbs_rc rc = privileges_look(&job->base.target.setup,
					 job->base.target.databases,
					 writes_of(job), job->base.asked->write,
					 job->base.target.arena, &lack, err);

	if (!rc && lack.text)
		job->lack = (struct guard){
			.kind = GUARD_PRIVILEGES,
			.text = lack.text,
			.way = arena_printf(job->base.target.arena,
					    "%s (--allow privileges tries "
					    "without)",
					    lack.grant)};
	return rc;
}

/* Nothing is noted, and nobody kept away. */
static enum dbs_rc enter_dry(struct sync_job *job, struct dbs_error *err)
{
	enum dbs_rc rc = guard_privileges(job, err);

	return rc ? rc
		  : interrupted_look(job->base.asked->write->state_dir,
				     &job->base.target, err);
}

/* Before anything is read, let alone kept in a backup point. */
static enum dbs_rc enter(struct sync_job *job, struct dbs_error *err)
{
	const struct run_request *asked = job->base.asked;
	enum dbs_rc rc = run_base_enter(&job->base, writes_of(job), err);

	if (!rc)
		rc = run_base_heed(&job->base, job->request->shape->lock_wait_s,
				   err);
	if (job->base.has_set_back)
		walk_forget_objects(job->now->walk);
	if (!rc && asked->walk.scope != SCOPE_DATA)
		rc = sweep_target(&job->base.target.setup,
				  job->base.target.databases, err);
	return rc;
}

static enum dbs_rc compare(struct sync_job *job, struct dbs_error *err)
{
	const struct audience *audience = job->base.asked->audience;
	struct walk *walk = job->now->walk;

	audience_walks(audience, walk);
	enum dbs_rc rc = walk_open(walk, err);

	if (!rc) {
		job->base.target.databases = walk_target_databases(walk);
		rc = target_side_survey(&job->base.target, err);
	}
	if (!rc && job->request->is_dry)
		rc = enter_dry(job, err);
	else if (!rc && !job->base.target.lock)
		rc = enter(job, err);
	if (!rc)
		rc = walk_run(walk, err);
	audience_walks(audience, NULL);
	return rc;
}

static enum dbs_rc choose_copies(struct sync_job *job, struct dbs_error *err)
{
	const bool is_dry = job->request->is_dry;
	const struct sync_copies_wish wish = {
		.request = &job->base.walk,
		.walk = job->now->walk,
		.facts = &job->base.target.facts,
		.forced = job->request->forced,
		.min_rows = job->request->copy_min_rows,
	};

	/* a file of statements has those of rows */
	if (!has_rows(job) || job->request->sql)
		return DBS_OK;
	sync_copies_choose(&job->copies, &wish);
	return is_dry ? DBS_OK
		      : sync_copies_try(&job->copies, &job->base.target,
					job->base.id, err);
}

static enum dbs_rc plan_once(struct sync_job *job, struct dbs_error *err)
{
	const struct shape_wish wish = {
		.options = job->request->shape,
		.setup = &job->base.target.setup,
		.walk = job->now->walk,
		.facts = &job->base.target.facts,
		.run = job->base.id,
		.allow = text_list_of(&job->base.asked->write->allow),
		.writes_rows = has_rows(job),
		.proves = !job->request->is_dry || job->request->proves,
		.copied = sync_copies_reasons(&job->copies),
	};

	shape_run_release(&job->base.shapes);
	return shape_run_plan(&job->base.shapes, &wish, err);
}

/* Until no table is to be copied that cannot be. */
static enum dbs_rc plan_with_copies(struct sync_job *job, struct dbs_error *err)
{
	enum dbs_rc rc = plan_once(job, err);

	while (!rc && sync_copies_heed(&job->copies, job->base.shapes.reshape))
		rc = plan_once(job, err);
	if (!rc)
		sync_copies_plan(&job->copies, job->base.shapes.reshape,
				 job->base.id);
	return rc;
}

static enum dbs_rc plan_shapes(struct sync_job *job, struct dbs_error *err)
{
	if (job->base.asked->walk.scope == SCOPE_DATA)
		return DBS_OK;
	enum dbs_rc rc = choose_copies(job, err);

	if (!rc)
		rc = plan_with_copies(job, err);
	if (!rc)
		sync_copies_tell(&job->copies, job->base.target.setup.talk);
	return rc;
}

/* When the structures have changed it is settled which triggers are away. */
static bool suspends(const struct sync_job *job)
{
	return job->request->suspends && has_rows(job) &&
	       !job->base.shapes.was_written;
}

static void suspend(struct sync_job *job, struct plan_request *request)
{
	struct shape_run *shapes = &job->base.shapes;
	const struct server *target =
		&walk_summary(job->now->walk)->server[TARGET];

	if (!shapes->reshape)
		shape_run_plan_none(shapes, target->family,
				    job->request->shape->lock_wait_s);
	request->reshape = shapes->reshape;
	reshape_disarm(shapes->reshape, job->now->plan, request);
	shape_run_prepare(shapes);
}

static void make_plan(struct sync_job *job)
{
	struct passage *now = job->now;
	const struct finding *findings = walk_findings(now->walk,
						       &now->before_count);
	struct plan_request request = {
		.reshape = job->base.shapes.reshape,
		.is_schema = !has_rows(job),
		.foresees = has_rows(job) && now == &job->first,
		.walk = now->walk,
		.facts = &job->base.target.facts,
		.known = &job->lack,
		.known_count = job->lack.text ? 1 : 0,
		.max_delete_percent = job->request->max_delete_percent,
		.max_changes = job->request->max_changes,
		.allow = text_list_of(&job->base.asked->write->allow),
		.allow_empty = job->request->allow_empty,
		.keeps_extra = job->request->shape->extra_tables == EXTRA_KEEP,
	};

	request.disarms = suspends(job);
	/* comparing again makes new findings of the walk's */
	now->before = mem_alloc((now->before_count + 1) * sizeof(*findings));
	if (now->before_count)
		memcpy(now->before, findings,
		       now->before_count * sizeof(*findings));
	request.findings = now->before;
	request.finding_count = now->before_count;
	now->plan = plan_make(&request);
	if (request.disarms)
		suspend(job, &request);
}

static void make_run(struct sync_job *job)
{
	struct passage *now = job->now;
	const struct walk_summary *summary = walk_summary(now->walk);

	now->run = run_base_run(&job->base, now->plan);
	now->run.shapes = job->base.shapes.reshape ? &job->base.shapes : NULL;
	now->run.full = sync_copies_full(&job->copies);
	now->run.source_name = summary->name[SOURCE];
	now->run.target_name = summary->name[TARGET];
	now->run.target_server = &summary->server[TARGET];
	sync_run_prepare(&now->run);
}

static bool is_nothing(const struct sync_job *job)
{
	return plan_is_empty(job->now->plan) &&
	       !shape_run_has_steps(&job->base.shapes);
}

/* What came of it; the caller's result borrows it from the job. */
static void give(const struct sync_job *job, bool was_written,
		 enum run_verdict verdict, struct run_result *result)
{
	const struct passage *first = &job->first;

	result->verdict = verdict;
	result->was_written = was_written;
	result->is_schema = !has_rows(job);
	result->seconds = clock_since(job->base.start_ns);
	result->run = &job->now->run;
	result->walk = first->walk;
	result->views = walk_summary(job->now->walk);
	result->findings = first->before;
	result->finding_count = first->before_count;
	if (was_written && job->request->again != AGAIN_NONE && has_rows(job))
		result->left = walk_findings(job->now->walk,
					     &result->left_count);
	result->by_log = by_log_sum(&job->by_log, job->now->walk);
	result->absent = job->absent.items;
	result->absent_count = job->absent.count;
}

/* For the next run, if this one has seen that all rows are equal. */
static void keep_agreement(struct sync_job *job,
			   const struct run_result *result)
{
	/* what a trigger of the target did is in no log then */
	const bool is_hidden = job->base.target.is_unlogged &&
			       result->was_written;

	if (result->verdict == RUN_EQUAL && has_rows(job) && !is_hidden)
		by_log_keep(&job->by_log, job->now->walk);
}

/* ------------------------------------------------------------------------
 * dry-run
 * --------------------------------------------------------------------- */

/* What makes them again. */
static enum dbs_rc keep_triggers(struct sync_job *job, struct dbs_error *err)
{
	OWNED(conn_close) struct conn *conn = NULL;

	if (!shape_run_disarms(&job->base.shapes))
		return DBS_OK;
	enum dbs_rc rc = conn_open(&job->base.target.setup, &conn, err);

	return rc ? rc : remake_keep(conn, job->base.shapes.reshape, err);
}

static enum dbs_rc print_statements(struct sync_job *job, struct dbs_error *err)
{
	const struct sync_print wish = {
		.file = job->request->sql,
		.request = &job->base.asked->walk,
		.plan = job->now->plan,
		.sqls = job->now->run.sqls,
		.reshape = job->base.shapes.reshape,
		.walk = job->now->walk,
		.facts = &job->base.target.facts,
		.target_server = &walk_summary(job->now->walk)->server[TARGET],
		.source = &job->base.source,
		.has_rows = has_rows(job),
	};

	const enum dbs_rc rc = keep_triggers(job, err);

	return rc ? rc : sync_print(&wish, &job->absent, err);
}

static enum dbs_rc finish_dry(struct sync_job *job, struct run_result *result,
			      struct dbs_error *err)
{
	const bool is_any_gap = job->now->plan->gap_count != 0;
	enum dbs_rc rc = job->request->sql ? print_statements(job, err)
					   : DBS_OK;

	if (rc)
		return fail(job, rc);
	result->is_refused = sync_run_is_refused(&job->now->run);
	give(job, false,
	     !is_nothing(job) ? RUN_DIFFERENT
	     : is_any_gap     ? RUN_PARTIAL
			      : RUN_EQUAL,
	     result);
	keep_agreement(job, result);
	return DBS_OK;
}

/* ------------------------------------------------------------------------
 * incremental
 * --------------------------------------------------------------------- */

static enum dbs_rc compare_again(struct sync_job *job, struct dbs_error *err)
{
	if (job->request->again == AGAIN_NONE)
		return DBS_OK;
	audience_walks(job->base.asked->audience, job->now->walk);
	enum dbs_rc rc = walk_again(job->now->walk,
				    job->request->again == AGAIN_FULL, err);

	audience_walks(job->base.asked->audience, NULL);
	return rc;
}

static enum run_verdict judge(const struct sync_job *job)
{
	size_t count = 0;
	const struct finding *findings = walk_findings(job->now->walk, &count);

	if (sync_run_is_partial(&job->now->run) || job->now->plan->gap_count ||
	    job->copies.full.swap.note_count)
		return RUN_PARTIAL;
	if (!has_rows(job))
		return RUN_EQUAL;
	if (job->request->again == AGAIN_NONE)
		return RUN_UNVERIFIED;
	for (size_t i = 0; i < count; i++)
		if (findings[i].verdict != VERDICT_EQUAL &&
		    !plan_keeps(job->now->plan, &findings[i]))
			return RUN_PARTIAL;
	return RUN_EQUAL;
}

static enum dbs_rc finish_written(struct sync_job *job, enum dbs_rc compared,
				  struct run_result *result,
				  struct dbs_error *err)
{
	struct dbs_error other;
	const enum run_verdict verdict = compared ? RUN_PARTIAL : judge(job);
	const bool is_done = verdict == RUN_EQUAL || verdict == RUN_UNVERIFIED;

	if (sync_run_end(&job->now->run, is_done,
			 is_done && run_base_covers_all(&job->base), &other))
		talk_note(job->base.target.setup.talk, "%s", other.text);
	for (size_t i = 0; i < job->copies.full.swap.note_count; i++)
		talk_note(job->base.target.setup.talk, "%s",
			  job->copies.full.swap.notes[i]);
	if (compared) {
		(void)dbs_error_context(err,
					"everything was written, but could "
					"not be compared again");
		return fail(job, compared);
	}
	give(job, true, verdict, result);
	keep_agreement(job, result);
	return DBS_OK;
}

static enum dbs_rc finish_nothing(struct sync_job *job,
				  struct run_result *result,
				  struct dbs_error *err)
{
	const bool is_equal = !job->now->plan->gap_count;
	struct dbs_error other = {0};
	enum dbs_rc rc = sync_run_count_orphans(&job->now->run, err);

	if (rc)
		return fail(job, rc);
	if (is_equal && run_base_covers_all(&job->base) &&
	    sync_run_repaired(&job->now->run, &other))
		talk_note(job->base.target.setup.talk, "%s", other.text);
	give(job, false, is_equal ? RUN_EQUAL : RUN_PARTIAL, result);
	keep_agreement(job, result);
	return DBS_OK;
}

/* ------------------------------------------------------------------------
 * Two passages
 * --------------------------------------------------------------------- */

static void begin_second(struct sync_job *job)
{
	walk_close(job->first.walk);
	job->second.request = job->first.request;
	job->second.request.scope = SCOPE_DATA;
	job->second.request.objects = 0;
	job->second.request.is_checked = true;
	job->second.walk = walk_new(&job->second.request);
	job->now = &job->second;
}

/* The run goes on where the first passage left off. */
static void take_over(struct sync_job *job)
{
	struct sync_run *from = &job->first.run;
	struct sync_run *to = &job->second.run;

	to->is_second = true;
	to->backup_seconds = from->backup_seconds;
	to->backup_bytes = from->backup_bytes;
	if (plan_is_empty(job->second.plan))
		to->backup = own_take(&from->backup);
	else
		to->joined = from->backup;
}

/*
 * What the rows have become is more than the user allowed.  The foreign keys
 * that were lifted come back, and it is no refusal any more: the target has
 * changed.
 */
static void stop_between(struct sync_job *job, struct dbs_error *err)
{
	struct dbs_error late = {0};

	if (sync_run_reshape_late(&job->second.run, &late))
		talk_note(job->base.target.setup.talk, "%s", late.text);
	(void)dbs_error_context(err, "the structures have changed, the rows "
				     "were not touched");
	(void)dbs_error_recode(err, DBS_E_LIMIT);
}

static uint64_t changes_of(const struct plan *plan)
{
	uint64_t changes = plan->coming;

	for (size_t i = 0; i < CHANGE_KINDS; i++)
		changes += plan->changes[i];
	return changes;
}

static enum dbs_rc fill_copies(struct sync_job *job, struct dbs_error *err)
{
	const struct full_load_wish wish = {
		.run = &job->first.run,
		.walk = job->first.walk,
		/* where nothing is replaced, comparing again is soon enough */
		.is_unchecked = !sync_copies_replace(&job->copies),
		.limits =
			{
				.max_delete_percent =
					job->request->max_delete_percent,
				.max_changes = job->request->max_changes,
				.changes = changes_of(job->first.plan),
				.allow_empty = job->request->allow_empty,
				.allow = text_list_of(
					&job->base.asked->write->allow),
			},
	};
	enum dbs_rc rc = full_write_check(&job->first.run, err);

	return rc ? rc : full_write_load(&wish, err);
}

static enum dbs_rc reshape_first(struct sync_job *job, struct dbs_error *err)
{
	struct sync_run *run = &job->first.run;

	if (!run->full)
		return sync_run_reshape(run, err);
	enum dbs_rc rc = fill_copies(job, err);

	if (!rc)
		rc = full_write_begin(run, err);
	if (!rc)
		rc = full_write_swap(run, err);
	if (rc)
		return rc;
	/* nobody is to be without them while everything is compared again */
	rc = sync_run_return_keys(run, err);
	return rc ? sync_run_failed(run, rc, err) : full_write_finish(run, err);
}

/* Structures, and then what their rows are now. */
static enum dbs_rc reshape(struct sync_job *job, struct dbs_error *err)
{
	/* what the walk's views hold locked would be waited for */
	walk_close(job->first.walk);
	enum dbs_rc rc = reshape_first(job, err);

	if (rc || !has_rows(job) ||
	    (reshape_leaves_tables(job->base.shapes.reshape) &&
	     plan_is_empty(job->first.plan)))
		return rc;
	shape_run_give_up(&job->base.shapes);
	begin_second(job);
	rc = compare(job, err);
	if (rc)
		return sync_run_failed(&job->first.run, rc, err);
	make_plan(job);
	make_run(job);
	take_over(job);
	rc = sync_run_allowed(&job->second.run, err);
	if (rc)
		stop_between(job, err);
	return rc ? sync_run_failed(&job->second.run, rc, err) : DBS_OK;
}

/* A plan of what is there now. */
static void plan_anew(struct sync_job *job)
{
	sync_run_release(&job->now->run);
	plan_drop(&job->now->plan);
	mem_drop(&job->now->before);
	make_plan(job);
	make_run(job);
}

/* Empty copies; a table of which none can be made is written row by row. */
static enum dbs_rc stage_copies(struct sync_job *job, struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;
	bool is_refused = true;

	/* a foreign key's parent would be waited for */
	walk_close(job->first.walk);
	while (!rc && is_refused && sync_copies_full(&job->copies)) {
		struct full_run *full = &job->copies.full;

		rc = load_stage(full->stage, job->base.shapes.reshape,
				&job->base.target.setup,
				job->base.asked->write->binlog == 1,
				&full->ground, &is_refused, err);
		if (rc || !is_refused)
			break;
		if (!sync_copies_heed(&job->copies, job->base.shapes.reshape))
			sync_copies_give_up(&job->copies,
					    "the target refused one of the "
					    "copies");
		rc = plan_with_copies(job, err);
	}
	if (rc)
		return rc;
	sync_copies_tell(&job->copies, job->base.target.setup.talk);
	plan_anew(job);
	return DBS_OK;
}

/*
 * The plan of the rows is made with the walk that was closed for the copies;
 * when it turns out that there are none, there has to be another.
 */
static enum dbs_rc prepare_copies(struct sync_job *job, struct dbs_error *err)
{
	if (!job->now->run.full || sync_run_is_refused(&job->now->run))
		return DBS_OK;
	enum dbs_rc rc = stage_copies(job, err);

	if (rc || shape_run_has_steps(&job->base.shapes))
		return rc;
	begin_second(job);
	rc = compare(job, err);
	if (rc)
		return rc;
	make_plan(job);
	make_run(job);
	return DBS_OK;
}

static enum dbs_rc write_all(struct sync_job *job, struct run_result *result,
			     struct dbs_error *err)
{
	const bool reshapes = shape_run_has_steps(&job->base.shapes);
	enum dbs_rc compared = DBS_OK;
	enum dbs_rc rc = sync_run_allowed(&job->now->run, err);

	if (rc == DBS_E_REFUSED)
		run_base_compared(&job->base, job->first.walk, result);
	if (!rc && reshapes)
		rc = reshape(job, err);
	if (rc)
		return fail(job, rc);
	if (!plan_is_empty(job->now->plan)) {
		rc = sync_run_write(&job->now->run, err);
		if (!rc)
			rc = sync_run_return_triggers(&job->now->run, err);
		if (rc)
			return fail(job, rc);
		compared = compare_again(job, err);
	}
	if (!compared && reshapes) {
		rc = sync_run_reshape_late(&job->now->run, err);
		if (rc)
			return fail(job, rc);
	}
	if (!compared)
		compared = sync_run_count_orphans(&job->now->run, err);
	return finish_written(job, compared, result, err);
}

static enum dbs_rc carry_out(struct sync_job *job, struct run_result *result,
			     struct dbs_error *err)
{
	if (is_nothing(job))
		return finish_nothing(job, result, err);
	const enum dbs_rc rc = prepare_copies(job, err);

	if (rc)
		return fail(job, rc);
	return is_nothing(job) ? finish_nothing(job, result, err)
			       : write_all(job, result, err);
}

/* ------------------------------------------------------------------------
 * The job
 * --------------------------------------------------------------------- */

static enum dbs_rc run(struct sync_job *job, struct run_result *result,
		       struct dbs_error *err)
{
	enum dbs_rc rc = state_tell(job->base.asked->write->state_dir,
				    job->base.target.setup.talk, err);

	if (!rc)
		rc = compare(job, err);
	if (!rc)
		rc = plan_shapes(job, err);
	if (rc) {
		run_base_stopped(&job->base, job->first.walk, result, err);
		return fail(job, rc);
	}
	make_plan(job);
	make_run(job);
	return job->request->is_dry ? finish_dry(job, result, err)
				    : carry_out(job, result, err);
}

static enum dbs_rc set_up(struct sync_job *job, struct dbs_error *err)
{
	const struct shape_options *shape = job->request->shape;
	struct walk_request *walk = &job->base.walk;

	*walk = job->base.asked->walk;
	walk->keeps_changes = true;
	walk->drops_objects = shape->drops_objects;
	walk->enables_events = shape->enables_events;
	walk->makes_databases = true;
	walk->leaves_databases = shape->keeps_databases;
	const enum dbs_rc rc = run_base_open(&job->base, true, err);

	job->first.request = *walk;
	by_log_begin(&job->by_log, &job->base.asked->by_log,
		     &job->first.request);
	job->first.walk = walk_new(&job->first.request);
	job->now = &job->first;
	return rc;
}

enum dbs_rc sync_job_run(const struct sync_request *request,
			 struct run_result *result, struct dbs_error *err)
{
	struct sync_job *job = mem_zero(1, sizeof(*job));

	job->request = request;
	job->absent = (struct vec)VEC_INIT(struct plan_gap);
	job->base.asked = &request->run;
	*result = (struct run_result){.job = job, .drop = drop};
	enum dbs_rc rc = set_up(job, err);

	if (!rc)
		rc = run(job, result, err);
	run_base_quiet(&job->base);
	return rc;
}
