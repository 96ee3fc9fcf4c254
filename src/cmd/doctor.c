/*
 * doctor.c - `dbsync doctor`: its options, and how remarks are shown.  What is looked
 * at is in run/doctor_job.c.
 */
#include "dbsync/cmd/command.h"

#include "console.h"
#include "invocation.h"
#include "paint.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/run/doctor_job.h"
#include "dbsync/run/report_value.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define COMMAND "doctor"

struct doctor {
	struct walk_options walk;
	struct write_options write;
	int extra_tables; /* enum extra_tables */
};

#define WALK offsetof(struct doctor, walk)
#define WRITE offsetof(struct doctor, write)
#define EXTRA offsetof(struct doctor, extra_tables)

/* clang-format off */
static const struct option_row rows[] = {
	{"backup-dir", '\0', OPTION_TEXT, WRITE_AT(WRITE, backup_dir),
	 "FOLDER", "where backup points are stored\n"
	 "(default backups/database)",
	 "What to check", 0, 0, NULL, NULL},
	WALK_ROWS_TABLES(WALK),
	EXTRA_TABLES_ROW(EXTRA, NULL),
	{"json", '\0', OPTION_FLAG, WALK_AT(WALK, json), NULL,
	 "one JSON object on stdout (docs/json.md)", NULL, 0, 0, NULL, NULL},
	WALK_ROWS_SERVERS(WALK),
};
/* clang-format on */

static void defaults(void *options)
{
	struct doctor *doctor = options;

	walk_options_defaults(&doctor->walk);
	write_options_defaults(&doctor->write);
}

/* ------------------------------------------------------------------------
 * Remarks
 * --------------------------------------------------------------------- */

static const char *const level_words[] = {"ok", "note", "FAIL"};

static void print_remark(const struct remark *remark)
{
	static const enum paint paints[] = {
		[REMARK_OK] = PAINT_GOOD,
		[REMARK_NOTE] = PAINT_DOUBT,
		[REMARK_FAIL] = PAINT_BAD,
	};
	OWNED(buf_release) struct buf text = BUF_INIT;
	OWNED(buf_release) struct buf mend = BUF_INIT;

	text_show(&text, remark->text, strlen(remark->text), 1000);
	(void)printf("%-6s %s%-4s%s  %s\n", remark->about,
		     paint_begin(stdout, paints[remark->level]),
		     level_words[remark->level],
		     paint_end(stdout, paints[remark->level]), text.data);
	if (!remark->mend)
		return;
	text_show_sql(&mend, remark->mend, strlen(remark->mend), 4000);
	(void)printf("               %s\n", mend.data);
}

static void print_text(const struct doctor_result *result)
{
	for (size_t i = 0; i < result->remarks.count; i++)
		print_remark(vec_at(&result->remarks, i));
}

static void give_object(struct outcome *outcome,
			const struct doctor_result *result, int status,
			bool is_printed)
{
	struct json_object *object = json_object_new_object();
	struct json_object *remarks = json_object_new_array();

	for (size_t i = 0; i < result->remarks.count; i++) {
		const struct remark *at = vec_at(&result->remarks, i);
		struct json_object *entry = json_object_new_object();

		report_add(entry, "about", report_string(at->about));
		report_add(entry, "level",
			   report_string(at->level == REMARK_FAIL
						 ? "fail"
						 : level_words[at->level]));
		report_add(entry, "text", report_string(at->text));
		report_add(entry, "mend", report_string(at->mend));
		(void)json_object_array_add(remarks, entry);
	}
	report_add(object, "command", report_string(COMMAND));
	report_add(object, "exit_status", json_object_new_int(status));
	report_add(object, "remarks", remarks);
	outcome_give(outcome, object, is_printed);
}

static int status_of(const struct doctor_result *result,
		     const struct cancel *cancel)
{
	if (cancel_requested(cancel))
		return EXIT_CANCELLED;
	if (result->lacks_server)
		return EXIT_SERVER;
	return result->has_failure ? EXIT_INCOMPLETE : EXIT_EQUAL;
}

static int run(struct invocation *invocation, void *options,
	       const struct vec *operands)
{
	const struct doctor *doctor = options;
	OWNED(endpoints_clear) struct endpoints endpoints = {
		{DSN_INIT, DSN_INIT}};
	OWNED(console_close) struct console console = {0};
	OWNED(doctor_result_release) struct doctor_result result = {0};
	struct dbs_error err = {0};

	if (endpoints_load(&doctor->walk.endpoints, operands, &endpoints,
			   &err) ||
	    console_open(&console, invocation, &doctor->walk,
			 &endpoints.dsn[TARGET], &err))
		return walk_options_fail(&doctor->walk, invocation, COMMAND,
					 &err);
	const struct doctor_request request = {
		.source = &endpoints.dsn[SOURCE],
		.target = &endpoints.dsn[TARGET],
		.cancel = console.cancel,
		.group = console.group,
		.net_timeout_s = doctor->walk.net_timeout_s,
		.backup_dir = doctor->write.backup_dir,
		.tables = text_list_of(&doctor->walk.tables),
		.exclude = text_list_of(&doctor->walk.exclude),
		.extra_tables = doctor->extra_tables,
	};

	doctor_job_run(&request, &result);
	console_quiet(&console);
	const int status = status_of(&result, console.cancel);

	if (!doctor->walk.json)
		print_text(&result);
	give_object(&invocation->outcome, &result, status, doctor->walk.json);
	return status;
}

const struct command command_doctor = {
	.name = "doctor",
	.summary = "check what works, what will fail, and what to grant",
	.operands = "[SOURCE TARGET]",
	.text = "Connects to both servers and reports line by line: versions, "
		"TLS, privileges with\n"
		"the missing GRANTs, settings that matter, clocks, network "
		"links, the digest that\n"
		"would be chosen, and the space for backup points.  Writes "
		"nothing.\n"
		"\n"
		"A line is ok, a note (something is slower, or not available), "
		"or FAIL (a command\n"
		"will be refused).\n"
		"\n"
		"Exit status: 0 nothing failed, 2 usage, 4 a server is not "
		"available, 6 something\n"
		"will not work.\n"
		"\n"
		"Examples:\n"
		"  dbsync doctor\n"
		"  dbsync doctor shop\n",
	.options = rows,
	.option_count = sizeof(rows) / sizeof(*rows),
	.options_size = sizeof(struct doctor),
	.endpoints = offsetof(struct doctor, walk.endpoints),
	.takes_jobs = true,
	.defaults = defaults,
	.run = run,
};
