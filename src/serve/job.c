/* job.c - see job.h. */
#include "job.h"

#include "dbsync/base/mem.h"
#include "dbsync/run/report_value.h"

#include <string.h>

const char *const job_state_names[] = {"ok", "lagging", "held", "broken"};
const char *const job_phase_names[] = {
	"idle",      "starting", "comparing", "following",
	"following", "waiting",  "running",   "stopping",
};

void service_job_release(struct service_job *job)
{
	mem_drop(&job->name);
	mem_drop(&job->schedule);
	mem_drop(&job->command);
	mem_drop(&job->definition);
}

struct job *job_new(struct board *board, struct service_job *is)
{
	struct job *job = mem_zero(1, sizeof(*job));

	job->is = *is;
	*is = (struct service_job){0};
	job->board = board;
	job->begun = time(NULL);
	job->pulse = mem_zero(1, sizeof(*job->pulse));
	follow_pulse_init(job->pulse);
	for (int k = 0; k < SERVICE_KINDS; k++)
		job->activity[k].phase_at = job->begun;
	return job;
}

static void drop_activity(struct activity *activity)
{
	mem_drop(&activity->why);
	mem_drop(&activity->last.text);
	conn_group_drop(&activity->task.group);
}

void job_drop(struct job **job)
{
	struct job *self = *job;

	if (!self)
		return;
	for (int k = 0; k < SERVICE_KINDS; k++)
		drop_activity(&self->activity[k]);
	for (size_t i = 0; i < JOB_ERRORS; i++)
		mem_drop(&self->errors[i].text);
	follow_pulse_release(self->pulse);
	mem_drop(&self->pulse);
	service_job_release(&self->is);
	mem_drop(job);
}

/* ------------------------------------------------------------------------
 * Its state
 * --------------------------------------------------------------------- */

static enum job_state state_of_end(const struct activity *activity)
{
	switch (activity->last.end) {
	case SERVICE_HELD:
		return JOB_HELD;
	case SERVICE_FAILED:
		return JOB_BROKEN;
	case SERVICE_DONE:
	case SERVICE_STOPPED:
		break;
	}
	return JOB_OK;
}

/* A connection that was lost is there again in a moment, most times. */
static enum job_state state_of_wait(const struct activity *activity)
{
	enum { MOMENT_S = 5 };

	return time(NULL) - activity->phase_at > MOMENT_S ? JOB_BROKEN
							  : JOB_LAGGING;
}

/* A server that is cut off says nothing of it, and a query waits for it. */
static bool is_silent(const struct job *job)
{
	enum { LONG_S = 10 };

	return follow_pulse_silence(job->pulse) > LONG_S;
}

static enum job_state caught_up_state(const struct job *job, unsigned max_lag_s,
				      const char **why)
{
	*why = "others have written to the target: rows are held "
	       "(docs/follow.md)";
	if (atomic_load(&job->pulse->held))
		return JOB_HELD;
	*why = "the target is behind";
	/* what takes long is being written, perhaps */
	if (follow_pulse_lag(job->pulse) > 0)
		return job_lag(job) > max_lag_s ? JOB_LAGGING : JOB_OK;
	*why = "a server has not answered for more than ten seconds";
	return is_silent(job) ? JOB_BROKEN : JOB_OK;
}

static enum job_state follow_state(const struct job *job, unsigned max_lag_s,
				   const char **why)
{
	const struct activity *activity = &job->activity[SERVICE_FOLLOW];

	*why = activity->why;
	switch (activity->phase) {
	case PHASE_OFF:
		return activity->ended && activity->last.end != SERVICE_STOPPED
			       ? state_of_end(activity)
			       : JOB_LAGGING;
	case PHASE_CAUGHT_UP:
		return caught_up_state(job, max_lag_s, why);
	case PHASE_WAITING:
		return state_of_wait(activity);
	case PHASE_STARTING:
	case PHASE_COPYING:
	case PHASE_FOLLOWING:
	case PHASE_STOPPING:
	case PHASE_RUNNING:
		break;
	}
	if (!activity->failures)
		return JOB_LAGGING;
	/* what was wrong is so until it goes well */
	*why = activity->last.text;
	return state_of_end(activity);
}

static enum job_state run_state(const struct job *job, const char **why)
{
	const struct activity *activity = &job->activity[SERVICE_RUN];

	*why = activity->last.text;
	return activity->ended ? state_of_end(activity) : JOB_OK;
}

enum job_state job_state(const struct job *job, unsigned max_lag_s,
			 const char **why_out)
{
	enum job_state state = JOB_OK;
	const char *why = NULL;

	*why_out = NULL;
	if (job->is.follows)
		state = follow_state(job, max_lag_s, &why);
	if (state != JOB_OK)
		*why_out = why;
	if (job->is_paused && state < JOB_HELD) {
		state = JOB_HELD;
		*why_out = "it is paused";
	}
	const enum job_state run = run_state(job, &why);

	if (run <= state)
		return state;
	*why_out = why;
	return run;
}

double job_lag(const struct job *job)
{
	const struct activity *activity = &job->activity[SERVICE_FOLLOW];
	const time_t since = job->in_step ? job->in_step : job->begun;
	const time_t now = time(NULL);

	if (!job->is.follows)
		return -1;
	if (activity->phase == PHASE_CAUGHT_UP) {
		const double lag = follow_pulse_lag(job->pulse);

		return lag > 0 || !is_silent(job)
			       ? lag
			       : follow_pulse_silence(job->pulse);
	}
	return now > since ? (double)(now - since) : 0;
}

/* ------------------------------------------------------------------------
 * What is noted
 * --------------------------------------------------------------------- */

void job_set_phase(struct activity *activity, enum job_phase phase,
		   const char *why)
{
	const char *known = activity->why ? activity->why : "";

	if (activity->phase == phase && !strcmp(known, why ? why : ""))
		return;
	/* since when a server is away, whatever it says of that */
	if (activity->phase != phase)
		activity->phase_at = time(NULL);
	activity->phase = phase;
	mem_drop(&activity->why);
	activity->why = why && *why ? mem_strdup(why) : NULL;
}

void job_add_error(struct job *job, const char *text)
{
	struct job_error *error = &job->errors[job->error_count++ % JOB_ERRORS];

	mem_drop(&error->text);
	error->at = time(NULL);
	error->text = mem_strdup(text);
}

void job_add_lag(struct job *job)
{
	if (job->is.follows)
		job->lags[job->lag_count++ % LAG_POINTS] = (float)job_lag(job);
}

void job_add_proofs(struct job *job, struct json_object *result, time_t at)
{
	struct json_object *tables = report_get(result, "tables");
	const bool is_equal = !strcmp(report_get_text(result, "verdict", ""),
				      "equal");

	for (size_t i = 0; i < report_length(tables); i++) {
		struct json_object *table = json_object_array_get_idx(tables,
								      i);
		const char *verdict = report_get_text(table, "verdict", "");
		const char *name = report_get_text(table, "table", NULL);
		const char *database = report_get_text(table, "target_database",
						       NULL);

		/* what differed was written, and compared again */
		if (name && database && (is_equal || !strcmp(verdict, "equal")))
			follow_pulse_prove(job->pulse, database, name, at);
	}
}
