/*
 * config_command.c - `dbsync config`: checks the configuration, and shows the
 * values in effect.
 */
#include "config_part.h"
#include "runner.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/base/text.h"

#include <stdio.h>
#include <string.h>

/* The value of --config among words that are those of another command. */
static const char *config_word(int argc, char **argv)
{
	static const char name[] = "--config";
	const size_t length = sizeof(name) - 1;

	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (!strcmp(argv[i], name))
			return i + 1 < argc ? argv[i + 1] : NULL;
		if (!strncmp(argv[i], name, length) && argv[i][length] == '=')
			return argv[i] + length + 1;
	}
	return NULL;
}

static int fail(struct dbs_error *err)
{
	print_error("config", err);
	return exit_status_of(err->code);
}

/* With the hint behind the last. */
static int fail_all(const struct vec *errors, struct dbs_error *err)
{
	for (size_t i = 0; i + 1 < errors->count; i++)
		print_error_line(vec_at(errors, i));
	if (errors->count)
		*err = *(const struct dbs_error *)vec_at(errors,
							 errors->count - 1);
	return fail(err);
}

const struct command *config_mode_command(int argc, char **argv,
					  struct dbs_error *err)
{
	OWNED(config_drop) struct config *config = NULL;

	if (config_open(config_word(argc, argv), &config, err))
		return NULL;
	for (size_t i = 0; i < config_command_count; i++)
		if (!strcmp(config_commands[i]->name,
			    config_default_mode(config)))
			return config_commands[i];
	DBS_BUG(true, "a mode that is no command");
	return NULL;
}

static int check(int argc, char **argv)
{
	OWNED(config_drop) struct config *config = NULL;
	OWNED(vec_release) struct vec errors = VEC_INIT(struct dbs_error);
	const char *path = config_word(argc, argv);
	struct dbs_error err = {0};

	for (int i = 0; i < argc; i++)
		if (argv[i] != path && strncmp(argv[i], "--config", 8) != 0) {
			(void)dbs_fail(&err, DBS_E_USAGE,
				       "`dbsync config check` takes --config, "
				       "and not `%s`",
				       argv[i]);
			return fail(&err);
		}
	if (config_open_all(path, &config, &errors, &err))
		return fail_all(&errors, &err);
	if (!config_path(config)) {
		(void)puts("there is no configuration file");
		return EXIT_EQUAL;
	}
	(void)printf("%s: valid; jobs: %zu\n", config_path(config),
		     config_job_count(config));
	return EXIT_EQUAL;
}

/* Jobs are found by the runner, but where there are none a word is a URL. */
static bool is_stray(int argc, char **argv)
{
	OWNED(config_drop) struct config *config = NULL;
	struct dbs_error err = {0};

	return argc && argv[0][0] != '-' && !strstr(argv[0], "://") &&
	       !config_open(config_word(argc, argv), &config, &err) &&
	       !config_job_count(config);
}

static int refuse_stray(const char *word)
{
	struct dbs_error err = {0};
	OWNED(mem_drop) const char **words = mem_zero(config_command_count + 1,
						      sizeof(*words));

	for (size_t i = 0; i < config_command_count; i++)
		words[i] = config_commands[i]->name;
	const char *nearest = text_nearest(word, words, config_command_count);

	(void)dbs_fail(&err, DBS_E_USAGE,
		       "`dbsync config show` takes a command or a job, and "
		       "`%s` is neither%s%s%s",
		       word, nearest ? "; did you mean `" : "",
		       nearest ? nearest : "", nearest ? "`?" : "");
	return fail(&err);
}

static int show(int argc, char **argv)
{
	struct dbs_error err = {0};
	const struct command *command = NULL;

	for (size_t i = 0; i < config_command_count && argc; i++)
		if (!strcmp(config_commands[i]->name, argv[0]))
			command = config_commands[i];
	if (command)
		return runner_show(command, argc - 1, argv + 1);
	if (is_stray(argc, argv))
		return refuse_stray(argv[0]);
	command = config_mode_command(argc, argv, &err);
	return command ? runner_show(command, argc, argv) : fail(&err);
}

static int print_mode(int argc, char **argv)
{
	struct dbs_error err = {0};
	const struct command *command = config_mode_command(argc, argv, &err);

	if (!command)
		return fail(&err);
	(void)puts(command->name);
	return EXIT_EQUAL;
}

static int print_schema(void)
{
	OWNED(buf_release) struct buf out = BUF_INIT;

	config_schema(&out);
	(void)puts(out.data);
	return EXIT_EQUAL;
}

static int run_words(int argc, char **argv)
{
	static const char *const names[] = {"check", "show", "mode", "schema"};
	const char *verb = argc ? argv[0] : "";
	struct dbs_error err = {0};

	if (!strcmp(verb, "check"))
		return check(argc - 1, argv + 1);
	if (!strcmp(verb, "show"))
		return show(argc - 1, argv + 1);
	if (!strcmp(verb, "mode"))
		return print_mode(argc - 1, argv + 1);
	if (!strcmp(verb, "schema") && argc == 1)
		return print_schema();
	const char *nearest = text_nearest(verb, names, 4);

	(void)dbs_fail(
		&err, DBS_E_USAGE,
		"`dbsync config` takes check, show, mode or schema%s%s%s",
		nearest ? "; did you mean `" : "", nearest ? nearest : "",
		nearest ? "`?" : "");
	return fail(&err);
}

static const struct command_verb verbs[] = {
	{"check", OPERAND_PLAIN},
	{"show", OPERAND_PLAIN},
	{"mode", OPERAND_PLAIN},
	{"schema", OPERAND_PLAIN},
};

const struct command command_config = {
	.name = "config",
	.summary = "check the configuration, and show the values in effect",
	.operands = "check | show [COMMAND [OPTIONS] [JOB]] | mode | schema",
	.text = "check   checks the whole file: unknown keys, values that their "
		"options do not\n"
		"        accept, a password that others may read.\n"
		"show    prints the value of every option of a command that "
		"would be in effect with\n"
		"        that command line, and its origin; passwords as ***.  "
		"(This runs a\n"
		"        password_command.)\n"
		"mode    prints the command of `dbsync run`.\n"
		"schema  prints the JSON Schema of the file, for editors.\n"
		"\n"
		"The file is --config FILE, $DBSYNC_CONFIG, "
		"scripts/sync-config.json or\n"
		"/etc/dbsync/dbsync.json (docs/configuration.md).\n"
		"\n"
		"Exit status: 0 valid, 2 invalid, 3 it contains a password and "
		"others may read it.\n"
		"\n"
		"Examples:\n"
		"  dbsync config check\n"
		"  dbsync config show incremental --max-changes 100 shop\n",
	.endpoints = COMMAND_NO_ENDPOINTS,
	.verbs = verbs,
	.verb_count = sizeof(verbs) / sizeof(*verbs),
	.run_words = run_words,
};
