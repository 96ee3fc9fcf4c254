/* signals.c - see signals.h. */
#include "dbsync/cmd/signals.h"

#include "dbsync/base/clock.h"
#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/base/thread.h"
#include "dbsync/cmd/command.h"

#include <signal.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum {
	GRACE_MS = 250,
	HANG_MS = 500,
	KILL_MS = 1000,
	CLEAN_MS = 30 * 1000,
	CLEAN_STEP_MS = 50,
};

struct signals {
	struct cancel *cancel;
	struct conn_group *group;
	sigset_t set;
	pthread_t thread;
	atomic_bool is_over;
	atomic_bool is_reporting;
};

/* Of the whole process: it is one that the user stops. */
static atomic_bool was_asked;

/* Waits for a signal of the set; false after ms. */
static bool wait_signal(const struct signals *signals, long ms)
{
	const struct timespec limit = {.tv_sec = ms / 1000,
				       .tv_nsec = ms % 1000 * 1000000};

	return sigtimedwait(&signals->set, NULL, &limit) > 0;
}

static _Noreturn void end_at_once(void)
{
	static const char text[] = "dbsync: cancelled\n";

	(void)!write(STDERR_FILENO, text, sizeof(text) - 1);
	_exit(EXIT_CANCELLED);
}

/* In a thread of its own: a server that hangs may take seconds. */
static void *kill_all(void *self)
{
	struct signals *signals = self;

	conn_group_kill(signals->group);
	conn_thread_end();
	return NULL;
}

/* False when a server hangs, and the process has to end without it. */
static bool kill_patiently(struct signals *signals)
{
	pthread_t killer;
	if (thread_try(&killer, kill_all, signals)) {
		(void)kill_all(signals);
		return true;
	}
	const bool again = wait_signal(signals, HANG_MS);

	if (again && !atomic_load(&signals->is_over))
		return false;
	/* the run may be over; its queries are not before they are killed */
	const struct timespec until = clock_in_ms(KILL_MS);

	return !pthread_clockjoin_np(killer, NULL, CLOCK_MONOTONIC, &until);
}

static bool has_work(const struct signals *signals)
{
	return !atomic_load(&signals->is_over) &&
	       (atomic_load(&signals->is_reporting) ||
		conn_group_is_owing(signals->group));
}

/*
 * What the run takes away again, and its report, get their time, unless told so
 * twice.
 */
static void let_clean(struct signals *signals)
{
	for (long waited = 0; waited < CLEAN_MS && has_work(signals);
	     waited += CLEAN_STEP_MS)
		if (wait_signal(signals, CLEAN_STEP_MS))
			return;
}

static void *watch(void *self)
{
	struct signals *signals = self;
	int number = 0;

	(void)sigwait(&signals->set, &number);
	if (atomic_load(&signals->is_over))
		return NULL;
	atomic_store(&was_asked, true);
	cancel_request(signals->cancel);
	bool ends = true;

	/* signals_end wakes this thread by a signal too */
	if (!wait_signal(signals, GRACE_MS)) {
		ends = kill_patiently(signals);
		if (ends && !atomic_load(&signals->is_over))
			let_clean(signals);
	}
	if (!ends || !atomic_load(&signals->is_over))
		end_at_once();
	return NULL;
}

bool signals_were_sent(void)
{
	sigset_t pending;

	return atomic_load(&was_asked) ||
	       (!sigpending(&pending) && (sigismember(&pending, SIGINT) == 1 ||
					  sigismember(&pending, SIGTERM) == 1 ||
					  sigismember(&pending, SIGHUP) == 1));
}

enum dbs_rc signals_begin(struct cancel *cancel, struct conn_group *group,
			  struct signals **out, struct dbs_error *err)
{
	OWNED(mem_drop) struct signals *signals = mem_zero(1, sizeof(*signals));

	signals->cancel = cancel;
	signals->group = group;
	(void)sigemptyset(&signals->set);
	(void)sigaddset(&signals->set, SIGINT);
	(void)sigaddset(&signals->set, SIGTERM);
	(void)sigaddset(&signals->set, SIGHUP);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)pthread_sigmask(SIG_BLOCK, &signals->set, NULL);
	const enum dbs_rc rc = thread_start(&signals->thread, watch, signals,
					    err);

	if (!rc)
		*out = own_take(&signals);
	return rc;
}

void signals_report(struct signals *signals)
{
	if (signals)
		atomic_store(&signals->is_reporting, true);
}

void signals_end(struct signals **signals)
{
	if (!*signals)
		return;
	atomic_store(&(*signals)->is_over, true);
	(void)pthread_kill((*signals)->thread, SIGTERM);
	(void)pthread_join((*signals)->thread, NULL);
	mem_drop(signals);
}
