/*
 * clock.h - time that only moves forward, and the date for people.
 */
#ifndef DBSYNC_BASE_CLOCK_H
#define DBSYNC_BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

/* Nanoseconds since some fixed instant; never goes back. */
uint64_t clock_ns(void);

/* Seconds since an earlier clock_ns(). */
double clock_since(uint64_t start_ns);

/*
 * An instant of CLOCK_MONOTONIC, for pthread_cond_clockwait and its like: who
 * sets the date neither wakes such a wait nor makes it last.
 */
struct timespec clock_in_ms(uint32_t ms);

/* Seconds since 1970, with a fraction: to compare with other clocks. */
double clock_wall_s(void);

/* A random number below bound (> 0); for jitter and names, not for secrets. */
uint32_t clock_jitter(uint32_t bound);
#endif
