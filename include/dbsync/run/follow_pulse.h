/*
 * follow_pulse.h - how far a run that follows is.  Written by the run, read by any
 * thread.
 *
 *	follow_pulse_init ─▶ runs, one after the other ─▶ follow_pulse_release
 */
#ifndef DBSYNC_RUN_FOLLOW_PULSE_H
#define DBSYNC_RUN_FOLLOW_PULSE_H

#include "dbsync/base/vec.h"
#include "dbsync/data/finding.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

/* A table of the target, and its rows that others have written. */
struct follow_held {
	char *database; /* of the target */
	char *table;
	uint64_t rows;
};

struct follow_pulse {
	atomic_bool is_following;
	atomic_ullong transactions; /* of the log that were read */
	atomic_ullong windows;
	atomic_ullong written[CHANGE_KINDS]; /* rows */
	/*
	 * When what the target lacks was committed, or nearly so, by the clock of
	 * this machine in milliseconds since 1970; 0: it lacks nothing.
	 */
	atomic_ullong behind_since_ms;
	/* of the log, that were read and are not written */
	atomic_ullong behind_transactions;
	atomic_ullong behind_bytes;
	atomic_ullong heard_ns; /* when a step was over: both servers answered */
	atomic_ullong held; /* rows of the target that others have written */

	pthread_mutex_t mutex; /* guards what follows */
	struct vec tables;     /* struct follow_pulse_table, in order */
};

/* A table of the target, and what is known of it since follow_pulse_init. */
struct follow_pulse_table {
	char *database;
	char *table;
	uint64_t written[CHANGE_KINDS]; /* rows */
	uint64_t held;                  /* rows, now */
	time_t proven; /* when it was last found equal; 0: never */
};

void follow_pulse_init(struct follow_pulse *pulse);
void follow_pulse_release(struct follow_pulse *pulse);

/* Nothing is behind, and nothing was read: another run begins. */
void follow_pulse_reset(struct follow_pulse *pulse);
/* Seconds by which the target is behind. */
double follow_pulse_lag(struct follow_pulse *pulse);
/* Seconds for which no step was over. */
double follow_pulse_silence(struct follow_pulse *pulse);
uint64_t follow_pulse_rows(struct follow_pulse *pulse);

/* Adds rows of a table. */
void follow_pulse_count(struct follow_pulse *pulse, const char *database,
			const char *table,
			const uint64_t written[CHANGE_KINDS]);
/* These tables have rows that are held, and no others. */
void follow_pulse_hold(struct follow_pulse *pulse,
		       const struct follow_held *tables, size_t count);
/* All of the table was found equal, by whoever has compared it. */
void follow_pulse_prove(struct follow_pulse *pulse, const char *database,
			const char *table, time_t when);
/* Calls visit for each table, which must not call back. */
void follow_pulse_tables(struct follow_pulse *pulse,
			 void (*visit)(void *self,
				       const struct follow_pulse_table *table),
			 void *self);
#endif
