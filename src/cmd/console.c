/* console.c - see console.h. */
#include "console.h"

#include "host.h"
#include "invocation.h"
#include "point_hazards.h"
#include "point_show.h"
#include "sync_report.h"

#include "dbsync/base/own.h"
#include "dbsync/base/shell.h"
#include "dbsync/cmd/config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ------------------------------------------------------------------------
 * How far it is
 * --------------------------------------------------------------------- */

static void walks(void *self, const struct walk *walk)
{
	const struct console *console = self;

	progress_watch(console->progress, walk);
}

static void writes(void *self, const char *words, const struct meter *meter,
		   uint64_t total)
{
	const struct console *console = self;

	progress_watch_rows(console->progress, words, meter, total);
}

static void waits(void *self, struct throttle *throttle)
{
	const struct console *console = self;

	progress_show_throttle(console->progress, throttle);
}

/* ------------------------------------------------------------------------
 * The question
 * --------------------------------------------------------------------- */

static void sees(void *self, const struct sync_run *run)
{
	(void)self;
	sync_report_plan(run, stderr);
}

static bool is_there(void *self)
{
	const struct console *console = self;

	return !console->host && isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

static bool agrees(void *self, const struct sync_run *run)
{
	const struct console *console = self;
	OWNED(buf_release) struct buf question = BUF_INIT;

	sync_report_question(run, &question);
	return progress_ask(console->progress, question.data);
}

/* Whole, and whatever --quiet says: it is what is being trusted. */
static void show_line(void *self, const char *text)
{
	(void)self;
	(void)fprintf(stderr, "%s\n", text);
}

/* self: whether one was shown already. */
static void show_hazard(void *self, const char *text)
{
	bool *has_hazards = self;

	if (!*has_hazards)
		show_line(NULL, "of these, the following reach beyond the rows "
				"of the target's own tables:");
	*has_hazards = true;
	show_line(NULL, text);
}

static void trusts(void *self, const struct manifest *manifest)
{
	const struct console *console = self;
	bool has_hazards = false;

	talk_note(progress_talk(console->progress),
		  "this backup point is accepted because of --trust-file; its "
		  "contents, apart from rows:");
	point_show(manifest, show_line, NULL);
	point_hazards(manifest, show_hazard, &has_hazards);
}

/* ------------------------------------------------------------------------
 * Where the target is
 * --------------------------------------------------------------------- */

/* One that is found without being named needs no name in the same folder. */
static const char *named_config(const struct config *config, bool is_anywhere)
{
	static const char *const found[] = {"/etc/dbsync/dbsync.json",
					    "scripts/sync-config.json"};
	const size_t count = sizeof(found) / sizeof(*found);
	const char *path = config ? config_path(config) : NULL;

	for (size_t i = 0; path && i < (is_anywhere ? 1 : count); i++)
		if (!strcmp(path, found[i]))
			return NULL;
	return path;
}

/* A file .env that was found, or might be, counts as named elsewhere. */
static const char *named_env_file(const struct endpoint_options *options,
				  bool is_anywhere)
{
	if (options->env_file || !is_anywhere || access(".env", R_OK))
		return options->env_file;
	return ".env";
}

static void names_target(void *self, bool is_anywhere, struct buf *out)
{
	const struct console *console = self;
	const struct endpoint_options *options = console->endpoints;
	OWNED(buf_release) struct buf url = BUF_INIT;

	if (console->target->is_operand) {
		dsn_url(console->target, &url);
		shell_add(out, url.data);
	} else {
		shell_add_place(out, "config",
				named_config(options->config, is_anywhere),
				is_anywhere);
		shell_add_option(out, "job", options->job);
		shell_add_place(out, "env-file",
				named_env_file(options, is_anywhere),
				is_anywhere);
	}
	shell_add_place(out, "defaults-file", options->defaults_file,
			is_anywhere);
	shell_add_option(out, "defaults-group", options->defaults_group);
}

/* ------------------------------------------------------------------------
 * The process
 * --------------------------------------------------------------------- */

/* Signals are this run's, or those of a host that has several. */
static enum dbs_rc attend(struct console *console, const struct host *host,
			  struct dbs_error *err)
{
	console->cancel = host ? host->cancel : &console->own;
	console->group = host ? host->group : conn_group_new();
	return host ? DBS_OK
		    : signals_begin(console->cancel, console->group,
				    &console->signals, err);
}

enum dbs_rc console_open(struct console *console,
			 const struct invocation *invocation,
			 const struct walk_options *options,
			 const struct dsn *target, struct dbs_error *err)
{
	*console = (struct console){
		.endpoints = &options->endpoints,
		.target = target,
		.host = invocation->host,
		.audience =
			{
				.self = console,
				.walks = walks,
				.writes = writes,
				.waits = waits,
				.sees = sees,
				.is_there = is_there,
				.agrees = agrees,
				.trusts = trusts,
				.names_target = names_target,
			},
	};
	enum dbs_rc rc = attend(console, invocation->host, err);

	if (!rc)
		console->progress = progress_begin(
			(enum progress_mode)options->progress, options->quiet,
			invocation->journal, invocation->host);
	return rc;
}

void console_attend(struct console *console, const struct endpoints *endpoints,
		    struct run_request *request)
{
	request->audience = &console->audience;
	request->walk.dsn[SOURCE] = &endpoints->dsn[SOURCE];
	request->walk.dsn[TARGET] = &endpoints->dsn[TARGET];
	request->walk.cancel = console->cancel;
	request->walk.group = console->group;
	request->walk.talk = progress_talk(console->progress);
}

void console_quiet(struct console *console)
{
	signals_report(console->signals);
	progress_end(&console->progress);
}

void console_close(struct console *console)
{
	console_quiet(console);
	signals_end(&console->signals);
	if (console->host)
		console->host->leaves(console->host->self);
	else
		conn_group_drop(&console->group);
}
