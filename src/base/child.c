/*
 * child.c - see child.h.
 *
 * Apart from us, the child leads a group of processes of its own, so that what
 * it has started ends with it when its time is up, and so that a Ctrl-C of the
 * terminal is not for it; but then it cannot ask there for anything.  Input and output go through one poll loop: neither waits for the
 * other.
 */
#include "dbsync/base/child.h"

#include "dbsync/base/clock.h"
#include "dbsync/base/mem.h"
#include "dbsync/base/open.h"
#include "dbsync/base/own.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PIECE = 4096, STEP_MS = 20 };

struct child {
	const struct child_wish *wish;
	pid_t pid;
	int input;  /* -1: none, or closed */
	int output; /* -1: none, or at its end */
	size_t sent;
	uint64_t begin;
};

/* ------------------------------------------------------------------------
 * Starting
 * --------------------------------------------------------------------- */

static bool is_said(const struct child_wish *wish, const char *variable)
{
	const size_t length = strcspn(variable, "=") + 1;

	for (size_t i = 0; wish->env && wish->env[i]; i++)
		if (!strncmp(wish->env[i], variable, length))
			return true;
	return false;
}

/* Of the whole process, as the environment is. */
static struct {
	const char *name;
	char *was; /* "NAME=value", NULL: it was not set */
} ours_alone;

void child_set_ours(const char *name, const char *value)
{
	const char *was = getenv(name);
	OWNED(buf_release) struct buf text = BUF_INIT;

	mem_drop(&ours_alone.was);
	ours_alone.name = name;
	buf_addf(&text, "%s=%s", name, was ? was : "");
	if (was)
		ours_alone.was = buf_detach(&text);
	(void)setenv(name, value, 1);
}

static bool is_ours_alone(const char *variable)
{
	const size_t length = ours_alone.name ? strlen(ours_alone.name) : 0;

	return length && !strncmp(variable, ours_alone.name, length) &&
	       variable[length] == '=';
}

/* Ours, and those of the wish instead of ours; mem_drop the array. */
static char **environment_of(const struct child_wish *wish)
{
	extern char **environ;
	size_t ours = 0;
	size_t count = 0;

	while (environ[ours])
		ours++;
	while (wish->env && wish->env[count])
		count++;
	char **all = mem_zero(ours + count + 2, sizeof(*all));

	if (count)
		memcpy(all, wish->env, count * sizeof(*all));
	for (size_t i = 0; i < ours; i++)
		if (!is_said(wish, environ[i]) && !is_ours_alone(environ[i]))
			all[count++] = environ[i];
	if (ours_alone.was && !is_said(wish, ours_alone.was))
		all[count++] = ours_alone.was;
	return all;
}

static void wire(posix_spawn_file_actions_t *actions, int input, int output,
		 bool is_apart)
{
	int rc = posix_spawn_file_actions_init(actions);

	if (!rc && input >= 0)
		rc = posix_spawn_file_actions_adddup2(actions, input,
						      STDIN_FILENO);
	if (!rc && input < 0)
		rc = posix_spawn_file_actions_addopen(actions, STDIN_FILENO,
						      "/dev/null", O_RDONLY, 0);
	if (!rc && output >= 0)
		rc = posix_spawn_file_actions_adddup2(actions, output,
						      STDOUT_FILENO);
	/* what is ours there is for programs */
	if (!rc && output < 0 && is_apart)
		rc = posix_spawn_file_actions_adddup2(actions, STDERR_FILENO,
						      STDOUT_FILENO);
	/* connections to servers are nothing for it */
	if (!rc)
		rc = posix_spawn_file_actions_addclosefrom_np(
			actions, STDERR_FILENO + 1);
	DBS_BUG(rc, "no memory");
}

/* Signals that this process blocks or ignores are the child's again. */
static void set_attributes(posix_spawnattr_t *attributes, bool is_apart)
{
	const int flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
			  (is_apart ? POSIX_SPAWN_SETPGROUP : 0);
	sigset_t none;
	sigset_t ignored;

	(void)sigemptyset(&none);
	(void)sigemptyset(&ignored);
	(void)sigaddset(&ignored, SIGPIPE);
	(void)sigaddset(&ignored, SIGXFSZ);
	(void)sigaddset(&ignored, SIGCHLD);
	DBS_BUG(posix_spawnattr_init(attributes) ||
			posix_spawnattr_setsigmask(attributes, &none) ||
			posix_spawnattr_setsigdefault(attributes, &ignored) ||
			posix_spawnattr_setpgroup(attributes, 0) ||
			posix_spawnattr_setflags(attributes, (short)flags),
		"no memory");
}

static int spawn(struct child *child, int input, int output)
{
	OWNED(mem_drop) char **environment = environment_of(child->wish);
	OWNED(mem_drop) char *command = mem_strdup(child->wish->command);
	char shell[] = "sh";
	char option[] = "-c";
	char *const words[] = {shell, option, command, NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;

	wire(&actions, input, output, child->wish->is_apart);
	set_attributes(&attributes, child->wish->is_apart);
	const int rc = posix_spawn(&child->pid, "/bin/sh", &actions,
				   &attributes, words, environment);

	(void)posix_spawn_file_actions_destroy(&actions);
	(void)posix_spawnattr_destroy(&attributes);
	return rc;
}

static enum dbs_rc make_pipe(int fds[2], struct dbs_error *err)
{
	return pipe2(fds, O_CLOEXEC)
		       ? dbs_fail_errno(err, errno, "cannot make a pipe")
		       : DBS_OK;
}

static enum dbs_rc start(struct child *child, bool has_output,
			 struct dbs_error *err)
{
	int in[2] = {-1, -1};
	int out[2] = {-1, -1};
	enum dbs_rc rc = DBS_OK;

	if (child->wish->input)
		rc = make_pipe(in, err);
	if (!rc && has_output)
		rc = make_pipe(out, err);
	const int problem = rc ? 0 : spawn(child, in[0], out[1]);

	if (problem)
		rc = dbs_fail_errno(err, problem, "cannot start `sh`");
	open_drop(&in[0]);
	open_drop(&out[1]);
	child->input = in[1];
	child->output = out[0];
	if (child->input >= 0)
		(void)fcntl(child->input, F_SETFL, O_NONBLOCK);
	return rc;
}

/* ------------------------------------------------------------------------
 * Talking to it
 * --------------------------------------------------------------------- */

/* What it does not want to read is its own affair. */
static void send_some(struct child *child)
{
	const struct child_wish *wish = child->wish;
	const ssize_t count = write(child->input, wish->input + child->sent,
				    wish->input_length - child->sent);

	if (count > 0)
		child->sent += (size_t)count;
	if ((count < 0 && errno != EAGAIN && errno != EINTR) ||
	    child->sent == wish->input_length)
		open_drop(&child->input);
}

static void receive_some(struct child *child, struct buf *output)
{
	char piece[PIECE];
	const ssize_t count = read(child->output, piece, sizeof(piece));
	const size_t limit = child->wish->output_limit;

	if (count > 0 && output->length < limit) {
		const size_t room = limit - output->length;

		buf_add(output, piece,
			(size_t)count < room ? (size_t)count : room);
	}
	mem_wipe(piece, sizeof(piece));
	if (!count || (count < 0 && errno != EINTR))
		open_drop(&child->output);
}

static bool is_late(const struct child *child)
{
	return clock_since(child->begin) >= child->wish->seconds;
}

/* Until both ends are closed, or its time is up. */
static void converse(struct child *child, struct buf *output)
{
	while ((child->input >= 0 || child->output >= 0) && !is_late(child)) {
		struct pollfd fds[2] = {
			{.fd = child->input, .events = POLLOUT},
			{.fd = child->output, .events = POLLIN},
		};

		if (poll(fds, 2, STEP_MS) <= 0)
			continue;
		if (fds[0].revents)
			send_some(child);
		if (fds[1].revents)
			receive_some(child, output);
	}
}

enum ending { ENDED, KILLED, UNKNOWN };

static enum ending kill_it(const struct child *child, int *status_out)
{
	(void)kill(child->wish->is_apart ? -child->pid : child->pid, SIGKILL);
	while (waitpid(child->pid, status_out, 0) < 0 && errno == EINTR)
		;
	return KILLED;
}

static enum ending await(const struct child *child, int *status_out)
{
	const struct timespec pause = {.tv_nsec = STEP_MS * 1000000};

	for (;;) {
		const pid_t found = waitpid(child->pid, status_out, WNOHANG);

		if (found == child->pid)
			return ENDED;
		if (found < 0 && errno != EINTR)
			return UNKNOWN;
		if (is_late(child))
			return kill_it(child, status_out);
		(void)nanosleep(&pause, NULL);
	}
}

static enum dbs_rc judge(const struct child *child, enum ending ending,
			 int status, struct dbs_error *err)
{
	if (ending == UNKNOWN)
		return dbs_fail(err, DBS_E_REFUSED, "its result is unknown");
	if (ending == KILLED)
		return dbs_fail(err, DBS_E_LIMIT,
				"it had not ended after %u s, and was killed",
				child->wish->seconds);
	/* the user has stopped both of us */
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGINT)
		return dbs_fail(err, DBS_E_CANCELLED, "cancelled");
	if (WIFSIGNALED(status))
		return dbs_fail(err, DBS_E_REFUSED, "signal %d ended it",
				WTERMSIG(status));
	return WEXITSTATUS(status) ? dbs_fail(err, DBS_E_REFUSED,
					      "it failed (exit status %d)",
					      WEXITSTATUS(status))
				   : DBS_OK;
}

/* A parent may have left us with SIGCHLD ignored: nobody says then how it ended. */
static void take_signals(struct sigaction *pipe_before,
			 struct sigaction *child_before)
{
	const struct sigaction ignore = {.sa_handler = SIG_IGN};
	const struct sigaction usual = {.sa_handler = SIG_DFL};

	(void)sigaction(SIGPIPE, &ignore, pipe_before);
	(void)sigaction(SIGCHLD, &usual, child_before);
}

enum dbs_rc child_run(const struct child_wish *wish, struct buf *output,
		      struct dbs_error *err)
{
	struct child child = {
		.wish = wish, .input = -1, .output = -1, .begin = clock_ns()};
	struct sigaction pipe_before;
	struct sigaction child_before;
	int status = 0;

	take_signals(&pipe_before, &child_before);
	enum dbs_rc rc = start(&child, output != NULL, err);

	if (!rc) {
		converse(&child, output);
		const enum ending ending = await(&child, &status);

		rc = judge(&child, ending, status, err);
	}
	(void)sigaction(SIGPIPE, &pipe_before, NULL);
	(void)sigaction(SIGCHLD, &child_before, NULL);
	open_drop(&child.input);
	open_drop(&child.output);
	return rc;
}
