/*
 * crew.c - see crew.h.
 *
 * A worker takes, in this order:
 *
 *	1 the count of a job that is READY, if it wants one (count.h), or one of
 *	  its ranges (all help with what was begun, so the largest tables, which
 *	  come first, do not end last)
 *	2 a WAITING job, to plan it
 *	3 nothing: it waits while another worker plans, and ends when all jobs
 *	  have ended
 *
 * Without one snapshot for all connections of a side, a job belongs to the
 * worker that planned it (or that first took it up again): a table is then
 * read by one connection, in one view.
 *
 * When a connection is lost, or the server has ended its transaction, the worker
 * lowers the label, opens another view and repeats the range: its finding was
 * only ever the worker's own.  Nothing is read by a connection that has no view:
 * the server says with each answer whether it is in a transaction.  Shutdown: the first fatal error
 * sets is_stopped and wakes all; each worker ends after the row at hand.
 */
#include "crew.h"

#include "count.h"

#include "dbsync/base/clock.h"
#include "dbsync/db/backoff.h"

#include <stdlib.h>

enum { NO_RANGE = -1 };

struct worker {
	struct crew *crew;
	struct link *link;
};

enum task_kind { TASK_PLAN, TASK_RANGE, TASK_COUNT };

struct task {
	struct job *job;
	size_t range;
	enum task_kind kind;
	enum digest digest;
};

/* ------------------------------------------------------------------------
 * Taking tasks (under the mutex)
 * --------------------------------------------------------------------- */

static bool is_shared(const struct crew *crew)
{
	return !crew->has_views ||
	       (crew->consistency[SOURCE] != CONSISTENCY_PER_TABLE &&
		crew->consistency[TARGET] != CONSISTENCY_PER_TABLE);
}

/* While one counts, the others read. */
static bool next_count(struct job *job, struct task *out)
{
	if (job->count != COUNT_WANTED || job->error.code)
		return false;
	job->count = COUNT_ASKED;
	out->kind = TASK_COUNT;
	out->range = job->ranges.count; /* behind all of them */
	return true;
}

static bool next_range(struct job *job, struct task *out)
{
	while (job->next < job->ranges.count && job->found[job->next].is_done)
		job->next++;
	if (job->next >= job->ranges.count || job->error.code)
		return false;
	out->kind = TASK_RANGE;
	out->range = job->next++;
	return true;
}

static bool take_range(struct worker *worker, struct task *out)
{
	struct crew *crew = worker->crew;

	for (size_t i = 0; i < crew->job_count; i++) {
		struct job *job = crew->jobs[i];

		if (job->state == JOB_WAITING)
			break; /* all behind it are waiting too */
		if (job->state != JOB_READY ||
		    (!is_shared(crew) && job->owner && job->owner != worker))
			continue;
		if (!next_count(job, out) && !next_range(job, out))
			continue;
		job->owner = worker;
		job->busy++;
		out->job = job;
		out->digest = job_choose(job, crew->context);
		return true;
	}
	return false;
}

static bool take_plan(struct worker *worker, struct task *out)
{
	struct crew *crew = worker->crew;

	for (size_t i = 0; i < crew->job_count; i++) {
		struct job *job = crew->jobs[i];

		if (job->state != JOB_WAITING)
			continue;
		job->state = JOB_PLANNING;
		job->started_ns = clock_ns();
		job->owner = worker;
		*out = (struct task){.job = job, .kind = TASK_PLAN};
		return true;
	}
	return false;
}

/* Forgets ended jobs at the front, so that taking stays quick with many. */
static void skip_ended(struct crew *crew)
{
	while (crew->job_count && crew->jobs[0]->state == JOB_ENDED) {
		crew->jobs++;
		crew->job_count--;
	}
}

/* At the gate of the throttle, with nothing in hand. */
static void wait_outside(struct crew *crew)
{
	enum { LOOK_MS = 100 };
	struct dbs_error err;

	(void)pthread_mutex_unlock(&crew->mutex);
	const bool is_stop = cancel_sleep(crew->context->request->cancel,
					  LOOK_MS, &err) != DBS_OK;

	(void)pthread_mutex_lock(&crew->mutex);
	if (!is_stop || crew->is_stopped)
		return;
	crew->error = err;
	crew->is_stopped = true;
	(void)pthread_cond_broadcast(&crew->changed);
}

/* No more is begun; those who wait for something to do are to go, too. */
static bool is_late(struct crew *crew)
{
	if (!crew->is_late && crew->until_ns && clock_ns() > crew->until_ns) {
		crew->is_late = true;
		(void)pthread_cond_broadcast(&crew->changed);
	}
	return crew->is_late;
}

static bool take_task(struct worker *worker, struct task *out)
{
	struct crew *crew = worker->crew;
	bool taken = false;

	(void)pthread_mutex_lock(&crew->mutex);
	for (;;) {
		skip_ended(crew);
		if (crew->is_stopped || !crew->job_count || is_late(crew))
			break;
		if (throttle_is_held(crew->context->request->throttle)) {
			wait_outside(crew);
			continue;
		}
		taken = take_range(worker, out) || take_plan(worker, out);
		if (taken) {
			atomic_store(crew->begun, out->job);
			break;
		}
		(void)pthread_cond_wait(&crew->changed, &crew->mutex);
	}
	(void)pthread_mutex_unlock(&crew->mutex);
	return taken;
}

/* ------------------------------------------------------------------------
 * Giving them back
 * --------------------------------------------------------------------- */

static void end_if_over(struct crew *crew, struct job *job)
{
	size_t next = job->next;

	while (!job->error.code && next < job->ranges.count &&
	       job->found[next].is_done)
		next++;
	if (job->busy || (!job->error.code && (next < job->ranges.count ||
					       job->count == COUNT_WANTED)))
		return;
	job->state = JOB_ENDED;
	job->finding.seconds += clock_since(job->started_ns);
	crew->ended++;
	atomic_fetch_add(crew->jobs_ended, 1);
}

static void record_error(struct crew *crew, const struct task *task,
			 const struct dbs_error *error)
{
	struct job *job = task->job;

	if (dbs_is_fatal(error->code)) {
		if (!crew->is_stopped)
			crew->error = *error;
		crew->is_stopped = true;
	} else if (!job->error.code || task->range < job->failed_range) {
		job->error = *error;
		job->failed_range = task->range;
	}
}

static void give_back(struct crew *crew, const struct task *task,
		      const struct dbs_error *error, double seconds)
{
	struct job *job = task->job;

	(void)pthread_mutex_lock(&crew->mutex);
	if (error->code)
		record_error(crew, task, error);
	if (task->kind == TASK_PLAN)
		job->state = JOB_READY;
	else
		job->busy--;
	if (task->kind == TASK_COUNT && !error->code)
		job->count = COUNT_DONE;
	if (task->kind == TASK_RANGE && !error->code)
		job_learn(job, task->digest,
			  job->found[task->range].rows.seen[SOURCE], seconds);
	end_if_over(crew, job);
	(void)pthread_cond_broadcast(&crew->changed);
	(void)pthread_mutex_unlock(&crew->mutex);
}

/* ------------------------------------------------------------------------
 * Doing them, in spite of losses
 * --------------------------------------------------------------------- */

/* What was read by then is of another moment than what comes now. */
static void lower_label(struct crew *crew, const struct conn *conn,
			enum consistency *label)
{
	(void)pthread_mutex_lock(&crew->mutex);
	const bool is_news = *label != CONSISTENCY_NONE;

	*label = CONSISTENCY_NONE;
	(void)pthread_mutex_unlock(&crew->mutex);
	if (is_news)
		talk_note(crew->context->request->talk,
			  "the %s's snapshot was lost with a connection; its "
			  "data may have changed since",
			  conn_role(conn));
}

/*
 * A view that is gone costs the label before anything else is tried: whether
 * another one can be had is not known yet, and may not be known the next time.
 */
static enum dbs_rc heal_conn(struct crew *crew, struct conn *conn,
			     bool has_view, enum consistency *label,
			     struct dbs_error *err)
{
	const bool is_broken = conn_is_broken(conn);
	enum dbs_rc rc = DBS_OK;

	if (!is_broken && (!has_view || conn_in_transaction(conn)))
		return DBS_OK;
	if (has_view)
		lower_label(crew, conn, label);
	if (is_broken)
		rc = conn_reopen(conn, err);
	return rc || !has_view ? rc : snapshot_rejoin(conn, err);
}

/* An error says nothing of the transaction; the next answer does. */
static void ask_state(struct conn *conn)
{
	struct dbs_error ignored = {0};

	if (!conn_is_broken(conn))
		(void)conn_run(conn, "DO 0", &ignored);
}

static enum dbs_rc heal(struct worker *worker, struct dbs_error *err)
{
	struct crew *crew = worker->crew;
	enum dbs_rc rc = heal_conn(crew, worker->link->conn[SOURCE],
				   crew->has_views, &crew->consistency[SOURCE],
				   err);

	if (!rc)
		rc = heal_conn(crew, worker->link->conn[TARGET],
			       crew->has_views, &crew->consistency[TARGET],
			       err);
	return rc;
}

static enum dbs_rc do_once(struct worker *worker, const struct task *task,
			   struct dbs_error *err)
{
	const struct job_context *context = worker->crew->context;

	if (task->kind == TASK_PLAN)
		return job_plan(task->job, context, worker->link, err);
	if (task->kind == TASK_COUNT)
		return count_ask(task->job, worker->link, err);
	return job_compare(task->job, task->range, task->digest, context,
			   worker->link, err);
}

static enum dbs_rc do_task(struct worker *worker, const struct task *task,
			   struct dbs_error *err)
{
	const struct walk_request *request = worker->crew->context->request;

	for (unsigned attempt = 1;; attempt++) {
		/* what an error of the last task left broken */
		enum dbs_rc rc = heal(worker, err);

		if (!rc)
			rc = do_once(worker, task, err);
		if ((rc != DBS_E_LOST && rc != DBS_E_RETRY) ||
		    attempt >= request->attempts)
			return rc;
		talk_note(request->talk,
			  "%s; reading the range again (%u of "
			  "%u)",
			  err->text, attempt + 1, request->attempts);
		rc = backoff_wait(attempt, request->cancel, err);
		if (rc)
			return rc;
		ask_state(worker->link->conn[SOURCE]);
		ask_state(worker->link->conn[TARGET]);
	}
}

static void work(void *self)
{
	struct worker *worker = self;
	struct task task;

	while (take_task(worker, &task)) {
		struct dbs_error err = {0};
		const uint64_t start = clock_ns();

		/* what was healed on the way left its text behind */
		if (!do_task(worker, &task, &err))
			dbs_error_clear(&err);
		give_back(worker->crew, &task, &err, clock_since(start));
	}
}

enum dbs_rc crew_run(struct crew *crew, struct dbs_error *err)
{
	const unsigned count = crew->context->workers;
	struct worker *workers = mem_zero(count, sizeof(*workers));

	DBS_BUG(pthread_mutex_init(&crew->mutex, NULL) ||
			pthread_cond_init(&crew->changed, NULL),
		"no mutex");
	crew->ended = 0;
	/* of workers that were before these */
	for (size_t i = 0; i < crew->job_count; i++)
		crew->jobs[i]->owner = NULL;
	for (unsigned i = 0; i < count; i++) {
		workers[i].crew = crew;
		workers[i].link = &crew->links[i];
	}
	workers_run(crew->context->request->workers, work, workers, count,
		    sizeof(*workers));
	mem_drop(&workers);
	(void)pthread_cond_destroy(&crew->changed);
	(void)pthread_mutex_destroy(&crew->mutex);
	if (!crew->is_stopped)
		return DBS_OK;
	*err = crew->error;
	return err->code;
}
