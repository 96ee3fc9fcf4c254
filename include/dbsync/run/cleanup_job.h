/*
 * cleanup_job.h - databases of dbsync's own that runs which died have left on a
 * target: what there is, and dropping it.
 *
 *	cleanup_list ─▶ show, ask ─▶ cleanup_drop
 */
#ifndef DBSYNC_RUN_CLEANUP_JOB_H
#define DBSYNC_RUN_CLEANUP_JOB_H

#include "dbsync/apply/leftovers.h"

struct cleanup_request {
	const struct dsn *target;
	const struct cancel *cancel;
	struct conn_group *group;
	const struct talk *talk;
	unsigned attempts;
	unsigned net_timeout_s;
	bool with_replaced; /* tables that a full-sync replaced, too */
};

struct cleanup_result {
	struct arena *arena;
	struct leftovers leftovers;
};

/* result: cleanup_result_release it, after an error as well. */
enum dbs_rc cleanup_list(const struct cleanup_request *request,
			 struct cleanup_result *result, struct dbs_error *err);
/* Those of the list; what came of each stands there, also after an error. */
enum dbs_rc cleanup_drop(const struct cleanup_request *request,
			 struct cleanup_result *result, struct dbs_error *err);
void cleanup_result_release(struct cleanup_result *result);

/* How many of the list cleanup_drop drops. */
size_t cleanup_count(const struct cleanup_request *request,
		     const struct cleanup_result *result);
#endif
