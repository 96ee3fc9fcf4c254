/*
 * command.h - a command of dbsync: one file, one const struct.
 *
 * cmd_main finds the command, parses its options into a fresh copy of its
 * struct, and runs it.  run returns the exit status (design D14).
 */
#ifndef DBSYNC_CMD_COMMAND_H
#define DBSYNC_CMD_COMMAND_H

#include "dbsync/cmd/failure.h"
#include "dbsync/cmd/options.h"

#define COMMAND_NO_ENDPOINTS ((size_t)-1)

struct invocation;

/* What an operand is, for those who complete it. */
enum command_operand {
	OPERAND_PLAIN, /* whatever it is */
	OPERAND_FILE,
	OPERAND_POINT, /* a backup point */
};

/* A word that the first operand may be, and what comes behind it. */
struct command_verb {
	const char *name;
	enum command_operand operand;
};

struct command {
	const char *name;
	const char *summary;  /* one line, for `dbsync --help` */
	const char *operands; /* for the usage line */
	const char *text;     /* what it does, and examples */
	const struct option_row *options;
	size_t option_count;
	size_t options_size;
	size_t endpoints; /* offset of its struct endpoint_options, or the above */
	const struct command_verb *verbs;
	size_t verb_count;
	enum command_operand operand; /* the first one, without verbs */
	bool takes_jobs;  /* of a configuration, instead of SOURCE TARGET */
	bool is_question; /* leaves no trace: no log, state, page, hooks */
	bool is_unlisted; /* `dbsync status` does not show it */
	/* options are zeroed but for vecs; sets what is not zero by default */
	void (*defaults)(void *options);
	int (*run)(struct invocation *invocation, void *options,
		   const struct vec *operands);
	/* instead: it reads its words itself */
	int (*run_words)(int argc, char **argv);
};

extern const struct command command_verify;
extern const struct command command_explain;
extern const struct command command_incremental;
extern const struct command command_full_sync;
extern const struct command command_dry_run;
extern const struct command command_rollback;
extern const struct command command_backups;
extern const struct command command_config;
extern const struct command command_status;
extern const struct command command_doctor;
extern const struct command command_cleanup;
extern const struct command command_changes;
extern const struct command command_follow;
extern const struct command command_serve;
extern const struct command command_agreed;
extern const struct command command_key;

/* The whole program but for main(); argv's secrets are wiped. */
int cmd_main(int argc, char **argv);
#endif
