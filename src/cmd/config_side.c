/*
 * config_side.c - where a server is, as the configuration says it; see
 * config.h.
 *
 *	"source": "mysql://user@host/shop"
 *	"target": {"host": "db2", "user": "sync", "database": "shop",
 *		   "password_command": "pass show db2"}
 */
#include "config_part.h"

#include "dbsync/base/clock.h"
#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { COMMAND_S = 30, MOST_SECRET = 4096 };

static const char *const extra_keys[] = {"url", "password_command",
					 "defaults_file", "defaults_group"};
enum { EXTRA_COUNT = sizeof(extra_keys) / sizeof(*extra_keys) };

static bool is_extra(const char *name)
{
	for (size_t i = 0; i < EXTRA_COUNT; i++)
		if (!strcmp(extra_keys[i], name))
			return true;
	return false;
}

static const char *text_of(struct json_object *object, const char *name)
{
	struct json_object *value = config_get(object, name);

	return value ? json_object_get_string(value) : NULL;
}

/* ------------------------------------------------------------------------
 * Is it right?
 * --------------------------------------------------------------------- */

/* The keys of an object that a dsn knows, in one that nobody will use. */
static enum dbs_rc read_keys(struct json_object *side, struct dsn *dsn,
			     struct dbs_error *err)
{
	OWNED(dsn_clear) struct dsn read = DSN_INIT;
	enum dbs_rc rc = DBS_OK;

	json_object_object_foreach(side, name, value)
	{
		if (rc || is_extra(name))
			continue;
		if (!json_object_is_type(value, json_type_string) &&
		    !json_object_is_type(value, json_type_int))
			rc = dbs_fail(err, DBS_E_USAGE,
				      "it takes a text or a number");
		else
			rc = dsn_set_named(&read, name,
					   json_object_get_string(value),
					   extra_keys, EXTRA_COUNT, err);
		if (rc)
			(void)dbs_error_context(err, "%s", name);
	}
	if (!rc)
		dsn_take(dsn, &read);
	return rc;
}

static enum dbs_rc check_object(struct json_object *side, struct dbs_error *err)
{
	OWNED(dsn_clear) struct dsn scratch = DSN_INIT;

	for (size_t i = 0; i < EXTRA_COUNT; i++) {
		struct json_object *value = config_get(side, extra_keys[i]);

		if (value && !json_object_is_type(value, json_type_string))
			return dbs_fail(err, DBS_E_USAGE, "%s takes a text",
					extra_keys[i]);
	}
	if (config_get(side, "password") &&
	    config_get(side, "password_command"))
		return dbs_fail(err, DBS_E_USAGE,
				"password and password_command: say one");
	return read_keys(side, &scratch, err);
}

enum dbs_rc config_check_side(struct json_object *value, struct dbs_error *err)
{
	OWNED(dsn_clear) struct dsn scratch = DSN_INIT;

	if (json_object_is_type(value, json_type_string))
		return dsn_parse(&scratch, json_object_get_string(value), err);
	if (!json_object_is_type(value, json_type_object))
		return dbs_fail(err, DBS_E_USAGE,
				"it takes a URL or an object");
	enum dbs_rc rc = check_object(value, err);
	const char *url = rc ? NULL : text_of(value, "url");

	if (url)
		rc = dsn_parse(&scratch, url, err);
	return rc;
}

bool config_side_has_secret(struct json_object *value)
{
	OWNED(dsn_clear) struct dsn dsn = DSN_INIT;
	struct dbs_error err;
	const char *url = NULL;

	if (!value)
		return false;
	if (json_object_is_type(value, json_type_string))
		url = json_object_get_string(value);
	else
		url = text_of(value, "url");
	if (url && dsn_parse(&dsn, url, &err))
		return true;
	if (dsn.password && *dsn.password)
		return true;
	const char *password = json_object_is_type(value, json_type_object)
				       ? text_of(value, "password")
				       : NULL;

	return password && *password;
}

/* ------------------------------------------------------------------------
 * password_command
 * --------------------------------------------------------------------- */

/* What the command prints, until it ends or its time is up. */
static bool read_answer(int fd, struct buf *out)
{
	const uint64_t begin = clock_ns();
	char piece[512];

	for (;;) {
		struct pollfd wish = {.fd = fd, .events = POLLIN};
		const double left = COMMAND_S - clock_since(begin);
		ssize_t count = -1;

		if (left <= 0 || poll(&wish, 1, (int)(left * 1000)) <= 0)
			return false;
		count = read(fd, piece, sizeof(piece));
		if (count > 0 && out->length < MOST_SECRET)
			buf_add(out, piece, (size_t)count);
		mem_wipe(piece, sizeof(piece));
		if (count <= 0)
			return !count;
	}
}

/* With the signals that this process may have blocked. */
static bool spawn(char *command, const posix_spawn_file_actions_t *actions,
		  const posix_spawnattr_t *attributes, pid_t *pid_out)
{
	extern char **environ;
	char shell[] = "sh";
	char option[] = "-c";
	char *const words[] = {shell, option, command, NULL};

	return !posix_spawn(pid_out, "/bin/sh", actions, attributes, words,
			    environ);
}

static bool start(const char *command, int output, pid_t *pid_out)
{
	OWNED(mem_drop) char *copy = mem_strdup(command);
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none;
	sigset_t pipes;

	(void)sigemptyset(&none);
	(void)sigemptyset(&pipes);
	(void)sigaddset(&pipes, SIGPIPE);
	DBS_BUG(posix_spawn_file_actions_init(&actions) ||
			posix_spawnattr_init(&attributes) ||
			posix_spawn_file_actions_adddup2(&actions, output,
							 STDOUT_FILENO) ||
			posix_spawnattr_setsigmask(&attributes, &none) ||
			posix_spawnattr_setsigdefault(&attributes, &pipes) ||
			posix_spawnattr_setflags(&attributes,
						 POSIX_SPAWN_SETSIGMASK |
							 POSIX_SPAWN_SETSIGDEF),
		"no memory");
	const bool is_started = spawn(copy, &actions, &attributes, pid_out);

	(void)posix_spawn_file_actions_destroy(&actions);
	(void)posix_spawnattr_destroy(&attributes);
	return is_started;
}

static enum dbs_rc run_command(const char *command, struct buf *out,
			       struct dbs_error *err)
{
	int pipe_fds[2];
	int status = 0;
	pid_t pid = 0;

	if (pipe2(pipe_fds, O_CLOEXEC))
		return dbs_fail_errno(err, errno, "password_command");
	const bool is_started = start(command, pipe_fds[1], &pid);

	(void)close(pipe_fds[1]);
	const bool has_ended = is_started && read_answer(pipe_fds[0], out);

	(void)close(pipe_fds[0]);
	if (is_started && !has_ended)
		(void)kill(pid, SIGKILL);
	if (is_started)
		(void)waitpid(pid, &status, 0);
	if (!is_started)
		return dbs_fail(err, DBS_E_IO,
				"password_command cannot be started");
	if (!has_ended)
		return dbs_fail(err, DBS_E_REFUSED,
				"password_command has not ended within %d s",
				(int)COMMAND_S);
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		return dbs_fail(err, DBS_E_REFUSED,
				"password_command failed (exit status %d)",
				WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	return DBS_OK;
}

/* The first line of what it prints. */
static enum dbs_rc ask_command(const char *command, struct dsn *dsn,
			       struct dbs_error *err)
{
	struct buf answer = BUF_INIT;
	enum dbs_rc rc = run_command(command, &answer, err);

	if (!rc && (!answer.length || *answer.data == '\n'))
		rc = dbs_fail(err, DBS_E_REFUSED,
			      "password_command printed nothing");
	if (!rc) {
		answer.data[strcspn(answer.data, "\r\n")] = '\0';
		dsn->password = mem_strdup(answer.data);
	}
	if (answer.length)
		mem_wipe(answer.data, answer.length);
	buf_release(&answer);
	return rc;
}

/* ------------------------------------------------------------------------
 * A side
 * --------------------------------------------------------------------- */

static enum dbs_rc from_object(struct json_object *side, struct dsn *dsn,
			       struct dbs_error *err)
{
	const char *url = text_of(side, "url");
	const char *file = text_of(side, "defaults_file");
	const char *command = text_of(side, "password_command");
	enum dbs_rc rc = url ? dsn_parse(dsn, url, err) : DBS_OK;

	if (!rc)
		rc = read_keys(side, dsn, err);
	if (!rc && file)
		rc = dsn_from_option_file(dsn, file,
					  text_of(side, "defaults_group"), err);
	if (!rc && command && !dsn->password)
		rc = ask_command(command, dsn, err);
	return rc;
}

enum dbs_rc config_side(const struct config *config, enum config_scope scope,
			const char *job, enum dbs_side side, struct dsn *dsn,
			bool *found_out, struct dbs_error *err)
{
	const char *name = dbs_side_name(side);
	struct json_object *value = config_get(
		scope == CONFIG_OF_JOB ? config_job(config, job) : config->root,
		name);

	*found_out = value != NULL;
	if (!value)
		return DBS_OK;
	enum dbs_rc rc = json_object_is_type(value, json_type_string)
				 ? dsn_parse(dsn, json_object_get_string(value),
					     err)
				 : from_object(value, dsn, err);

	if (!rc)
		return DBS_OK;
	return scope == CONFIG_OF_JOB
		       ? dbs_error_context(err, "`%s`: jobs.%s.%s",
					   config->path, job, name)
		       : dbs_error_context(err, "`%s`: %s", config->path, name);
}
