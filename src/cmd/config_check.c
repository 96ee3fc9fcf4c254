/*
 * config_check.c - is all of a configuration file known, and of the right type?
 * See config.h.  A value is tried on the option itself, in a struct that is
 * thrown away.  What is wrong is collected, so that it can be mended at once.
 */
#include "config_part.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/serve/cron.h"

#include <string.h>

/* Parts of the file. */
static const char *const part_words[] = {
	"options", "source",  "target",      "sync_settings", "table_settings",
	"batch",   "logging", "connections", "jobs",          "$schema",
};
/* Parts of each of its jobs. */
static const char *const job_part_words[] = {
	"options",        "source",   "target",  "sync_settings",
	"table_settings", "batch",    "logging", "connections",
	"follow",         "schedule", "command",
};
enum {
	PART_COUNT = sizeof(part_words) / sizeof(*part_words),
	JOB_PART_COUNT = sizeof(job_part_words) / sizeof(*job_part_words),
	MOST_SECONDS = 86400,
	MOST_DEPTH = 8, /* jobs, NAME, options, KEY */
};

/* Where in the file the check is, and what it has found. */
struct trail {
	const char *names[MOST_DEPTH];
	size_t depth;
	struct vec *errors; /* struct dbs_error */
};

static void enter(struct trail *trail, const char *name)
{
	DBS_BUG(trail->depth == MOST_DEPTH, "a deep configuration");
	trail->names[trail->depth++] = name;
}

static void leave(struct trail *trail)
{
	trail->depth--;
}

/* Notes an error, if there is one, with the names on the way to it. */
static void note(struct trail *trail, enum dbs_rc rc, struct dbs_error *err)
{
	if (!rc)
		return;
	for (size_t i = trail->depth; i; i--)
		(void)dbs_error_context(err, "%s", trail->names[i - 1]);
	*(struct dbs_error *)vec_push(trail->errors) = *err;
	dbs_error_clear(err);
}

static bool is_object(struct trail *trail, struct json_object *value,
		      const char *wanted)
{
	struct dbs_error err = {0};

	if (json_object_is_type(value, json_type_object))
		return true;
	note(trail, dbs_fail(&err, DBS_E_USAGE, "it takes %s", wanted), &err);
	return false;
}

static bool is_word(const char *name, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(words[i], name))
			return true;
	return false;
}

static enum dbs_rc try_option(const struct command *command,
			      const struct option_row *row,
			      enum config_key_kind kind,
			      struct json_object *value, struct dbs_error *err)
{
	OWNED(mem_drop) void *scratch = mem_zero(1, command->options_size);

	command->defaults(scratch);
	enum dbs_rc rc = config_put(row, kind, value, scratch, err);

	options_release(command->options, command->option_count, scratch);
	return rc;
}

/* ------------------------------------------------------------------------
 * Sections
 * --------------------------------------------------------------------- */

static enum dbs_rc check_mode(struct json_object *value, struct dbs_error *err)
{
	if (json_object_is_type(value, json_type_string) &&
	    is_word(json_object_get_string(value), config_modes,
		    config_mode_count))
		return DBS_OK;
	return dbs_fail(err, DBS_E_USAGE,
			"it takes one of incremental, full-sync, verify, "
			"dry-run");
}

static enum dbs_rc check_timeout(struct json_object *value,
				 struct dbs_error *err)
{
	const int64_t seconds = json_object_get_int64(value);

	if (json_object_is_type(value, json_type_int) && seconds > 0 &&
	    seconds <= MOST_SECONDS)
		return DBS_OK;
	return dbs_fail(err, DBS_E_USAGE, "it takes seconds from 1 to %d",
			(int)MOST_SECONDS);
}

/* The words of --verify are not the same everywhere: one command suffices. */
static enum dbs_rc try_everywhere(const struct config_key *key,
				  struct json_object *value,
				  struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; i < config_command_count; i++) {
		const struct option_row *row = config_row_of(config_commands[i],
							     key->option);
		struct dbs_error other = {0};

		if (!row)
			continue;
		if (!try_option(config_commands[i], row, key->kind, value,
				rc ? &other : err)) {
			dbs_error_clear(err);
			return DBS_OK;
		}
		rc = err->code;
	}
	return rc;
}

static enum dbs_rc check_key(const char *section, const char *name,
			     struct json_object *value, struct dbs_error *err)
{
	OWNED(mem_drop) const char **words = mem_zero(config_key_count + 1,
						      sizeof(*words));
	size_t count = 0;

	for (size_t i = 0; i < config_key_count; i++) {
		const struct config_key *key = &config_keys[i];

		if (strcmp(key->section, section) != 0)
			continue;
		words[count++] = key->name;
		if (strcmp(key->name, name) != 0)
			continue;
		if (key->kind == KEY_MODE)
			return check_mode(value, err);
		if (key->kind == KEY_TIMEOUT)
			return check_timeout(value, err);
		return try_everywhere(key, value, err);
	}
	return config_unknown_key(name, words, count, err);
}

/* ------------------------------------------------------------------------
 * Options
 * --------------------------------------------------------------------- */

static enum dbs_rc no_such_option(const char *name, struct dbs_error *err)
{
	OWNED(mem_drop) const char **words = NULL;
	size_t count = 0;

	for (size_t i = 0; i < config_command_count; i++)
		count += config_commands[i]->option_count;
	words = mem_zero(count + 1, sizeof(*words));
	count = 0;
	for (size_t i = 0; i < config_command_count; i++)
		for (size_t k = 0; k < config_commands[i]->option_count; k++)
			words[count++] = config_commands[i]->options[k].name;
	return config_unknown_key(name, words, count, err);
}

static enum dbs_rc check_option(const char *name, struct json_object *value,
				struct dbs_error *err)
{
	const struct command *command = NULL;
	const struct option_row *row = config_row(name, &command);
	const struct config_key as_is = {.option = name, .kind = KEY_OPTION};

	return row ? try_everywhere(&as_is, value, err)
		   : no_such_option(name, err);
}

/* section: NULL for options. */
static void check_values(struct trail *trail, const char *section,
			 struct json_object *object)
{
	if (!is_object(trail, object, "an object"))
		return;
	json_object_object_foreach(object, name, value)
	{
		struct dbs_error err = {0};

		enter(trail, name);
		note(trail,
		     section ? check_key(section, name, value, &err)
			     : check_option(name, value, &err),
		     &err);
		leave(trail);
	}
}

/* ------------------------------------------------------------------------
 * The whole
 * --------------------------------------------------------------------- */

static enum dbs_rc check_follow(struct json_object *value,
				struct dbs_error *err)
{
	return json_object_is_type(value, json_type_boolean)
		       ? DBS_OK
		       : dbs_fail(err, DBS_E_USAGE, "it takes true or false");
}

static enum dbs_rc check_schedule(struct json_object *value,
				  struct dbs_error *err)
{
	struct cron ignored;

	if (!json_object_is_type(value, json_type_string))
		return dbs_fail(err, DBS_E_USAGE,
				"it takes a text, as crontab has it "
				"(\"0 4 * * *\")");
	return cron_read(json_object_get_string(value), &ignored, err);
}

static void check_jobs(struct trail *trail, struct json_object *jobs);

static void check_part(struct trail *trail, const char *name,
		       struct json_object *value)
{
	struct dbs_error err = {0};

	if (!strcmp(name, "$schema"))
		return;
	if (!strcmp(name, "jobs"))
		check_jobs(trail, value);
	else if (!strcmp(name, "options"))
		check_values(trail, NULL, value);
	else if (!strcmp(name, "source") || !strcmp(name, "target"))
		note(trail, config_check_side(value, &err), &err);
	else if (!strcmp(name, "follow"))
		note(trail, check_follow(value, &err), &err);
	else if (!strcmp(name, "schedule"))
		note(trail, check_schedule(value, &err), &err);
	else if (!strcmp(name, "command"))
		note(trail, check_mode(value, &err), &err);
	else
		check_values(trail, name, value);
}

static void check_parts(struct trail *trail, struct json_object *object,
			const char *const *words, size_t word_count)
{
	if (!is_object(trail, object, "an object"))
		return;
	json_object_object_foreach(object, name, value)
	{
		struct dbs_error err = {0};

		if (!is_word(name, words, word_count)) {
			note(trail,
			     config_unknown_key(name, words, word_count, &err),
			     &err);
			continue;
		}
		enter(trail, name);
		check_part(trail, name, value);
		leave(trail);
	}
}

static enum dbs_rc check_job_name(const char *name, struct dbs_error *err)
{
	bool is_plain = true;

	for (const char *c = name; *c; c++)
		is_plain = is_plain && (unsigned char)*c >= ' ' && *c != 0x7f;
	return !*name || strstr(name, "://") || *name == '-' || !is_plain
		       ? dbs_fail(err, DBS_E_USAGE,
				  "`%s` cannot be the name of a job", name)
		       : DBS_OK;
}

static enum dbs_rc check_job_mode(struct json_object *job,
				  struct dbs_error *err)
{
	return report_get(report_get(job, "sync_settings"), "default_mode")
		       ? dbs_fail(err, DBS_E_USAGE,
				  "default_mode is of the whole file, and "
				  "not of a job")
		       : DBS_OK;
}

/* What writes to the target has its lock, which one that follows keeps. */
static enum dbs_rc check_job_command(struct json_object *job,
				     struct dbs_error *err)
{
	const char *command = report_get_text(job, "command", "verify");

	if (!json_object_get_boolean(report_get(job, "follow")) ||
	    !strcmp(command, "verify") || !strcmp(command, "dry-run"))
		return DBS_OK;
	return dbs_fail(err, DBS_E_USAGE,
			"a job that is followed has the lock on its target: "
			"its command can be verify or dry-run, and not %s",
			command);
}

static void check_jobs(struct trail *trail, struct json_object *jobs)
{
	if (!is_object(trail, jobs, "an object of named jobs"))
		return;
	json_object_object_foreach(jobs, name, job)
	{
		struct dbs_error err = {0};

		note(trail, check_job_name(name, &err), &err);
		enter(trail, name);
		check_parts(trail, job, job_part_words, JOB_PART_COUNT);
		note(trail, check_job_mode(job, &err), &err);
		note(trail, check_job_command(job, &err), &err);
		leave(trail);
	}
}

void config_check(const struct config *config, struct vec *errors)
{
	struct trail trail = {.errors = errors};

	check_parts(&trail, config->root, part_words, PART_COUNT);
}
