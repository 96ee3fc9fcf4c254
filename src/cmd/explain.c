/* explain.c - `dbsync explain`: one row of both sides, column by column. */
#include "dbsync/cmd/command.h"

#include "console.h"
#include "explain_report.h"
#include "filters.h"
#include "invocation.h"

#include "dbsync/base/own.h"
#include "dbsync/run/explain_job.h"

#include <stddef.h>
#include <string.h>

struct explain {
	struct walk_options walk;
};

#define WALK offsetof(struct explain, walk)

/* clang-format off */
static const struct option_row rows[] = {
	WALK_ROWS_DATABASES(WALK),
	WALK_ROWS_PARTS(WALK),
	{"json", '\0', OPTION_FLAG, WALK_AT(WALK, json), NULL,
	 "one JSON object on stdout (docs/json.md)", "Output", 0, 0,
	 NULL, NULL},
	{"quiet", 'q', OPTION_FLAG, WALK_AT(WALK, quiet), NULL,
	 "only the columns that differ, and the verdict", NULL, 0, 0,
	 NULL, NULL},
	WALK_ROWS_SERVERS(WALK),
};
/* clang-format on */

static void defaults(void *options)
{
	walk_options_defaults(&((struct explain *)options)->walk);
}

static int fail(struct invocation *invocation, const struct explain *explain,
		struct dbs_error *err)
{
	return walk_options_fail(&explain->walk, invocation, "explain", err);
}

/* The operands: URLs come first, if there are any. */
struct words {
	struct vec urls; /* const char * */
	struct explain_request request;
};

static enum dbs_rc take_words(const struct vec *operands, struct words *out,
			      struct dbs_error *err)
{
	const char *const *words = operands->items;
	const size_t urls = operands->count && strstr(words[0], "://") ? 2 : 0;

	if (urls && (operands->count < 2 || !strstr(words[1], "://")))
		return dbs_fail(err, DBS_E_USAGE,
				"the target is missing: give SOURCE and "
				"TARGET, or neither");
	if (operands->count < urls + 2)
		return dbs_fail(err, DBS_E_USAGE,
				"name the row: a TABLE, and a value for each "
				"column of its key");
	for (size_t i = 0; i < urls; i++)
		*(const char **)vec_push(&out->urls) = words[i];
	out->request = (struct explain_request){
		.table = words[urls],
		.key = words + urls + 1,
		.key_count = operands->count - urls - 1,
	};
	return DBS_OK;
}

static void print_result(struct outcome *outcome, const struct explain *explain,
			 const struct explain_result *result)
{
	const struct explanation *explanation = result->explanation;
	struct json_object *filters = filters_of_table(
		&explain->walk, explanation->pair->database[SOURCE],
		explanation->pair->table[SOURCE]->name);

	if (!explain->walk.json)
		explain_text(explanation, result->views, filters,
			     explain->walk.quiet);
	outcome_give(outcome,
		     explain_object(explanation, result->views, filters),
		     explain->walk.json);
	(void)json_object_put(filters);
}

static int connect_and_look(struct invocation *invocation,
			    const struct explain *explain,
			    const struct words *words)
{
	struct walk_options silent = explain->walk;
	OWNED(endpoints_clear) struct endpoints endpoints = {
		{DSN_INIT, DSN_INIT}};
	OWNED(console_close) struct console console = {0};
	OWNED(explain_result_release) struct explain_result result = {0};
	struct explain_job_request request = {
		.run = {.command = "explain",
			.walk = walk_options_request(&explain->walk)},
		.row = words->request,
	};
	struct dbs_error err = {0};
	enum dbs_rc rc = endpoints_load(&explain->walk.endpoints, &words->urls,
					&endpoints, &err);

	/* nothing is said but the row */
	silent.progress = PROGRESS_NONE;
	silent.quiet = true;
	if (!rc)
		rc = console_open(&console, invocation, &silent,
				  &endpoints.dsn[TARGET], &err);
	if (!rc) {
		console_attend(&console, &endpoints, &request.run);
		rc = explain_job_run(&request, &result, &err);
	}
	console_quiet(&console);
	if (rc)
		return fail(invocation, explain, &err);
	print_result(&invocation->outcome, explain, &result);
	return result.is_equal ? EXIT_EQUAL : EXIT_DIFFERENT;
}

static int run(struct invocation *invocation, void *options,
	       const struct vec *operands)
{
	const struct explain *explain = options;
	struct words words = {.urls = VEC_INIT(const char *)};
	struct dbs_error err = {0};
	const int status = walk_options_check_where(&explain->walk, &err) ||
					   take_words(operands, &words, &err)
				   ? fail(invocation, explain, &err)
				   : connect_and_look(invocation, explain,
						      &words);

	vec_release(&words.urls);
	return status;
}

const struct command command_explain = {
	.name = "explain",
	.summary = "compare one row of both sides: what differs, where and why",
	.operands = "[SOURCE TARGET] TABLE KEY...",
	.text = "Compares one row column by column, as verify does, and shows "
		"the values of both\n"
		"sides, their bytes and code points around the first "
		"difference, the result of each\n"
		"server's own comparison, the likely cause, and the statement "
		"that would correct\n"
		"the target's row.  Writes nothing.\n"
		"\n"
		"TABLE is a name, or DATABASE.TABLE (of the source).  KEY is a "
		"value for each column\n"
		"of its key, in their order, as text; 0x... for binary columns; "
		"times in UTC.  Put a\n"
		"word that begins with a dash and is not a number after `--`.\n"
		"\n"
		"Offsets count from 0.  In values, a blank at the end or next "
		"to another blank is\n"
		"shown as `·`, and easily confused characters as their code: "
		"\\u{00A0}.\n"
		"\n"
		"Exit status: 0 the rows are equal, 1 they are different, or "
		"one side has none,\n"
		"2 usage, or neither side has such a row, 3 the table has no "
		"key, 4 server or\n"
		"network, 6 could not be compared.\n"
		"\n"
		"Examples:\n"
		"  dbsync explain mysql://u@db1/shop mysql://u@db2/shop orders "
		"4711\n"
		"  dbsync explain --json shop.prices 12 2024-02-29\n"
		"  dbsync explain temperatures -5\n",
	.options = rows,
	.option_count = sizeof(rows) / sizeof(*rows),
	.options_size = sizeof(struct explain),
	.endpoints = offsetof(struct explain, walk.endpoints),
	.is_question = true,
	.defaults = defaults,
	.run = run,
};
