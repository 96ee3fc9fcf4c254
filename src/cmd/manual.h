/*
 * manual.h - the man page and the completion of shells, out of the tables of
 * options, so that they cannot say anything else.  Internal to cmd.
 */
#ifndef DBSYNC_CMD_MANUAL_H
#define DBSYNC_CMD_MANUAL_H

#include "dbsync/base/buf.h"
#include "dbsync/cmd/command.h"

#include <stdbool.h>

struct manual {
	const struct command *const *commands;
	size_t count;
	const struct command *globals; /* options of each of them */
};

/* dbsync(1), as roff. */
void manual_page(const struct manual *manual, struct buf *out);

/* NULL at the end. */
extern const char *const manual_shells[];

/* The script for one of them; false for another shell. */
bool manual_completion(const char *shell, struct buf *out);
#endif
