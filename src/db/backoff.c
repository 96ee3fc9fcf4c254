/* backoff.c - see backoff.h. */
#include "dbsync/db/backoff.h"

#include "dbsync/base/clock.h"

enum { FIRST_MS = 100, LONGEST_MS = 5000 };

uint32_t backoff_ms(unsigned attempt, uint32_t jitter)
{
	uint32_t whole = FIRST_MS;

	while (attempt-- > 1 && whole < LONGEST_MS)
		whole *= 2;
	if (whole > LONGEST_MS)
		whole = LONGEST_MS;
	return whole / 2 + jitter % (whole / 2 + 1);
}

enum dbs_rc backoff_wait(unsigned attempt, const struct cancel *cancel,
			 struct dbs_error *err)
{
	return cancel_sleep(cancel, backoff_ms(attempt, clock_jitter(1u << 20)),
			    err);
}
