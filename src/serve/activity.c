/*
 * activity.c - see activity.h.
 *
 * A run that is asked to stop ends with the window or the batch at hand.  What then
 * still waits for a server has its query killed and its connection shut, in a thread
 * of its own: a server that hangs may take seconds, and the loop has none.
 */
#include "activity.h"

#include "dbsync/base/clock.h"
#include "dbsync/base/mem.h"
#include "dbsync/base/thread.h"

#include <json-c/json.h>
#include <unistd.h>

static const struct service_host *host_of(const struct job *job)
{
	return job->board->request->host;
}

/* ------------------------------------------------------------------------
 * What is heard of one that follows
 * --------------------------------------------------------------------- */

static void hear(struct job *job, enum follow_event event, const char *text)
{
	struct activity *activity = &job->activity[SERVICE_FOLLOW];

	switch (event) {
	case FOLLOW_BEGINS:
		job_set_phase(activity, PHASE_FOLLOWING, NULL);
		break;
	case FOLLOW_COPIES:
		job->copies++;
		job_set_phase(activity, PHASE_COPYING, text);
		break;
	case FOLLOW_CAUGHT:
		activity->failures = 0;
		job->in_step = time(NULL);
		job_set_phase(activity, PHASE_CAUGHT_UP, NULL);
		break;
	case FOLLOW_WAITS:
		job_add_error(job, text);
		job_set_phase(activity, PHASE_WAITING, text);
		break;
	}
}

static void hears(void *self, enum follow_event event, const char *text)
{
	struct job *job = self;

	(void)pthread_mutex_lock(&job->board->mutex);
	if (job->activity[SERVICE_FOLLOW].phase != PHASE_STOPPING)
		hear(job, event, text);
	board_tell(job->board, job);
	(void)pthread_mutex_unlock(&job->board->mutex);
}

/* ------------------------------------------------------------------------
 * Starting
 * --------------------------------------------------------------------- */

static void *work(void *self)
{
	struct activity *activity = self;
	const struct job *job = activity->task.audience->self;

	host_of(job)->run(host_of(job)->self, &activity->task, &activity->now);
	conn_thread_end();
	atomic_store(&activity->is_over, true);
	board_wake(job->board);
	return NULL;
}

static void end_with(struct job *job, enum service_kind kind);

void activity_start(struct job *job, enum service_kind kind)
{
	struct activity *activity = &job->activity[kind];
	struct dbs_error err = {0};

	job->audience = (struct follow_audience){job, hears};
	activity->task = (struct service_task){
		.job = &job->is,
		.kind = kind,
		.group = conn_group_new(),
		.pulse = job->pulse,
		.audience = &job->audience,
	};
	activity->now = (struct service_outcome){.end = SERVICE_FAILED};
	activity->began = time(NULL);
	activity->is_wanted = false;
	activity->next = 0;
	activity->stop_ns = 0;
	activity->was_killed = false;
	activity->has_left = false;
	atomic_store(&activity->is_over, false);
	job_set_phase(activity,
		      kind == SERVICE_FOLLOW ? PHASE_STARTING : PHASE_RUNNING,
		      NULL);
	if (kind == SERVICE_FOLLOW)
		follow_pulse_reset(job->pulse);
	if (!thread_start(&activity->thread, work, activity, &err)) {
		activity->is_on = true;
		return;
	}
	activity->now.text = mem_strdup(err.text);
	end_with(job, kind);
}

/* ------------------------------------------------------------------------
 * Stopping
 * --------------------------------------------------------------------- */

static void *kill_all(void *self)
{
	conn_group_kill(self);
	conn_thread_end();
	return NULL;
}

/* What it needs is there until the run leaves, which waits for it. */
static void kill_in_thread(struct activity *activity)
{
	activity->was_killed = true;
	if (activity->has_left)
		return;
	activity->has_killer = !thread_try(&activity->killer, kill_all,
					   activity->task.group);
	if (!activity->has_killer)
		conn_group_cut(activity->task.group);
}

void service_task_leave(struct service_task *task)
{
	struct job *job = task->audience->self;
	struct activity *activity = &job->activity[task->kind];

	(void)pthread_mutex_lock(&job->board->mutex);
	const bool has_killer = activity->has_killer;

	activity->has_left = true;
	activity->has_killer = false;
	(void)pthread_mutex_unlock(&job->board->mutex);
	if (has_killer)
		(void)pthread_join(activity->killer, NULL);
}

void activity_stop(struct job *job, enum service_kind kind)
{
	enum { PATIENCE_S = 5 };
	struct activity *activity = &job->activity[kind];

	if (!activity->is_on)
		return;
	if (!activity->stop_ns) {
		activity->stop_ns = clock_ns();
		cancel_request(&activity->task.cancel);
		job_set_phase(activity, PHASE_STOPPING, NULL);
		return;
	}
	if (!activity->was_killed &&
	    clock_since(activity->stop_ns) > PATIENCE_S)
		kill_in_thread(activity);
}

/* ------------------------------------------------------------------------
 * Ending
 * --------------------------------------------------------------------- */

static bool is_bad(enum service_end end)
{
	return end == SERVICE_HELD || end == SERVICE_FAILED;
}

/* When it is tried again: soon, then seldom; where somebody decides, seldom. */
static time_t next_attempt(const struct activity *activity)
{
	enum { MOST_S = 60, MOST_SHIFT = 5 };
	const bool is_soon = activity->now.end != SERVICE_HELD &&
			     activity->failures <= MOST_SHIFT;

	return time(NULL) + (is_soon ? 1 << activity->failures : MOST_S);
}

/* With what is in activity->now. */
static void end_with(struct job *job, enum service_kind kind)
{
	struct activity *activity = &job->activity[kind];
	struct service_outcome *now = &activity->now;

	activity->is_on = false;
	conn_group_drop(&activity->task.group);
	activity->ends++;
	activity->ended = time(NULL);
	activity->failed += is_bad(now->end);
	activity->failures = is_bad(now->end) ? activity->failures + 1 : 0;
	if (is_bad(now->end) && now->text)
		job_add_error(job, now->text);
	/* one that follows is to go on, whatever ended it */
	if (kind == SERVICE_FOLLOW && now->end != SERVICE_STOPPED)
		activity->next = next_attempt(activity);
	job_add_proofs(job, now->result, activity->began);
	(void)json_object_put(now->result);
	now->result = NULL;
	job_set_phase(activity, PHASE_OFF, now->text);
	mem_drop(&activity->last.text);
	activity->last = *now;
	*now = (struct service_outcome){.end = SERVICE_FAILED};
}

void activity_look(struct job *job, enum service_kind kind)
{
	struct activity *activity = &job->activity[kind];

	if (!activity->is_on || !atomic_load(&activity->is_over))
		return;
	(void)pthread_join(activity->thread, NULL);
	end_with(job, kind);
}
