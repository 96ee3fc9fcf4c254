/*
 * full.c - `dbsync full-sync`: its options.  What it does is in
 * run/full_job.c.
 */
#include "dbsync/cmd/command.h"

#include "console.h"
#include "invocation.h"
#include "result.h"
#include "sync.h"

#include "dbsync/base/own.h"
#include "dbsync/run/full_job.h"

#include <stddef.h>

#define COMMAND "full-sync"

struct full_options {
	struct walk_options walk;
	struct write_options write;
	struct shape_options shape;
	unsigned max_delete_percent;
	struct vec allow_empty;
	int verify; /* 0: read the copies back, 1: not */
	int load;   /* enum load_way */
	bool no_swap;
};

static const char *const verify_words[] = {"copies", "none", NULL};
static const char *const load_words[] = {"auto", "bulk", "infile", "insert",
					 NULL};

#define WALK offsetof(struct full_options, walk)
#define WRITE offsetof(struct full_options, write)
#define SHAPE offsetof(struct full_options, shape)
#define AT(field) offsetof(struct full_options, field)

/* clang-format off */
static const struct option_row rows[] = {
	WALK_ROWS_CHOICE(WALK),
	WALK_ROWS_OBJECTS(WALK),
	WALK_ROWS_PARALLEL(WALK),
	{"load", '\0', OPTION_CHOICE, AT(load), "HOW",
	 "bulk: arrays of rows, MariaDB; infile: LOAD DATA\n"
	 "LOCAL; insert: statements; auto (default): the first\n"
	 "of these that the target accepts",
	 NULL, 0, 0, load_words, NULL},
	{"verify", '\0', OPTION_CHOICE, AT(verify), "WHAT",
	 "copies (default): read them back before they are\n"
	 "swapped in; none",
	 NULL, 0, 0, verify_words, NULL},
	{"no-swap", '\0', OPTION_FLAG, AT(no_swap), NULL,
	 "in place: change the rows that differ, one by one,\n"
	 "if copies next to the tables are not possible",
	 NULL, 0, 0, NULL, NULL},
	WRITE_ROWS(WRITE),
	{"max-delete-percent", '\0', OPTION_UNSIGNED, AT(max_delete_percent),
	 "N", "how much smaller a table of more than 1,000 rows may\n"
	 "become (default 30; 100: unlimited)", NULL, 0, 100, NULL, NULL},
	{"allow-empty", '\0', OPTION_LIST, AT(allow_empty), "GLOBS",
	 "tables that may be empty on the source", NULL, 0, 0, NULL, NULL},
	SHAPE_ROWS_EXTRA(SHAPE),
	WALK_ROWS_BRAKE(WALK),
	WALK_ROWS_OUTPUT(WALK),
	WALK_ROWS_SERVERS(WALK),
};
/* clang-format on */

static void defaults(void *options)
{
	struct full_options *full = options;

	walk_options_defaults(&full->walk);
	write_options_defaults(&full->write);
	shape_options_defaults(&full->shape);
	full->max_delete_percent = 30;
	full->allow_empty = (struct vec)VEC_INIT(char *);
}

/*
 * In place, the safe copy is the one that touches nothing which is right
 * already: that is what incremental does.  Like copies, it takes whatever
 * structure the source has; what that loses is in the backup point.
 */
static int run_in_place(struct invocation *invocation,
			const struct full_options *full,
			const struct endpoints *endpoints)
{
	OWNED(vec_release) struct vec all = VEC_INIT(const char *);
	struct sync_options options = {
		.walk = full->walk,
		.write = full->write,
		.shape = full->shape,
		.max_delete_percent = full->max_delete_percent,
		.allow_empty = full->allow_empty,
		.forced = VEC_INIT(char *),
		.verify = full->verify ? AGAIN_NONE : AGAIN_CHANGED,
	};

	*(const char **)vec_push(&all) = "all";
	options.shape.allow_unsafe = all;
	options.shape.allow_unproven = true;
	return sync_run_command(invocation, &options, endpoints,
				COMMAND " --no-swap", false);
}

static int run_swap(struct invocation *invocation,
		    const struct full_options *full,
		    const struct endpoints *endpoints)
{
	OWNED(console_close) struct console console = {0};
	OWNED(run_result_release) struct run_result result = {0};
	struct full_request request = {
		.run =
			{
				.command = COMMAND,
				.walk = walk_options_request(&full->walk),
				.brake = &full->walk.brake,
				.write = &full->write,
			},
		.shape = &full->shape,
		.max_delete_percent = full->max_delete_percent,
		.allow_empty = text_list_of(&full->allow_empty),
		.is_unchecked = full->verify == 1,
		.load = (enum load_way)full->load,
	};
	struct dbs_error err = {0};
	enum dbs_rc rc = console_open(&console, invocation, &full->walk,
				      &endpoints->dsn[TARGET], &err);

	walk_options_loose(&full->walk, "--allow-empty", &full->allow_empty,
			   &request.run.walk);
	if (!rc)
		rc = walk_options_objects(&full->walk,
					  &request.run.walk.objects, &err);
	if (!rc) {
		console_attend(&console, endpoints, &request.run);
		rc = full_job_run(&request, &result, &err);
	}
	console_quiet(&console);
	return rc ? walk_options_fail(&full->walk, invocation, COMMAND, &err)
		  : result_print(&result, invocation, COMMAND, &full->walk,
				 NULL);
}

static int run(struct invocation *invocation, void *options,
	       const struct vec *operands)
{
	const struct full_options *full = options;
	OWNED(endpoints_clear) struct endpoints endpoints = {
		{DSN_INIT, DSN_INIT}};
	struct dbs_error err = {0};

	if (walk_options_check(&full->walk, &err) ||
	    endpoints_load(&full->walk.endpoints, operands, &endpoints, &err) ||
	    write_options_check(&full->write, &err))
		return walk_options_fail(&full->walk, invocation, COMMAND,
					 &err);
	return full->no_swap ? run_in_place(invocation, full, &endpoints)
			     : run_swap(invocation, full, &endpoints);
}

const struct command command_full_sync = {
	.name = "full-sync",
	.summary = "copy everything, check it, and swap it in at once",
	.operands = "[SOURCE TARGET]",
	.text = "Copies all tables of the source, from one snapshot, into a "
		"database next to the\n"
		"target's, reads the copies back, writes a backup point of the "
		"tables that they\n"
		"replace, and swaps all of them in with one RENAME TABLE.  "
		"Readers see the old\n"
		"tables or the new ones, never an empty or half-filled one.\n"
		"\n"
		"Before the swap nothing of the target has changed; a run that "
		"dies leaves its\n"
		"copies, which the next run drops.  `dbsync rollback FILE` "
		"restores what was\n"
		"replaced.  With --no-swap there are no copies: rows that "
		"differ are changed in\n"
		"place, as `dbsync incremental` does, and readers see them "
		"change.\n"
		"For tables that differ little, `dbsync incremental` is "
		"faster.\n"
		"\n"
		"Exit status: 0 equal now, 2 usage, 3 refused, 4 server or "
		"network, 5 files,\n"
		"6 something was left out, 7 cancelled.\n"
		"\n"
		"Examples:\n"
		"  dbsync full-sync mysql://u@db1/shop mysql://u@db2/shop\n"
		"  dbsync full-sync --tables 'order*' --yes --binlog off\n",
	.options = rows,
	.option_count = sizeof(rows) / sizeof(*rows),
	.options_size = sizeof(struct full_options),
	.endpoints = offsetof(struct full_options, walk.endpoints),
	.takes_jobs = true,
	.defaults = defaults,
	.run = run,
};
