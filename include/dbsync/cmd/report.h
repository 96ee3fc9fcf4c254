/*
 * report.h - the result of a walk, as text for people and as one JSON object.
 * The JSON is specified in docs/json.md.
 */
#ifndef DBSYNC_CMD_REPORT_H
#define DBSYNC_CMD_REPORT_H

#include "dbsync/data/finding.h"
#include "dbsync/run/by_log.h"
#include "dbsync/run/totals.h"

struct outcome;

struct json_object;

struct report {
	const char *command;
	const struct finding *findings;
	size_t count;
	const struct object_finding *objects; /* beside tables */
	size_t object_count;
	const struct walk_summary *summary;
	const struct walk_summary *views; /* of the verdict; NULL: summary's */
	double seconds;
	bool is_quiet;  /* text: only what is not equal */
	bool is_schema; /* no rows were compared */
	struct by_log_result by_log;
	struct json_object *filters;  /* an array (filters.h); borrowed */
	const struct dbs_error *stop; /* what ended it early, or NULL */
};

/* EQUAL, DIFFERENT or INCOMPLETE: the worst of all. */
enum verdict report_verdict(const struct report *report);
void report_text(const struct report *report);
/* Its tables only, without total and verdict; and what the views were. */
void report_text_tables(const struct report *report);
void report_text_views(const struct report *report);
/*
 * The last lines of a text: what was left out, unless quiet, and the verdict.
 * filters: an array, or NULL.
 */
void print_verdict(const char *verdict, struct json_object *filters,
		   bool is_quiet);
/* What was not read, and since when nobody has; nothing when all was. */
void print_unread(const struct by_log_result *by_log);
/* Kept as the command's outcome, whether it is printed or not. */
void report_json(const struct report *report, struct outcome *outcome,
		 bool is_printed);
struct totals report_totals(const struct report *report);
/* "equal", "different", "missing_on_target", … */
const char *verdict_name(enum verdict verdict);
/* "stream", "server" or "none" */
const char *read_name(enum rows_read read);
const char *digest_name(enum digest digest);
const char *count_name(enum count_state count);
#endif
