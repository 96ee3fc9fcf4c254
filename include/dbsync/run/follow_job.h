/*
 * follow_job.h - the target is made equal, and stays equal: the source's log says
 * which rows may have changed, and these are read again, compared, and written with
 * their place in one transaction (window.h).
 *
 *	place ─▶ incremental ─▶ ┌ wait ─▶ view ─▶ keys ─▶ compare ═▶ write ┐
 *	  ▲                     └──────────────────────────────────────────┘
 *	  └── structures changed, or the log does not tell what was changed
 *
 * No image of the log is replayed: rows are what the source's view has.  What the
 * log cannot vouch for is met by another incremental run, and said.
 */
#ifndef DBSYNC_RUN_FOLLOW_JOB_H
#define DBSYNC_RUN_FOLLOW_JOB_H

#include "dbsync/run/follow_pulse.h"
#include "dbsync/run/sync_job.h"

enum follow_until {
	FOLLOW_ON,
	FOLLOW_CAUGHT_UP, /* with what was committed when following began */
	FOLLOW_PLACE,     /* or behind it */
	FOLLOW_TIME,      /* and caught up with what was committed then */
	FOLLOW_COPIED,    /* nothing is followed */
};

/* With rows that somebody else has written to the target. */
enum follow_drift_how {
	FOLLOW_DRIFT_AUTO,      /* hold, where the target's log can be read */
	FOLLOW_DRIFT_HOLD,      /* they are left as they are, and listed */
	FOLLOW_DRIFT_OVERWRITE, /* they are kept in a table, and overwritten */
	FOLLOW_DRIFT_STOP,      /* following ends */
};

/* What goes on; the texts are valid during the call. */
enum follow_event {
	FOLLOW_BEGINS, /* to follow from a place on */
	FOLLOW_COPIES, /* an incremental run, and why */
	FOLLOW_CAUGHT, /* up with the log, for the first time since */
	FOLLOW_WAITS,  /* a server is not there, and why */
};

struct follow_audience {
	void *self;
	void (*hears)(void *self, enum follow_event event, const char *text);
};

struct follow_request {
	struct sync_request sync; /* of the first copy, and of those later on */
	enum follow_until until;
	const struct log_point *end; /* of FOLLOW_PLACE */
	uint64_t end_time;           /* of FOLLOW_TIME, seconds since 1970 */
	uint32_t server_id; /* 0: one by chance; it and the next one are used */
	enum follow_drift_how drift;
	bool is_full;     /* the first copy: a full-sync */
	bool starts_over; /* a place that is kept does not count */
	const struct follow_audience *audience; /* NULL: nobody */
	struct follow_pulse *pulse;             /* NULL: nobody looks */
};

struct follow_result {
	uint64_t copies;                /* incremental runs */
	uint64_t windows;               /* that were written */
	uint64_t transactions;          /* of the log that were read */
	uint64_t written[CHANGE_KINDS]; /* rows, of the windows */
	uint64_t copied;   /* rows that the incremental runs wrote */
	uint64_t held;     /* rows of the target that others have written */
	struct vec tables; /* struct follow_held: those that have such rows */
	uint64_t overwritten; /* rows that others had written */
	double seconds;
	char *place; /* up to which the target is written, or NULL */
	bool is_caught_up;
	bool is_incomplete; /* an incremental run has left differences */
};

enum dbs_rc follow_job_run(const struct follow_request *request,
			   struct follow_result *result, struct dbs_error *err);
void follow_result_release(struct follow_result *result);
/* struct follow_held; it can be used again. */
void follow_held_release(struct vec *tables);
#endif
