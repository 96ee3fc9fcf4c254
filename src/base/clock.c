/* clock.c - see clock.h. */
#include "dbsync/base/clock.h"

#include "dbsync/base/error.h"

#include <sys/random.h>

uint64_t clock_ns(void)
{
	struct timespec now;

	DBS_BUG(clock_gettime(CLOCK_MONOTONIC, &now), "no monotonic clock");
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

double clock_since(uint64_t start_ns)
{
	return (double)(clock_ns() - start_ns) / 1e9;
}

struct timespec clock_in_ms(uint32_t ms)
{
	const uint64_t at = clock_ns() + (uint64_t)ms * 1000000u;

	return (struct timespec){.tv_sec = (time_t)(at / 1000000000u),
				 .tv_nsec = (long)(at % 1000000000u)};
}

double clock_wall_s(void)
{
	struct timespec now;

	DBS_BUG(clock_gettime(CLOCK_REALTIME, &now), "no clock");
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

uint32_t clock_jitter(uint32_t bound)
{
	uint32_t random = 0;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		random = (uint32_t)clock_ns();
	return random % bound;
}
