/*
 * status.c - `dbsync status`: what became of the last runs, and which one was
 * interrupted, out of sync-state.json alone.
 */
#include "dbsync/cmd/command.h"

#include "filters.h"
#include "invocation.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/run/report_value.h"
#include "dbsync/run/state.h"
#include "dbsync/run/status_job.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct status {
	const char *folder;
	bool json;
	bool help;
};

#define AT(field) offsetof(struct status, field)

/* clang-format off */
static const struct option_row rows[] = {
	{"state-dir", '\0', OPTION_TEXT, AT(folder), "FOLDER",
	 "where sync-state.json is (docs/operations.md)", "Options",
	 0, 0, NULL, NULL},
	{"json", '\0', OPTION_FLAG, AT(json), NULL,
	 "one JSON object on stdout (docs/json.md)", NULL, 0, 0, NULL, NULL},
	{"help", 'h', OPTION_FLAG, AT(help), NULL, "this text",
	 NULL, 0, 0, NULL, NULL},
};
/* clang-format on */

/* the runner says where, when nobody else does */
static void defaults(void *options)
{
	((struct status *)options)->folder = NULL;
}

static int fail(struct invocation *invocation, const struct status *status,
		struct dbs_error *err)
{
	return command_fail(invocation, "status", err, status->json);
}

static const char *text_of(struct json_object *object, const char *name)
{
	return report_get_text(object, name, "");
}

/* ------------------------------------------------------------------------
 * Interrupted runs
 * --------------------------------------------------------------------- */

/* The file has texts of servers, and somebody may have edited it. */
static void print_safely(const char *indent, const char *text)
{
	OWNED(buf_release) struct buf line = BUF_INIT;

	text_show(&line, text, strlen(text), 1000);
	(void)printf("%s%s\n", indent, line.data);
}

static void print_interrupted(struct json_object *run)
{
	OWNED(buf_release) struct buf line = BUF_INIT;

	buf_addf(&line, "INTERRUPTED: run %s (dbsync %s on %s, begun %s)",
		 text_of(run, "run"), text_of(run, "command"),
		 text_of(run, "target"), text_of(run, "started"));
	print_safely("", line.data);
	buf_clear(&line);
	state_ways_out(run, &line);
	print_safely("  ", line.data);
}

/* ------------------------------------------------------------------------
 * The last runs
 * --------------------------------------------------------------------- */

static void print_last(struct json_object *run)
{
	OWNED(buf_release) struct buf line = BUF_INIT;
	struct json_object *compared = report_get(run, "rows_compared");
	struct json_object *filters = report_get(run, "filters");
	const char *verdict = filters_verdict(text_of(run, "verdict"), filters);
	const char *error = text_of(run, "error");

	buf_addf(&line, "%-12s %-12s %-11s %s  ", text_of(run, "command"),
		 *text_of(run, "job") ? text_of(run, "job") : "-",
		 *verdict ? verdict : "FAILED", text_of(run, "ended"));
	text_seconds(&line, json_object_get_double(report_get(run, "seconds")));
	if (compared) {
		buf_adds(&line, ", ");
		text_count(&line, json_object_get_uint64(compared));
		buf_adds(&line, " rows, ");
		text_count(&line, json_object_get_uint64(
					  report_get(run, "differences")));
		buf_adds(&line, " differed");
	}
	if (*text_of(run, "target"))
		buf_addf(&line, ", %s", text_of(run, "target"));
	print_safely("", line.data);
	for (size_t i = 0; i < report_length(filters); i++) {
		OWNED(buf_release) struct buf filter = BUF_INIT;

		buf_adds(&filter, "filtered: ");
		filters_add_line(json_object_array_get_idx(filters, i),
				 &filter);
		(void)printf("  %s\n", filter.data);
	}
	if (*error)
		print_safely("  ", error);
}

static void print_text(struct json_object *interrupted,
		       struct json_object *last)
{
	for (size_t i = 0; i < report_length(interrupted); i++)
		print_interrupted(json_object_array_get_idx(interrupted, i));
	for (size_t i = 0; i < report_length(last); i++)
		print_last(json_object_array_get_idx(last, i));
	if (!report_length(interrupted) && !report_length(last))
		(void)puts("no runs are recorded here");
}

/* ------------------------------------------------------------------------
 * The command
 * --------------------------------------------------------------------- */

static void give_object(struct outcome *outcome,
			const struct status_result *result, bool is_printed)
{
	struct json_object *object = json_object_new_object();

	report_add(object, "command", report_string("status"));
	report_add(object, "well", json_object_new_boolean(result->is_well));
	report_add(object, "interrupted", json_object_get(result->interrupted));
	report_add(object, "last", json_object_get(result->last));
	outcome_give(outcome, object, is_printed);
}

static int run(struct invocation *invocation, void *options,
	       const struct vec *operands)
{
	const struct status *status = options;
	OWNED(status_result_release) struct status_result result = {0};
	struct dbs_error err = {0};

	if (operands->count) {
		(void)dbs_fail(&err, DBS_E_USAGE,
			       "`dbsync status` takes no operands");
		return fail(invocation, status, &err);
	}
	if (status_job_run(status->folder, &result, &err))
		return fail(invocation, status, &err);
	if (!status->json)
		print_text(result.interrupted, result.last);
	give_object(&invocation->outcome, &result, status->json);
	return result.is_well ? EXIT_EQUAL : EXIT_INCOMPLETE;
}

const struct command command_status = {
	.name = "status",
	.summary = "show the last runs, and whether one was interrupted",
	.operands = "",
	.text = "Reads sync-state.json and contacts no server.  Shows the last "
		"run of each command,\n"
		"job and pair of servers: those of incremental, full-sync and "
		"rollback always, those\n"
		"of verify and dry-run if the file exists already.\n"
		"\n"
		"Exit status: 0 all of them succeeded, 6 one did not, or was "
		"interrupted.\n"
		"\n"
		"Examples:\n"
		"  dbsync status\n"
		"  dbsync status --json\n",
	.options = rows,
	.option_count = sizeof(rows) / sizeof(*rows),
	.options_size = sizeof(struct status),
	.endpoints = COMMAND_NO_ENDPOINTS,
	.defaults = defaults,
	.run = run,
};
