/*
 * board.h - all jobs that are served, and what they are asked to do.  Internal to
 * serve.
 *
 * The service's loop starts and joins threads; those who ask (routes.c) only say what
 * they want, and wake it.
 */
#ifndef DBSYNC_SERVE_BOARD_H
#define DBSYNC_SERVE_BOARD_H

#include "job.h"

#include "dbsync/base/buf.h"

struct board {
	const struct service_request *request;
	int wake; /* an eventfd */
	time_t begun;
	pthread_mutex_t mutex; /* guards what follows */
	struct vec jobs;       /* struct job * */
	bool is_stopping;
	char *trouble; /* why the configuration was not loaded again; or NULL */
};

void board_open(struct board *board, const struct service_request *request,
		int wake);
void board_close(struct board *board);

/* The loop looks at all jobs; from any thread. */
void board_wake(const struct board *board);

static inline struct job *board_at(const struct board *board, size_t number)
{
	return *(struct job **)vec_at(&board->jobs, number);
}

/* With the mutex: the one of that name that is not gone, or NULL. */
struct job *board_find(const struct board *board, const char *name);
/* Likewise: the host hears of a state that it was not told of. */
void board_tell(const struct board *board, struct job *job);
/* Likewise: the worst of all; *why_out: of the service itself, or NULL. */
enum job_state board_state(const struct board *board, const char **why_out);

/* ------------------------------------------------------------------------
 * What is asked: from any thread
 * --------------------------------------------------------------------- */

enum board_wish { WISH_RUN, WISH_PAUSE, WISH_RESUME, WISH_RESTART };

enum board_answer {
	ANSWER_TAKEN,
	ANSWER_NO_JOB,
	ANSWER_BUSY,    /* it runs already */
	ANSWER_USELESS, /* nothing is followed that could be restarted */
};

/* name: NULL for all jobs that are followed. */
enum board_answer board_ask(struct board *board, const char *name,
			    enum board_wish wish);

/* ------------------------------------------------------------------------
 * What is told (status.c, metrics.c)
 * --------------------------------------------------------------------- */

/* {"status":…,"jobs":[{"name","state","lag_seconds","reason"}]}; the state. */
enum job_state board_health(struct board *board, struct buf *out);
/* Whether each job that is followed has been caught up with. */
bool board_is_ready(struct board *board);
void board_status(struct board *board, struct buf *out);
void board_metrics(struct board *board, struct buf *out);
#endif
