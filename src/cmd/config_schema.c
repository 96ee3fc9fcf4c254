/*
 * config_schema.c - the JSON Schema of a configuration file, out of the tables
 * of options and keys; see config.h.
 */
#include "config_part.h"

#include "dbsync/base/mem.h"
#include "dbsync/run/report_value.h"

#include <string.h>

static struct json_object *typed(const char *type)
{
	struct json_object *object = json_object_new_object();

	report_add(object, "type", report_string(type));
	return object;
}

/* An object of nothing but what is added to its properties. */
static struct json_object *closed(struct json_object *properties)
{
	struct json_object *object = typed("object");

	report_add(object, "additionalProperties",
		   json_object_new_boolean(false));
	report_add(object, "properties", properties);
	return object;
}

static struct json_object *texts(void)
{
	struct json_object *object = json_object_new_object();
	struct json_object *ways = json_object_new_array();
	struct json_object *several = typed("array");

	report_add(several, "items", typed("string"));
	(void)json_object_array_add(ways, typed("string"));
	(void)json_object_array_add(ways, several);
	report_add(object, "anyOf", ways);
	return object;
}

/* By table: an expression, or columns. */
static struct json_object *pairs(bool is_columns)
{
	struct json_object *object = texts();
	struct json_object *by_name = typed("object");

	report_add(by_name, "additionalProperties",
		   is_columns ? texts() : typed("string"));
	(void)json_object_array_add(report_get(object, "anyOf"), by_name);
	return object;
}

static void add_limits(struct json_object *object, const struct option_row *row)
{
	report_add(object, "minimum", json_object_new_int64(row->min));
	report_add(object, "maximum", json_object_new_int64(row->max));
}

static bool has_word(struct json_object *words, const char *word)
{
	for (size_t i = 0; i < json_object_array_length(words); i++)
		if (!strcmp(json_object_get_string(
				    json_object_array_get_idx(words, i)),
			    word))
			return true;
	return false;
}

/* Of all commands that have such an option: their words differ. */
static struct json_object *choice(const char *name)
{
	struct json_object *object = json_object_new_object();
	struct json_object *words = json_object_new_array();

	for (size_t i = 0; i < config_command_count; i++) {
		const struct option_row *row = config_row_of(config_commands[i],
							     name);

		for (size_t k = 0; row && row->words[k]; k++)
			if (!has_word(words, row->words[k]))
				(void)json_object_array_add(
					words, report_string(row->words[k]));
	}
	report_add(object, "enum", words);
	return object;
}

static struct json_object *of_row(const struct option_row *row)
{
	struct json_object *object = NULL;

	switch (row->kind) {
	case OPTION_FLAG:
	case OPTION_PRESET:
		return typed("boolean");
	case OPTION_UNSIGNED:
		object = typed("integer");
		add_limits(object, row);
		return object;
	case OPTION_MILLIS:
		object = typed("number");
		add_limits(object, row);
		return object;
	case OPTION_TEXT:
		return typed("string");
	case OPTION_CHOICE:
		return choice(row->name);
	case OPTION_LIST:
		return texts();
	case OPTION_WHERE:
	case OPTION_COLUMNS:
		return pairs(row->kind == OPTION_COLUMNS);
	}
	return NULL;
}

static void describe(struct json_object *object, const char *text)
{
	char *flat = mem_strdup(text);

	for (char *c = flat; *c; c++)
		if (*c == '\n')
			*c = ' ';
	report_add(object, "description", report_string(flat));
	mem_drop(&flat);
}

/* "max-changes" is written max_changes there. */
static struct json_object *options_schema(void)
{
	struct json_object *all = json_object_new_object();

	for (size_t i = 0; i < config_command_count; i++)
		for (size_t k = 0; k < config_commands[i]->option_count; k++) {
			const struct option_row *row =
				&config_commands[i]->options[k];
			char *name = mem_strdup(row->name);
			struct json_object *object = NULL;

			for (char *c = name; *c; c++)
				*c = *c == '-' ? '_' : *c;
			if (!config_is_barred(row) && !report_get(all, name)) {
				object = of_row(row);
				describe(object, row->help);
				report_add(all, name, object);
			}
			mem_drop(&name);
		}
	return closed(all);
}

static struct json_object *of_key(const struct config_key *key)
{
	const struct command *command = NULL;
	const struct option_row *row =
		key->option ? config_row(key->option, &command) : NULL;
	struct json_object *object = NULL;

	switch (key->kind) {
	case KEY_MODE:
		return typed("string");
	case KEY_TIMEOUT:
		object = typed("integer");
		report_add(object, "minimum", json_object_new_int(1));
		return object;
	case KEY_INVERSE:
		return typed("boolean");
	case KEY_VERIFY:
	case KEY_SHOWN:
		object = choice(row->name);
		for (int i = 0; i < 2; i++)
			(void)json_object_array_add(report_get(object, "enum"),
						    json_object_new_boolean(i));
		return object;
	case KEY_LOWER:
		return typed("string");
	case KEY_OPTION:
		break;
	}
	return of_row(row);
}

static void add_sections(struct json_object *properties)
{
	for (size_t i = 0; i < config_key_count; i++) {
		const struct config_key *key = &config_keys[i];
		struct json_object *section = report_get(properties,
							 key->section);
		struct json_object *object = of_key(key);

		if (!section) {
			section = closed(json_object_new_object());
			report_add(properties, key->section, section);
		}
		describe(object, key->help);
		report_add(report_get(section, "properties"), key->name,
			   object);
	}
}

static struct json_object *side_schema(void)
{
	struct json_object *object = json_object_new_object();
	struct json_object *ways = json_object_new_array();

	(void)json_object_array_add(ways, typed("string"));
	(void)json_object_array_add(ways, typed("object"));
	report_add(object, "anyOf", ways);
	describe(object, "a URL, or an object of url, host, port, socket, "
			 "user, password, password_command, database, "
			 "defaults_file, defaults_group, ssl_mode, ssl_ca …");
	return object;
}

static struct json_object *parts(void)
{
	struct json_object *properties = json_object_new_object();

	add_sections(properties);
	report_add(properties, "options", options_schema());
	report_add(properties, "source", side_schema());
	report_add(properties, "target", side_schema());
	return properties;
}

static void add_described(struct json_object *to, const char *name,
			  struct json_object *object, const char *text)
{
	describe(object, text);
	report_add(to, name, object);
}

/* What a job has besides: for `dbsync serve`. */
static struct json_object *job_parts(void)
{
	struct json_object *properties = parts();
	struct json_object *command = typed("string");
	struct json_object *words = json_object_new_array();

	for (size_t i = 0; i < config_mode_count; i++)
		(void)json_object_array_add(words,
					    report_string(config_modes[i]));
	report_add(command, "enum", words);
	add_described(properties, "follow", typed("boolean"),
		      "dbsync serve follows the source");
	add_described(properties, "schedule", typed("string"),
		      "when dbsync serve runs the job: minute, hour, day, "
		      "month, weekday, as crontab has them");
	add_described(properties, "command", command,
		      "what it runs then (default: default_mode; verify where "
		      "it follows)");
	return properties;
}

void config_schema(struct buf *out)
{
	struct json_object *properties = parts();
	struct json_object *jobs = typed("object");
	struct json_object *root = NULL;

	report_add(jobs, "additionalProperties", closed(job_parts()));
	report_add(properties, "jobs", jobs);
	report_add(properties, "$schema", typed("string"));
	root = closed(properties);
	report_add(root, "$schema",
		   report_string("http://json-schema.org/draft-07/schema#"));
	report_add(root, "title", report_string("configuration of dbsync"));
	buf_adds(out, json_object_to_json_string_ext(
			      root, JSON_C_TO_STRING_PRETTY |
					    JSON_C_TO_STRING_SPACED |
					    JSON_C_TO_STRING_NOSLASHESCAPE));
	(void)json_object_put(root);
}
