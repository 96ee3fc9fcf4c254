/*
 * invocation.h - what one run of a command has besides its options: where it logs,
 * and where its result goes.  The runner's, for as long as the command runs.
 * Internal to cmd.
 */
#ifndef DBSYNC_CMD_INVOCATION_H
#define DBSYNC_CMD_INVOCATION_H

#include "journal.h"
#include "outcome.h"

struct invocation {
	struct journal *journal;
	const struct host *host; /* NULL: the process is the command's own */
	const char *config;      /* --config, or NULL */
	struct outcome outcome;
};
#endif
