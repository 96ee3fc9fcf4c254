/*
 * failure.h - how the program ends, and how an error is said: to people, as JSON,
 * as the exit status.
 */
#ifndef DBSYNC_CMD_FAILURE_H
#define DBSYNC_CMD_FAILURE_H

#include "dbsync/base/error.h"

#include <stdbool.h>

struct invocation;
struct json_object;
struct outcome;

/* D14 */
enum exit_status {
	EXIT_EQUAL = 0,
	EXIT_DIFFERENT = 1,
	EXIT_USAGE = 2,
	EXIT_REFUSED = 3,
	EXIT_SERVER = 4,
	EXIT_FILES = 5,
	EXIT_INCOMPLETE = 6,
	EXIT_CANCELLED = 7,
	EXIT_BUG = DBS_STATUS_BUG,
	EXIT_READER_GONE = 141, /* as of a program that SIGPIPE ends */
};

int exit_status_of(enum dbs_rc rc);
/* "done", "different", "refused" … */
const char *exit_status_name(int status);

/* Overwrites what may be a password of a URL in the text of an error. */
void mask_secrets(struct dbs_error *err);
/* The same in any text: a note, or a word of the command line. */
void mask_text(char *text);

/* "dbsync: TEXT" on stderr. */
void print_error_line(const struct dbs_error *err);
/*
 * "dbsync: TEXT" and a hint where there is one, on stderr.  command: whose help
 * says more; "": that of all.
 */
void print_error(const char *command, const struct dbs_error *err);
/* The second of these; the caller's. */
struct json_object *report_error_object(const struct dbs_error *err);
/* {"command":…,"error":{…}} */
void report_json_error(struct outcome *outcome, const char *command,
		       const struct dbs_error *err, bool is_printed);
/* All of it for a command that ends with it; gives its exit status. */
int command_fail(struct invocation *invocation, const char *command,
		 const struct dbs_error *err, bool is_json);
#endif
