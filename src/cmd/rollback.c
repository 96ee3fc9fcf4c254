/*
 * rollback.c - `dbsync rollback FILE`: its options.  What it does is in
 * run/undo_job.c.
 */
#include "dbsync/cmd/command.h"

#include "console.h"
#include "invocation.h"
#include "result.h"
#include "write_rows.h"

#include "dbsync/base/own.h"
#include "dbsync/cmd/endpoints.h"
#include "dbsync/run/backup_places.h"
#include "dbsync/run/undo_job.h"

#include <stddef.h>

#define COMMAND "rollback"

struct rollback {
	struct walk_options walk; /* parallel, servers and output of it */
	struct write_options write;
	unsigned lock_wait_s;
	bool force;
	bool any_server;
	bool last;
	bool trust_file;
};

#define WALK offsetof(struct rollback, walk)
#define WRITE offsetof(struct rollback, write)
#define AT(field) offsetof(struct rollback, field)

/* clang-format off */
static const struct option_row rows[] = {
	{"force", '\0', OPTION_FLAG, AT(force), NULL,
	 "also restore rows that somebody changed since the run",
	 "What to undo", 0, 0, NULL, NULL},
	{"last", '\0', OPTION_FLAG, AT(last), NULL,
	 "the newest backup point of the target, instead of\n"
	 "FILE",
	 NULL, 0, 0, NULL, NULL},
	{"any-server", '\0', OPTION_FLAG, AT(any_server), NULL,
	 "accept a target that is not the server of the run\n"
	 "(it was moved, or restored elsewhere)", NULL, 0, 0, NULL, NULL},
	{"trust-file", '\0', OPTION_FLAG, AT(trust_file), NULL,
	 "accept a backup point without a MAC, or with another\n"
	 "key; shows all statements first", NULL, 0, 0, NULL, NULL},
	{"parallel", 'p', OPTION_UNSIGNED, WALK_AT(WALK, parallel), "N",
	 "connections that write (default: the cores of this\n"
	 "machine, at most 8)", NULL, 1, MOST_WORKERS, NULL, NULL},
	WRITE_ROWS(WRITE),
	{"lock-wait", '\0', OPTION_UNSIGNED, AT(lock_wait_s), "SECONDS",
	 "how long to wait for a table in use that must be\n"
	 "altered back (default 60)", NULL, 1, 86400, NULL, NULL},
	WALK_ROWS_BRAKE(WALK),
	{"json", '\0', OPTION_FLAG, WALK_AT(WALK, json), NULL,
	 "one JSON object on stdout (docs/json.md)",
	 "Output", 0, 0, NULL, NULL},
	{"progress", '\0', OPTION_CHOICE, WALK_AT(WALK, progress), "HOW",
	 "auto (default): on a terminal; none; json: lines on\n"
	 "stderr", NULL, 0, 0, progress_words, NULL},
	{"quiet", 'q', OPTION_FLAG, WALK_AT(WALK, quiet), NULL,
	 "only the verdict", NULL, 0, 0, NULL, NULL},
	WALK_ROWS_SERVERS(WALK),
};
/* clang-format on */

static void defaults(void *options)
{
	struct rollback *rollback = options;

	walk_options_defaults(&rollback->walk);
	write_options_defaults(&rollback->write);
	rollback->lock_wait_s = 60;
}

/* *file_out: mem_drop it; NULL: the newest. */
static enum dbs_rc load(const struct rollback *options,
			const struct vec *operands, char **file_out,
			struct dsn *target, struct dbs_error *err)
{
	const char *const *names = operands->items;
	const size_t files = options->last ? 0 : 1;

	if (operands->count < files || operands->count > files + 1)
		return dbs_fail(err, DBS_E_USAGE,
				"name one backup point, and the target if it "
				"is not set elsewhere: dbsync rollback FILE "
				"[TARGET], or dbsync rollback --last [TARGET]");
	if (files)
		*file_out = backup_place_of(options->write.backup_dir,
					    names[0]);
	enum dbs_rc rc = endpoints_load_one(
		&options->walk.endpoints, TARGET,
		operands->count > files ? names[files] : NULL, target, err);

	return rc ? rc : write_options_check(&options->write, err);
}

static int run(struct invocation *invocation, void *options,
	       const struct vec *operands)
{
	const struct rollback *rollback = options;
	OWNED(mem_drop) char *file = NULL;
	OWNED(endpoints_clear) struct endpoints endpoints = {
		{DSN_INIT, DSN_INIT}};
	OWNED(console_close) struct console console = {0};
	OWNED(run_result_release) struct run_result result = {0};
	struct dbs_error err = {0};
	enum dbs_rc rc = load(rollback, operands, &file, &endpoints.dsn[TARGET],
			      &err);
	struct undo_request request = {
		.run =
			{
				.command = COMMAND,
				.walk = {.parallel = rollback->walk.parallel,
					 .attempts = rollback->walk.retries,
					 .net_timeout_s =
						 rollback->walk.net_timeout_s},
				.brake = &rollback->walk.brake,
				.write = &rollback->write,
			},
		.file = file,
		.lock_wait_s = rollback->lock_wait_s,
		.is_forced = rollback->force,
		.takes_any_server = rollback->any_server,
		.takes_unsigned = rollback->trust_file,
	};

	if (!rc)
		rc = console_open(&console, invocation, &rollback->walk,
				  &endpoints.dsn[TARGET], &err);
	if (!rc) {
		console_attend(&console, &endpoints, &request.run);
		rc = undo_job_run(&request, &result, &err);
	}
	console_quiet(&console);
	return rc ? walk_options_fail(&rollback->walk, invocation, COMMAND,
				      &err)
		  : result_print(&result, invocation, COMMAND, &rollback->walk,
				 NULL);
}

const struct command command_rollback = {
	.name = "rollback",
	.summary = "undo a run from its backup point",
	.operands = "FILE [TARGET]",
	.text = "Checks the backup point, finds the rows that the run changed, "
		"and restores them\n"
		"and the AUTO_INCREMENT counters.  It works after a complete "
		"run, after one that\n"
		"was killed at any moment, and any number of times; it writes "
		"its own backup point,\n"
		"so that it can be undone.\n"
		"\n"
		"Rows that somebody else changed since the run are listed, and "
		"nothing is written\n"
		"unless --force restores them too.\n"
		"\n"
		"A rollback runs the statements in the backup point, so it must "
		"belong to this\n"
		"installation: its MAC is made with one of its keys (dbsync key "
		"--help), and nobody\n"
		"else may write to the file and its folder.  A backup point "
		"without a MAC, or with\n"
		"another key, requires --trust-file.\n"
		"\n"
		"FILE is a path, or a name in --backup-dir; TARGET is a URL, or "
		"is set in\n"
		"DBSYNC_TARGET or .env.\n"
		"\n"
		"Exit status: 0 undone, 2 usage, 3 refused or drift, 4 server "
		"or network, 5 the\n"
		"file is damaged or files cannot be written, 6 partly done, 7 "
		"cancelled.\n",
	.options = rows,
	.option_count = sizeof(rows) / sizeof(*rows),
	.options_size = sizeof(struct rollback),
	.endpoints = offsetof(struct rollback, walk.endpoints),
	.operand = OPERAND_POINT,
	.defaults = defaults,
	.run = run,
};
