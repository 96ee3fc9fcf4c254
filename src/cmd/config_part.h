/*
 * config_part.h - what the readers of a configuration file share.  Internal to
 * cmd.
 */
#ifndef DBSYNC_CMD_CONFIG_PART_H
#define DBSYNC_CMD_CONFIG_PART_H

#include "dbsync/cmd/config.h"
#include "dbsync/run/report_value.h"

#include <json-c/json.h>

struct config {
	char *path;
	const char *place; /* who named it: an option, a variable, nobody */
	bool is_found;     /* nobody: it was where it usually is */
	struct json_object *root; /* NULL: no file */
};

/* How the value of a key becomes that of an option. */
enum config_key_kind {
	KEY_OPTION,  /* as it is */
	KEY_INVERSE, /* false sets the flag */
	KEY_VERIFY,  /* true: the option's first word; false: none */
	KEY_SHOWN,   /* true: the option's first word; false: none */
	KEY_LOWER,   /* a word, in capitals or not */
	KEY_MODE,    /* a command, no option */
	KEY_TIMEOUT, /* of connections, no option */
};

struct config_key {
	const char *section;
	const char *name;
	enum config_key_kind kind;
	const char *option; /* NULL: none */
	const char *help;
};

/* Commands that a configuration can name. */
extern const char *const config_modes[];
extern const size_t config_mode_count;

extern const struct config_key config_keys[];
extern const size_t config_key_count;

/* The commands that take a configuration, and so know all options. */
extern const struct command *const config_commands[];
extern const size_t config_command_count;

/* A row of that name (`-` or `_`) of any command, which goes to *command_out. */
const struct option_row *config_row(const char *name,
				    const struct command **command_out);
/* A row of one command, or NULL. */
const struct option_row *config_row_of(const struct command *command,
				       const char *name);
/* Options that are of a command line alone. */
bool config_is_barred(const struct option_row *row);

/* The command of `dbsync run`, by the file that argv names; NULL: err. */
const struct command *config_mode_command(int argc, char **argv,
					  struct dbs_error *err);

/* Puts a value of the file into a command's options. */
enum dbs_rc config_put(const struct option_row *row, enum config_key_kind kind,
		       struct json_object *value, void *options,
		       struct dbs_error *err);

struct json_object *config_job(const struct config *config, const char *job);

/* Is all of it known, and of the right type?  errors: of struct dbs_error. */
void config_check(const struct config *config, struct vec *errors);
/* Of one side: a URL or an object. */
enum dbs_rc config_check_side(struct json_object *value, struct dbs_error *err);
/* Whether a side holds a password itself. */
bool config_side_has_secret(struct json_object *value);

/* DBS_E_USAGE, with the nearest of the words that there are. */
enum dbs_rc config_unknown_key(const char *name, const char *const *words,
			       size_t count, struct dbs_error *err);
#endif
