/*
 * crew.h - the workers that take jobs apart.  Internal to data.
 *
 * crew_run starts one thread for each link and comes back when all jobs have
 * ended, or when something happened that ends the walk (a server is out of
 * reach, the user wants to stop); then the first such error is returned.  Or
 * when it is late: then it may be run again, with other snapshots.
 */
#ifndef DBSYNC_DATA_CREW_H
#define DBSYNC_DATA_CREW_H

#include "job.h"

#include <pthread.h>

struct crew {
	const struct job_context *context;
	struct link *links; /* one for each worker */
	struct job **jobs;  /* in the order in which to begin them */
	size_t job_count;
	bool has_views; /* connections are in snapshots, and rejoin them */
	atomic_size_t *jobs_ended;
	_Atomic(const struct job *) *begun; /* what was taken last */
	uint64_t until_ns; /* when no more is to be begun; 0: forever */

	pthread_mutex_t mutex; /* guards what follows, and the jobs' state */
	pthread_cond_t changed;
	enum consistency consistency[SIDES];
	size_t ended;
	bool is_stopped;
	bool is_late; /* until_ns has passed, and there is work left */
	struct dbs_error error;
};

enum dbs_rc crew_run(struct crew *crew, struct dbs_error *err);
#endif
