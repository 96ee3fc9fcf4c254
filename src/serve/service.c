/*
 * service.c - see service.h.
 *
 * One loop looks at all jobs, once a second and whenever it is woken: it joins what
 * is over, starts what is due, and stops what is not wanted.  Nothing in it waits for
 * a server, or for somebody who looks.
 */
#include "dbsync/serve/service.h"

#include "activity.h"
#include "notify.h"
#include "routes.h"

#include "dbsync/base/clock.h"
#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/serve/http.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum {
	TICK_MS = 1000,
	/* what is run at its time; others wait for their turn */
	MOST_RUNS = 4,
	/* longer than what a run takes away again */
	MOST_STOP_S = 40,
};

struct service {
	const struct service_request *request;
	struct board board;
	struct http *http;
	struct routes routes;
	time_t lag_at;    /* when lags were noted */
	uint64_t stop_ns; /* when all were asked to stop */
	bool is_urgent;   /* a second time */
};

static void say(const struct service *service, const char *text)
{
	service->request->host->says(service->request->host->self, text);
}

/* ------------------------------------------------------------------------
 * Loading
 * --------------------------------------------------------------------- */

static void release_all(struct vec *loaded)
{
	for (size_t i = 0; i < loaded->count; i++)
		service_job_release(vec_at(loaded, i));
	vec_release(loaded);
}

static enum dbs_rc read_schedules(const struct vec *loaded,
				  struct dbs_error *err)
{
	for (size_t i = 0; i < loaded->count; i++) {
		struct service_job *is = vec_at(loaded, i);

		if (is->schedule && cron_read(is->schedule, &is->cron, err))
			return dbs_error_context(err, "jobs.%s.schedule",
						 is->name);
	}
	return DBS_OK;
}

static bool is_same(const struct service_job *a, const struct service_job *b)
{
	return !strcmp(a->name, b->name) &&
	       !strcmp(a->definition, b->definition);
}

/* What is as it was goes on; what is not there any more is stopped. */
static void compare(struct service *service, const struct vec *loaded)
{
	for (size_t j = 0; j < service->board.jobs.count; j++) {
		struct job *job = board_at(&service->board, j);
		bool is_there = false;

		for (size_t i = 0; i < loaded->count; i++)
			is_there = is_there ||
				   is_same(&job->is, vec_at(loaded, i));
		job->is_gone = job->is_gone || !is_there;
	}
}

static void take(struct service *service, struct vec *loaded)
{
	compare(service, loaded);
	for (size_t i = 0; i < loaded->count; i++) {
		struct service_job *is = vec_at(loaded, i);

		if (!board_find(&service->board, is->name))
			*(struct job **)vec_push(&service->board.jobs) =
				job_new(&service->board, is);
	}
}

static enum dbs_rc load(struct service *service, struct dbs_error *err)
{
	const struct service_host *host = service->request->host;
	struct vec loaded = VEC_INIT(struct service_job);
	enum dbs_rc rc = host->load(host->self, &loaded, err);

	if (!rc)
		rc = read_schedules(&loaded, err);
	(void)pthread_mutex_lock(&service->board.mutex);
	if (!rc)
		take(service, &loaded);
	mem_drop(&service->board.trouble);
	if (rc)
		service->board.trouble = mem_strdup(err->text);
	(void)pthread_mutex_unlock(&service->board.mutex);
	release_all(&loaded);
	return rc;
}

static void load_again(struct service *service)
{
	struct dbs_error err = {0};

	notify_reloading();
	if (load(service, &err)) {
		say(service, err.text);
		say(service,
		    "the configuration was not loaded again: the jobs go on "
		    "with what they have");
	} else {
		say(service, "the configuration was loaded again");
	}
	notify_tell("READY=1");
}

/* ------------------------------------------------------------------------
 * What is due
 * --------------------------------------------------------------------- */

static bool is_at_rest(const struct job *job)
{
	return !job->activity[SERVICE_FOLLOW].is_on &&
	       !job->activity[SERVICE_RUN].is_on;
}

/*
 * Another definition of the same job may still be at work, or one that was it under
 * another name.
 */
static bool is_in_turn(const struct service *service)
{
	for (size_t i = 0; i < service->board.jobs.count; i++) {
		const struct job *other = board_at(&service->board, i);

		if (other->is_gone && !is_at_rest(other))
			return false;
	}
	return true;
}

static bool is_served(const struct service *service, const struct job *job)
{
	return !job->is_gone && !service->board.is_stopping;
}

static void tend_follow(struct service *service, struct job *job)
{
	struct activity *activity = &job->activity[SERVICE_FOLLOW];
	const bool may_be = job->is.follows && !job->is_paused &&
			    is_served(service, job);

	activity_look(job, SERVICE_FOLLOW);
	if (activity->is_on && (!may_be || activity->is_wanted))
		activity_stop(job, SERVICE_FOLLOW);
	else if (!activity->is_on && may_be && is_in_turn(service) &&
		 (activity->is_wanted || time(NULL) >= activity->next))
		activity_start(job, SERVICE_FOLLOW);
}

static size_t count_runs(const struct service *service)
{
	size_t count = 0;

	for (size_t i = 0; i < service->board.jobs.count; i++)
		count += board_at(&service->board, i)
				 ->activity[SERVICE_RUN]
				 .is_on;
	return count;
}

/* A time that comes while it runs, or while it is paused, is left out. */
static void tend_clock(struct job *job)
{
	struct activity *activity = &job->activity[SERVICE_RUN];
	const time_t now = time(NULL);

	if (!job->is.schedule)
		return;
	if (activity->next && now >= activity->next) {
		activity->is_wanted = activity->is_wanted ||
				      (!activity->is_on && !job->is_paused);
		activity->next = 0;
	}
	if (!activity->next)
		activity->next = cron_next(&job->is.cron, now);
}

static void tend_run(struct service *service, struct job *job)
{
	struct activity *activity = &job->activity[SERVICE_RUN];
	const bool may_be = is_served(service, job);

	activity_look(job, SERVICE_RUN);
	tend_clock(job);
	if (activity->is_on && !may_be)
		activity_stop(job, SERVICE_RUN);
	else if (activity->is_wanted && !activity->is_on && may_be &&
		 is_in_turn(service) && count_runs(service) < MOST_RUNS)
		activity_start(job, SERVICE_RUN);
}

static void note_lag(struct job *job, bool is_time)
{
	if (job->activity[SERVICE_FOLLOW].phase == PHASE_CAUGHT_UP &&
	    follow_pulse_lag(job->pulse) <= 0)
		job->in_step = time(NULL);
	if (is_time)
		job_add_lag(job);
}

static void drop_gone(struct board *board)
{
	size_t kept = 0;

	for (size_t i = 0; i < board->jobs.count; i++) {
		struct job *job = board_at(board, i);

		if (job->is_gone && is_at_rest(job))
			job_drop(&job);
		else
			*(struct job **)vec_at(&board->jobs, kept++) = job;
	}
	vec_truncate(&board->jobs, kept);
}

/* Whether nothing is at work any more. */
static bool tend(struct service *service)
{
	struct board *board = &service->board;
	const time_t now = time(NULL);
	const bool is_time = now - service->lag_at >= LAG_STEP_S ||
			     now < service->lag_at;
	bool is_rest = true;

	if (is_time)
		service->lag_at = now;
	(void)pthread_mutex_lock(&board->mutex);
	for (size_t i = 0; i < board->jobs.count; i++) {
		struct job *job = board_at(board, i);

		tend_follow(service, job);
		tend_run(service, job);
		note_lag(job, is_time);
		board_tell(board, job);
		is_rest = is_rest && is_at_rest(job);
	}
	drop_gone(board);
	(void)pthread_mutex_unlock(&board->mutex);
	return is_rest;
}

/* ------------------------------------------------------------------------
 * The loop
 * --------------------------------------------------------------------- */

static void begin_to_stop(struct service *service)
{
	service->is_urgent = service->stop_ns != 0;
	if (service->is_urgent)
		return;
	service->stop_ns = clock_ns();
	(void)pthread_mutex_lock(&service->board.mutex);
	service->board.is_stopping = true;
	(void)pthread_mutex_unlock(&service->board.mutex);
	notify_tell("STOPPING=1");
	say(service, "stopping");
}

static void heed_signals(struct service *service)
{
	struct signalfd_siginfo info;

	while (read(service->request->signals, &info, sizeof(info)) ==
	       (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGHUP && !service->stop_ns)
			load_again(service);
		else if (info.ssi_signo != SIGHUP)
			begin_to_stop(service);
	}
}

static void wait_a_tick(struct service *service)
{
	struct pollfd fds[] = {
		{.fd = service->request->signals, .events = POLLIN},
		{.fd = service->board.wake, .events = POLLIN},
	};
	uint64_t ignored = 0;

	(void)poll(fds, 2, TICK_MS);
	(void)!read(service->board.wake, &ignored, sizeof(ignored));
	heed_signals(service);
}

static void push(struct service *service)
{
	OWNED(buf_release) struct buf status = BUF_INIT;

	if (!service->http || !http_streams(service->http))
		return;
	board_status(&service->board, &status);
	http_push(service->http, status.data);
}

static enum dbs_rc refuse_hanging(struct service *service,
				  struct dbs_error *err)
{
	const char *name = "";

	for (size_t i = 0; i < service->board.jobs.count; i++)
		if (!is_at_rest(board_at(&service->board, i)))
			name = board_at(&service->board, i)->is.name;
	return dbs_fail(err, DBS_E_CANCELLED,
			"job `%s` had not ended when the service was stopped: "
			"what it wrote last is found by its next run",
			name);
}

static enum dbs_rc loop(struct service *service, struct dbs_error *err)
{
	bool is_rest = tend(service);

	notify_tell("READY=1");
	while (!service->stop_ns || !is_rest) {
		if (service->is_urgent ||
		    (service->stop_ns &&
		     clock_since(service->stop_ns) > MOST_STOP_S))
			return refuse_hanging(service, err);
		wait_a_tick(service);
		is_rest = tend(service);
		push(service);
		notify_tell("WATCHDOG=1");
	}
	return DBS_OK;
}

static enum dbs_rc listen_on(struct service *service, struct dbs_error *err)
{
	const struct service_request *request = service->request;
	const struct http_options options = {
		.listen = request->listen,
		.certificate = request->certificate,
		.key = request->key,
	};
	OWNED(buf_release) struct buf text = BUF_INIT;

	if (!request->listen)
		return DBS_OK;
	service->routes = (struct routes){&service->board, request->token};
	enum dbs_rc rc = http_open(&options, routes_answer, &service->routes,
				   &service->http, err);

	if (rc)
		return rc;
	buf_adds(&text, "listening on ");
	http_name(service->http, &text);
	say(service, text.data);
	if (http_is_in_clear(service->http))
		say(service,
		    "note: there is no TLS: whoever can read the network can "
		    "read the token (--tls-cert, --tls-key)");
	return DBS_OK;
}

static enum dbs_rc serve(struct service *service, struct dbs_error *err)
{
	enum dbs_rc rc = load(service, err);

	if (!rc)
		rc = listen_on(service, err);
	if (!rc)
		rc = loop(service, err);
	http_close(&service->http);
	return rc;
}

enum dbs_rc service_run(const struct service_request *request,
			struct dbs_error *err)
{
	const int wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	struct service *service = NULL;

	if (wake < 0)
		return dbs_fail_errno(err, errno, "cannot make an eventfd");
	service = mem_zero(1, sizeof(*service));
	service->request = request;
	board_open(&service->board, request, wake);
	const enum dbs_rc rc = serve(service, err);

	/* a thread that hangs has the board until the process ends */
	if (rc == DBS_E_CANCELLED)
		return rc;
	board_close(&service->board);
	mem_drop(&service);
	(void)close(wake);
	return rc;
}
