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
#include "full_job.h"

#include "filters.h"
#include "full_write.h"
#include "privileges.h"
#include "sync_report.h"

#include "dbsync/apply/sweep.h"
#include "dbsync/base/clock.h"
#include "dbsync/base/own.h"
#include "dbsync/run/interrupted.h"
#include "dbsync/run/state.h"
#include "dbsync/run/target_side.h"
#include "dbsync/schema/object.h"

#include <string.h>

#define COMMAND "full-sync"

struct job {
	const struct full_sync_wish *wish;
	const struct full_options *options;
	char id[40];
	struct walk_request request;
	struct walk *walk; /* of structures alone */
	struct conn_setup source;
	struct target_side target;
	struct shape_run shapes;
	struct full_run full;
	struct plan *plan;
	struct sync_run run;
	struct progress *progress;
	struct brake brake;
	uint64_t start_ns;
};

static void job_release(struct job *job)
{
	sync_run_release(&job->run);
	plan_drop(&job->plan);
	full_run_release(&job->full);
	shape_run_release(&job->shapes);
	walk_drop(&job->walk);
	target_side_release(&job->target);
	brake_release(&job->brake);
}

/* What is printed from here on is the result; the lock's thread may talk. */
static void quiet_down(struct job *job)
{
	brake_quiet(&job->brake);
	target_lock_release(&job->target.lock);
	progress_end(&job->progress);
}

static int fail(struct job *job, struct dbs_error *err)
{
	load_unstage(&job->full.ground);
	quiet_down(job);
	return walk_options_fail(&job->options->walk, COMMAND, err);
}

/* ------------------------------------------------------------------------
 * Until there is a plan
 * --------------------------------------------------------------------- */

static enum dbs_rc look(struct job *job, struct dbs_error *err)
{
	enum dbs_rc rc = walk_open(job->walk, err);

	if (!rc) {
		job->target.databases = walk_target_databases(job->walk);
		rc = target_side_survey(&job->target, err);
	}
	if (!rc)
		rc = privileges_check(&job->target.setup, job->target.databases,
				      WRITES_COPIES, &job->options->write, err);
	job->target.is_unlogged = job->options->write.binlog == 1;
	if (!rc)
		rc = target_side_lock(&job->target,
				      job->options->write.state_dir, job->id,
				      COMMAND, err);
	if (!rc)
		rc = interrupted_heed(job->options->write.state_dir,
				      &job->target, err);
	if (!rc)
		rc = sweep_target(&job->target.setup, err);
	return rc ? rc : walk_run(job->walk, err);
}

static void plan_copies(struct job *job)
{
	const struct full_wish wish = {job->shapes.reshape, job->walk, job->id};

	reshape_carry_triggers(job->shapes.reshape, &job->target.facts);
	mem_drop(&job->shapes.made);
	mem_drop(&job->shapes.results);
	mem_drop(&job->shapes.kept);
	shape_run_prepare(&job->shapes);
	full_run_release(&job->full);
	full_run_plan(&job->full, &wish);
}

/* Empty copies; a table of which none can be made is left as it is. */
static enum dbs_rc stage_all(struct job *job, struct dbs_error *err)
{
	struct reshape *reshape = job->shapes.reshape;
	bool is_refused = true;
	enum dbs_rc rc = DBS_OK;

	while (!rc && is_refused) {
		rc = load_stage(job->full.stage, reshape, &job->target.setup,
				job->options->write.binlog == 1,
				&job->full.ground, &is_refused, err);
		if (rc || !is_refused)
			break;
		reshape_heed_relatives(reshape, &job->target.facts);
		reshape_order(reshape);
		plan_copies(job);
	}
	return rc;
}

static enum dbs_rc plan_shapes(struct job *job, struct dbs_error *err)
{
	const struct shape_wish wish = {
		.options = &job->options->shape,
		.setup = &job->target.setup,
		.walk = job->walk,
		.facts = &job->target.facts,
		.run = job->id,
		.allow = text_list_of(&job->options->write.allow),
		.replaces = true,
	};
	enum dbs_rc rc = shape_run_plan(&job->shapes, &wish, err);

	if (rc)
		return rc;
	plan_copies(job);
	return DBS_OK;
}

static void make_plan(struct job *job)
{
	struct plan_request request = {
		.reshape = job->shapes.reshape,
		.is_schema = true,
		.walk = job->walk,
		.facts = &job->target.facts,
		.max_delete_percent = job->options->max_delete_percent,
		.allow = text_list_of(&job->options->write.allow),
		.allow_empty = text_list_of(&job->options->allow_empty),
	};

	request.findings = walk_findings(job->walk, &request.finding_count);
	sync_run_release(&job->run);
	job->run = (struct sync_run){0};
	plan_drop(&job->plan);
	job->plan = plan_make(&request);
}

static void make_run(struct job *job)
{
	const struct walk_summary *summary = walk_summary(job->walk);

	job->run = (struct sync_run){
		.command = COMMAND,
		.id = job->id,
		.walk_options = &job->options->walk,
		.options = &job->options->write,
		.setup = &job->target.setup,
		.source = &job->source,
		.progress = job->progress,
		.facts = &job->target.facts,
		.plan = job->plan,
		.shapes = &job->shapes,
		.full = &job->full,
		.source_name = summary->source_name,
		.target_name = summary->target_name,
		.target_server = &summary->target_server,
		.databases = job->target.databases.items,
		.database_count = job->target.databases.count,
		.lock = job->target.lock,
	};
	sync_run_prepare(&job->run);
}

/* ------------------------------------------------------------------------
 * Copies, and into force
 * --------------------------------------------------------------------- */

static enum dbs_rc copy(struct job *job, struct dbs_error *err)
{
	const struct full_load_wish wish = {
		.run = &job->run,
		.walk = job->walk,
		.is_unchecked = job->options->verify == 1,
		.way = (enum load_way)job->options->load,
		.limits =
			{
				.max_delete_percent =
					job->options->max_delete_percent,
				.allow_empty = text_list_of(
					&job->options->allow_empty),
				.allow = text_list_of(
					&job->options->write.allow),
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
static enum dbs_rc find_doubtful(struct job *job, struct conn *conn,
				 struct dbs_error *err)
{
	const struct reshape *reshape = job->shapes.reshape;
	struct vec doubtful = VEC_INIT(const struct foreign_key *);
	enum dbs_rc rc = DBS_OK;

	for (size_t d = 0; d < job->target.databases.count && !rc; d++) {
		const struct relations *now = NULL;

		rc = relations_load(conn, job->target.databases.items[d],
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

static enum dbs_rc look_for_orphans(struct job *job, struct dbs_error *err)
{
	OWNED(conn_close) struct conn *conn = NULL;
	enum dbs_rc rc = conn_open(&job->target.setup, &conn, err);

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
static enum dbs_rc make_the_rest(struct job *job, struct dbs_error *err)
{
	struct dbs_error other = {0};
	enum dbs_rc rc = sync_run_reshape_late(&job->run, err);

	if (!rc)
		return full_write_finish(&job->run, err);
	if (job->run.backup && rc != DBS_E_CANCELLED &&
	    full_write_finish(&job->run, &other))
		talk_note(job->target.setup.talk, "%s", other.text);
	return rc;
}

static enum dbs_rc swap(struct job *job, struct dbs_error *err)
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

static void print(const struct job *job, bool was_written,
		  enum sync_verdict verdict)
{
	struct report report = {
		.command = COMMAND,
		.summary = walk_summary(job->walk),
		.seconds = clock_since(job->start_ns),
		.is_quiet = job->options->walk.quiet,
		.is_schema = true,
		.filters = filters_of(&job->options->walk, job->walk),
	};
	const struct sync_report result = {
		.command = COMMAND,
		.run = &job->run,
		.report = &report,
		.was_written = was_written,
		.verdict = verdict,
		.seconds = report.seconds,
		.is_quiet = report.is_quiet,
	};

	report.findings = walk_findings(job->walk, &report.count);
	if (!job->options->walk.json)
		sync_report_text(&result);
	sync_report_json(&result, job->options->walk.json);
	(void)json_object_put(report.filters);
}

static enum sync_verdict judge(const struct job *job)
{
	if (sync_run_is_partial(&job->run) || job->plan->gap_count ||
	    job->shapes.reshape->orphans.count || job->full.swap.note_count)
		return SYNC_PARTIAL;
	return job->options->verify == 1 ? SYNC_UNVERIFIED : SYNC_EQUAL;
}

/* A run of some tables says nothing of what was interrupted in others. */
static bool covers_all(const struct job *job)
{
	const struct walk_options *options = &job->options->walk;

	return !options->tables.count && !options->exclude.count &&
	       !options->objects.count;
}

static int finish(struct job *job)
{
	const enum sync_verdict verdict = judge(job);
	const bool is_done = verdict != SYNC_PARTIAL;
	struct dbs_error err;

	if (sync_run_end(&job->run, is_done, is_done && covers_all(job), &err))
		talk_note(job->target.setup.talk, "%s", err.text);
	for (size_t i = 0; i < job->full.swap.note_count; i++)
		talk_note(job->target.setup.talk, "%s",
			  job->full.swap.notes[i]);
	quiet_down(job);
	print(job, true, verdict);
	return is_done ? EXIT_EQUAL : EXIT_INCOMPLETE;
}

static int finish_nothing(struct job *job)
{
	const bool is_equal = !job->plan->gap_count;

	quiet_down(job);
	print(job, false, is_equal ? SYNC_EQUAL : SYNC_PARTIAL);
	return is_equal ? EXIT_EQUAL : EXIT_INCOMPLETE;
}

static int run_job(struct job *job)
{
	struct dbs_error err = {0};

	if (walk_options_objects(&job->options->walk, &job->request.objects,
				 &err) ||
	    state_tell(job->options->write.state_dir, job->target.setup.talk,
		       &err) ||
	    look(job, &err) || plan_shapes(job, &err))
		return fail(job, &err);
	make_plan(job);
	make_run(job);
	if (!shape_run_has_steps(&job->shapes))
		return finish_nothing(job);
	/* before anything is written there, be it beside the tables */
	if (sync_run_is_refused(&job->run)) {
		(void)sync_run_allowed(&job->run, &err);
		return fail(job, &err);
	}
	/* what the walk's views hold locked would be waited for */
	walk_close(job->walk);
	if (stage_all(job, &err))
		return fail(job, &err);
	make_plan(job);
	make_run(job);
	if (sync_run_allowed(&job->run, &err) || copy(job, &err) ||
	    swap(job, &err))
		return fail(job, &err);
	return finish(job);
}

static enum dbs_rc set_up(struct job *job, struct dbs_error *err)
{
	const struct full_sync_wish *wish = job->wish;
	const struct walk_options *options = &job->options->walk;

	job->progress = progress_begin((enum progress_mode)options->progress,
				       options->quiet);
	job->request = walk_options_request(options);
	walk_options_loose(options, "--allow-empty", &job->options->allow_empty,
			   &job->request);
	job->request.source = &wish->endpoints->source;
	job->request.target = &wish->endpoints->target;
	job->request.cancel = wish->cancel;
	job->request.talk = progress_talk(job->progress);
	job->request.group = wish->group;
	job->request.run = job->id;
	job->request.scope = SCOPE_SCHEMA;
	job->request.drops_objects = job->options->shape.drops_objects;
	job->request.enables_events = job->options->shape.enables_events;
	job->request.makes_databases = true;
	job->request.leaves_databases = job->options->shape.keeps_databases;
	enum dbs_rc rc = brake_open(&options->brake, job->progress, &job->brake,
				    err);

	job->request.throttle = job->brake.throttle;
	job->source = walk_conn_setup(&job->request, DBS_SIDE_SOURCE);
	job->target.setup = walk_conn_setup(&job->request, DBS_SIDE_TARGET);
	job->walk = walk_new(&job->request);
	job->target.arena = arena_new();
	job->start_ns = clock_ns();
	sync_run_name(job->id);
	return rc ? rc
		  : brake_watch(&job->brake, &job->source, &job->target.setup,
				err);
}

int full_job_run(const struct full_sync_wish *wish)
{
	struct job job = {.wish = wish, .options = wish->options};

	struct dbs_error err = {0};
	const int status = set_up(&job, &err) ? fail(&job, &err)
					      : run_job(&job);

	quiet_down(&job);
	job_release(&job);
	return status;
}
