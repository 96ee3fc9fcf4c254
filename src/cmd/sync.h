/*
 * sync.h - incremental, as another command that does the same its own way calls it.
 * Internal to cmd.
 */
#ifndef DBSYNC_CMD_SYNC_H
#define DBSYNC_CMD_SYNC_H

#include "walk_options.h"

#include "dbsync/cmd/endpoints.h"
#include "dbsync/run/sync_job.h"

struct invocation;

struct sync_options {
	struct walk_options walk;
	struct write_options write;
	struct shape_options shape;
	unsigned max_delete_percent;
	unsigned max_changes;
	struct vec allow_empty;
	struct vec forced;
	unsigned copy_min_rows;
	int verify;   /* enum again */
	int triggers; /* the order of trigger_words */
	bool proves;
	const char *sql;
};

/* Exit status; everything was said. */
int sync_run_command(struct invocation *invocation,
		     const struct sync_options *sync,
		     const struct endpoints *endpoints, const char *command,
		     bool is_dry);
#endif
