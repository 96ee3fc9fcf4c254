/*
 * full_job.h - one run of full-sync.  Internal to cmd.
 */
#ifndef DBSYNC_CMD_FULL_JOB_H
#define DBSYNC_CMD_FULL_JOB_H

#include "sync_run.h"

#include "dbsync/cmd/command.h"

struct full_options {
	struct walk_options walk;
	struct write_options write;
	struct shape_options shape;
	unsigned max_delete_percent;
	struct vec allow_empty;
	int verify; /* 0: read the copies back, 1: not */
	int load;   /* enum load_way */
	bool no_swap;
};

struct full_sync_wish {
	const struct full_options *options;
	const struct endpoints *endpoints;
	struct cancel *cancel;
	struct conn_group *group;
};

/* Exit status; everything was said. */
int full_job_run(const struct full_sync_wish *wish);
#endif
