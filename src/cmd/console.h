/*
 * console.h - what a command has of its process while it works: signals that stop
 * it, the line that shows how far it is, and the answers to what a run asks.
 * Internal to cmd.
 *
 *	console_open ─▶ work ─▶ console_quiet ─▶ print the result ─▶ console_close
 */
#ifndef DBSYNC_CMD_CONSOLE_H
#define DBSYNC_CMD_CONSOLE_H

#include "walk_options.h"

#include "dbsync/base/cancel.h"
#include "dbsync/cmd/endpoints.h"
#include "dbsync/cmd/progress.h"
#include "dbsync/cmd/signals.h"
#include "dbsync/run/run_request.h"

struct invocation;

struct console {
	const struct endpoint_options *endpoints;
	const struct dsn *target;
	const struct host *host; /* NULL: the process is the command's own */
	struct cancel own;
	struct cancel *cancel; /* of the host, or own */
	struct conn_group *group;
	struct signals *signals;
	struct progress *progress;
	struct audience audience;
};

/*
 * Stays where it is until console_close, which it needs also after an error;
 * the options and target outlive it.
 */
enum dbs_rc console_open(struct console *console,
			 const struct invocation *invocation,
			 const struct walk_options *options,
			 const struct dsn *target, struct dbs_error *err);
/* A run of both sides is told who is there. */
void console_attend(struct console *console, const struct endpoints *endpoints,
		    struct run_request *request);
/* What is printed from here on is the result. */
void console_quiet(struct console *console);
void console_close(struct console *console);
#endif
