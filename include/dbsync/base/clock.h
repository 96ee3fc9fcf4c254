/*
 * clock.h - time that only moves forward, and the date for people.
 */
#ifndef DBSYNC_BASE_CLOCK_H
#define DBSYNC_BASE_CLOCK_H

#include <stdint.h>

/* Nanoseconds since some fixed instant; never goes back. */
uint64_t clock_ns(void);

/* Seconds since an earlier clock_ns(). */
double clock_since(uint64_t start_ns);

/* Seconds since 1970, with a fraction: to compare with other clocks. */
double clock_wall_s(void);

/* A random number below bound (> 0); for jitter and names, not for secrets. */
uint32_t clock_jitter(uint32_t bound);
#endif
