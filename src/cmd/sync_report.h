/*
 * sync_report.h - plans and what came of them, as text and as one JSON object
 * (docs/json.md).  Internal to cmd.
 */
#ifndef DBSYNC_CMD_SYNC_REPORT_H
#define DBSYNC_CMD_SYNC_REPORT_H

#include "dbsync/cmd/report.h"
#include "dbsync/run/run_request.h"

#include <stdio.h>

struct outcome;

struct sync_report {
	const char *command;
	const struct run_result *result;
	const struct report *report; /* of the comparison; NULL: rollback */
	const char *sql_file;        /* of dry-run, or NULL */
	bool is_quiet;
};

/*
 * The line that undoes what was written; false: there is no backup point.
 * *forced_out: it says --force, for triggers were let fire.
 */
bool sync_report_undo(const struct sync_report *report, struct buf *out,
		      bool *forced_out);

/* Of a table that was compared again: it differs, and that is not wanted. */
bool sync_report_is_left(const struct sync_report *report,
			 const struct finding *finding);

/* Structures, tables, gaps, guards and notes of a plan. */
void sync_report_plan(const struct sync_run *run, FILE *to);
/* "Write to USER@HOST:PORT, database X? …": where, and how much. */
void sync_report_question(const struct sync_run *run, struct buf *out);
void sync_report_text(const struct sync_report *report);
void sync_report_json(const struct sync_report *report, struct outcome *outcome,
		      bool is_printed);
const char *sync_verdict_name(enum run_verdict verdict);
#endif
