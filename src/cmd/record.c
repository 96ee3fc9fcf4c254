/* record.c - see record.h: the log, and commands of the user's. */
#include "record.h"

#include "journal.h"

#include "dbsync/base/child.h"
#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/cmd/command.h"
#include "dbsync/run/report_value.h"

#include <stdio.h>
#include <string.h>

/* ------------------------------------------------------------------------
 * The log
 * --------------------------------------------------------------------- */

/* A member of the result goes into fields by the same name. */
static void copy_field(struct json_object *fields, struct json_object *from,
		       const char *name)
{
	struct json_object *value = report_get(from, name);

	if (value)
		report_add(fields, name, json_object_get(value));
}

static struct json_object *fields_of(struct json_object *from,
				     const char *const *names)
{
	struct json_object *fields = json_object_new_object();

	for (size_t i = 0; names[i]; i++)
		copy_field(fields, from, names[i]);
	return fields;
}

static void add_rows(struct json_object *fields, struct json_object *rows)
{
	static const char *const kinds[] = {"insert", "update", "delete"};

	for (size_t i = 0; i < 3; i++)
		copy_field(fields, rows, kinds[i]);
}

static void log_each(struct journal *journal, struct json_object *array,
		     enum journal_level level, const char *event,
		     const char *const *names)
{
	for (size_t i = 0; array && i < json_object_array_length(array); i++) {
		struct json_object *item = json_object_array_get_idx(array, i);
		struct json_object *fields = fields_of(item, names);

		add_rows(fields, report_get(item, "rows"));
		journal_write(journal, level, event, fields);
	}
}

/* What was compared; tables that are equal are for those who debug. */
static void log_tables(struct journal *journal, struct json_object *result)
{
	static const char *const names[] = {
		"database", "table",  "verdict", "digest",  "rows_source",
		"insert",   "update", "delete",  "read",    "rows_unread",
		"why",      "ranges", "seconds", "skipped", NULL};
	struct json_object *tables = report_get(result, "tables");

	for (size_t i = 0; tables && i < json_object_array_length(tables);
	     i++) {
		struct json_object *table = json_object_array_get_idx(tables,
								      i);
		const char *verdict = json_object_get_string(
			report_get(table, "verdict"));
		const bool is_equal = verdict && !strcmp(verdict, "equal");

		journal_write(journal, is_equal ? JOURNAL_DEBUG : JOURNAL_INFO,
			      "compared", fields_of(table, names));
	}
}

static void log_steps(struct journal *journal, struct json_object *result)
{
	static const char *const table[] = {"database", "table", "already",
					    "drifted",  "error", NULL};
	static const char *const copy[] = {"database", "table",   "rows",
					   "bytes",    "seconds", NULL};
	static const char *const backup[] = {"backup", "backup_bytes",
					     "backup_seconds", NULL};
	static const char *const gap[] = {"database", "table", "reason", NULL};
	struct json_object *plan = report_get(result, "plan");

	log_tables(journal, result);
	log_each(journal, report_get(result, "filters"), JOURNAL_INFO,
		 "filtered",
		 (const char *const[]){"option", "value", "from", NULL});
	if (report_get(result, "backup"))
		journal_write(journal, JOURNAL_INFO, "backup",
			      fields_of(result, backup));
	log_each(journal, report_get(report_get(result, "copies"), "tables"),
		 JOURNAL_INFO, "copied", copy);
	log_each(journal, report_get(result, "written"), JOURNAL_INFO,
		 "written", table);
	log_each(journal, report_get(result, "still_different"),
		 JOURNAL_WARNING, "still_different", table);
	log_each(journal, report_get(plan, "left_out"), JOURNAL_WARNING,
		 "left_out", gap);
	log_each(journal, report_get(plan, "kept"), JOURNAL_INFO, "kept", gap);
}

static void write_log(const struct record *record)
{
	static const char *const names[] = {
		"run",         "verdict",     "rows_compared",
		"rows_unread", "differences", "write_seconds",
		NULL};
	struct json_object *fields = fields_of(record->result, names);
	struct json_object *error = report_get(record->result, "error");

	log_steps(record->journal, record->result);
	report_add(fields, "exit_status", json_object_new_int(record->status));
	report_add(fields, "seconds", report_seconds(record->seconds));
	if (error)
		copy_field(fields, error, "text");
	journal_write(record->journal,
		      record_is_success(record) ? JOURNAL_INFO : JOURNAL_ERROR,
		      "end", fields);
}

/* ------------------------------------------------------------------------
 * Hooks
 * --------------------------------------------------------------------- */

static void add_variable(struct vec *variables, const char *name,
			 const char *value)
{
	struct buf text = BUF_INIT;

	buf_addf(&text, "DBSYNC_%s=%s", name, value ? value : "");
	*(char **)vec_push(variables) = buf_detach(&text);
}

static struct vec variables_of(const struct record *record)
{
	struct vec variables = VEC_INIT(char *);
	struct json_object *result = record->result;
	char number[32];

	add_variable(&variables, "COMMAND", record->command);
	add_variable(&variables, "JOB", record->job);
	add_variable(&variables, "RUN", report_get_text(result, "run", NULL));
	add_variable(&variables, "VERDICT",
		     report_get_text(result, "verdict", NULL));
	add_variable(&variables, "BACKUP",
		     report_get_text(result, "backup", NULL));
	add_variable(&variables, "ERROR",
		     report_get_text(report_get(result, "error"), "text",
				     NULL));
	(void)snprintf(number, sizeof(number), "%d", record->status);
	add_variable(&variables, "EXIT_STATUS", number);
	(void)snprintf(number, sizeof(number), "%.3f", record->seconds);
	add_variable(&variables, "SECONDS", number);
	/* URLs with their passwords: what a command prints goes into logs */
	add_variable(&variables, "SOURCE", NULL);
	add_variable(&variables, "TARGET", NULL);
	*(char **)vec_push(&variables) = NULL;
	return variables;
}

static void run_hook(const struct record *record, const char *name,
		     const char *command)
{
	struct vec variables = variables_of(record);
	const char *input =
		record->result ? json_object_to_json_string_ext(
					 record->result,
					 JSON_C_TO_STRING_PLAIN |
						 JSON_C_TO_STRING_NOSLASHESCAPE)
			       : "{}";
	const struct child_wish wish = {
		.command = command,
		.env = variables.items,
		.input = input,
		.input_length = strlen(input),
		.seconds = record->options->hook_timeout_s,
		.is_apart = true,
	};
	struct dbs_error err = {0};

	(void)fflush(stdout);
	if (child_run(&wish, NULL, &err)) {
		(void)fprintf(stderr, "dbsync: note: the command of %s: %s\n",
			      name, err.text);
		journal_text(record->journal, JOURNAL_WARNING, name, err.text);
	}
	for (size_t i = 0; i < variables.count; i++)
		mem_drop(vec_at(&variables, i));
	vec_release(&variables);
}

static void run_hooks(const struct record *record)
{
	const struct record_options *options = record->options;
	const bool is_success = record_is_success(record);

	if (options->after_sync && record_is_sync(record))
		run_hook(record, "after-sync", options->after_sync);
	if (options->on_success && is_success)
		run_hook(record, "on-success", options->on_success);
	if (options->on_failure && !is_success)
		run_hook(record, "on-failure", options->on_failure);
}

void record_run(const struct record *record)
{
	write_log(record);
	if (!record->is_unlisted)
		record_state(record);
	record_metrics(record);
	record_report(record);
	if (!record->is_stopped)
		run_hooks(record);
}
