/* cancel.c - see cancel.h.  A wait looks at the flag every 20 ms. */
#include "dbsync/base/cancel.h"

#include <time.h>

enum { STEP_MS = 20 };

void cancel_request(struct cancel *cancel)
{
	atomic_store(&cancel->requested, true);
}

enum dbs_rc cancel_check(const struct cancel *cancel, struct dbs_error *err)
{
	if (!cancel_requested(cancel))
		return DBS_OK;
	return dbs_fail(err, DBS_E_CANCELLED, "cancelled");
}

enum dbs_rc cancel_sleep(const struct cancel *cancel, uint32_t ms,
			 struct dbs_error *err)
{
	while (ms && !cancel_requested(cancel)) {
		uint32_t step = ms < STEP_MS ? ms : STEP_MS;
		struct timespec pause = {.tv_nsec = (long)step * 1000000};

		(void)nanosleep(&pause, NULL);
		ms -= step;
	}
	return cancel_check(cancel, err);
}
