/*
 * config_keys.c - the keys of a configuration file, and the options they are;
 * see config_part.h.
 */
#include "config_part.h"
#include "globals.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/base/text.h"

#include <string.h>

const struct command *const config_commands[] = {
	&command_verify,      &command_explain,   &command_dry_run,
	&command_incremental, &command_full_sync, &command_rollback,
	&command_backups,     &command_status,    &command_doctor,
	&command_follow,      &command_serve,     &command_globals,
};
const size_t config_command_count = sizeof(config_commands) /
				    sizeof(*config_commands);

/* The first of two that set the same option wins. */
const struct config_key config_keys[] = {
	{"sync_settings", "default_mode", KEY_MODE, NULL,
	 "the command of `dbsync run` and of the scheduler"},
	{"sync_settings", "backup_before_sync", KEY_INVERSE, "no-backup",
	 "write a backup point before anything is changed"},
	{"sync_settings", "verify_after_sync", KEY_VERIFY, "verify",
	 "compare afterwards: true, false, or a value of --verify"},
	{"sync_settings", "max_retry_attempts", KEY_OPTION, "retries",
	 "attempts to connect, and to read a range"},
	{"table_settings", "exclude_tables", KEY_OPTION, "exclude-tables",
	 "globs of tables that are left out"},
	{"table_settings", "force_full_sync_tables", KEY_OPTION,
	 "force-full-sync",
	 "globs of tables that are always copied as a whole when they differ"},
	{"table_settings", "renames", KEY_OPTION, "renames",
	 "columns of the target that the source has under new names"},
	{"connections", "default_timeout", KEY_TIMEOUT, NULL,
	 "seconds to connect"},
	{"connections", "max_retries", KEY_OPTION, "retries",
	 "like sync_settings.max_retry_attempts, which takes precedence"},
	{"batch", "confirm_destructive", KEY_INVERSE, "yes",
	 "ask before anything is written (false: --yes)"},
	{"batch", "max_concurrent", KEY_OPTION, "parallel", "workers"},
	{"batch", "show_progress", KEY_SHOWN, "progress",
	 "progress on a terminal"},
	{"logging", "file", KEY_OPTION, "log-file",
	 "the log (default " GLOBALS_LOG ", if this section exists)"},
	{"logging", "level", KEY_LOWER, "log-level",
	 "error, warning, info, debug"},
	{"logging", "format", KEY_OPTION, "log-format", "text, json"},
	{"logging", "file_rotation", KEY_INVERSE, "no-log-rotation",
	 "rotate it by size"},
	{"logging", "max_file_size", KEY_OPTION, "log-max-size",
	 "size in MiB at which it is rotated"},
	{"logging", "max_log_files", KEY_OPTION, "log-keep", "rotated files"},
};
const size_t config_key_count = sizeof(config_keys) / sizeof(*config_keys);

static bool is_name(const char *row, const char *key)
{
	for (; *row && *key; row++, key++)
		if (*row != *key && !(*row == '-' && *key == '_'))
			return false;
	return !*row && !*key;
}

bool config_is_barred(const struct option_row *row)
{
	static const char *const words[] = {"help", "config", "job", "all"};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (!strcmp(row->name, words[i]))
			return true;
	return false;
}

const struct option_row *config_row_of(const struct command *command,
				       const char *name)
{
	for (size_t i = 0; i < command->option_count; i++)
		if (is_name(command->options[i].name, name) &&
		    !config_is_barred(&command->options[i]))
			return &command->options[i];
	return NULL;
}

const struct option_row *config_row(const char *name,
				    const struct command **command_out)
{
	for (size_t i = 0; i < config_command_count; i++) {
		const struct option_row *row = config_row_of(config_commands[i],
							     name);

		*command_out = config_commands[i];
		if (row)
			return row;
	}
	return NULL;
}

enum dbs_rc config_unknown_key(const char *name, const char *const *words,
			       size_t count, struct dbs_error *err)
{
	const char *nearest = text_nearest(name, words, count);

	return dbs_fail(err, DBS_E_USAGE, "there is no key `%s`%s%s%s", name,
			nearest ? "; did you mean `" : "",
			nearest ? nearest : "", nearest ? "`?" : "");
}

/* ------------------------------------------------------------------------
 * Values
 * --------------------------------------------------------------------- */

static enum dbs_rc wrong_type(const struct option_row *row, const char *takes,
			      struct dbs_error *err)
{
	return dbs_fail(err, DBS_E_USAGE, "it takes %s, as --%s does", takes,
			row->name);
}

static enum dbs_rc put_flag(const struct option_row *row, bool is_inverse,
			    struct json_object *value, void *options,
			    struct dbs_error *err)
{
	if (!json_object_is_type(value, json_type_boolean))
		return dbs_fail(err, DBS_E_USAGE, "it takes true or false");
	if (!json_object_get_boolean(value) == is_inverse)
		return options_set(row, NULL, options, err);
	return DBS_OK;
}

/* A text, or several in an array. */
static enum dbs_rc put_list(const struct option_row *row,
			    struct json_object *value, void *options,
			    struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	if (json_object_is_type(value, json_type_string))
		return options_set(row, json_object_get_string(value), options,
				   err);
	if (!json_object_is_type(value, json_type_array))
		return wrong_type(row, "a text or an array of texts", err);
	for (size_t i = 0; i < json_object_array_length(value) && !rc; i++) {
		struct json_object *item = json_object_array_get_idx(value, i);

		if (!json_object_is_type(item, json_type_string))
			return wrong_type(row, "texts in its array", err);
		rc = options_set(row, json_object_get_string(item), options,
				 err);
	}
	return rc;
}

static enum dbs_rc put_pair(const struct option_row *row, const char *name,
			    struct json_object *item, void *options,
			    struct dbs_error *err)
{
	OWNED(buf_release) struct buf text = BUF_INIT;

	if (!json_object_is_type(item, json_type_string))
		return wrong_type(row, "texts as values", err);
	buf_addf(&text, "%s%c%s", name, row->kind == OPTION_WHERE ? ':' : '.',
		 json_object_get_string(item));
	return options_set(row, text.data, options, err);
}

/* {"orders": "id < 10"} is as ["orders:id < 10"]. */
static enum dbs_rc put_pairs(const struct option_row *row,
			     struct json_object *value, void *options,
			     struct dbs_error *err)
{
	if (!json_object_is_type(value, json_type_object))
		return put_list(row, value, options, err);
	json_object_object_foreach(value, name, item)
	{
		const bool is_list = row->kind == OPTION_COLUMNS &&
				     json_object_is_type(item, json_type_array);
		const size_t count = is_list ? json_object_array_length(item)
					     : 1;

		for (size_t i = 0; i < count; i++) {
			enum dbs_rc rc = put_pair(
				row, name,
				is_list ? json_object_array_get_idx(item, i)
					: item,
				options, err);

			if (rc)
				return rc;
		}
	}
	return DBS_OK;
}

static enum dbs_rc put_scalar(const struct option_row *row,
			      struct json_object *value, void *options,
			      struct dbs_error *err)
{
	const enum json_type type = json_object_get_type(value);
	const bool is_number = row->kind == OPTION_UNSIGNED ||
			       row->kind == OPTION_MILLIS;

	if (is_number && type != json_type_int &&
	    !(row->kind == OPTION_MILLIS && type == json_type_double))
		return wrong_type(row, "a number", err);
	if (!is_number && type != json_type_string)
		return wrong_type(row, "a text", err);
	return options_set(row, json_object_get_string(value), options, err);
}

/* true is the word of the default, which comes first; false is none. */
static enum dbs_rc put_choice(const struct option_row *row,
			      struct json_object *value, void *options,
			      struct dbs_error *err)
{
	if (!json_object_is_type(value, json_type_boolean))
		return put_scalar(row, value, options, err);
	return options_set(
		row, json_object_get_boolean(value) ? row->words[0] : "none",
		options, err);
}

/* INFO, as other programs have it. */
static enum dbs_rc put_lower(const struct option_row *row,
			     struct json_object *value, void *options,
			     struct dbs_error *err)
{
	if (!json_object_is_type(value, json_type_string))
		return wrong_type(row, "a text", err);
	OWNED(mem_drop) char *text = mem_strdup(json_object_get_string(value));

	for (char *c = text; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return options_set(row, text, options, err);
}

enum dbs_rc config_put(const struct option_row *row, enum config_key_kind kind,
		       struct json_object *value, void *options,
		       struct dbs_error *err)
{
	if (kind == KEY_VERIFY || kind == KEY_SHOWN)
		return put_choice(row, value, options, err);
	if (kind == KEY_LOWER)
		return put_lower(row, value, options, err);
	switch (row->kind) {
	case OPTION_FLAG:
	case OPTION_PRESET:
		return put_flag(row, kind == KEY_INVERSE, value, options, err);
	case OPTION_LIST:
		return put_list(row, value, options, err);
	case OPTION_WHERE:
	case OPTION_COLUMNS:
		return put_pairs(row, value, options, err);
	case OPTION_UNSIGNED:
	case OPTION_MILLIS:
	case OPTION_TEXT:
	case OPTION_CHOICE:
		return put_scalar(row, value, options, err);
	}
	return DBS_OK;
}
