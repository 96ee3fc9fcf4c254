/*
 * sync_job.h - one run of incremental or dry-run.  Internal to cmd.
 */
#ifndef DBSYNC_CMD_SYNC_JOB_H
#define DBSYNC_CMD_SYNC_JOB_H

#include "sync_run.h"

#include "dbsync/cmd/command.h"

enum again { AGAIN_CHANGED, AGAIN_FULL, AGAIN_NONE };

struct sync_options {
	struct walk_options walk;
	struct write_options write;
	struct shape_options shape;
	unsigned max_delete_percent;
	unsigned max_changes;
	struct vec allow_empty;
	struct vec forced; /* tables that are copied whenever they differ */
	unsigned copy_min_rows;
	int verify; /* enum again */
	bool proves;
	const char *sql;
};

struct sync_wish {
	const struct sync_options *options;
	const struct endpoints *endpoints;
	struct cancel *cancel;
	struct conn_group *group;
	bool is_dry;
	const char *command;
};

/* Exit status; everything was said. */
int sync_job_run(const struct sync_wish *wish);
#endif
