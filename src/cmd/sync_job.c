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
#include "sync_job.h"

#include "filters.h"
#include "privileges.h"
#include "sync_copies.h"
#include "sync_print.h"
#include "sync_report.h"

#include "dbsync/apply/sweep.h"
#include "dbsync/base/clock.h"
#include "dbsync/base/own.h"
#include "dbsync/run/interrupted.h"
#include "dbsync/run/state.h"
#include "dbsync/run/target_side.h"
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
struct job {
	const struct sync_wish *wish;
	const struct sync_options *options;
	char id[40];
	struct passage first;
	struct passage second; /* only where structures changed */
	struct passage *now;
	struct conn_setup source;
	struct target_side target;
	struct shape_run shapes;
	struct sync_copies copies; /* of the first passage */
	struct progress *progress;
	struct brake brake;
	struct guard lack; /* dry-run: of privileges; text NULL: none */
	uint64_t start_ns;
};

static void passage_release(struct passage *passage)
{
	sync_run_release(&passage->run);
	plan_drop(&passage->plan);
	mem_drop(&passage->before);
	walk_drop(&passage->walk);
}

static void job_release(struct job *job)
{
	passage_release(&job->second);
	sync_copies_release(&job->copies);
	shape_run_release(&job->shapes); /* borrows from the first walk */
	passage_release(&job->first);
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
	sync_run_bring_back(&job->first.run);
	load_unstage(&job->copies.full.ground);
	quiet_down(job);
	return walk_options_fail(&job->options->walk, job->wish->command, err);
}

/* ------------------------------------------------------------------------
 * Until there is a plan
 * --------------------------------------------------------------------- */

/* Whether the run is about the rows of tables. */
static bool has_rows(const struct job *job)
{
	const unsigned objects = job->first.request.objects;

	return !job->options->walk.schema_only &&
	       (!objects || (objects & OBJECTS_TABLES));
}

static unsigned writes_of(const struct job *job)
{
	return has_rows(job)                    ? WRITES_ROWS
	       : job->options->walk.schema_only ? WRITES_STRUCTURES
						: 0;
}

/* Before anything is read, let alone kept in a backup point. */
static enum dbs_rc check_privileges(const struct job *job,
				    struct dbs_error *err)
{
	return privileges_check(&job->target.setup, job->target.databases,
				writes_of(job), &job->options->write, err);
}

/* dry-run shows its plan all the same: the lack is one of the guards. */
static enum dbs_rc guard_privileges(struct job *job, struct dbs_error *err)
{
	struct lack lack;
	enum dbs_rc rc = privileges_look(&job->target.setup,
					 job->target.databases, writes_of(job),
					 &job->options->write,
					 job->target.arena, &lack, err);

	if (!rc && lack.text)
		job->lack = (struct guard){
			.kind = GUARD_PRIVILEGES,
			.text = lack.text,
			.way = arena_printf(job->target.arena,
					    "%s (--allow privileges tries "
					    "without)",
					    lack.grant)};
	return rc;
}

static enum dbs_rc compare(struct job *job, struct dbs_error *err)
{
	struct walk *walk = job->now->walk;

	progress_watch(job->progress, walk);
	enum dbs_rc rc = walk_open(walk, err);

	if (!rc) {
		job->target.databases = walk_target_databases(walk);
		rc = target_side_survey(&job->target, err);
	}
	job->target.is_unlogged = job->options->write.binlog == 1;
	if (!rc && job->wish->is_dry)
		rc = guard_privileges(job, err);
	if (!rc && job->wish->is_dry)
		rc = interrupted_look(job->options->write.state_dir,
				      &job->target, err);
	if (!rc && !job->wish->is_dry && !job->target.lock) {
		rc = check_privileges(job, err);
		if (!rc)
			rc = target_side_lock(&job->target,
					      job->options->write.state_dir,
					      job->id, job->wish->command, err);
		if (!rc)
			rc = interrupted_heed(job->options->write.state_dir,
					      &job->target, err);
		if (!rc && !job->options->walk.data_only)
			rc = sweep_target(&job->target.setup, err);
	}
	if (!rc)
		rc = walk_run(walk, err);
	progress_watch(job->progress, NULL);
	return rc;
}

static enum dbs_rc choose_copies(struct job *job, struct dbs_error *err)
{
	const bool is_dry = job->wish->is_dry;
	const struct sync_copies_wish wish = {
		.walk_options = &job->options->walk,
		.walk = job->now->walk,
		.facts = &job->target.facts,
		.forced = &job->options->forced,
		.min_rows = job->options->copy_min_rows,
	};

	/* a file of statements has those of rows */
	if (!has_rows(job) || job->options->sql)
		return DBS_OK;
	sync_copies_choose(&job->copies, &wish);
	return is_dry ? DBS_OK
		      : sync_copies_try(&job->copies, &job->target.setup,
					job->id,
					job->options->write.binlog == 1, err);
}

static enum dbs_rc plan_once(struct job *job, struct dbs_error *err)
{
	const struct shape_wish wish = {
		.options = &job->options->shape,
		.setup = &job->target.setup,
		.walk = job->now->walk,
		.facts = &job->target.facts,
		.run = job->id,
		.allow = text_list_of(&job->options->write.allow),
		.writes_rows = has_rows(job),
		.proves = !job->wish->is_dry || job->options->proves,
		.copied = sync_copies_reasons(&job->copies),
	};

	shape_run_release(&job->shapes);
	return shape_run_plan(&job->shapes, &wish, err);
}

/* Until no table is to be copied that cannot be. */
static enum dbs_rc plan_with_copies(struct job *job, struct dbs_error *err)
{
	enum dbs_rc rc = plan_once(job, err);

	while (!rc && sync_copies_heed(&job->copies, job->shapes.reshape))
		rc = plan_once(job, err);
	if (!rc)
		sync_copies_plan(&job->copies, job->shapes.reshape, job->id);
	return rc;
}

static enum dbs_rc plan_shapes(struct job *job, struct dbs_error *err)
{
	if (job->options->walk.data_only)
		return DBS_OK;
	enum dbs_rc rc = choose_copies(job, err);

	if (!rc)
		rc = plan_with_copies(job, err);
	if (!rc)
		sync_copies_tell(&job->copies, job->target.setup.talk);
	return rc;
}

static void make_plan(struct job *job)
{
	struct passage *now = job->now;
	const struct finding *findings = walk_findings(now->walk,
						       &now->before_count);
	struct plan_request request = {
		.reshape = job->shapes.reshape,
		.is_schema = !has_rows(job),
		.foresees = has_rows(job) && now == &job->first,
		.walk = now->walk,
		.facts = &job->target.facts,
		.known = &job->lack,
		.known_count = job->lack.text ? 1 : 0,
		.max_delete_percent = job->options->max_delete_percent,
		.max_changes = job->options->max_changes,
		.allow = text_list_of(&job->options->write.allow),
		.allow_empty = text_list_of(&job->options->allow_empty),
	};

	/* comparing again makes new findings of the walk's */
	now->before = mem_alloc((now->before_count + 1) * sizeof(*findings));
	if (now->before_count)
		memcpy(now->before, findings,
		       now->before_count * sizeof(*findings));
	request.findings = now->before;
	request.finding_count = now->before_count;
	now->plan = plan_make(&request);
}

static void make_run(struct job *job)
{
	struct passage *now = job->now;
	const struct walk_summary *summary = walk_summary(now->walk);

	now->run = (struct sync_run){
		.command = job->wish->command,
		.id = job->id,
		.walk_options = &job->options->walk,
		.options = &job->options->write,
		.setup = &job->target.setup,
		.source = &job->source,
		.progress = job->progress,
		.facts = &job->target.facts,
		.plan = now->plan,
		.shapes = job->shapes.reshape ? &job->shapes : NULL,
		.full = sync_copies_full(&job->copies),
		.source_name = summary->source_name,
		.target_name = summary->target_name,
		.target_server = &summary->target_server,
		.databases = job->target.databases.items,
		.database_count = job->target.databases.count,
		.lock = job->target.lock,
	};
	sync_run_prepare(&now->run);
}

static bool is_nothing(const struct job *job)
{
	return plan_is_empty(job->now->plan) &&
	       !shape_run_has_steps(&job->shapes);
}

/* ------------------------------------------------------------------------
 * Reports
 * --------------------------------------------------------------------- */

static void print(const struct job *job, bool was_written,
		  enum sync_verdict verdict)
{
	struct report report = {
		.command = job->wish->command,
		.summary = walk_summary(job->first.walk),
		.views = walk_summary(job->now->walk),
		.findings = job->first.before,
		.count = job->first.before_count,
		.seconds = clock_since(job->start_ns),
		.is_quiet = job->options->walk.quiet,
		.is_schema = !has_rows(job),
		.filters = filters_of(&job->options->walk, job->first.walk),
	};
	struct sync_report result = {
		.command = job->wish->command,
		.run = &job->now->run,
		.report = &report,
		.was_written = was_written,
		.verdict = verdict,
		.sql_file = job->wish->is_dry ? job->options->sql : NULL,
		.seconds = report.seconds,
		.is_quiet = report.is_quiet,
	};

	if (was_written && job->options->verify != AGAIN_NONE &&
	    !report.is_schema)
		result.left = walk_findings(job->now->walk, &result.left_count);
	if (!job->options->walk.json)
		sync_report_text(&result);
	sync_report_json(&result, job->options->walk.json);
	(void)json_object_put(report.filters);
}

/* ------------------------------------------------------------------------
 * dry-run
 * --------------------------------------------------------------------- */

static enum dbs_rc print_statements(struct job *job, struct dbs_error *err)
{
	const struct sync_print wish = {
		.file = job->options->sql,
		.options = &job->options->walk,
		.plan = job->now->plan,
		.sqls = job->now->run.sqls,
		.reshape = job->shapes.reshape,
		.walk = job->now->walk,
		.facts = &job->target.facts,
		.target_server = &walk_summary(job->now->walk)->target_server,
		.source = &job->source,
		.has_rows = has_rows(job),
	};

	return sync_print(&wish, err);
}

static int finish_dry(struct job *job)
{
	struct dbs_error err = {0};
	const bool is_any_gap = job->now->plan->gap_count != 0;

	if (job->options->sql && print_statements(job, &err))
		return fail(job, &err);
	quiet_down(job);
	const bool is_any = !is_nothing(job);

	print(job, false,
	      is_any       ? SYNC_DIFFERENT
	      : is_any_gap ? SYNC_PARTIAL
			   : SYNC_EQUAL);
	if (sync_run_is_refused(&job->now->run))
		return EXIT_REFUSED;
	if (is_any)
		return EXIT_DIFFERENT;
	return is_any_gap ? EXIT_INCOMPLETE : EXIT_EQUAL;
}

/* ------------------------------------------------------------------------
 * incremental
 * --------------------------------------------------------------------- */

static enum dbs_rc compare_again(struct job *job, struct dbs_error *err)
{
	if (job->options->verify == AGAIN_NONE)
		return DBS_OK;
	progress_watch(job->progress, job->now->walk);
	enum dbs_rc rc = walk_again(job->now->walk,
				    job->options->verify == AGAIN_FULL, err);

	progress_watch(job->progress, NULL);
	return rc;
}

static enum sync_verdict judge(const struct job *job)
{
	size_t count = 0;
	const struct finding *findings = walk_findings(job->now->walk, &count);

	if (sync_run_is_partial(&job->now->run) || job->now->plan->gap_count ||
	    job->copies.full.swap.note_count)
		return SYNC_PARTIAL;
	if (!has_rows(job))
		return SYNC_EQUAL;
	if (job->options->verify == AGAIN_NONE)
		return SYNC_UNVERIFIED;
	for (size_t i = 0; i < count; i++)
		if (findings[i].verdict != VERDICT_EQUAL)
			return SYNC_PARTIAL;
	return SYNC_EQUAL;
}

/* A run of some tables says nothing of what was interrupted in others. */
static bool covers_all(const struct job *job)
{
	const struct walk_options *options = &job->options->walk;

	return !options->tables.count && !options->exclude.count &&
	       !options->where.count && !options->ignore.count &&
	       !options->schema_only && !options->objects.count;
}

static int finish_written(struct job *job, enum dbs_rc compared,
			  struct dbs_error *err)
{
	struct dbs_error other;
	const enum sync_verdict verdict = compared ? SYNC_PARTIAL : judge(job);
	const bool is_done = verdict == SYNC_EQUAL ||
			     verdict == SYNC_UNVERIFIED;

	if (sync_run_end(&job->now->run, is_done, is_done && covers_all(job),
			 &other))
		talk_note(job->target.setup.talk, "%s", other.text);
	for (size_t i = 0; i < job->copies.full.swap.note_count; i++)
		talk_note(job->target.setup.talk, "%s",
			  job->copies.full.swap.notes[i]);
	if (compared) {
		(void)dbs_error_context(err,
					"everything was written, but could "
					"not be compared again");
		return fail(job, err);
	}
	quiet_down(job);
	print(job, true, verdict);
	return is_done ? EXIT_EQUAL : EXIT_INCOMPLETE;
}

static int finish_nothing(struct job *job)
{
	const bool is_equal = !job->now->plan->gap_count;
	struct dbs_error err = {0};

	if (sync_run_count_orphans(&job->now->run, &err))
		return fail(job, &err);
	if (is_equal && covers_all(job) &&
	    sync_run_repaired(&job->now->run, &err))
		talk_note(job->target.setup.talk, "%s", err.text);
	quiet_down(job);
	print(job, false, is_equal ? SYNC_EQUAL : SYNC_PARTIAL);
	return is_equal ? EXIT_EQUAL : EXIT_INCOMPLETE;
}

/* ------------------------------------------------------------------------
 * Two passages
 * --------------------------------------------------------------------- */

static void begin_second(struct job *job)
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
static void take_over(struct job *job)
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
static void stop_between(struct job *job, struct dbs_error *err)
{
	struct dbs_error late = {0};

	if (sync_run_reshape_late(&job->second.run, &late))
		talk_note(job->target.setup.talk, "%s", late.text);
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

static enum dbs_rc fill_copies(struct job *job, struct dbs_error *err)
{
	const struct full_load_wish wish = {
		.run = &job->first.run,
		.walk = job->first.walk,
		/* where nothing is replaced, comparing again is soon enough */
		.is_unchecked = !sync_copies_replace(&job->copies),
		.limits =
			{
				.max_delete_percent =
					job->options->max_delete_percent,
				.max_changes = job->options->max_changes,
				.changes = changes_of(job->first.plan),
				.allow_empty = text_list_of(
					&job->options->allow_empty),
				.allow = text_list_of(
					&job->options->write.allow),
			},
	};
	enum dbs_rc rc = full_write_check(&job->first.run, err);

	return rc ? rc : full_write_load(&wish, err);
}

static enum dbs_rc reshape_first(struct job *job, struct dbs_error *err)
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
static enum dbs_rc reshape(struct job *job, struct dbs_error *err)
{
	/* what the walk's views hold locked would be waited for */
	walk_close(job->first.walk);
	enum dbs_rc rc = reshape_first(job, err);

	if (rc || !has_rows(job) ||
	    (reshape_leaves_tables(job->shapes.reshape) &&
	     plan_is_empty(job->first.plan)))
		return rc;
	shape_run_give_up(&job->shapes);
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
static void plan_anew(struct job *job)
{
	sync_run_release(&job->now->run);
	plan_drop(&job->now->plan);
	mem_drop(&job->now->before);
	make_plan(job);
	make_run(job);
}

/* Empty copies; a table of which none can be made is written row by row. */
static enum dbs_rc stage_copies(struct job *job, struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;
	bool is_refused = true;

	/* a foreign key's parent would be waited for */
	walk_close(job->first.walk);
	while (!rc && is_refused && sync_copies_full(&job->copies)) {
		struct full_run *full = &job->copies.full;

		rc = load_stage(full->stage, job->shapes.reshape,
				&job->target.setup,
				job->options->write.binlog == 1, &full->ground,
				&is_refused, err);
		if (rc || !is_refused)
			break;
		if (!sync_copies_heed(&job->copies, job->shapes.reshape))
			sync_copies_give_up(&job->copies,
					    "the target refused one of the "
					    "copies");
		rc = plan_with_copies(job, err);
	}
	if (rc)
		return rc;
	sync_copies_tell(&job->copies, job->target.setup.talk);
	plan_anew(job);
	return DBS_OK;
}

/*
 * The plan of the rows is made with the walk that was closed for the copies;
 * when it turns out that there are none, there has to be another.
 */
static enum dbs_rc prepare_copies(struct job *job, struct dbs_error *err)
{
	if (!job->now->run.full || sync_run_is_refused(&job->now->run))
		return DBS_OK;
	enum dbs_rc rc = stage_copies(job, err);

	if (rc || shape_run_has_steps(&job->shapes))
		return rc;
	begin_second(job);
	rc = compare(job, err);
	if (rc)
		return rc;
	make_plan(job);
	make_run(job);
	return DBS_OK;
}

static int carry_out(struct job *job)
{
	struct dbs_error err = {0};

	if (is_nothing(job))
		return finish_nothing(job);
	if (prepare_copies(job, &err))
		return fail(job, &err);
	if (is_nothing(job))
		return finish_nothing(job);
	const bool reshapes = shape_run_has_steps(&job->shapes);

	if (sync_run_allowed(&job->now->run, &err) ||
	    (reshapes && reshape(job, &err)))
		return fail(job, &err);
	enum dbs_rc rc = DBS_OK;

	if (!plan_is_empty(job->now->plan)) {
		if (sync_run_write(&job->now->run, &err))
			return fail(job, &err);
		rc = compare_again(job, &err);
	}
	if (!rc && reshapes && sync_run_reshape_late(&job->now->run, &err))
		return fail(job, &err);
	if (!rc)
		rc = sync_run_count_orphans(&job->now->run, &err);
	return finish_written(job, rc, &err);
}

/* ------------------------------------------------------------------------
 * The job
 * --------------------------------------------------------------------- */

static int run_job(struct job *job)
{
	struct dbs_error err = {0};

	if (walk_options_objects(&job->options->walk,
				 &job->first.request.objects, &err) ||
	    state_tell(job->options->write.state_dir, job->target.setup.talk,
		       &err) ||
	    compare(job, &err) || plan_shapes(job, &err))
		return fail(job, &err);
	make_plan(job);
	make_run(job);
	return job->wish->is_dry ? finish_dry(job) : carry_out(job);
}

static enum dbs_rc set_up(struct job *job, struct dbs_error *err)
{
	const struct sync_wish *wish = job->wish;
	const struct walk_options *options = &job->options->walk;
	struct walk_request *request = &job->first.request;

	job->progress = progress_begin((enum progress_mode)options->progress,
				       options->quiet);
	*request = walk_options_request(options);
	walk_options_loose(options, "--force-full-sync", &job->options->forced,
			   request);
	walk_options_loose(options, "--allow-empty", &job->options->allow_empty,
			   request);
	request->source = &wish->endpoints->source;
	request->target = &wish->endpoints->target;
	request->cancel = wish->cancel;
	request->talk = progress_talk(job->progress);
	request->group = wish->group;
	request->run = job->id;
	request->keeps_changes = true;
	request->drops_objects = job->options->shape.drops_objects;
	request->enables_events = job->options->shape.enables_events;
	request->makes_databases = true;
	request->leaves_databases = job->options->shape.keeps_databases;
	enum dbs_rc rc = brake_open(&options->brake, job->progress, &job->brake,
				    err);

	request->throttle = job->brake.throttle;
	job->source = walk_conn_setup(request, DBS_SIDE_SOURCE);
	job->target.setup = walk_conn_setup(request, DBS_SIDE_TARGET);
	job->first.walk = walk_new(request);
	job->now = &job->first;
	job->target.arena = arena_new();
	job->start_ns = clock_ns();
	sync_run_name(job->id);
	return rc ? rc
		  : brake_watch(&job->brake, &job->source, &job->target.setup,
				err);
}

int sync_job_run(const struct sync_wish *wish)
{
	struct job job = {.wish = wish, .options = wish->options};

	struct dbs_error err = {0};
	const int status = set_up(&job, &err) ? fail(&job, &err)
					      : run_job(&job);

	quiet_down(&job);
	job_release(&job);
	return status;
}
