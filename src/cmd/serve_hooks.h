/*
 * serve_hooks.h - commands that are run when the state of a job changes, one after
 * the other, in a thread of their own: the service waits for none.  Internal to cmd.
 */
#ifndef DBSYNC_CMD_SERVE_HOOKS_H
#define DBSYNC_CMD_SERVE_HOOKS_H

#include "dbsync/base/error.h"

struct serve_hooks;

struct serve_hook {
	const char *command; /* of --on-state */
	unsigned timeout_s;
	const char *job;
	const char *state;  /* that the job is in now */
	const char *reason; /* NULL: none */
};

enum dbs_rc serve_hooks_open(struct serve_hooks **out, struct dbs_error *err);
/* Takes copies.  One that comes while too many wait is left out, and said. */
void serve_hooks_add(struct serve_hooks *hooks, const struct serve_hook *hook);
/* Waits for those that were added last, and for no more than a moment. */
void serve_hooks_close(struct serve_hooks **hooks);
#endif
