/*
 * runner.h - a command line, carried out: once, or for each of its jobs.
 * Internal to cmd.
 */
#ifndef DBSYNC_CMD_RUNNER_H
#define DBSYNC_CMD_RUNNER_H

#include "dbsync/cmd/command.h"

struct config;
struct host;
struct json_object;

/* Exit status; of several jobs the worst. */
int runner_run(const struct command *command, int argc, char **argv);

/* Prints what would be in force. */
int runner_show(const struct command *command, int argc, char **argv);

/*
 * A job of a configuration, which nobody else uses meanwhile, in the host's process;
 * the exit status.  *result_out is the caller's, and may be NULL.
 */
int runner_run_hosted(const struct command *command, struct config *config,
		      const char *job, const struct host *host,
		      struct json_object **result_out);

void runner_help(const struct command *command);
#endif
