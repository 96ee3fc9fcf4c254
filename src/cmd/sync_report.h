/*
 * sync_report.h - plans and what came of them, as text and as one JSON object
 * (docs/json.md).  Internal to cmd.
 */
#ifndef DBSYNC_CMD_SYNC_REPORT_H
#define DBSYNC_CMD_SYNC_REPORT_H

#include "sync_run.h"

#include "dbsync/cmd/report.h"

#include <stdio.h>

enum sync_verdict {
	SYNC_EQUAL,      /* compared again and equal */
	SYNC_UNVERIFIED, /* written, not compared again (--verify none) */
	SYNC_DIFFERENT,  /* dry-run: there is something to do */
	SYNC_RESTORED,   /* rollback: as before the run */
	SYNC_PARTIAL,    /* something was left out, or differs still */
};

struct sync_report {
	const char *command;
	const struct sync_run *run;
	const struct report *report; /* of the comparison; NULL: rollback */
	bool was_written;
	enum sync_verdict verdict;
	const struct finding *left; /* what differs afterwards */
	size_t left_count;
	const char *sql_file; /* of dry-run, or NULL */
	double seconds;
	bool is_quiet;
};

/*
 * The line that undoes what was written; false: there is no backup point.
 * *forced_out: it says --force, for triggers were let fire.
 */
bool sync_report_undo(const struct sync_report *report, struct buf *out,
		      bool *forced_out);

/* Structures, tables, gaps, guards and notes of a plan. */
void sync_report_plan(const struct sync_run *run, FILE *to);
void sync_report_text(const struct sync_report *report);
void sync_report_json(const struct sync_report *report, bool is_printed);
const char *sync_verdict_name(enum sync_verdict verdict);
#endif
