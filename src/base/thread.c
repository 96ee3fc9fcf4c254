/* thread.c - see thread.h. */
#include "dbsync/base/thread.h"

#include "dbsync/base/fault.h"

#include <errno.h>

enum dbs_rc thread_start(pthread_t *out, thread_run *run, void *self,
			 struct dbs_error *err)
{
	const int refused = fault_error(FAULT_THREAD_START)
				    ? EAGAIN
				    : pthread_create(out, NULL, run, self);

	if (!refused)
		return DBS_OK;
	(void)dbs_fail_errno(err, refused,
			     "a thread cannot be started; allow this user more "
			     "processes (ulimit -u), or the service or "
			     "container more tasks (TasksMax, pids.max)");
	return dbs_error_recode(err, DBS_E_RESOURCE);
}

int thread_try(pthread_t *out, thread_run *run, void *self)
{
	return fault_error(FAULT_THREAD_TRY)
		       ? EAGAIN
		       : pthread_create(out, NULL, run, self);
}
