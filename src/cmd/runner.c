/*
 * runner.c - see runner.h.
 *
 * Jobs are named pairs of the configuration.  They run one after the other;
 * what becomes of one is nothing to the next, but for a stop by the user.  Each
 * gets the options again: its own from the file, then those of the file, under
 * those of the command line.
 */
#include "runner.h"

#include "config_show.h"
#include "globals.h"
#include "host.h"
#include "invocation.h"
#include "origins.h"

#include "dbsync/base/clock.h"
#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/cmd/config.h"
#include "dbsync/cmd/endpoints.h"
#include "dbsync/cmd/report.h"
#include "dbsync/cmd/signals.h"
#include "dbsync/run/report_value.h"
#include "dbsync/run/state.h"
#include "dbsync/run/state_place.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct runner {
	const struct command *command;
	int argc;
	char **argv;
	struct config *config;
	struct globals globals;
	bool is_collecting; /* for one object of all jobs */
	struct invocation invocation;
	struct option_words words;
	struct vec from_file; /* struct config_origin */
	struct option_origins origins;
	void *options;
	struct vec jobs; /* const char * */
	char *state_place;
};

void runner_help(const struct command *command)
{
	OWNED(buf_release) struct buf out = BUF_INIT;

	buf_addf(&out, "usage: dbsync %s [OPTIONS] %s\n\n%s", command->name,
		 command->operands, command->text);
	options_help(command->options, command->option_count, &out);
	options_help(command_globals.options, command_globals.option_count,
		     &out);
	(void)fputs(out.data, stdout);
}

/* ------------------------------------------------------------------------
 * One command line
 * --------------------------------------------------------------------- */

static void forget_options(struct runner *runner)
{
	const struct command *command = runner->command;

	if (runner->options)
		options_release(command->options, command->option_count,
				runner->options);
	mem_drop(&runner->options);
	options_release(command_globals.options, command_globals.option_count,
			&runner->globals);
	option_words_release(&runner->words);
	runner->words = (struct option_words)OPTION_WORDS_INIT;
	config_origins_release(&runner->from_file);
	runner->from_file = (struct vec)VEC_INIT(struct config_origin);
}

static enum dbs_rc parse(struct runner *runner, struct dbs_error *err)
{
	const struct command *command = runner->command;

	forget_options(runner);
	command_globals.defaults(&runner->globals);
	runner->options = mem_zero(1, command->options_size);
	command->defaults(runner->options);
	const struct option_set sets[] = {
		{command->options, command->option_count, runner->options},
		{command_globals.options, command_globals.option_count,
		 &runner->globals},
	};

	return options_parse(sets, 2, runner->argc, runner->argv,
			     &runner->words, err);
}

/* The place of a flag, or NULL. */
static bool *flag_at(const struct runner *runner, const char *name)
{
	const struct command *command = runner->command;

	for (size_t i = 0; i < command->option_count; i++)
		if (!strcmp(command->options[i].name, name))
			return (bool *)((char *)runner->options +
					command->options[i].offset);
	return NULL;
}

static bool flag(const struct runner *runner, const char *name)
{
	const bool *at = flag_at(runner, name);

	return at && *at;
}

/* Where --state-dir is; NULL: the command has none. */
static const char **state_option(const struct runner *runner)
{
	const struct option_row *row = config_row_of(runner->command,
						     "state-dir");

	return row ? (void *)((char *)runner->options + row->offset) : NULL;
}

/* What stood in sync/ before there was one place goes there. */
static enum dbs_rc settle_state(struct runner *runner, struct dbs_error *err)
{
	const char **option = state_option(runner);
	struct dbs_error ignored;
	struct stat info;

	if (!runner->state_place)
		runner->state_place = state_place();
	if (!option || *option)
		return DBS_OK;
	*option = runner->state_place;
	/* that of somebody else is theirs */
	if (!strcmp(*option, "sync") || lstat("sync/sync-state.json", &info) ||
	    info.st_uid != geteuid() || state_check_owner("sync", &ignored))
		return DBS_OK;
	return state_take_over("sync", *option, err);
}

static const char *state_folder(const struct runner *runner)
{
	const char *const *option = state_option(runner);

	return option && *option ? *option : runner->state_place;
}

static struct endpoint_options *endpoints_of(const struct runner *runner)
{
	return runner->command->endpoints != COMMAND_NO_ENDPOINTS
		       ? (void *)((char *)runner->options +
				  runner->command->endpoints)
		       : NULL;
}

/* Where no option names a log; NULL: none is written. */
static const char *usual_log(const struct config *config, const char *job)
{
	const char *named = getenv("DBSYNC_LOG");

	if (named && *named)
		return named;
	return config_has_section(config, job, "logging") ? GLOBALS_LOG : NULL;
}

static enum dbs_rc configure(struct runner *runner, const char *job,
			     struct dbs_error *err)
{
	struct endpoint_options *endpoints = endpoints_of(runner);

	runner->origins = (struct option_origins){
		.given = &runner->words.given,
		.from_file = &runner->from_file,
		.path = config_path(runner->config),
	};
	if (endpoints) {
		endpoints->config = runner->config;
		endpoints->job = job;
		endpoints->origins = &runner->origins;
	}
	/* jobs are operands too */
	if (job && runner->command->takes_jobs)
		vec_truncate(&runner->words.operands, 0);
	enum dbs_rc rc = config_apply(runner->config, job, runner->command,
				      &runner->words.given, runner->options,
				      &runner->from_file, err);

	if (!rc)
		rc = config_apply(runner->config, job, &command_globals,
				  &runner->words.given, &runner->globals,
				  &runner->from_file, err);
	if (!rc)
		rc = settle_state(runner, err);
	if (!rc && !runner->globals.journal.file)
		runner->globals.journal.file = usual_log(runner->config, job);
	return rc;
}

static int fail(struct runner *runner, struct dbs_error *err)
{
	return command_fail(&runner->invocation, runner->command->name, err,
			    flag(runner, "json"));
}

/* Backup points are looked at, not made, by `dbsync backups`. */
static bool is_recorded(const struct command *command)
{
	return command->endpoints != COMMAND_NO_ENDPOINTS &&
	       !command->is_question;
}

static int run_configured(struct runner *runner, const char *job,
			  struct dbs_error *err)
{
	struct invocation *invocation = &runner->invocation;
	enum dbs_rc rc = configure(runner, job, err);

	if (!rc && runner->is_collecting)
		*flag_at(runner, "json") = true;
	/* who serves a configuration has said yes to it */
	if (!rc && invocation->host && flag_at(runner, "yes"))
		*flag_at(runner, "yes") = true;
	if (!rc && is_recorded(runner->command))
		rc = journal_open(invocation->journal, &runner->globals.journal,
				  err);
	if (rc)
		return fail(runner, err);
	invocation->config = runner->globals.config;
	journal_about(invocation->journal, runner->command->name, job);
	journal_write(invocation->journal, JOURNAL_INFO, "begin", NULL);
	return runner->command->run(invocation, runner->options,
				    &runner->words.operands);
}

/* What it came to stays in the invocation. */
static int run_once(struct runner *runner, const char *job)
{
	struct invocation *invocation = &runner->invocation;
	struct record record = {
		.options = &runner->globals.record,
		.journal = invocation->journal,
		.command = runner->command->name,
		.job = job,
		.is_unlisted = runner->command->is_unlisted,
	};
	const uint64_t begin = clock_ns();
	struct dbs_error err = {0};

	outcome_release(&invocation->outcome);
	invocation->outcome.is_collected = runner->is_collecting;
	record.status = run_configured(runner, job, &err);
	record.seconds = clock_since(begin);
	record.result = invocation->outcome.object;
	record.state_dir = state_folder(runner);
	record.endpoints = endpoints_of(runner);
	record.operands = &runner->words.operands;
	record.is_stopped = invocation->host && record.status == EXIT_CANCELLED;
	if (is_recorded(runner->command))
		record_run(&record);
	journal_close(invocation->journal);
	return record.status;
}

/* ------------------------------------------------------------------------
 * Jobs
 * --------------------------------------------------------------------- */

static const char *text_at(const struct vec *vec, size_t i)
{
	return *(const char *const *)vec_at(vec, i);
}

/* Whether an operand is meant as a job, and not as a URL. */
static bool is_job_word(const struct runner *runner, const char *word)
{
	return runner->command->takes_jobs && !strstr(word, "://") &&
	       config_job_count(runner->config);
}

static void add_job(struct runner *runner, const char *name)
{
	for (size_t i = 0; i < runner->jobs.count; i++)
		if (!strcmp(text_at(&runner->jobs, i), name))
			return;
	*(const char **)vec_push(&runner->jobs) = mem_strdup(name);
}

static enum dbs_rc find_all_jobs(struct runner *runner, struct dbs_error *err)
{
	if (!runner->command->takes_jobs)
		return dbs_fail(err, DBS_E_USAGE,
				"--all is not for `dbsync %s`",
				runner->command->name);
	for (size_t i = 0; i < config_job_count(runner->config); i++)
		add_job(runner, config_job_name(runner->config, i));
	return runner->jobs.count
		       ? DBS_OK
		       : config_no_such_job(runner->config, "--all", err);
}

static enum dbs_rc find_jobs(struct runner *runner, struct dbs_error *err)
{
	const struct vec *operands = &runner->words.operands;
	size_t words = 0;

	for (size_t i = 0; i < operands->count; i++) {
		if (!is_job_word(runner, text_at(operands, i)))
			continue;
		add_job(runner, text_at(operands, i));
		words++;
	}
	for (size_t i = 0; i < runner->globals.jobs.count; i++)
		add_job(runner, text_at(&runner->globals.jobs, i));
	if (runner->command->takes_jobs && words != operands->count &&
	    (runner->jobs.count || runner->globals.all))
		return dbs_fail(err, DBS_E_USAGE, "jobs or URLs, not both");
	for (size_t i = 0; i < runner->jobs.count; i++)
		if (!config_has_job(runner->config, text_at(&runner->jobs, i)))
			return config_no_such_job(
				runner->config, text_at(&runner->jobs, i), err);
	if (runner->globals.all)
		return find_all_jobs(runner, err);
	if (runner->jobs.count > 1 && !runner->command->takes_jobs)
		return dbs_fail(err, DBS_E_USAGE,
				"`dbsync %s` takes one job at a time",
				runner->command->name);
	return DBS_OK;
}

/* What is worse comes later. */
static int badness(int status)
{
	static const int order[] = {EXIT_EQUAL,      EXIT_DIFFERENT,
				    EXIT_INCOMPLETE, EXIT_REFUSED,
				    EXIT_SERVER,     EXIT_FILES,
				    EXIT_USAGE,      EXIT_CANCELLED};

	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++)
		if (order[i] == status)
			return (int)i;
	return EXIT_BUG;
}

static void print_summary(const struct runner *runner, const int *statuses,
			  size_t done)
{
	(void)puts("\njobs:");
	for (size_t i = 0; i < runner->jobs.count; i++) {
		if (i < done)
			(void)printf("  %s: %s (exit status %d)\n",
				     text_at(&runner->jobs, i),
				     exit_status_name(statuses[i]),
				     statuses[i]);
		else
			(void)printf("  %s: not run\n",
				     text_at(&runner->jobs, i));
	}
}

static void print_json(struct runner *runner, const int *statuses, size_t done,
		       int worst, struct json_object *results)
{
	struct json_object *object = json_object_new_object();
	struct json_object *jobs = json_object_new_array();

	for (size_t i = 0; i < runner->jobs.count; i++) {
		struct json_object *job = json_object_new_object();

		report_add(job, "job",
			   report_string(text_at(&runner->jobs, i)));
		report_add(job, "exit_status",
			   i < done ? json_object_new_int(statuses[i]) : NULL);
		report_add(job, "result",
			   i < done ? json_object_get(json_object_array_get_idx(
					      results, i))
				    : NULL);
		(void)json_object_array_add(jobs, job);
	}
	report_add(object, "command", report_string(runner->command->name));
	report_add(object, "jobs", jobs);
	report_add(object, "exit_status", json_object_new_int(worst));
	runner->invocation.outcome.is_collected = false;
	outcome_give(&runner->invocation.outcome, object, true);
}

/* One of several; its options are read again. */
static int run_job(struct runner *runner, size_t number,
		   struct json_object *results)
{
	const char *job = text_at(&runner->jobs, number);
	struct dbs_error err = {0};

	if (parse(runner, &err)) {
		print_error(runner->command->name, &err);
		return EXIT_BUG;
	}
	if (!runner->is_collecting)
		(void)printf("%s== %s ==\n", number ? "\n" : "", job);
	const int status = run_once(runner, job);

	(void)json_object_array_add(
		results, json_object_get(runner->invocation.outcome.object));
	(void)fflush(stdout);
	return status;
}

/* The command line, or the configuration of one of them, asks for it. */
static bool wants_json(struct runner *runner)
{
	bool is_wanted = flag(runner, "json");
	struct dbs_error err = {0};

	for (size_t i = 0; i < runner->jobs.count && !is_wanted; i++)
		is_wanted = !parse(runner, &err) &&
			    !configure(runner, text_at(&runner->jobs, i),
				       &err) &&
			    flag(runner, "json");
	return is_wanted;
}

static int run_jobs(struct runner *runner)
{
	OWNED(mem_drop) int *statuses = mem_zero(runner->jobs.count,
						 sizeof(*statuses));
	struct json_object *results = json_object_new_array();
	size_t done = 0;
	int worst = EXIT_EQUAL;

	runner->is_collecting = wants_json(runner);
	while (done < runner->jobs.count && worst != EXIT_CANCELLED) {
		const int status = run_job(runner, done, results);

		statuses[done++] = status;
		worst = badness(status) > badness(worst) ? status : worst;
		if (done < runner->jobs.count && signals_were_sent())
			worst = EXIT_CANCELLED;
	}
	if (runner->is_collecting)
		print_json(runner, statuses, done, worst, results);
	else
		print_summary(runner, statuses, done);
	(void)json_object_put(results);
	return worst;
}

/* ------------------------------------------------------------------------
 * The command
 * --------------------------------------------------------------------- */

/* Where the options could not be read, their words have to do. */
static bool has_json_word(const struct runner *runner)
{
	for (int i = 0; i < runner->argc; i++)
		if (!strcmp(runner->argv[i], "--json"))
			return true;
	return false;
}

/* False: it is over, with *status_out. */
static bool prepare(struct runner *runner, int *status_out)
{
	struct dbs_error err = {0};

	*status_out = EXIT_EQUAL;
	if (parse(runner, &err)) {
		report_json_error(&runner->invocation.outcome,
				  runner->command->name, &err,
				  has_json_word(runner));
		print_error(runner->command->name, &err);
		*status_out = EXIT_USAGE;
		return false;
	}
	if (flag(runner, "help")) {
		runner_help(runner->command);
		return false;
	}
	if (config_open(runner->globals.config, &runner->config, &err) ||
	    find_jobs(runner, &err)) {
		*status_out = fail(runner, &err);
		return false;
	}
	return true;
}

static int show_configured(struct runner *runner)
{
	const char *job = runner->jobs.count ? text_at(&runner->jobs, 0) : NULL;
	struct dbs_error err = {0};

	if (configure(runner, job, &err))
		return fail(runner, &err);
	const struct config_view view = {
		.command = runner->command,
		.config = runner->config,
		.job = job,
		.options = runner->options,
		.given = &runner->words.given,
		.origins = &runner->from_file,
		.operands = &runner->words.operands,
		.endpoints = endpoints_of(runner),
	};

	return config_show(&view);
}

static int show(struct runner *runner)
{
	int status = EXIT_EQUAL;

	return prepare(runner, &status) ? show_configured(runner) : status;
}

static int run(struct runner *runner)
{
	int status = EXIT_EQUAL;

	if (!prepare(runner, &status))
		return status;
	switch (runner->jobs.count) {
	case 0:
		return run_once(runner, NULL);
	case 1:
		return run_once(runner, text_at(&runner->jobs, 0));
	default:
		return run_jobs(runner);
	}
}

static void release(struct runner *runner)
{
	forget_options(runner);
	for (size_t i = 0; i < runner->jobs.count; i++)
		mem_drop(vec_at(&runner->jobs, i));
	vec_release(&runner->jobs);
	mem_drop(&runner->state_place);
	journal_drop(&runner->invocation.journal);
	outcome_release(&runner->invocation.outcome);
}

static struct runner runner_for(const struct command *command, int argc,
				char **argv)
{
	return (struct runner){
		.command = command,
		.argc = argc,
		.argv = argv,
		.words = OPTION_WORDS_INIT,
		.from_file = VEC_INIT(struct config_origin),
		.jobs = VEC_INIT(char *),
		.invocation.journal = journal_new(),
	};
}

static int with_runner(const struct command *command, int argc, char **argv,
		       int (*work)(struct runner *runner))
{
	struct runner runner = runner_for(command, argc, argv);
	const int status = work(&runner);

	release(&runner);
	config_drop(&runner.config);
	return status;
}

int runner_run(const struct command *command, int argc, char **argv)
{
	return with_runner(command, argc, argv, run);
}

int runner_show(const struct command *command, int argc, char **argv)
{
	return with_runner(command, argc, argv, show);
}

int runner_run_hosted(const struct command *command, struct config *config,
		      const char *job, const struct host *host,
		      struct json_object **result_out)
{
	struct runner runner = runner_for(command, 0, NULL);
	struct dbs_error err = {0};

	runner.config = config;
	runner.is_collecting = true;
	runner.invocation.host = host;
	const int status = parse(&runner, &err) ? fail(&runner, &err)
						: run_once(&runner, job);

	*result_out = json_object_get(runner.invocation.outcome.object);
	release(&runner);
	return status;
}
