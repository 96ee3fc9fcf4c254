/*
 * full.c - `dbsync full-sync`: its options.  What it does is in full_job.c.
 */
#include "dbsync/cmd/command.h"

#include "full_job.h"
#include "sync_job.h"

#include "dbsync/base/own.h"
#include "dbsync/cmd/signals.h"

#include <stddef.h>

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
	 "of these that the target takes",
	 NULL, 0, 0, load_words, NULL},
	{"verify", '\0', OPTION_CHOICE, AT(verify), "WHAT",
	 "copies (default): read them back before they come\n"
	 "into force; none",
	 NULL, 0, 0, verify_words, NULL},
	{"no-swap", '\0', OPTION_FLAG, AT(no_swap), NULL,
	 "in place: changes the rows that differ, one by one,\n"
	 "where copies beside the tables are not possible",
	 NULL, 0, 0, NULL, NULL},
	WRITE_ROWS(WRITE),
	{"max-delete-percent", '\0', OPTION_UNSIGNED, AT(max_delete_percent),
	 "N", "how much smaller a table of more than 1,000 rows may\n"
	 "become (default 30; 100: no limit)", NULL, 0, 100, NULL, NULL},
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
static int run_in_place(const struct full_sync_wish *wish)
{
	const struct full_options *full = wish->options;
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
	const struct sync_wish sync = {
		.options = &options,
		.endpoints = wish->endpoints,
		.cancel = wish->cancel,
		.group = wish->group,
		.command = "full-sync --no-swap",
	};

	*(const char **)vec_push(&all) = "all";
	options.shape.allow_unsafe = all;
	options.shape.allow_unproven = true;
	return sync_job_run(&sync);
}

static int run(void *options, const struct vec *operands)
{
	const struct full_options *full = options;
	OWNED(endpoints_clear) struct endpoints endpoints = {DSN_INIT,
							     DSN_INIT};
	struct dbs_error err = {0};

	if (walk_options_check(&full->walk, &err) ||
	    endpoints_load(&full->walk.endpoints, operands, &endpoints, &err) ||
	    write_options_check(&full->write, &err))
		return walk_options_fail(&full->walk, "full-sync", &err);

	struct cancel cancel = {false};
	OWNED(conn_group_drop) struct conn_group *group = conn_group_new();
	OWNED(signals_end) struct signals *signals = NULL;

	if (signals_begin(&cancel, group, &signals, &err))
		return walk_options_fail(&full->walk, "full-sync", &err);
	const struct full_sync_wish wish = {
		.options = full,
		.endpoints = &endpoints,
		.cancel = &cancel,
		.group = group,
	};

	return full->no_swap ? run_in_place(&wish) : full_job_run(&wish);
}

const struct command command_full_sync = {
	.name = "full-sync",
	.summary = "copy everything, check it, and swap it in at once",
	.operands = "[SOURCE TARGET]",
	.text = "Copies all tables of the source, as of one moment, into a "
		"database beside the\n"
		"target's, reads the copies back, writes a backup point of "
		"what they will replace,\n"
		"and puts all of them into force by one RENAME TABLE.  "
		"Readers see the old tables or\n"
		"the new ones, never an empty or a half-filled one.\n"
		"\n"
		"Until then nothing of the target has changed; a run that "
		"dies leaves its copies,\n"
		"which the next run drops.  `dbsync rollback FILE` brings "
		"back what was replaced.\n"
		"With --no-swap there are no copies: rows that differ are "
		"changed where they are, as\n"
		"`dbsync incremental` does, and readers see them change.\n"
		"For tables that differ little, `dbsync incremental` is "
		"quicker.\n"
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
