/* serve_hooks.c - see serve_hooks.h. */
#include "serve_hooks.h"

#include "dbsync/base/buf.h"
#include "dbsync/base/child.h"
#include "dbsync/base/clock.h"
#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/base/thread.h"
#include "dbsync/base/vec.h"

#include <stdbool.h>
#include <stdio.h>

enum { MOST_WAITING = 100, MOST_AT_END = 2, VARIABLES = 3, PATIENCE_MS = 5000 };

struct waiting {
	char *command;
	unsigned timeout_s;
	char *variables[VARIABLES + 1];
};

struct serve_hooks {
	pthread_t thread;
	pthread_mutex_t mutex; /* guards what follows */
	pthread_cond_t wake;
	struct vec waiting; /* struct waiting * */
	size_t done;
	bool is_over;
};

static char *variable(const char *name, const char *value)
{
	struct buf text = BUF_INIT;

	buf_addf(&text, "DBSYNC_%s=%s", name, value ? value : "");
	return buf_detach(&text);
}

static void drop(struct waiting *one)
{
	mem_drop(&one->command);
	for (int i = 0; i < VARIABLES; i++)
		mem_drop(&one->variables[i]);
	mem_drop(&one);
}

static void run_one(struct waiting *one)
{
	const struct child_wish wish = {
		.command = one->command,
		.env = one->variables,
		.seconds = one->timeout_s,
		.is_apart = true,
	};
	struct dbs_error err = {0};

	if (child_run(&wish, NULL, &err))
		(void)fprintf(stderr,
			      "dbsync: note: the command of on-state: %s\n",
			      err.text);
}

/* With the mutex, which is free while a command runs. */
static void run_all(struct serve_hooks *hooks)
{
	while (hooks->done < hooks->waiting.count) {
		struct waiting *one = *(struct waiting **)vec_at(
			&hooks->waiting, hooks->done++);

		(void)pthread_mutex_unlock(&hooks->mutex);
		run_one(one);
		drop(one);
		(void)pthread_mutex_lock(&hooks->mutex);
	}
	vec_truncate(&hooks->waiting, 0);
	hooks->done = 0;
}

static void *work(void *self)
{
	struct serve_hooks *hooks = self;

	(void)pthread_mutex_lock(&hooks->mutex);
	run_all(hooks);
	while (!hooks->is_over) {
		(void)pthread_cond_wait(&hooks->wake, &hooks->mutex);
		run_all(hooks);
	}
	(void)pthread_mutex_unlock(&hooks->mutex);
	return NULL;
}

enum dbs_rc serve_hooks_open(struct serve_hooks **out, struct dbs_error *err)
{
	OWNED(mem_drop) struct serve_hooks *hooks = mem_zero(1, sizeof(*hooks));

	hooks->waiting = (struct vec)VEC_INIT(struct waiting *);
	DBS_BUG(pthread_mutex_init(&hooks->mutex, NULL) ||
			pthread_cond_init(&hooks->wake, NULL),
		"no mutex");
	const enum dbs_rc rc = thread_start(&hooks->thread, work, hooks, err);

	if (!rc)
		*out = own_take(&hooks);
	return rc;
}

void serve_hooks_add(struct serve_hooks *hooks, const struct serve_hook *hook)
{
	(void)pthread_mutex_lock(&hooks->mutex);
	const bool is_full = hooks->waiting.count - hooks->done >= MOST_WAITING;

	if (!is_full) {
		struct waiting *one = mem_zero(1, sizeof(*one));

		one->command = mem_strdup(hook->command);
		one->timeout_s = hook->timeout_s;
		one->variables[0] = variable("JOB", hook->job);
		one->variables[1] = variable("STATE", hook->state);
		one->variables[2] = variable("REASON", hook->reason);
		*(struct waiting **)vec_push(&hooks->waiting) = one;
		(void)pthread_cond_signal(&hooks->wake);
	}
	(void)pthread_mutex_unlock(&hooks->mutex);
	if (is_full)
		(void)fprintf(stderr,
			      "dbsync: note: the command of on-state is not "
			      "run: %d wait already\n",
			      MOST_WAITING);
}

void serve_hooks_close(struct serve_hooks **hooks)
{
	struct serve_hooks *self = *hooks;

	if (!self)
		return;
	const struct timespec until = clock_in_ms(PATIENCE_MS);

	(void)pthread_mutex_lock(&self->mutex);
	self->is_over = true;
	while (self->waiting.count > self->done + MOST_AT_END) {
		drop(*(struct waiting **)vec_at(&self->waiting,
						self->waiting.count - 1));
		vec_truncate(&self->waiting, self->waiting.count - 1);
	}
	(void)pthread_cond_signal(&self->wake);
	(void)pthread_mutex_unlock(&self->mutex);
	/* one that hangs has all this until the process ends */
	if (pthread_clockjoin_np(self->thread, NULL, CLOCK_MONOTONIC, &until)) {
		*hooks = NULL;
		return;
	}
	vec_release(&self->waiting);
	(void)pthread_cond_destroy(&self->wake);
	(void)pthread_mutex_destroy(&self->mutex);
	mem_drop(hooks);
}
