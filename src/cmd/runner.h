/*
 * runner.h - a command line, carried out: once, or for each of its jobs.
 * Internal to cmd.
 */
#ifndef DBSYNC_CMD_RUNNER_H
#define DBSYNC_CMD_RUNNER_H

#include "dbsync/cmd/command.h"

/* Exit status; of several jobs the worst. */
int runner_run(const struct command *command, int argc, char **argv);

/* Prints what would be in force. */
int runner_show(const struct command *command, int argc, char **argv);

void runner_help(const struct command *command);
#endif
