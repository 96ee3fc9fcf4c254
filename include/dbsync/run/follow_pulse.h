/*
 * follow_pulse.h - how far a run that follows is.  Written by the run, read by any
 * thread.
 */
#ifndef DBSYNC_RUN_FOLLOW_PULSE_H
#define DBSYNC_RUN_FOLLOW_PULSE_H

#include <stdatomic.h>
#include <stdbool.h>

struct follow_pulse {
	atomic_bool is_following;
	atomic_ullong transactions; /* of the log that were read */
	atomic_ullong windows;
	atomic_ullong rows; /* that were written */
	/*
	 * When what the target lacks was committed, or nearly so, by the clock of
	 * this machine in milliseconds since 1970; 0: it lacks nothing.
	 */
	atomic_ullong behind_since_ms;
};

/* Seconds by which the target is behind. */
double follow_pulse_lag(struct follow_pulse *pulse);
#endif
