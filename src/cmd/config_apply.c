/* config_apply.c - from a configuration file to the options of a command. */
#include "config_part.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"

#include <string.h>

struct applier {
	const struct command *command;
	void *options;
	struct vec set; /* const struct option_row *: they have their value */
	struct vec *origins;
};

/* Rows of other commands, which were given too, have other offsets. */
static bool is_own(const struct applier *applier, const struct option_row *row)
{
	return row >= applier->command->options &&
	       row < applier->command->options + applier->command->option_count;
}

static bool is_set(const struct applier *applier, const struct option_row *row)
{
	for (size_t i = 0; i < applier->set.count; i++) {
		const struct option_row *other = *(
			const struct option_row *const *)vec_at(&applier->set,
								i);

		if (other == row ||
		    (is_own(applier, other) && option_is_same(other, row)))
			return true;
	}
	return false;
}

static void note_origin(struct applier *applier, const struct option_row *row,
			const char *place, const char *part, const char *name)
{
	OWNED(buf_release) struct buf text = BUF_INIT;

	*(const struct option_row **)vec_push(&applier->set) = row;
	if (!applier->origins)
		return;
	buf_addf(&text, "%s%s.%s", place, part, name);
	*(struct config_origin *)vec_push(applier->origins) =
		(struct config_origin){row, buf_detach(&text)};
}

/* A word that another command's option of the same name takes. */
static bool is_of_others(const struct option_row *row,
			 struct json_object *value)
{
	if (row->kind != OPTION_CHOICE ||
	    !json_object_is_type(value, json_type_string))
		return false;
	for (size_t i = 0; row->words[i]; i++)
		if (!strcmp(row->words[i], json_object_get_string(value)))
			return false;
	return true;
}

/* place: "jobs.shop." or "" */
static enum dbs_rc put(struct applier *applier, const struct option_row *row,
		       const struct config_key *key, const char *place,
		       struct json_object *value, struct dbs_error *err)
{
	if (!row || !value || is_set(applier, row) ||
	    (key->kind != KEY_LOWER && is_of_others(row, value)))
		return DBS_OK;
	enum dbs_rc rc = config_put(row, key->kind, value, applier->options,
				    err);

	if (rc)
		return dbs_error_context(err, "%s%s.%s", place, key->section,
					 key->name);
	note_origin(applier, row, place, key->section, key->name);
	return DBS_OK;
}

/* Of presets, or of all others. */
static enum dbs_rc apply_kind(struct applier *applier,
			      struct json_object *options, const char *place,
			      bool is_preset, struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	json_object_object_foreach(options, name, value)
	{
		const struct config_key key = {.section = "options",
					       .name = name,
					       .kind = KEY_OPTION,
					       .option = name};
		const struct option_row *row = config_row_of(applier->command,
							     name);

		if (!rc && row && (row->kind == OPTION_PRESET) == is_preset)
			rc = put(applier, row, &key, place, value, err);
	}
	return rc;
}

/* An old name gives way to the new one beside it. */
static enum dbs_rc apply_options(struct applier *applier,
				 struct json_object *options, const char *place,
				 struct dbs_error *err)
{
	if (!options)
		return DBS_OK;
	enum dbs_rc rc = apply_kind(applier, options, place, false, err);

	return rc ? rc : apply_kind(applier, options, place, true, err);
}

static enum dbs_rc apply_sections(struct applier *applier,
				  struct json_object *object, const char *place,
				  struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; i < config_key_count && !rc; i++) {
		const struct config_key *key = &config_keys[i];

		if (key->option)
			rc = put(applier,
				 config_row_of(applier->command, key->option),
				 key, place,
				 report_get(report_get(object, key->section),
					    key->name),
				 err);
	}
	return rc;
}

static enum dbs_rc apply_object(struct applier *applier,
				struct json_object *object, const char *place,
				struct dbs_error *err)
{
	enum dbs_rc rc = apply_options(applier, report_get(object, "options"),
				       place, err);

	return rc ? rc : apply_sections(applier, object, place, err);
}

enum dbs_rc config_apply(const struct config *config, const char *job,
			 const struct command *command, const struct vec *given,
			 void *options, struct vec *origins,
			 struct dbs_error *err)
{
	OWNED(buf_release) struct buf place = BUF_INIT;
	struct applier applier = {
		.command = command,
		.options = options,
		.set = VEC_INIT(const struct option_row *),
		.origins = origins,
	};
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; i < given->count; i++)
		*(const struct option_row **)vec_push(&applier.set) = *(
			const struct option_row *const *)vec_at(given, i);
	if (job) {
		buf_addf(&place, "jobs.%s.", job);
		rc = apply_object(&applier, config_job(config, job), place.data,
				  err);
	}
	if (!rc)
		rc = apply_object(&applier, config->root, "", err);
	vec_release(&applier.set);
	return rc ? dbs_error_context(err, "`%s`", config->path) : DBS_OK;
}

void config_origins_release(struct vec *origins)
{
	for (size_t i = 0; i < origins->count; i++) {
		struct config_origin *origin = vec_at(origins, i);

		mem_drop(&origin->place);
	}
	vec_release(origins);
}
