/* gate.c - see gate.h. */
#include "dbsync/base/gate.h"

#include "dbsync/base/clock.h"

enum { LOOK_MS = 50 };

static enum dbs_rc look(const struct cancel *cancel, struct dbs_error *err)
{
	return cancel ? cancel_check(cancel, err) : DBS_OK;
}

enum dbs_rc gate_enter(struct gate *gate, const struct cancel *cancel,
		       struct dbs_error *err)
{
	enum dbs_rc rc = look(cancel, err);

	(void)pthread_mutex_lock(&gate->mutex);
	while (!rc && gate->is_taken) {
		const struct timespec until = clock_in_ms(LOOK_MS);

		(void)pthread_cond_clockwait(&gate->left, &gate->mutex,
					     CLOCK_MONOTONIC, &until);
		rc = look(cancel, err);
	}
	gate->is_taken = gate->is_taken || !rc;
	(void)pthread_mutex_unlock(&gate->mutex);
	return rc;
}

void gate_leave(struct gate *gate)
{
	(void)pthread_mutex_lock(&gate->mutex);
	gate->is_taken = false;
	(void)pthread_cond_signal(&gate->left);
	(void)pthread_mutex_unlock(&gate->mutex);
}
