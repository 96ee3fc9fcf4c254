/*
 * compared.h - what a comparison alone has found: the report of verify, and of any
 * run that was cancelled before it wrote.  Internal to cmd.
 */
#ifndef DBSYNC_CMD_COMPARED_H
#define DBSYNC_CMD_COMPARED_H

#include "walk_options.h"

#include "dbsync/run/run_request.h"

struct invocation;

void compared_print(const struct run_result *result,
		    struct invocation *invocation, const char *command,
		    const struct walk_options *options);
/*
 * Ends a command with an error, behind what was compared by then; its exit
 * status.
 */
int compared_fail(const struct run_result *result,
		  struct invocation *invocation, const char *command,
		  const struct walk_options *options, struct dbs_error *err);
#endif
