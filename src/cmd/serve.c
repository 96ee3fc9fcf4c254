/*
 * serve.c - `dbsync serve`: jobs of a configuration, for as long as the process runs.
 *
 * Each run of a job is that of its command (runner.h), in a thread of the service.
 * json-c's objects keep texts that are made when they are read: so each run has a
 * copy of the configuration that is its own.
 */
#include "dbsync/cmd/command.h"

#include "globals.h"
#include "host.h"
#include "invocation.h"
#include "runner.h"
#include "serve_hooks.h"

#include "dbsync/base/file.h"
#include "dbsync/base/mem.h"
#include "dbsync/base/open.h"
#include "dbsync/base/own.h"
#include "dbsync/base/owner.h"
#include "dbsync/base/text.h"
#include "dbsync/cmd/config.h"
#include "dbsync/cmd/progress.h"
#include "dbsync/run/report_value.h"
#include "dbsync/serve/service.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#define COMMAND "serve"

struct serve {
	const char *listen;
	const char *token_file;
	const char *certificate;
	const char *key;
	unsigned lagging_after_s;
	const char *on_state;
};

#define AT(field) offsetof(struct serve, field)

/* clang-format off */
static const struct option_row rows[] = {
	{"listen", '\0', OPTION_TEXT, AT(listen), "WHERE",
	 "HOST:PORT (default 127.0.0.1:8306), unix:PATH, or\n"
	 "none", "HTTP", 0, 0, NULL, NULL},
	{"token-file", '\0', OPTION_TEXT, AT(token_file), "FILE",
	 "a secret in one line, which who asks for something has\n"
	 "to send (default: nobody can ask)", NULL, 0, 0, NULL, NULL},
	{"tls-cert", '\0', OPTION_TEXT, AT(certificate), "FILE",
	 "certificate (PEM); with --tls-key (default: no TLS)", NULL, 0, 0,
	 NULL, NULL},
	{"tls-key", '\0', OPTION_TEXT, AT(key), "FILE", "its private key (PEM)",
	 NULL, 0, 0, NULL, NULL},
	{"lagging-after", '\0', OPTION_UNSIGNED, AT(lagging_after_s), "SECONDS",
	 "a target that is further behind is lagging (default\n"
	 "30)", "Jobs", 1, 86400, NULL, NULL},
	{"on-state", '\0', OPTION_TEXT, AT(on_state), "COMMAND",
	 "run with sh when the state of a job changes\n"
	 "(docs/serve.md)", NULL, 0, 0, NULL, NULL},
};
/* clang-format on */

static void defaults(void *options)
{
	*(struct serve *)options = (struct serve){
		.listen = "127.0.0.1:8306",
		.lagging_after_s = 30,
	};
}

struct served {
	const char *path; /* of the configuration, as the user named it */
	const struct serve *options;
	struct serve_hooks *hooks;
	pthread_mutex_t mutex; /* guards what follows */
	struct config *config;
};

/* ------------------------------------------------------------------------
 * The configuration
 * --------------------------------------------------------------------- */

static enum dbs_rc open_config(const struct served *served, struct config **out,
			       struct dbs_error *err)
{
	enum dbs_rc rc = config_open(served->path, out, err);

	if (rc)
		return rc;
	if (!config_path(*out))
		return dbs_fail(err, DBS_E_USAGE,
				"there is no configuration file: --config "
				"names one");
	if (!config_job_count(*out))
		return dbs_fail(err, DBS_E_USAGE,
				"`%s` has no jobs: there is nothing to serve",
				config_path(*out));
	return DBS_OK;
}

static void push_job(const struct config *config, const char *name,
		     struct vec *jobs)
{
	const struct config_serving serving = config_serving(config, name);

	*(struct service_job *)vec_push(jobs) = (struct service_job){
		.name = mem_strdup(name),
		.follows = serving.follows,
		.schedule = serving.schedule ? mem_strdup(serving.schedule)
					     : NULL,
		.command = mem_strdup(serving.command),
		.definition = config_definition(config, name),
	};
}

static enum dbs_rc load(void *self, struct vec *jobs, struct dbs_error *err)
{
	struct served *served = self;
	struct config *config = NULL;
	enum dbs_rc rc = open_config(served, &config, err);

	for (size_t i = 0; !rc && i < config_job_count(config); i++)
		push_job(config, config_job_name(config, i), jobs);
	if (!rc) {
		(void)pthread_mutex_lock(&served->mutex);
		struct config *old = served->config;

		served->config = config;
		config = old;
		(void)pthread_mutex_unlock(&served->mutex);
	}
	config_drop(&config);
	/* who looks is told of it */
	mask_secrets(err);
	return rc;
}

/* ------------------------------------------------------------------------
 * Runs
 * --------------------------------------------------------------------- */

static const struct command *command_of(const struct service_task *task)
{
	static const struct command *const commands[] = {
		&command_verify,
		&command_dry_run,
		&command_incremental,
		&command_full_sync,
	};

	if (task->kind == SERVICE_FOLLOW)
		return &command_follow;
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		if (!strcmp(commands[i]->name, task->job->command))
			return commands[i];
	DBS_BUG(true, "a job without a command");
	return NULL;
}

static enum service_end end_of(const struct service_task *task, int status)
{
	switch (status) {
	case EXIT_EQUAL:
		return SERVICE_DONE;
	case EXIT_DIFFERENT:
	case EXIT_REFUSED:
	case EXIT_INCOMPLETE:
		return SERVICE_HELD;
	case EXIT_CANCELLED:
		return cancel_requested(&task->cancel) ? SERVICE_STOPPED
						       : SERVICE_FAILED;
	default:
		return SERVICE_FAILED;
	}
}

/* The error; where there is none, the verdict. */
static char *text_of(const struct service_task *task,
		     struct json_object *result, int status)
{
	struct buf text = BUF_INIT;
	const char *error = report_get_text(report_get(result, "error"), "text",
					    NULL);

	if (error)
		buf_adds(&text, error);
	else
		buf_addf(&text, "%s: %s", command_of(task)->name,
			 report_get_text(result, "verdict",
					 exit_status_name(status)));
	return buf_detach(&text);
}

static void leaves(void *self)
{
	service_task_leave(self);
}

static void run_task(void *self, struct service_task *task,
		     struct service_outcome *out)
{
	struct served *served = self;
	const struct host host = {
		.job = task->job->name,
		.is_followed = task->job->follows,
		.cancel = &task->cancel,
		.group = task->group,
		.follows = task->audience,
		.pulse = task->pulse,
		.leaves = leaves,
		.self = task,
	};

	(void)pthread_mutex_lock(&served->mutex);
	OWNED(config_drop) struct config *config = config_copy(served->config);

	(void)pthread_mutex_unlock(&served->mutex);
	out->status = runner_run_hosted(command_of(task), config,
					task->job->name, &host, &out->result);
	out->end = end_of(task, out->status);
	out->text = text_of(task, out->result, out->status);
}

/* What the job says of it, or the file, or the command line. */
static void add_hook(struct served *served, const char *job, const char *state,
		     const char *reason)
{
	const struct vec none = VEC_INIT(const struct option_row *);
	struct serve serve;
	struct globals globals;
	struct dbs_error ignored = {0};

	defaults(&serve);
	command_globals.defaults(&globals);
	(void)pthread_mutex_lock(&served->mutex);
	OWNED(config_drop) struct config *config = config_copy(served->config);

	(void)pthread_mutex_unlock(&served->mutex);
	(void)config_apply(config, job, &command_serve, &none, &serve, NULL,
			   &ignored);
	(void)config_apply(config, job, &command_globals, &none, &globals, NULL,
			   &ignored);
	const struct serve_hook hook = {
		.command = serve.on_state ? serve.on_state
					  : served->options->on_state,
		.timeout_s = globals.record.hook_timeout_s,
		.job = job,
		.state = state,
		.reason = reason,
	};

	if (hook.command)
		serve_hooks_add(served->hooks, &hook);
	options_release(command_serve.options, command_serve.option_count,
			&serve);
	options_release(command_globals.options, command_globals.option_count,
			&globals);
}

static void print(const char *job, const char *state, const char *text)
{
	OWNED(buf_release) struct buf safe = BUF_INIT;

	/* who does not read it does not stop the service */
	if (!progress_can_say())
		return;
	text_show(&safe, text, strlen(text), 1000);
	(void)fprintf(stderr, "dbsync: %s%s%s%s\n", job, state,
		      *job && *text ? ": " : "", safe.data);
}

static void says(void *self, const char *text)
{
	(void)self;
	print("", "", text);
}

static void turns(void *self, const char *job, const char *state,
		  const char *reason)
{
	OWNED(buf_release) struct buf name = BUF_INIT;

	buf_addf(&name, "%s: ", job);
	print(name.data, state, reason ? reason : "");
	add_hook(self, job, state, reason);
}

/* ------------------------------------------------------------------------
 * The token
 * --------------------------------------------------------------------- */

static enum dbs_rc check_token_file(const struct stat *info,
				    struct dbs_error *err)
{
	const char *doubt = owner_doubt(info);

	if (doubt)
		return dbs_fail(err, DBS_E_REFUSED,
				"%s: chmod go-w it, or chown it", doubt);
	/* a group of ours is how a secret gets into a container */
	if (S_ISREG(info->st_mode) &&
	    ((info->st_mode & 07) ||
	     ((info->st_mode & 070) && info->st_gid != getegid())))
		return dbs_fail(err, DBS_E_REFUSED,
				"it holds a secret, and others may read it: "
				"chmod 600 it");
	return DBS_OK;
}

static enum dbs_rc take_token(struct buf *text, struct dbs_error *err)
{
	enum { LEAST = 16 };
	const size_t length = strcspn(text->data, "\r\n");

	if (text->data[length + strspn(text->data + length, "\r\n")] ||
	    strlen(text->data) != text->length)
		return dbs_fail(err, DBS_E_USAGE, "it has more than one line");
	buf_truncate(text, length);
	for (size_t i = 0; i < length; i++)
		if (text->data[i] <= ' ' || text->data[i] > '~')
			return dbs_fail(err, DBS_E_USAGE,
					"a token consists of letters, digits "
					"and signs, without spaces");
	return length >= LEAST ? DBS_OK
			       : dbs_fail(err, DBS_E_USAGE,
					  "a token has at least %d characters: "
					  "`openssl rand -hex 16` makes one",
					  (int)LEAST);
}

/* What is judged is what was opened. */
static enum dbs_rc read_token(const char *path, struct buf *text,
			      struct dbs_error *err)
{
	enum { MOST = 4096 };
	OWNED(open_drop) int fd = -1;
	struct stat info;
	enum dbs_rc rc = path ? open_to_read(path, OPEN_PIPE, &fd, &info, err)
			      : DBS_OK;

	if (rc || !path)
		return rc;
	if (fd < 0)
		rc = dbs_fail(err, DBS_E_USAGE, "there is no such file");
	if (!rc)
		rc = check_token_file(&info, err);
	if (!rc)
		rc = file_read_open(fd, path, MOST, text, err);
	if (!rc)
		rc = take_token(text, err);
	return rc ? dbs_error_context(err, "--token-file `%s`", path) : DBS_OK;
}

/* ------------------------------------------------------------------------
 * The command
 * --------------------------------------------------------------------- */

static enum dbs_rc check(const struct serve *serve, const struct vec *operands,
			 struct dbs_error *err)
{
	if (operands->count)
		return dbs_fail(err, DBS_E_USAGE,
				"`dbsync serve` takes no operands: what it "
				"serves are the jobs of the configuration");
	if (!serve->certificate != !serve->key)
		return dbs_fail(err, DBS_E_USAGE,
				"--tls-cert and --tls-key go together");
	return DBS_OK;
}

/* Of the whole process, and of all threads that begin from now on. */
static enum dbs_rc open_signals(int *out, struct dbs_error *err)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGHUP);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
	*out = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return *out < 0 ? dbs_fail_errno(err, errno, "cannot make a signalfd")
			: DBS_OK;
}

/* No password is asked for: several jobs would ask at once. */
static void leave_terminal(void)
{
	const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	(void)dup2(fd, STDIN_FILENO);
	if (fd != STDIN_FILENO)
		(void)close(fd);
}

static enum dbs_rc serve_all(const struct serve *serve, struct served *served,
			     struct dbs_error *err)
{
	const struct service_host host = {served, load, run_task, says, turns};
	struct buf token = BUF_INIT;
	struct service_request request = {
		.host = &host,
		.listen = strcmp(serve->listen, "none") ? serve->listen : NULL,
		.certificate = serve->certificate,
		.key = serve->key,
		.max_lag_s = serve->lagging_after_s,
		.signals = -1,
	};
	enum dbs_rc rc = read_token(serve->token_file, &token, err);

	request.token = token.length ? token.data : NULL;
	if (!rc)
		rc = open_signals(&request.signals, err);
	if (!rc)
		rc = serve_hooks_open(&served->hooks, err);
	if (!rc)
		rc = service_run(&request, err);
	/* a thread that hangs has all this until the process ends */
	if (rc == DBS_E_CANCELLED) {
		print_error(COMMAND, err);
		(void)fflush(NULL);
		_exit(EXIT_CANCELLED);
	}
	serve_hooks_close(&served->hooks);
	if (request.signals >= 0)
		(void)close(request.signals);
	buf_wipe(&token);
	return rc;
}

static int run(struct invocation *invocation, void *options,
	       const struct vec *operands)
{
	const struct serve *serve = options;
	struct served served = {
		.path = invocation->config,
		.options = serve,
	};
	struct dbs_error err = {0};
	enum dbs_rc rc = check(serve, operands, &err);

	DBS_BUG(pthread_mutex_init(&served.mutex, NULL), "no mutex");
	leave_terminal();
	if (!rc)
		rc = serve_all(serve, &served, &err);
	config_drop(&served.config);
	(void)pthread_mutex_destroy(&served.mutex);
	return rc ? command_fail(invocation, COMMAND, &err, false) : EXIT_EQUAL;
}

const struct command command_serve = {
	.name = COMMAND,
	.summary = "follow and run the jobs of a configuration, as a service",
	.operands = "",
	.text = "Follows the jobs that have \"follow\": true, runs those that "
		"have a \"schedule\" at their\n"
		"times, and tells how they are over HTTP (docs/serve.md):\n"
		"\n"
		"  GET  /          a page\n"
		"  GET  /health    200 if the state is ok, otherwise 503, with "
		"reasons\n"
		"  GET  /ready     200 once each target that follows was equal\n"
		"  GET  /metrics   for Prometheus\n"
		"  GET  /status    JSON, or a stream of events\n"
		"  POST /jobs/NAME/run|pause|resume|restart   with the token\n"
		"\n"
		"The configuration is the yes to what its jobs write.  SIGHUP "
		"loads it again; SIGTERM\n"
		"stops, after what is being written.\n"
		"\n"
		"Exit status: 0 stopped, 2 usage, 3 a file that others may "
		"read or write, 5 it cannot\n"
		"listen there, 7 a job had to be left behind.\n"
		"\n"
		"Examples:\n"
		"  dbsync serve --config /etc/dbsync/dbsync.json\n"
		"  dbsync serve --listen 0.0.0.0:8306 --token-file "
		"/etc/dbsync/token\n",
	.options = rows,
	.option_count = sizeof(rows) / sizeof(*rows),
	.options_size = sizeof(struct serve),
	.endpoints = COMMAND_NO_ENDPOINTS,
	.defaults = defaults,
	.run = run,
};
