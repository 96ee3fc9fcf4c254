/*
 * globals.h - options that every command has.  Internal to cmd.
 */
#ifndef DBSYNC_CMD_GLOBALS_H
#define DBSYNC_CMD_GLOBALS_H

#include "journal.h"
#include "record.h"

#include "dbsync/cmd/command.h"

/* Where the log goes when the configuration only speaks of logging. */
#define GLOBALS_LOG "logs/incremental-sync.log"

struct globals {
	const char *config;
	bool all;
	struct vec jobs;
	struct journal_options journal;
	struct record_options record;
};

/* No command: options, and their defaults. */
extern const struct command command_globals;
#endif
