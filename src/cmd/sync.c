/*
 * sync.c - `dbsync incremental` and `dbsync dry-run`: their options.  What they
 * do is in sync_job.c.
 */
#include "dbsync/cmd/command.h"

#include "sync.h"

#include "compared.h"
#include "console.h"
#include "invocation.h"
#include "result.h"

#include "dbsync/base/own.h"

#include <stddef.h>

const char *const sync_trigger_words[] = {"refuse", "suspend", NULL};
static const char *const again_words[] = {"changed", "full", "none", NULL};

#define WALK offsetof(struct sync_options, walk)
#define WRITE offsetof(struct sync_options, write)
#define SHAPE offsetof(struct sync_options, shape)
#define AT(field) offsetof(struct sync_options, field)

/* clang-format off */
static const struct option_row incremental_rows[] = {
	WALK_ROWS_WHAT(WALK),
	WALK_ROWS_SCOPE(WALK),
	WALK_ROWS_HOW(WALK),
	WRITE_ROWS(WRITE),
	SYNC_ROWS_LIMITS(0),
	SHAPE_ROWS(SHAPE),
	{"verify", '\0', OPTION_CHOICE, AT(verify), "WHAT",
	 "afterwards: the changed ranges (default), full, none",
	 NULL, 0, 0, again_words, NULL},
	WALK_ROWS_BRAKE(WALK),
	WALK_ROWS_OUTPUT(WALK),
	WALK_ROWS_SERVERS(WALK),
};

static const struct option_row dry_run_rows[] = {
	WALK_ROWS_WHAT(WALK),
	WALK_ROWS_SCOPE(WALK),
	WALK_ROWS_HOW(WALK),
	WRITE_ROWS(WRITE),
	SYNC_ROWS_LIMITS(0),
	SHAPE_ROWS(SHAPE),
	{"prove", '\0', OPTION_FLAG, AT(proves), NULL,
	 "try the ALTERs on empty tables in a scratch database\n"
	 "of the target, as incremental does",
	 NULL, 0, 0, NULL, NULL},
	WALK_ROWS_BRAKE(WALK),
	WALK_ROWS_OUTPUT(WALK),
	{"sql", '\0', OPTION_TEXT, AT(sql), "FILE",
	 "write the statements, to read and to run with a plain\n"
	 "client; the first lines name what is not in the file",
	 NULL, 0, 0, NULL, NULL},
	WALK_ROWS_SERVERS(WALK),
};
/* clang-format on */

void sync_options_defaults(void *options)
{
	struct sync_options *sync = options;

	walk_options_defaults(&sync->walk);
	write_options_defaults(&sync->write);
	shape_options_defaults(&sync->shape);
	sync->max_delete_percent = 30;
	sync->allow_empty = (struct vec)VEC_INIT(char *);
	sync->forced = (struct vec)VEC_INIT(char *);
	sync->copy_min_rows = 10000;
}

/* ------------------------------------------------------------------------
 * The command
 * --------------------------------------------------------------------- */

struct sync_request sync_request_of(const struct sync_options *sync,
				    const char *command)
{
	struct sync_request request = {
		.run =
			{
				.command = command,
				.walk = walk_options_request(&sync->walk),
				.brake = &sync->walk.brake,
				.write = &sync->write,
				.by_log = walk_options_by_log(
					&sync->walk, sync->write.state_dir),
			},
		.shape = &sync->shape,
		.max_delete_percent = sync->max_delete_percent,
		.max_changes = sync->max_changes,
		.allow_empty = text_list_of(&sync->allow_empty),
		.forced = text_list_of(&sync->forced),
		.copy_min_rows = sync->copy_min_rows,
		.again = (enum again)sync->verify,
		.suspends = sync->triggers != 0,
		.proves = sync->proves,
		.sql = sync->sql,
	};

	walk_options_loose(&sync->walk, "--force-full-sync", &sync->forced,
			   &request.run.walk);
	walk_options_loose(&sync->walk, "--allow-empty", &sync->allow_empty,
			   &request.run.walk);
	return request;
}

int sync_run_command(struct invocation *invocation,
		     const struct sync_options *sync,
		     const struct endpoints *endpoints, const char *command,
		     bool is_dry)
{
	OWNED(console_close) struct console console = {0};
	OWNED(run_result_release) struct run_result result = {0};
	struct sync_request request = sync_request_of(sync, command);
	struct dbs_error err = {0};
	enum dbs_rc rc = console_open(&console, invocation, &sync->walk,
				      &endpoints->dsn[TARGET], &err);

	request.is_dry = is_dry;
	if (!rc)
		rc = walk_options_objects(&sync->walk,
					  &request.run.walk.objects, &err);
	if (!rc) {
		console_attend(&console, endpoints, &request.run);
		rc = sync_job_run(&request, &result, &err);
	}
	console_quiet(&console);
	return rc ? compared_fail(&result, invocation, command, &sync->walk,
				  &err)
		  : result_print(&result, invocation, command, &sync->walk,
				 is_dry ? sync->sql : NULL);
}

static int run(struct invocation *invocation, const struct sync_options *sync,
	       const struct vec *operands, bool is_dry)
{
	OWNED(endpoints_clear) struct endpoints endpoints = {
		{DSN_INIT, DSN_INIT}};
	const char *command = is_dry ? "dry-run" : "incremental";
	struct dbs_error err = {0};

	if (walk_options_check(&sync->walk, &err) ||
	    shape_options_check(&sync->shape, &err) ||
	    endpoints_load(&sync->walk.endpoints, operands, &endpoints, &err) ||
	    (!is_dry && write_options_check(&sync->write, &err)))
		return walk_options_fail(&sync->walk, invocation, command,
					 &err);
	return sync_run_command(invocation, sync, &endpoints, command, is_dry);
}

static int run_incremental(struct invocation *invocation, void *options,
			   const struct vec *operands)
{
	return run(invocation, options, operands, false);
}

static int run_dry(struct invocation *invocation, void *options,
		   const struct vec *operands)
{
	return run(invocation, options, operands, true);
}

const struct command command_incremental = {
	.name = "incremental",
	.summary = "make the target equal: write only what differs",
	.operands = "[SOURCE TARGET]",
	.text = "Compares all rows, writes a backup point of what will change, "
		"then changes only\n"
		"the rows of the target that differ, and compares them again.\n"
		"\n"
		"Guards (many deletes, triggers, a read-only target, ...) stop "
		"the run before\n"
		"anything is written, and name the option that allows it.  "
		"`dbsync dry-run` shows\n"
		"the same plan and writes nothing; `dbsync rollback FILE` "
		"undoes a run.\n"
		"\n"
		"Exit status: 0 equal now, 2 usage, 3 refused, 4 server or "
		"network, 5 files,\n"
		"6 something was left out or still differs, 7 cancelled.\n"
		"\n"
		"Examples:\n"
		"  dbsync incremental mysql://u@db1/shop mysql://u@db2/shop\n"
		"  dbsync incremental --tables 'order*' --yes --json\n",
	.options = incremental_rows,
	.option_count = sizeof(incremental_rows) / sizeof(*incremental_rows),
	.options_size = sizeof(struct sync_options),
	.endpoints = offsetof(struct sync_options, walk.endpoints),
	.takes_jobs = true,
	.defaults = sync_options_defaults,
	.run = run_incremental,
};

const struct command command_dry_run = {
	.name = "dry-run",
	.summary = "show what incremental would do (writes nothing)",
	.operands = "[SOURCE TARGET]",
	.text = "Follows the steps of `dbsync incremental` and shows its plan: "
		"the rows of each\n"
		"table, the guards that would stop it, and what would be left "
		"out.  Writes nothing\n"
		"to the target, and no backup point.\n"
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
	.options_size = sizeof(struct sync_options),
	.endpoints = offsetof(struct sync_options, walk.endpoints),
	.takes_jobs = true,
	.defaults = sync_options_defaults,
	.run = run_dry,
};
