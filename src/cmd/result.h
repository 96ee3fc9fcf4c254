/*
 * result.h - what a run of incremental, dry-run, full-sync or rollback came to, for
 * people and as the exit status.  Internal to cmd.
 */
#ifndef DBSYNC_CMD_RESULT_H
#define DBSYNC_CMD_RESULT_H

#include "walk_options.h"

#include "dbsync/run/run_request.h"

struct invocation;

/* Prints it; the exit status.  sql_file: of dry-run, or NULL. */
int result_print(const struct run_result *result, struct invocation *invocation,
		 const char *command, const struct walk_options *options,
		 const char *sql_file);
#endif
