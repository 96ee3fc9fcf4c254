/*
 * gate.h - one at a time, for work that may last: a send, a callback.
 *
 * No mutex is held by who is inside; who waits outside notices a stop.
 *
 *	struct gate gate = GATE_INIT;
 *	rc = gate_enter(&gate, cancel, err);
 *	if (!rc) { ... gate_leave(&gate); }
 */
#ifndef DBSYNC_BASE_GATE_H
#define DBSYNC_BASE_GATE_H

#include "dbsync/base/cancel.h"

#include <pthread.h>

struct gate {
	pthread_mutex_t mutex; /* guards is_taken */
	pthread_cond_t left;
	bool is_taken;
};

#define GATE_INIT                                                          \
	{                                                                  \
		PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false \
	}

/*
 * DBS_E_CANCELLED: not inside, a stop was asked for (within 50 ms).  Without
 * cancel nobody can ask for one.
 */
enum dbs_rc gate_enter(struct gate *gate, const struct cancel *cancel,
		       struct dbs_error *err);
void gate_leave(struct gate *gate);
#endif
