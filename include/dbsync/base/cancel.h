/*
 * cancel.h - one flag that says stop.
 *
 * Set by a signal or by the first worker that meets something final; looked at
 * between rows, before every statement and in every wait.  A waiting thread is
 * woken at once.
 *
 * Threads: all functions are safe from any thread; cancel_request also from a
 * signal handler's thread (not from the handler itself).
 */
#ifndef DBSYNC_BASE_CANCEL_H
#define DBSYNC_BASE_CANCEL_H

#include "dbsync/base/error.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct cancel {
	atomic_bool requested;
};

void cancel_request(struct cancel *cancel);

static inline bool cancel_requested(const struct cancel *cancel)
{
	return atomic_load_explicit(&cancel->requested, memory_order_relaxed);
}

/* DBS_E_CANCELLED when a stop was asked for. */
enum dbs_rc cancel_check(const struct cancel *cancel, struct dbs_error *err);

/* Sleeps; DBS_E_CANCELLED as soon as a stop is asked for (within 50 ms). */
enum dbs_rc cancel_sleep(const struct cancel *cancel, uint32_t ms,
			 struct dbs_error *err);
#endif
