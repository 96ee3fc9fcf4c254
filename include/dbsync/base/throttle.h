/*
 * throttle.h - what a run waits for, so that others are not slowed down by it.
 *
 * Two brakes.  The gate: somebody who watches (db/watch.h) holds it and says
 * why; workers wait at it between two pieces of work, never with a row in their
 * hands or a transaction open.  The rate: every byte that crosses a wire is paid
 * for, and who is ahead of the rate sleeps.
 *
 * A NULL throttle is none, everywhere.
 *
 * Threads: all functions may be called from any.
 */
#ifndef DBSYNC_BASE_THROTTLE_H
#define DBSYNC_BASE_THROTTLE_H

#include "dbsync/base/buf.h"
#include "dbsync/base/cancel.h"

#include <stddef.h>

struct throttle;

/* bytes_per_s of all connections together, 0: as quick as can be. */
struct throttle *throttle_new(uint64_t bytes_per_s);
void throttle_drop(struct throttle **throttle);

/* Holds the gate for this reason; NULL opens it. */
void throttle_hold(struct throttle *throttle, const char *reason);
bool throttle_is_held(const struct throttle *throttle);
/* Adds the reason; false when the gate is open. */
bool throttle_reason(struct throttle *throttle, struct buf *out);

/* Until the gate is open; DBS_E_CANCELLED when a stop is asked for. */
enum dbs_rc throttle_wait(struct throttle *throttle,
			  const struct cancel *cancel, struct dbs_error *err);

/* A stop ends the sleep; whoever called notices it himself. */
void throttle_pay(struct throttle *throttle, size_t bytes,
		  const struct cancel *cancel);
#endif
