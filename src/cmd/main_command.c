/*
 * main_command.c - from argv to a command.
 *
 * The first thing done is to copy argv and to overwrite passwords in URLs, so
 * that the process list shows them for as short as possible.
 */
#include "dbsync/cmd/command.h"
#include "dbsync/cmd/report.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/db/conn.h"
#include "dbsync/db/dsn.h"
#include "dbsync/version.h"

#include "complete.h"
#include "config_part.h"
#include "globals.h"
#include "manual.h"
#include "outcome.h"
#include "paint.h"
#include "runner.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct command *const commands[] = {
	&command_verify,      &command_explain,   &command_dry_run,
	&command_incremental, &command_full_sync, &command_rollback,
	&command_backups,     &command_key,       &command_config,
	&command_status,      &command_doctor,    &command_cleanup,
	&command_changes,     &command_agreed,    &command_follow,
	&command_serve,
};

enum { COMMAND_COUNT = sizeof(commands) / sizeof(*commands) };

static void print_overview(FILE *to)
{
	(void)fputs(
		"dbsync - make one MySQL/MariaDB database equal to another\n"
		"\n"
		"usage: dbsync COMMAND [OPTIONS] [SOURCE TARGET]\n"
		"\n"
		"commands:\n",
		to);
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		(void)fprintf(to, "  %-12s %s\n", commands[i]->name,
			      commands[i]->summary);
	(void)fprintf(to, "  %-12s %s\n", "run",
		      "run the command that the configuration names (default: "
		      "incremental)");
	(void)fputs("\n"
		    "dbsync COMMAND --help    options of a command\n"
		    "dbsync --version         version\n"
		    "dbsync --man             man page\n"
		    "dbsync --completion bash|zsh|fish    shell completion\n",
		    to);
}

static void print_version(void)
{
	OWNED(buf_release) struct buf library = BUF_INIT;

	conn_library(&library);
	(void)printf("dbsync %s (%s)\n", DBSYNC_VERSION, library.data);
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	return NULL;
}

static int no_such_command(const char *name)
{
	const char *names[COMMAND_COUNT];
	struct dbs_error err;

	for (size_t i = 0; i < COMMAND_COUNT; i++)
		names[i] = commands[i]->name;
	const char *nearest = text_nearest(name, names, COMMAND_COUNT);

	(void)dbs_fail(&err, DBS_E_USAGE, "there is no command `%s`%s%s%s",
		       name, nearest ? "; did you mean `" : "",
		       nearest ? nearest : "", nearest ? "`?" : "");
	print_error("", &err);
	return EXIT_USAGE;
}

static bool has_word(int argc, char **argv, const char *a, const char *b)
{
	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (!strcmp(argv[i], a) || !strcmp(argv[i], b))
			return true;
	return false;
}

static int run_command(const struct command *command, int argc, char **argv)
{
	if (has_word(argc, argv, "--help", "-h")) {
		runner_help(command);
		return EXIT_EQUAL;
	}
	return command->run_words ? command->run_words(argc, argv)
				  : runner_run(command, argc, argv);
}

/* For packages: dbsync --man, dbsync --completion SHELL. */
static int print_manual(const char *word, const char *shell)
{
	const struct manual manual = {commands, COMMAND_COUNT,
				      &command_globals};
	OWNED(buf_release) struct buf out = BUF_INIT;
	struct dbs_error err = {0};

	if (!strcmp(word, "--man")) {
		manual_page(&manual, &out);
	} else if (!shell || !manual_completion(shell, &out)) {
		(void)dbs_fail(&err, DBS_E_USAGE,
			       "--completion takes bash, zsh or fish");
		print_error("", &err);
		return EXIT_USAGE;
	}
	(void)fputs(out.data, stdout);
	return EXIT_EQUAL;
}

/* For the scripts of --completion. */
static int print_candidates(int argc, char **argv)
{
	const struct manual manual = {commands, COMMAND_COUNT,
				      &command_globals};
	OWNED(buf_release) struct buf out = BUF_INIT;

	complete_words(&manual, argc, argv, &out);
	(void)fputs(out.length ? out.data : "", stdout);
	return EXIT_EQUAL;
}

/* `dbsync run`: what the configuration says. */
static int run_mode(int argc, char **argv)
{
	OWNED(outcome_release) struct outcome outcome = {0};
	struct dbs_error err = {0};
	const struct command *command = config_mode_command(argc, argv, &err);

	if (command)
		return run_command(command, argc, argv);
	report_json_error(&outcome, "run", &err,
			  has_word(argc, argv, "--json", "--json"));
	print_error("run", &err);
	return exit_status_of(err.code);
}

static char **copy_and_wipe(int argc, char **argv)
{
	char **copies = mem_zero((size_t)argc + 1, sizeof(*copies));

	for (int i = 0; i < argc; i++) {
		copies[i] = mem_strdup(argv[i]);
		if (strstr(argv[i], "://"))
			dsn_wipe_url(argv[i]);
	}
	return copies;
}

static void wipe_copies(int argc, char **copies)
{
	for (int i = 0; i < argc; i++) {
		mem_wipe(copies[i], strlen(copies[i]));
		mem_drop(&copies[i]);
	}
	mem_drop(&copies);
}

static int dispatch(int argc, char **argv)
{
	if (argc < 2) {
		print_overview(stderr);
		return EXIT_USAGE;
	}
	const char *word = argv[1];

	if (!strcmp(word, "--version") || !strcmp(word, "-V")) {
		print_version();
		return EXIT_EQUAL;
	}
	if (!strcmp(word, "--help") || !strcmp(word, "-h") ||
	    (!strcmp(word, "help") && argc < 3)) {
		print_overview(stdout);
		return EXIT_EQUAL;
	}
	if (!strcmp(word, "--man") || !strcmp(word, "--completion"))
		return print_manual(word, argc > 2 ? argv[2] : NULL);
	if (!strcmp(word, "--complete"))
		return print_candidates(argc - 2, argv + 2);
	if (!strcmp(word, "run"))
		return run_mode(argc - 2, argv + 2);
	const bool is_help = !strcmp(word, "help");
	const struct command *command = find_command(is_help ? argv[2] : word);

	if (is_help && !strcmp(argv[2], "run")) {
		print_overview(stdout);
		return EXIT_EQUAL;
	}
	if (!command)
		return no_such_command(is_help ? argv[2] : word);
	if (is_help) {
		runner_help(command);
		return EXIT_EQUAL;
	}
	return run_command(command, argc - 2, argv + 2);
}

/* Tables without a key may need some hundred temporary files at once. */
static void raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

/*
 * Who reads the output may have read enough: nothing to talk about.  The exit
 * status is that of a program which SIGPIPE ends.  The signal itself is ignored,
 * so that no run is ended by it.
 */
static int close_output(int status)
{
	const bool has_failed = fflush(stdout) || ferror(stdout);
	struct stat output;

	if (!has_failed)
		return status;
	if (!fstat(STDOUT_FILENO, &output) &&
	    (S_ISFIFO(output.st_mode) || S_ISSOCK(output.st_mode)))
		return EXIT_READER_GONE;
	(void)fputs("dbsync: standard output cannot be written\n", stderr);
	return EXIT_FILES;
}

int cmd_main(int argc, char **argv)
{
	raise_file_limit();
	/* a limit on the size of files is an error of write */
	(void)signal(SIGXFSZ, SIG_IGN);
	char **copies = copy_and_wipe(argc, argv);
	int status = dispatch(argc, copies);

	wipe_copies(argc, copies);
	return close_output(status);
}
