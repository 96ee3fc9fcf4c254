/*
 * record.h - what is left of a run besides its result: lines of the log, a file
 * of metrics, commands of the user's.  Internal to cmd.
 */
#ifndef DBSYNC_CMD_RECORD_H
#define DBSYNC_CMD_RECORD_H

#include "dbsync/base/error.h"
#include "dbsync/base/vec.h"

#include <json-c/json.h>

#include <stdbool.h>

struct endpoint_options; /* endpoints.h */

struct record_options {
	const char *metrics_file; /* NULL: none */
	const char *report_file;
	const char *on_success;
	const char *on_failure;
	const char *after_sync;
	unsigned hook_timeout_s;
};

/* One run of one command, ended. */
struct record {
	const struct record_options *options;
	struct journal *journal;
	const char *command;
	const char *job; /* NULL: none */
	int status;
	double seconds;
	struct json_object *result; /* NULL: it did not come so far */
	const char *state_dir;
	bool is_unlisted; /* it leaves no state */
	bool is_stopped;  /* by its host, which is no failure */
	const struct endpoint_options *endpoints; /* NULL: it has none */
	const struct vec *operands;
};

/* Troubles are notes: they do not change what the run came to. */
void record_run(const struct record *record);

/* Its parts. */
void record_metrics(const struct record *record);
void record_state(const struct record *record);
void record_report(const struct record *record);

/* Tells on stderr and in the log that a part of it came to nothing. */
void record_note(const struct record *record, const char *part,
		 const struct dbs_error *err);

/* incremental, full-sync, rollback */
bool record_is_sync(const struct record *record);

/* Whether that is what the user wants to hear. */
bool record_is_success(const struct record *record);
#endif
