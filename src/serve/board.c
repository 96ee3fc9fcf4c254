/* board.c - see board.h. */
#include "board.h"

#include "dbsync/base/mem.h"

#include <string.h>
#include <unistd.h>

void board_open(struct board *board, const struct service_request *request,
		int wake)
{
	*board = (struct board){
		.request = request,
		.wake = wake,
		.begun = time(NULL),
		.jobs = VEC_INIT(struct job *),
	};
	DBS_BUG(pthread_mutex_init(&board->mutex, NULL), "no mutex");
}

void board_close(struct board *board)
{
	for (size_t i = 0; i < board->jobs.count; i++)
		job_drop(vec_at(&board->jobs, i));
	vec_release(&board->jobs);
	mem_drop(&board->trouble);
	(void)pthread_mutex_destroy(&board->mutex);
}

void board_wake(const struct board *board)
{
	const uint64_t one = 1;

	(void)!write(board->wake, &one, sizeof(one));
}

struct job *board_find(const struct board *board, const char *name)
{
	for (size_t i = 0; i < board->jobs.count; i++) {
		struct job *job = board_at(board, i);

		if (!job->is_gone && !strcmp(job->is.name, name))
			return job;
	}
	return NULL;
}

void board_tell(const struct board *board, struct job *job)
{
	const struct service_host *host = board->request->host;
	const char *why = NULL;
	const enum job_state state = job_state(job, board->request->max_lag_s,
					       &why);

	if (state == job->told || job->is_gone || board->is_stopping)
		return;
	job->told = state;
	host->turns(host->self, job->is.name, job_state_names[state], why);
}

enum job_state board_state(const struct board *board, const char **why_out)
{
	enum job_state worst = board->trouble ? JOB_HELD : JOB_OK;

	*why_out = board->trouble;
	for (size_t i = 0; i < board->jobs.count; i++) {
		const struct job *job = board_at(board, i);
		const char *ignored = NULL;

		if (job->is_gone)
			continue;
		const enum job_state state =
			job_state(job, board->request->max_lag_s, &ignored);

		worst = state > worst ? state : worst;
	}
	return worst;
}

/* ------------------------------------------------------------------------
 * What is asked
 * --------------------------------------------------------------------- */

static enum board_answer ask_run(struct job *job)
{
	struct activity *activity = &job->activity[SERVICE_RUN];

	if (activity->is_on || activity->is_wanted)
		return ANSWER_BUSY;
	activity->is_wanted = true;
	return ANSWER_TAKEN;
}

static enum board_answer ask_restart(struct job *job)
{
	struct activity *activity = &job->activity[SERVICE_FOLLOW];

	if (!job->is.follows)
		return ANSWER_USELESS;
	job->is_paused = false;
	job->restarts++;
	activity->is_wanted = true;
	return ANSWER_TAKEN;
}

static enum board_answer ask_one(struct job *job, enum board_wish wish)
{
	switch (wish) {
	case WISH_RUN:
		return ask_run(job);
	case WISH_PAUSE:
		job->is_paused = true;
		return ANSWER_TAKEN;
	case WISH_RESUME:
		job->is_paused = false;
		return ANSWER_TAKEN;
	case WISH_RESTART:
		return ask_restart(job);
	}
	return ANSWER_USELESS;
}

static enum board_answer ask_all(struct board *board, enum board_wish wish)
{
	enum board_answer answer = ANSWER_USELESS;

	for (size_t i = 0; i < board->jobs.count; i++) {
		struct job *job = board_at(board, i);

		if (!job->is_gone && ask_one(job, wish) == ANSWER_TAKEN)
			answer = ANSWER_TAKEN;
	}
	return answer;
}

enum board_answer board_ask(struct board *board, const char *name,
			    enum board_wish wish)
{
	(void)pthread_mutex_lock(&board->mutex);
	struct job *job = name ? board_find(board, name) : NULL;
	enum board_answer answer = ANSWER_NO_JOB;

	if (!name)
		answer = ask_all(board, wish);
	else if (job)
		answer = ask_one(job, wish);
	(void)pthread_mutex_unlock(&board->mutex);
	board_wake(board);
	return answer;
}
