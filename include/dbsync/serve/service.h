/*
 * service.h - jobs that one process serves for months: those that are followed, and
 * those that are run at their times.
 *
 *	load ─▶ jobs ─▶ ┌ threads: run, run, run … ┐ ─▶ stopped
 *	  ▲             └ HTTP: who looks, asks    ┘
 *	  └── SIGHUP
 *
 * What a job does is its host's to know.  The service knows when it is to be done,
 * keeps what is known of it, and tells that to those who ask (routes.h).
 */
#ifndef DBSYNC_SERVE_SERVICE_H
#define DBSYNC_SERVE_SERVICE_H

#include "dbsync/base/cancel.h"
#include "dbsync/base/vec.h"
#include "dbsync/db/conn.h"
#include "dbsync/run/follow_job.h"
#include "dbsync/serve/cron.h"

struct json_object;

/* A job of the configuration; the texts are the service's, once it has it. */
struct service_job {
	char *name;
	bool follows;
	char *schedule;   /* as cron.h; NULL: only when it is asked for */
	struct cron cron; /* the same, read by the service */
	char *command;    /* that is run then */
	char *definition; /* one that differs is another job */
};

void service_job_release(struct service_job *job);

enum service_kind { SERVICE_FOLLOW, SERVICE_RUN, SERVICE_KINDS };

/* Something that a job does, in a thread of its own. */
struct service_task {
	const struct service_job *job;
	enum service_kind kind;
	struct cancel cancel;
	struct conn_group *group;
	struct follow_pulse *pulse;
	const struct follow_audience *audience;
};

/*
 * What connections of the group point to will not be there any more: who runs the
 * task calls it before.  Waits for whoever ends them.
 */
void service_task_leave(struct service_task *task);

/* What it came to. */
enum service_end {
	SERVICE_DONE,
	SERVICE_HELD,    /* somebody has to decide */
	SERVICE_FAILED,  /* may go better another time */
	SERVICE_STOPPED, /* by the service */
};

struct service_outcome {
	enum service_end end;
	int status;                 /* exit status of the command */
	char *text;                 /* why, or what came of it; may be NULL */
	struct json_object *result; /* docs/json.md; may be NULL */
};

/* Who runs the service; calls to run come from several threads. */
struct service_host {
	void *self;
	/* Pushes struct service_job. */
	enum dbs_rc (*load)(void *self, struct vec *jobs,
			    struct dbs_error *err);
	void (*run)(void *self, struct service_task *task,
		    struct service_outcome *out);
	/* A line for people, of the service. */
	void (*says)(void *self, const char *text);
	/*
	 * A job is in another state now: ok, lagging, held, broken.  From
	 * several threads, one at a time.
	 */
	void (*turns)(void *self, const char *job, const char *state,
		      const char *reason);
};

struct service_request {
	const struct service_host *host;
	const char *listen; /* as http.h; NULL: nobody can look */
	const char *certificate;
	const char *key;
	const char *token;  /* NULL: nobody may ask for anything */
	unsigned max_lag_s; /* what is further behind is lagging */
	int signals;        /* a signalfd: SIGHUP loads, any other one stops */
};

/* Until it is stopped. */
enum dbs_rc service_run(const struct service_request *request,
			struct dbs_error *err);
#endif
