/*
 * host.h - a process that runs several commands at once, each in a thread, and what
 * it gives to one of them.  Internal to cmd.
 *
 * Such a command prints its result nowhere, asks nobody, and leaves signals to its
 * host.  What it would say on stderr has the name of its job before it.
 */
#ifndef DBSYNC_CMD_HOST_H
#define DBSYNC_CMD_HOST_H

#include "dbsync/base/cancel.h"
#include "dbsync/db/conn.h"
#include "dbsync/run/follow_job.h"

struct host {
	const char *job;
	bool is_followed; /* meanwhile: differences may be on their way */
	struct cancel *cancel;
	struct conn_group *group;
	/* of a command that follows */
	const struct follow_audience *follows;
	struct follow_pulse *pulse;
	/* The connections of the group end: nobody touches them from here on. */
	void (*leaves)(void *self);
	void *self;
};
#endif
