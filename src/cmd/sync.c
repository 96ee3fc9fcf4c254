/*
 * sync.c - `dbsync incremental` and `dbsync dry-run`.
 *
 *	connect ─▶ lock ─▶ survey ─▶ compare ─▶ plan ─┬─▶ show (dry-run ends)
 *	                                              └─▶ guards, question
 *	   ─▶ backup point ═▶ write ─▶ compare again ─▶ report
 *
 * Both walk the same way; dry-run takes no lock and stops before the ═▶, the
 * point of no return.
 */
#include "dbsync/cmd/command.h"

#include "state.h"
#include "sync_report.h"
#include "sync_run.h"

#include "dbsync/apply/survey.h"
#include "dbsync/base/clock.h"
#include "dbsync/base/own.h"
#include "dbsync/cmd/endpoints.h"
#include "dbsync/cmd/signals.h"

#include <stddef.h>
#include <string.h>

enum again { AGAIN_CHANGED, AGAIN_FULL, AGAIN_NONE };

struct sync {
	struct walk_options walk;
	struct write_options write;
	unsigned max_delete_percent;
	unsigned max_changes;
	struct vec allow_empty;
	int verify; /* enum again */
	const char *sql;
};

static const char *const again_words[] = {"changed", "full", "none", NULL};

#define WALK offsetof(struct sync, walk)
#define WRITE offsetof(struct sync, write)
#define AT(field) offsetof(struct sync, field)
#define MOST_NUMBER 4000000000u

/* clang-format off */
#define LIMIT_ROWS \
	{"max-delete-percent", '\0', OPTION_UNSIGNED, AT(max_delete_percent), \
	 "N", "of the rows of a table with more than 1,000, or of\n" \
	 "any that is empty on the source (default 30; 100:\n" \
	 "no limit)", NULL, 0, 100, NULL, NULL}, \
	{"max-changes", '\0', OPTION_UNSIGNED, AT(max_changes), "N", \
	 "rows in all (default: no limit)", NULL, 1, MOST_NUMBER, NULL, NULL}, \
	{"allow-empty", '\0', OPTION_LIST, AT(allow_empty), "GLOBS", \
	 "tables that may be empty on the source", NULL, 0, 0, NULL, NULL}

static const struct option_row incremental_rows[] = {
	WALK_ROWS_WHAT(WALK),
	WALK_ROWS_HOW(WALK),
	WRITE_ROWS(WRITE),
	LIMIT_ROWS,
	{"verify", '\0', OPTION_CHOICE, AT(verify), "WHAT",
	 "afterwards: the changed ranges (default), full, none",
	 NULL, 0, 0, again_words, NULL},
	WALK_ROWS_OUTPUT(WALK),
	WALK_ROWS_SERVERS(WALK),
};

static const struct option_row dry_run_rows[] = {
	WALK_ROWS_WHAT(WALK),
	WALK_ROWS_HOW(WALK),
	WRITE_ROWS(WRITE),
	LIMIT_ROWS,
	WALK_ROWS_OUTPUT(WALK),
	{"sql", '\0', OPTION_TEXT, AT(sql), "FILE",
	 "write the statements, for reading and for running",
	 NULL, 0, 0, NULL, NULL},
	WALK_ROWS_SERVERS(WALK),
};
/* clang-format on */

static void defaults(void *options)
{
	struct sync *sync = options;

	walk_options_defaults(&sync->walk);
	write_options_defaults(&sync->write);
	sync->max_delete_percent = 30;
	sync->allow_empty = (struct vec)VEC_INIT(char *);
}

/* Everything that lives from the first connection to the report. */
struct job {
	const struct sync *sync;
	bool is_dry;
	const char *command;
	char id[40];
	struct walk *walk;
	struct walk_request request;
	struct conn_setup setup; /* of the target */
	struct arena *arena;     /* of the facts */
	struct target_facts facts;
	struct text_list databases;
	struct target_lock *lock;
	struct plan *plan;
	struct finding *before; /* what the plan is of, copied */
	size_t before_count;
	struct sync_run run;
	struct progress *progress;
	uint64_t start_ns;
};

static void job_release(struct job *job)
{
	sync_run_release(&job->run);
	plan_drop(&job->plan);
	mem_drop(&job->before);
	target_lock_release(&job->lock);
	arena_drop(&job->arena);
	walk_drop(&job->walk);
}

/* ------------------------------------------------------------------------
 * Until there is a plan
 * --------------------------------------------------------------------- */

static enum dbs_rc take_lock(struct job *job, struct dbs_error *err)
{
	const struct target_lock_wish wish = {
		.setup = &job->setup,
		.databases = job->databases.items,
		.database_count = job->databases.count,
		.identity = job->facts.identity,
		.folder = job->sync->write.state_dir,
		.run = job->id,
		.command = job->command,
	};

	return target_lock_take(&wish, &job->lock, err);
}

static enum dbs_rc survey(struct job *job, struct dbs_error *err)
{
	OWNED(conn_close) struct conn *conn = NULL;
	enum dbs_rc rc = conn_open(&job->setup, &conn, err);

	return rc ? rc
		  : survey_target(conn, job->databases.items,
				  job->databases.count, job->arena, &job->facts,
				  err);
}

static enum dbs_rc compare(struct job *job, struct dbs_error *err)
{
	progress_watch(job->progress, job->walk);
	enum dbs_rc rc = walk_open(job->walk, err);

	if (!rc) {
		job->databases = walk_target_databases(job->walk);
		rc = survey(job, err);
	}
	if (!rc && !job->is_dry)
		rc = take_lock(job, err);
	if (!rc)
		rc = walk_run(job->walk, err);
	progress_watch(job->progress, NULL);
	return rc;
}

static void make_plan(struct job *job)
{
	const struct finding *findings = walk_findings(job->walk,
						       &job->before_count);
	struct plan_request request = {
		.finding_count = job->before_count,
		.walk = job->walk,
		.facts = &job->facts,
		.max_delete_percent = job->sync->max_delete_percent,
		.max_changes = job->sync->max_changes,
		.allow = text_list_of(&job->sync->write.allow),
		.allow_empty = text_list_of(&job->sync->allow_empty),
	};

	/* comparing again makes new findings of the walk's */
	job->before = mem_alloc((job->before_count + 1) * sizeof(*findings));
	if (job->before_count)
		memcpy(job->before, findings,
		       job->before_count * sizeof(*findings));
	request.findings = job->before;
	job->plan = plan_make(&request);
	const struct walk_summary *summary = walk_summary(job->walk);

	job->run = (struct sync_run){
		.command = job->command,
		.id = job->id,
		.walk_options = &job->sync->walk,
		.options = &job->sync->write,
		.setup = &job->setup,
		.progress = job->progress,
		.facts = &job->facts,
		.plan = job->plan,
		.source_name = summary->source_name,
		.target_name = summary->target_name,
		.target_server = &summary->target_server,
		.databases = job->databases.items,
		.database_count = job->databases.count,
		.lock = job->lock,
	};
	sync_run_prepare(&job->run);
}

/* What is printed from here on is the result; the lock's thread may talk. */
static void quiet_down(struct job *job)
{
	target_lock_release(&job->lock);
	progress_end(&job->progress);
}

/* ------------------------------------------------------------------------
 * dry-run
 * --------------------------------------------------------------------- */

static enum dbs_rc print_statements(struct job *job, struct dbs_error *err)
{
	OWNED(file_draft_drop) struct file_draft draft = FILE_DRAFT_INIT;
	enum dbs_rc rc = file_draft_open(&draft, job->sync->sql, err);

	if (!rc)
		rc = apply_print(job->plan, job->run.sqls, job->setup.cancel,
				 &draft, err);
	if (!rc)
		rc = file_draft_sync(&draft, err);
	return rc ? rc : file_draft_keep(&draft, false, err);
}

static void print(const struct job *job, bool was_written,
		  enum sync_verdict verdict)
{
	struct report report = {
		.command = job->command,
		.summary = walk_summary(job->walk),
		.findings = job->before,
		.count = job->before_count,
		.seconds = clock_since(job->start_ns),
		.is_quiet = job->sync->walk.quiet,
	};
	struct sync_report result = {
		.command = job->command,
		.run = &job->run,
		.report = &report,
		.was_written = was_written,
		.verdict = verdict,
		.sql_file = job->is_dry ? job->sync->sql : NULL,
		.seconds = report.seconds,
		.is_quiet = report.is_quiet,
	};

	if (was_written && job->sync->verify != AGAIN_NONE)
		result.left = walk_findings(job->walk, &result.left_count);
	if (job->sync->walk.json)
		sync_report_json(&result);
	else
		sync_report_text(&result);
}

static int finish_dry(struct job *job)
{
	const struct guard *first = NULL;
	const bool is_refused = plan_refusals(job->plan, &first) != 0;

	if (plan_is_empty(job->plan) && !job->plan->gap_count) {
		print(job, false, SYNC_EQUAL);
		return EXIT_EQUAL;
	}
	print(job, false,
	      plan_is_empty(job->plan) ? SYNC_PARTIAL : SYNC_DIFFERENT);
	if (is_refused)
		return EXIT_REFUSED;
	return plan_is_empty(job->plan) ? EXIT_INCOMPLETE : EXIT_DIFFERENT;
}

/* ------------------------------------------------------------------------
 * incremental
 * --------------------------------------------------------------------- */

static enum dbs_rc compare_again(struct job *job, struct dbs_error *err)
{
	if (job->sync->verify == AGAIN_NONE)
		return DBS_OK;
	progress_watch(job->progress, job->walk);
	enum dbs_rc rc = walk_again(job->walk, job->sync->verify == AGAIN_FULL,
				    err);

	progress_watch(job->progress, NULL);
	return rc;
}

static enum sync_verdict judge(const struct job *job)
{
	size_t count = 0;
	const struct finding *findings = walk_findings(job->walk, &count);

	if (sync_run_is_partial(&job->run) || job->plan->gap_count)
		return SYNC_PARTIAL;
	if (job->sync->verify == AGAIN_NONE)
		return SYNC_UNVERIFIED;
	for (size_t i = 0; i < count; i++)
		if (findings[i].verdict != VERDICT_EQUAL)
			return SYNC_PARTIAL;
	return SYNC_EQUAL;
}

static int fail(const struct job *job, struct dbs_error *err)
{
	return walk_options_fail(&job->sync->walk, job->command, err);
}

/* A run of some tables says nothing of what was interrupted in others. */
static bool covers_all(const struct job *job)
{
	const struct walk_options *options = &job->sync->walk;

	return !options->tables.count && !options->exclude.count &&
	       !options->where.count && !options->ignore.count;
}

static int finish_written(struct job *job, enum dbs_rc compared,
			  struct dbs_error *err)
{
	struct dbs_error other;
	const enum sync_verdict verdict = compared ? SYNC_PARTIAL : judge(job);
	const bool is_done = verdict == SYNC_EQUAL ||
			     verdict == SYNC_UNVERIFIED;

	if (sync_run_end(&job->run, is_done, is_done && covers_all(job),
			 &other))
		talk_note(job->request.talk, "%s", other.text);
	quiet_down(job);
	if (compared) {
		(void)dbs_error_context(err,
					"everything was written, but could "
					"not be compared again");
		return fail(job, err);
	}
	print(job, true, verdict);
	return is_done ? EXIT_EQUAL : EXIT_INCOMPLETE;
}

static int finish_nothing(struct job *job)
{
	const bool is_equal = !job->plan->gap_count;
	struct dbs_error err = {0};

	if (is_equal && covers_all(job) && sync_run_repaired(&job->run, &err))
		talk_note(job->request.talk, "%s", err.text);
	quiet_down(job);
	print(job, false, is_equal ? SYNC_EQUAL : SYNC_PARTIAL);
	return is_equal ? EXIT_EQUAL : EXIT_INCOMPLETE;
}

static int carry_out(struct job *job)
{
	struct dbs_error err = {0};

	if (plan_is_empty(job->plan))
		return finish_nothing(job);
	if (sync_run_allowed(&job->run, &err) ||
	    sync_run_write(&job->run, &err)) {
		quiet_down(job);
		return fail(job, &err);
	}
	enum dbs_rc rc = compare_again(job, &err);

	if (!rc)
		rc = sync_run_count_orphans(&job->run, &err);

	return finish_written(job, rc, &err);
}

/* ------------------------------------------------------------------------
 * The command
 * --------------------------------------------------------------------- */

static int run_job(struct job *job)
{
	struct dbs_error err = {0};

	if (state_tell(job->sync->write.state_dir, job->request.talk, &err) ||
	    compare(job, &err)) {
		quiet_down(job);
		return fail(job, &err);
	}
	make_plan(job);
	if (!job->is_dry)
		return carry_out(job);
	if (job->sync->sql && print_statements(job, &err)) {
		quiet_down(job);
		return fail(job, &err);
	}
	quiet_down(job);
	return finish_dry(job);
}

static void set_up(struct job *job, struct endpoints *endpoints,
		   struct cancel *cancel, struct conn_group *group)
{
	const struct walk_options *options = &job->sync->walk;

	job->progress = progress_begin((enum progress_mode)options->progress,
				       options->quiet);
	job->request = walk_options_request(options);
	job->request.source = &endpoints->source;
	job->request.target = &endpoints->target;
	job->request.cancel = cancel;
	job->request.talk = progress_talk(job->progress);
	job->request.group = group;
	job->request.keeps_changes = true;
	job->request.scope = SCOPE_DATA;
	job->setup = (struct conn_setup){
		.dsn = &endpoints->target,
		.side = DBS_SIDE_TARGET,
		.cancel = cancel,
		.talk = job->request.talk,
		.group = group,
		.attempts = options->retries,
		.net_timeout_s = options->net_timeout_s,
	};
	job->walk = walk_new(&job->request);
	job->arena = arena_new();
	job->start_ns = clock_ns();
	sync_run_name(job->id);
}

static int run(const struct sync *sync, const struct vec *operands, bool is_dry)
{
	OWNED(endpoints_clear) struct endpoints endpoints = {DSN_INIT,
							     DSN_INIT};
	struct job job = {
		.sync = sync,
		.is_dry = is_dry,
		.command = is_dry ? "dry-run" : "incremental",
	};
	struct dbs_error err = {0};

	if (endpoints_load(&sync->walk.endpoints, operands, &endpoints, &err) ||
	    (!is_dry && write_options_check(&sync->write, &err)))
		return fail(&job, &err);

	struct cancel cancel = {false};
	OWNED(conn_group_drop) struct conn_group *group = conn_group_new();
	OWNED(signals_end) struct signals *signals = signals_begin(&cancel,
								   group);

	set_up(&job, &endpoints, &cancel, group);
	const int status = run_job(&job);

	quiet_down(&job);
	job_release(&job);
	return status;
}

static int run_incremental(void *options, const struct vec *operands)
{
	return run(options, operands, false);
}

static int run_dry(void *options, const struct vec *operands)
{
	return run(options, operands, true);
}

const struct command command_incremental = {
	.name = "incremental",
	.summary = "make the target equal: only what differs is written",
	.operands = "[SOURCE TARGET]",
	.text = "Compares all rows, writes a backup point of what will "
		"change, then changes only\n"
		"the rows of the target that differ, and compares them "
		"again.\n"
		"\n"
		"What speaks against a run (many deletes, triggers, a "
		"read-only target, ...) stops\n"
		"it before anything is written, with the option that allows "
		"it.  `dbsync dry-run`\n"
		"shows the same plan and writes nothing; `dbsync rollback "
		"FILE` undoes a run.\n"
		"\n"
		"Exit status: 0 equal now, 2 usage, 3 refused, 4 server or "
		"network, 5 files,\n"
		"6 something was left out or differs still, 7 cancelled.\n"
		"\n"
		"Examples:\n"
		"  dbsync incremental mysql://u@db1/shop mysql://u@db2/shop\n"
		"  dbsync incremental --tables 'order*' --yes --json\n",
	.options = incremental_rows,
	.option_count = sizeof(incremental_rows) / sizeof(*incremental_rows),
	.options_size = sizeof(struct sync),
	.defaults = defaults,
	.run = run_incremental,
};

const struct command command_dry_run = {
	.name = "dry-run",
	.summary = "what would incremental do? (nothing is written)",
	.operands = "[SOURCE TARGET]",
	.text = "Walks the same way as `dbsync incremental` and shows its "
		"plan: rows of each table,\n"
		"guards that would stop it, what would be left out.  Nothing "
		"is written to the\n"
		"target, and there is no backup point.\n"
		"\n"
		"Exit status: 0 nothing to do, 1 something to do, 2 usage, 3 "
		"incremental would\n"
		"refuse, 4 server or network, 5 files, 6 only what cannot be "
		"done, 7 cancelled.\n"
		"\n"
		"Examples:\n"
		"  dbsync dry-run mysql://u@db1/shop mysql://u@db2/shop "
		"--details 5\n"
		"  dbsync dry-run --sql changes.sql --json\n",
	.options = dry_run_rows,
	.option_count = sizeof(dry_run_rows) / sizeof(*dry_run_rows),
	.options_size = sizeof(struct sync),
	.defaults = defaults,
	.run = run_dry,
};
