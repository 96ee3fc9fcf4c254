/* globals.c - see globals.h. */
#include "globals.h"

#define AT(field) offsetof(struct globals, field)

/* clang-format off */
static const struct option_row rows[] = {
	{"config", '\0', OPTION_TEXT, AT(config), "FILE",
	 "configuration file (default\n"
	 "scripts/sync-config.json, /etc/dbsync/dbsync.json)",
	 "Configuration", 0, 0, NULL, NULL},
	{"job", '\0', OPTION_LIST, AT(jobs), "NAMES",
	 "jobs of the configuration, as operands", NULL, 1, 0, NULL, NULL},
	{"all", '\0', OPTION_FLAG, AT(all), NULL,
	 "all jobs, one after the other", NULL, 0, 0, NULL, NULL},
	{"verbose", 'v', OPTION_FLAG, AT(journal.is_verbose), NULL,
	 "print each step to stderr", "Log, metrics, report, hooks", 0, 0,
	 NULL, NULL},
	{"log-file", '\0', OPTION_TEXT, AT(journal.file), "FILE",
	 "append a line for each step", NULL, 0, 0, NULL, NULL},
	{"log-level", '\0', OPTION_CHOICE, AT(journal.level), "LEVEL",
	 "error, warning, info (default), debug", NULL, 0, 0,
	 journal_level_words, NULL},
	{"log-format", '\0', OPTION_CHOICE, AT(journal.is_json), "HOW",
	 "text (default), json", NULL, 0, 0, journal_form_words, NULL},
	{"log-max-size", '\0', OPTION_UNSIGNED, AT(journal.max_mib), "MIB",
	 "size at which the log is rotated (default 10)", NULL, 1, 100000,
	 NULL, NULL},
	{"log-keep", '\0', OPTION_UNSIGNED, AT(journal.keep), "N",
	 "number of rotated files to keep (default 5)",
	 NULL, 0, 1000, NULL, NULL},
	{"no-log-rotation", '\0', OPTION_FLAG, AT(journal.no_rotation), NULL,
	 "do not rotate the log", NULL, 0, 0, NULL, NULL},
	{"metrics-file", '\0', OPTION_TEXT, AT(record.metrics_file), "FILE",
	 "numbers of the run in the text format of Prometheus", NULL,
	 0, 0, NULL, NULL},
	{"report", '\0', OPTION_TEXT, AT(record.report_file), "FILE.html",
	 "HTML page of the comparison (FILE-JOB.html for a job)", NULL,
	 0, 0, NULL, NULL},
	{"on-success", '\0', OPTION_TEXT, AT(record.on_success), "COMMAND",
	 "run with sh after success (docs/operations.md)", NULL,
	 0, 0, NULL, NULL},
	{"on-failure", '\0', OPTION_TEXT, AT(record.on_failure), "COMMAND",
	 "run after failure", NULL, 0, 0, NULL, NULL},
	{"after-sync", '\0', OPTION_TEXT, AT(record.after_sync), "COMMAND",
	 "run after each command that may write, before these", NULL,
	 0, 0, NULL, NULL},
	{"hook-timeout", '\0', OPTION_UNSIGNED, AT(record.hook_timeout_s),
	 "SECONDS", "for each of these (default 60)", NULL, 1, 86400,
	 NULL, NULL},
};
/* clang-format on */

static void defaults(void *options)
{
	*(struct globals *)options = (struct globals){
		.jobs = VEC_INIT(char *),
		.journal = {.level = JOURNAL_INFO, .max_mib = 10, .keep = 5},
		.record = {.hook_timeout_s = 60},
	};
}

const struct command command_globals = {
	.name = "",
	.options = rows,
	.option_count = sizeof(rows) / sizeof(*rows),
	.options_size = sizeof(struct globals),
	.endpoints = COMMAND_NO_ENDPOINTS,
	.defaults = defaults,
};
