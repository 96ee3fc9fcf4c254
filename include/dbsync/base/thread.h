/*
 * thread.h - a thread, which is not always available.
 *
 * A limit on processes (ulimit -u, TasksMax of a systemd unit, pids.max of a
 * container) or on memory may refuse one at any instant, also between rows that
 * were deleted and rows that are to be inserted.  So it is never a bug:
 *
 *	thread_start	a run cannot do without it: an error, before it writes
 *	thread_try	others can do its work: they do (workers.h)
 */
#ifndef DBSYNC_BASE_THREAD_H
#define DBSYNC_BASE_THREAD_H

#include "dbsync/base/error.h"

#include <pthread.h>

typedef void *thread_run(void *self);

/* DBS_E_RESOURCE, with what to do. */
enum dbs_rc thread_start(pthread_t *out, thread_run *run, void *self,
			 struct dbs_error *err);

/* 0, or the errno of what refuses it. */
int thread_try(pthread_t *out, thread_run *run, void *self);
#endif
