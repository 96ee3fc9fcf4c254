/*
 * throttle.c - see throttle.h.
 *
 * The rate is a moment, next_free_ns, up to which the wire is taken: each
 * payment moves it on by what its bytes take, and who pays sleeps until then.
 * It is never further in the past than BURST_NS, so that a pause does not buy a
 * flood.
 */
#include "dbsync/base/throttle.h"

#include "dbsync/base/clock.h"
#include "dbsync/base/mem.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
	LOOK_MS = 100,
	BURST_NS = 100 * 1000 * 1000,
	LEAST_SLEEP_MS = 5, /* shorter debts are left to grow */
	LONGEST_SLEEP_MS = 3600 * 1000,
};

struct throttle {
	uint64_t bytes_per_s;
	atomic_bool is_held;
	pthread_mutex_t mutex; /* guards what follows */
	uint64_t next_free_ns;
	char *reason;
};

struct throttle *throttle_new(uint64_t bytes_per_s)
{
	struct throttle *throttle = mem_zero(1, sizeof(*throttle));

	throttle->bytes_per_s = bytes_per_s;
	DBS_BUG(pthread_mutex_init(&throttle->mutex, NULL), "no mutex");
	return throttle;
}

void throttle_drop(struct throttle **throttle)
{
	if (!*throttle)
		return;
	(void)pthread_mutex_destroy(&(*throttle)->mutex);
	mem_drop(&(*throttle)->reason);
	mem_drop(throttle);
}

/* ------------------------------------------------------------------------
 * The gate
 * --------------------------------------------------------------------- */

void throttle_hold(struct throttle *throttle, const char *reason)
{
	(void)pthread_mutex_lock(&throttle->mutex);
	mem_drop(&throttle->reason);
	if (reason)
		throttle->reason = mem_strdup(reason);
	(void)pthread_mutex_unlock(&throttle->mutex);
	atomic_store(&throttle->is_held, reason != NULL);
}

bool throttle_is_held(const struct throttle *throttle)
{
	return throttle && atomic_load(&throttle->is_held);
}

bool throttle_reason(struct throttle *throttle, struct buf *out)
{
	bool is_held = false;

	if (!throttle_is_held(throttle))
		return false;
	(void)pthread_mutex_lock(&throttle->mutex);
	is_held = throttle->reason != NULL;
	if (is_held)
		buf_adds(out, throttle->reason);
	(void)pthread_mutex_unlock(&throttle->mutex);
	return is_held;
}

enum dbs_rc throttle_wait(struct throttle *throttle,
			  const struct cancel *cancel, struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	while (!rc && throttle_is_held(throttle))
		rc = cancel_sleep(cancel, LOOK_MS, err);
	return rc;
}

/* ------------------------------------------------------------------------
 * The rate
 * --------------------------------------------------------------------- */

/* Takes the wire for so many bytes; how long the payer is to sleep. */
static uint64_t take_wire(struct throttle *throttle, size_t bytes)
{
	const double taken_ns = (double)bytes * 1e9 /
				(double)throttle->bytes_per_s;
	const uint64_t now = clock_ns();

	(void)pthread_mutex_lock(&throttle->mutex);
	if (throttle->next_free_ns + BURST_NS < now)
		throttle->next_free_ns = now - BURST_NS;
	throttle->next_free_ns += (uint64_t)taken_ns;
	const uint64_t until = throttle->next_free_ns;

	(void)pthread_mutex_unlock(&throttle->mutex);
	return until > now ? until - now : 0;
}

void throttle_pay(struct throttle *throttle, size_t bytes,
		  const struct cancel *cancel)
{
	struct dbs_error ignored;

	if (!throttle || !throttle->bytes_per_s)
		return;
	const uint64_t ms = take_wire(throttle, bytes) / 1000000;

	if (ms < LEAST_SLEEP_MS)
		return;
	(void)cancel_sleep(
		cancel, ms < LONGEST_SLEEP_MS ? (uint32_t)ms : LONGEST_SLEEP_MS,
		&ignored);
}
