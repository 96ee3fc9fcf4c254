/*
 * cleanup.c - `dbsync cleanup`: shows the databases that runs which died have left
 * on a target, asks, and drops them.  What it does is in run/cleanup_job.c.
 */
#include "dbsync/cmd/command.h"

#include "console.h"
#include "invocation.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/run/cleanup_job.h"
#include "dbsync/run/report_value.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define COMMAND "cleanup"

struct cleanup {
	struct walk_options walk; /* servers and output of it */
	bool replaced;
	bool yes;
	bool dry;
};

#define WALK offsetof(struct cleanup, walk)
#define AT(field) offsetof(struct cleanup, field)

/* clang-format off */
static const struct option_row rows[] = {
	{"replaced", '\0', OPTION_FLAG, AT(replaced), NULL,
	 "drop tables that a full-sync replaced, too\n"
	 "(dbsync_old_…: they hold rows that may be nowhere else)",
	 "Options", 0, 0, NULL, NULL},
	{"dry-run", 'n', OPTION_FLAG, AT(dry), NULL,
	 "only list what would be dropped", NULL, 0, 0, NULL, NULL},
	{"yes", 'y', OPTION_FLAG, AT(yes), NULL,
	 "do not ask", NULL, 0, 0, NULL, NULL},
	{"json", '\0', OPTION_FLAG, WALK_AT(WALK, json), NULL,
	 "one JSON object on stdout (docs/json.md)", NULL, 0, 0, NULL, NULL},
	WALK_ROWS_SERVERS(WALK),
};
/* clang-format on */

static void defaults(void *options)
{
	walk_options_defaults(&((struct cleanup *)options)->walk);
}

/* ------------------------------------------------------------------------
 * The list
 * --------------------------------------------------------------------- */

static const char *const kind_words[] = {
	[LEFTOVER_SCRATCH] = "trials of ALTERs",
	[LEFTOVER_COPIES] = "unfinished copies",
	[LEFTOVER_REPLACED] = "replaced tables",
};

static const char *state_words(const struct leftover *item, bool replaced)
{
	switch (item->state) {
	case LEFTOVER_FREE:
		break;
	case LEFTOVER_USED:
		return "in use";
	case LEFTOVER_DROPPED:
		return "dropped";
	case LEFTOVER_FAILED:
		return "FAILED";
	}
	return leftover_goes(item, replaced) ? "unused"
					     : "kept (--replaced drops it)";
}

static void print_item(const struct leftover *item, bool replaced, FILE *to)
{
	OWNED(buf_release) struct buf line = BUF_INIT;

	buf_addf(&line, "%s: %s: %s of run %s: ", item->name,
		 state_words(item, replaced), kind_words[item->kind],
		 item->run);
	text_count(&line, item->tables);
	buf_adds(&line,
		 item->tables == 1 ? " table, about " : " tables, about ");
	text_count(&line, item->rows);
	buf_adds(&line, item->rows == 1 ? " row, " : " rows, ");
	text_bytes(&line, (double)item->bytes);
	(void)fprintf(to, "%s\n", line.data);
	if (item->state == LEFTOVER_FAILED) {
		buf_clear(&line);
		text_show(&line, item->error.text, strlen(item->error.text),
			  1000);
		(void)fprintf(to, "    %s\n", line.data);
	}
}

static void print_list(const struct cleanup_result *result, bool replaced,
		       FILE *to)
{
	for (size_t i = 0; i < result->leftovers.count; i++)
		print_item(&result->leftovers.items[i], replaced, to);
}

static size_t count_of(const struct cleanup_result *result,
		       enum leftover_state state)
{
	size_t count = 0;

	for (size_t i = 0; i < result->leftovers.count; i++)
		count += result->leftovers.items[i].state == state;
	return count;
}

static void give_object(struct outcome *outcome,
			const struct cleanup_result *result, bool is_printed)
{
	static const char *const kinds[] = {
		[LEFTOVER_SCRATCH] = "scratch",
		[LEFTOVER_COPIES] = "copies",
		[LEFTOVER_REPLACED] = "replaced",
	};
	static const char *const states[] = {
		[LEFTOVER_FREE] = "unused",
		[LEFTOVER_USED] = "in use",
		[LEFTOVER_DROPPED] = "dropped",
		[LEFTOVER_FAILED] = "failed",
	};
	struct json_object *object = json_object_new_object();
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < result->leftovers.count; i++) {
		const struct leftover *item = &result->leftovers.items[i];
		struct json_object *entry = json_object_new_object();

		report_add(entry, "name", report_string(item->name));
		report_add(entry, "kind", report_string(kinds[item->kind]));
		report_add(entry, "state", report_string(states[item->state]));
		report_add(entry, "run", report_string(item->run));
		report_add(entry, "tables", report_count(item->tables));
		report_add(entry, "rows_estimated", report_count(item->rows));
		report_add(entry, "bytes", report_count(item->bytes));
		report_add(entry, "error",
			   item->error.code ? report_string(item->error.text)
					    : NULL);
		(void)json_object_array_add(array, entry);
	}
	report_add(object, "command", report_string(COMMAND));
	report_add(object, "databases", array);
	outcome_give(outcome, object, is_printed);
}

/* ------------------------------------------------------------------------
 * The command
 * --------------------------------------------------------------------- */

static enum dbs_rc ask(const struct cleanup *cleanup,
		       const struct console *console,
		       const struct cleanup_result *result, size_t count,
		       struct dbs_error *err)
{
	OWNED(buf_release) struct buf question = BUF_INIT;
	OWNED(buf_release) struct buf server = BUF_INIT;
	const char *noun = count == 1 ? "database" : "databases";

	if (cleanup->yes)
		return DBS_OK;
	print_list(result, cleanup->replaced, stderr);
	dsn_show(console->target, &server);
	if (!audience_is_there(&console->audience))
		return dbs_fail(err, DBS_E_REFUSED,
				"there is nobody to ask whether to drop %zu %s "
				"on %s: --yes drops them, --dry-run lists them",
				count, noun, server.data);
	buf_addf(&question, "Drop %zu %s on %s?", count, noun, server.data);
	return progress_ask(console->progress, question.data)
		       ? DBS_OK
		       : dbs_fail(err, DBS_E_CANCELLED, "nothing was dropped");
}

static enum dbs_rc work(const struct cleanup *cleanup,
			const struct console *console,
			const struct cleanup_request *request,
			struct cleanup_result *result, struct dbs_error *err)
{
	enum dbs_rc rc = cleanup_list(request, result, err);
	const size_t count = rc ? 0 : cleanup_count(request, result);

	if (rc || cleanup->dry || !count)
		return rc;
	rc = ask(cleanup, console, result, count, err);
	return rc ? rc : cleanup_drop(request, result, err);
}

static int print(const struct cleanup *cleanup, struct invocation *invocation,
		 const struct cleanup_result *result)
{
	if (!cleanup->walk.json) {
		print_list(result, cleanup->replaced, stdout);
		if (!result->leftovers.count)
			(void)puts("nothing is left of other runs");
	}
	give_object(&invocation->outcome, result, cleanup->walk.json);
	return count_of(result, LEFTOVER_FAILED) ? EXIT_INCOMPLETE : EXIT_EQUAL;
}

static int run(struct invocation *invocation, void *options,
	       const struct vec *operands)
{
	const struct cleanup *cleanup = options;
	const char *const *names = operands->items;
	OWNED(endpoints_clear) struct endpoints endpoints = {
		{DSN_INIT, DSN_INIT}};
	OWNED(console_close) struct console console = {0};
	OWNED(cleanup_result_release) struct cleanup_result result = {0};
	struct dbs_error err = {0};
	enum dbs_rc rc = DBS_OK;

	if (operands->count > 1)
		rc = dbs_fail(&err, DBS_E_USAGE,
			      "`dbsync cleanup` takes one target");
	if (!rc)
		rc = endpoints_load_one(&cleanup->walk.endpoints, TARGET,
					operands->count ? names[0] : NULL,
					&endpoints.dsn[TARGET], &err);
	if (!rc)
		rc = console_open(&console, invocation, &cleanup->walk,
				  &endpoints.dsn[TARGET], &err);
	if (!rc) {
		const struct cleanup_request request = {
			.target = &endpoints.dsn[TARGET],
			.cancel = console.cancel,
			.group = console.group,
			.talk = progress_talk(console.progress),
			.attempts = cleanup->walk.retries,
			.net_timeout_s = cleanup->walk.net_timeout_s,
			.with_replaced = cleanup->replaced,
		};

		rc = work(cleanup, &console, &request, &result, &err);
	}
	console_quiet(&console);
	if (!rc)
		return print(cleanup, invocation, &result);
	/* what was dropped before an error is said */
	if (count_of(&result, LEFTOVER_DROPPED))
		print_list(&result, cleanup->replaced, stderr);
	return walk_options_fail(&cleanup->walk, invocation, COMMAND, &err);
}

const struct command command_cleanup = {
	.name = COMMAND,
	.summary = "drop what runs that died have left on a target",
	.operands = "[TARGET]",
	.text = "Lists the databases of dbsync's own on the target's server "
		"that no run uses any more,\n"
		"asks, and drops them:\n"
		"\n"
		"  dbsync_scratch_…  where ALTERs were tried\n"
		"  dbsync_stage_…    unfinished copies of tables\n"
		"  dbsync_old_…      tables that a full-sync replaced, and "
		"that were changed since\n"
		"                    its backup point was written: only with "
		"--replaced\n"
		"\n"
		"A run drops what earlier runs have left of the databases "
		"that it writes to.  This\n"
		"command is for a server that no run writes to any more.\n"
		"\n"
		"TARGET is a URL, or is set by DBSYNC_TARGET or .env.\n"
		"\n"
		"Exit status: 0 nothing that could be dropped is left, 2 "
		"usage, 3 there is nobody to\n"
		"ask, 4 server or network, 6 a database could not be dropped, "
		"7 cancelled.\n"
		"\n"
		"Examples:\n"
		"  dbsync cleanup --dry-run\n"
		"  dbsync cleanup --yes mysql://app@db2/shop\n",
	.options = rows,
	.option_count = sizeof(rows) / sizeof(*rows),
	.options_size = sizeof(struct cleanup),
	.endpoints = offsetof(struct cleanup, walk.endpoints),
	.is_unlisted = true,
	.defaults = defaults,
	.run = run,
};
