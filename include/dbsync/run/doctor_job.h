/*
 * doctor_job.h - what works between two servers and what will not, said before a
 * run has to find out.  Nothing is written.
 */
#ifndef DBSYNC_RUN_DOCTOR_JOB_H
#define DBSYNC_RUN_DOCTOR_JOB_H

#include "dbsync/base/mem.h"
#include "dbsync/base/vec.h"
#include "dbsync/data/walk_request.h"
#include "dbsync/db/conn.h"

enum remark_level {
	REMARK_OK,
	REMARK_NOTE, /* slower, or not available */
	REMARK_FAIL, /* some command will not work */
};

struct remark {
	const char *about; /* source, target, both, here */
	enum remark_level level;
	const char *text;
	const char *mend; /* a statement or an option, or NULL */
};

struct doctor_request {
	const struct dsn *source;
	const struct dsn *target;
	const struct cancel *cancel;
	struct conn_group *group;
	unsigned net_timeout_s;
	const char *backup_dir;
	struct text_list tables; /* globs: which of them a run is about */
	struct text_list exclude;
	int extra_tables; /* enum extra_tables (shape_run.h) */
};

struct doctor_result {
	struct arena *arena; /* has the texts */
	struct vec remarks;  /* struct remark */
	bool lacks_server;   /* one of the two is not available */
	bool has_failure;    /* a REMARK_FAIL */
};

/* What is wrong is a remark, and no error. */
void doctor_job_run(const struct doctor_request *request,
		    struct doctor_result *result);
void doctor_result_release(struct doctor_result *result);
#endif
