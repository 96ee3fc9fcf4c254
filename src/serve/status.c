/* status.c - what is known of the jobs, as JSON; see board.h and docs/serve.md. */
#include "board.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/run/report_value.h"
#include "dbsync/version.h"

#include <json-c/json.h>
#include <string.h>

/* ------------------------------------------------------------------------
 * Values
 * --------------------------------------------------------------------- */

/* null for 0. */
static struct json_object *time_of(time_t at)
{
	char text[REPORT_TIME];

	if (!at)
		return NULL;
	report_time(at, text);
	return report_string(text);
}

/* null below 0. */
static struct json_object *seconds_of(double seconds)
{
	return seconds < 0 ? NULL : report_seconds(seconds);
}

/* What servers say may be no UTF-8. */
static struct json_object *text_of(const char *text)
{
	OWNED(buf_release) struct buf safe = BUF_INIT;

	if (!text)
		return NULL;
	text_show(&safe, text, strlen(text), 2000);
	return report_string(safe.data);
}

static struct json_object *rows_of(const uint64_t written[CHANGE_KINDS])
{
	struct json_object *rows = json_object_new_object();

	for (int k = 0; k < CHANGE_KINDS; k++)
		report_add(rows, report_change_name((enum change_kind)k),
			   report_count(written[k]));
	return rows;
}

static void print(struct json_object *object, struct buf *out)
{
	buf_adds(out, json_object_to_json_string_ext(
			      object, JSON_C_TO_STRING_PLAIN |
					      JSON_C_TO_STRING_NOSLASHESCAPE));
	buf_addc(out, '\n');
	(void)json_object_put(object);
}

/* ------------------------------------------------------------------------
 * Health
 * --------------------------------------------------------------------- */

static struct json_object *head_of(const struct job *job, unsigned max_lag_s)
{
	struct json_object *object = json_object_new_object();
	const char *why = NULL;
	const enum job_state state = job_state(job, max_lag_s, &why);

	report_add(object, "name", text_of(job->is.name));
	report_add(object, "state", report_string(job_state_names[state]));
	report_add(object, "lag_seconds", seconds_of(job_lag(job)));
	report_add(object, "reason", text_of(why));
	return object;
}

/* With the mutex. */
static struct json_object *all_of(const struct board *board,
				  void (*add)(const struct job *job,
					      struct json_object *object))
{
	struct json_object *object = json_object_new_object();
	struct json_object *jobs = json_object_new_array();
	const char *why = NULL;
	const enum job_state state = board_state(board, &why);

	report_add(object, "status", report_string(job_state_names[state]));
	report_add(object, "reason", text_of(why));
	for (size_t i = 0; i < board->jobs.count; i++) {
		const struct job *job = board_at(board, i);
		struct json_object *head = head_of(job,
						   board->request->max_lag_s);

		if (job->is_gone) {
			(void)json_object_put(head);
			continue;
		}
		if (add)
			add(job, head);
		(void)json_object_array_add(jobs, head);
	}
	report_add(object, "jobs", jobs);
	return object;
}

enum job_state board_health(struct board *board, struct buf *out)
{
	const char *ignored = NULL;

	(void)pthread_mutex_lock(&board->mutex);
	struct json_object *object = all_of(board, NULL);
	const enum job_state state = board_state(board, &ignored);

	(void)pthread_mutex_unlock(&board->mutex);
	print(object, out);
	return state;
}

bool board_is_ready(struct board *board)
{
	bool is_ready = true;

	(void)pthread_mutex_lock(&board->mutex);
	is_ready = !board->is_stopping;
	for (size_t i = 0; i < board->jobs.count; i++) {
		const struct job *job = board_at(board, i);

		is_ready = is_ready &&
			   (job->is_gone || !job->is.follows || job->in_step);
	}
	(void)pthread_mutex_unlock(&board->mutex);
	return is_ready;
}

/* ------------------------------------------------------------------------
 * Status
 * --------------------------------------------------------------------- */

static struct json_object *activity_of(const struct activity *activity)
{
	struct json_object *object = json_object_new_object();

	report_add(object, "doing",
		   report_string(job_phase_names[activity->phase]));
	report_add(object, "since", time_of(activity->phase_at));
	report_add(object, "reason", text_of(activity->why));
	report_add(object, "next", time_of(activity->next));
	report_add(object, "failures", report_count(activity->failures));
	return object;
}

static struct json_object *lags_of(const struct job *job)
{
	struct json_object *points = json_object_new_array();
	const size_t first = job->lag_count > LAG_POINTS
				     ? job->lag_count - LAG_POINTS
				     : 0;

	for (size_t i = first; i < job->lag_count; i++)
		(void)json_object_array_add(
			points,
			report_seconds((double)job->lags[i % LAG_POINTS]));
	return points;
}

static struct json_object *following_of(const struct job *job)
{
	struct follow_pulse *pulse = job->pulse;
	struct json_object *object = activity_of(
		&job->activity[SERVICE_FOLLOW]);
	uint64_t written[CHANGE_KINDS];

	for (int k = 0; k < CHANGE_KINDS; k++)
		written[k] = atomic_load(&pulse->written[k]);
	report_add(object, "windows",
		   report_count(atomic_load(&pulse->windows)));
	report_add(object, "transactions",
		   report_count(atomic_load(&pulse->transactions)));
	report_add(object, "rows_written", rows_of(written));
	report_add(object, "behind_transactions",
		   report_count(atomic_load(&pulse->behind_transactions)));
	report_add(object, "behind_bytes",
		   report_count(atomic_load(&pulse->behind_bytes)));
	report_add(object, "held_rows",
		   report_count(atomic_load(&job->pulse->held)));
	report_add(object, "incremental_runs", report_count(job->copies));
	report_add(object, "restarts", report_count(job->restarts));
	report_add(object, "lag_step_seconds", json_object_new_int(LAG_STEP_S));
	report_add(object, "lag_history", lags_of(job));
	return object;
}

static struct json_object *last_run_of(const struct activity *activity)
{
	struct json_object *object = json_object_new_object();

	report_add(object, "began", time_of(activity->began));
	report_add(object, "ended", time_of(activity->ended));
	report_add(object, "exit_status",
		   json_object_new_int(activity->last.status));
	report_add(object, "text", text_of(activity->last.text));
	return object;
}

static struct json_object *run_of(const struct job *job)
{
	const struct activity *activity = &job->activity[SERVICE_RUN];
	struct json_object *object = activity_of(activity);

	report_add(object, "command", text_of(job->is.command));
	report_add(object, "schedule", text_of(job->is.schedule));
	report_add(object, "runs", report_count(activity->ends));
	report_add(object, "failed", report_count(activity->failed));
	/* while one runs, when it began is not that of the last one */
	report_add(object, "last",
		   activity->ended && !activity->is_on ? last_run_of(activity)
						       : NULL);
	return object;
}

static void add_table(void *self, const struct follow_pulse_table *table)
{
	struct json_object *array = self;
	struct json_object *object = json_object_new_object();

	report_add(object, "database", text_of(table->database));
	report_add(object, "table", text_of(table->table));
	report_add(object, "rows_written", rows_of(table->written));
	report_add(object, "held_rows", report_count(table->held));
	report_add(object, "proven", time_of(table->proven));
	(void)json_object_array_add(array, object);
}

static struct json_object *tables_of(const struct job *job)
{
	struct json_object *array = json_object_new_array();

	follow_pulse_tables(job->pulse, add_table, array);
	return array;
}

static struct json_object *errors_of(const struct job *job)
{
	struct json_object *array = json_object_new_array();
	const size_t count = job->error_count < JOB_ERRORS ? job->error_count
							   : JOB_ERRORS;

	/* the newest comes first */
	for (size_t i = 0; i < count; i++) {
		const struct job_error *error =
			&job->errors[(job->error_count - 1 - i) % JOB_ERRORS];
		struct json_object *object = json_object_new_object();

		report_add(object, "at", time_of(error->at));
		report_add(object, "text", text_of(error->text));
		(void)json_object_array_add(array, object);
	}
	return array;
}

static void add_all(const struct job *job, struct json_object *object)
{
	report_add(object, "paused", json_object_new_boolean(job->is_paused));
	report_add(object, "follow",
		   job->is.follows ? following_of(job) : NULL);
	report_add(object, "run", run_of(job));
	report_add(object, "tables", tables_of(job));
	report_add(object, "errors", errors_of(job));
}

void board_status(struct board *board, struct buf *out)
{
	(void)pthread_mutex_lock(&board->mutex);
	struct json_object *object = all_of(board, add_all);

	report_add(object, "dbsync", report_string(DBSYNC_VERSION));
	report_add(object, "now", time_of(time(NULL)));
	report_add(object, "started", time_of(board->begun));
	report_add(object, "stopping",
		   json_object_new_boolean(board->is_stopping));
	report_add(object, "takes_requests",
		   json_object_new_boolean(board->request->token != NULL));
	report_add(object, "lagging_after_seconds",
		   json_object_new_int((int)board->request->max_lag_s));
	(void)pthread_mutex_unlock(&board->mutex);
	print(object, out);
}
