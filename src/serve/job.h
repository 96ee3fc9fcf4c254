/*
 * job.h - a job that is served: what it does, and what is known of it.  Internal to
 * serve.
 *
 * A job has up to two activities: it is followed, and it is run at its times.  All of
 * it is guarded by the mutex of the board (board.h), but for what is atomic.
 */
#ifndef DBSYNC_SERVE_JOB_H
#define DBSYNC_SERVE_JOB_H

#include "dbsync/serve/service.h"

/* The worst of several is that of all. */
enum job_state { JOB_OK, JOB_LAGGING, JOB_HELD, JOB_BROKEN };
extern const char *const job_state_names[];

/* How far an activity is. */
enum job_phase {
	PHASE_OFF,
	PHASE_STARTING,
	PHASE_COPYING,   /* an incremental run of follow */
	PHASE_FOLLOWING, /* not caught up yet */
	PHASE_CAUGHT_UP,
	PHASE_WAITING, /* for a server */
	PHASE_RUNNING, /* a command */
	PHASE_STOPPING,
};
extern const char *const job_phase_names[];

struct activity {
	struct service_task task;
	pthread_t thread;
	bool is_on;          /* the thread has not been joined */
	atomic_bool is_over; /* the thread has nothing more to do */
	enum job_phase phase;
	char *why;        /* of the phase, or of the last end; or NULL */
	time_t phase_at;  /* since when it is in that */
	uint64_t stop_ns; /* when it was asked to stop, 0: it was not */
	bool was_killed;  /* what it waits for was */
	bool has_left;    /* its connections are not to be touched */
	bool has_killer;  /* who ends them */
	pthread_t killer;
	bool is_wanted;    /* as soon as possible */
	time_t next;       /* when it is to be started; 0: not by itself */
	unsigned failures; /* in a row */

	/* of those that have ended */
	struct service_outcome last; /* without its result */
	time_t began;
	time_t ended; /* 0: none has */
	uint64_t ends;
	uint64_t failed;
	struct service_outcome now; /* the thread's, until it is over */
};

enum {
	LAG_POINTS = 360,
	LAG_STEP_S = 10, /* an hour in all */
	JOB_ERRORS = 20,
};

struct job_error {
	time_t at;
	char *text;
};

struct job {
	struct service_job is;
	struct activity activity[SERVICE_KINDS];
	struct follow_pulse *pulse;
	struct follow_audience audience;
	struct board *board; /* whose mutex guards it */
	bool is_paused;
	bool is_gone;        /* from the configuration */
	enum job_state told; /* the last that people were told of */
	time_t begun;        /* when the service got it */
	time_t in_step;      /* when it was last not behind; 0: never */
	uint64_t copies;     /* incremental runs of follow */
	uint64_t restarts;
	float lags[LAG_POINTS]; /* in a ring, seconds; below 0: not known */
	size_t lag_count;       /* in all */
	struct job_error errors[JOB_ERRORS]; /* in a ring */
	size_t error_count;
};

/* Takes what is. */
struct job *job_new(struct board *board, struct service_job *is);
void job_drop(struct job **job);

/* *why_out: of that state, or NULL. */
enum job_state job_state(const struct job *job, unsigned max_lag_s,
			 const char **why_out);
/* Seconds; below 0: it is not followed. */
double job_lag(const struct job *job);

void job_set_phase(struct activity *activity, enum job_phase phase,
		   const char *why);
void job_add_error(struct job *job, const char *text);
void job_add_lag(struct job *job);
/* What a result says of each table. */
void job_add_proofs(struct job *job, struct json_object *result, time_t at);
#endif
