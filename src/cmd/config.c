/* config.c - see config.h: what stands in the file. */
#include "config_part.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"

#include <string.h>

void config_drop(struct config **config)
{
	if (!*config)
		return;
	(void)json_object_put((*config)->root);
	mem_drop(&(*config)->path);
	mem_drop(config);
}

const char *config_path(const struct config *config)
{
	return config->path;
}

/* ------------------------------------------------------------------------
 * Jobs
 * --------------------------------------------------------------------- */

struct json_object *config_job(const struct config *config, const char *job)
{
	return job ? report_get(report_get(config->root, "jobs"), job) : NULL;
}

size_t config_job_count(const struct config *config)
{
	struct json_object *jobs = report_get(config->root, "jobs");

	return jobs ? (size_t)json_object_object_length(jobs) : 0;
}

const char *config_job_name(const struct config *config, size_t number)
{
	struct json_object *jobs = report_get(config->root, "jobs");

	json_object_object_foreach(jobs, name, value)
	{
		(void)value;
		if (!number--)
			return name;
	}
	DBS_BUG(true, "a job that is not there");
	return NULL;
}

bool config_has_job(const struct config *config, const char *job)
{
	return config_job(config, job) != NULL;
}

enum dbs_rc config_no_such_job(const struct config *config, const char *job,
			       struct dbs_error *err)
{
	OWNED(buf_release) struct buf names = BUF_INIT;

	for (size_t i = 0; i < config_job_count(config); i++)
		buf_addf(&names, "%s%s", i ? ", " : "",
			 config_job_name(config, i));
	if (!config->path)
		return dbs_fail(err, DBS_E_USAGE,
				"there is no configuration file, and so no job "
				"`%s` (--config names one)",
				job);
	return dbs_fail(err, DBS_E_USAGE, "`%s` has no job `%s`: %s%s",
			config->path, job, names.length ? "there are " : "",
			names.length ? names.data : "there is none");
}

const char *config_default_mode(const struct config *config)
{
	struct json_object *mode = report_get(
		report_get(config->root, "sync_settings"), "default_mode");

	return mode ? json_object_get_string(mode) : "incremental";
}

const char *const config_modes[] = {"incremental", "full-sync", "verify",
				    "dry-run"};
const size_t config_mode_count = sizeof(config_modes) / sizeof(*config_modes);

struct config_serving config_serving(const struct config *config,
				     const char *job)
{
	struct json_object *object = config_job(config, job);
	const bool follows = json_object_get_boolean(
		report_get(object, "follow"));

	return (struct config_serving){
		.follows = follows,
		.schedule = report_get_text(object, "schedule", NULL),
		/* what writes would need the lock of the one that follows */
		.command = report_get_text(
			object, "command",
			follows ? "verify" : config_default_mode(config)),
	};
}

char *config_definition(const struct config *config, const char *job)
{
	struct buf text = BUF_INIT;

	json_object_object_foreach(config->root, name, value)
	{
		if (strcmp(name, "jobs") != 0)
			buf_addf(&text, "%s: %s\n", name,
				 json_object_to_json_string(value));
	}
	buf_adds(&text, json_object_to_json_string(config_job(config, job)));
	return buf_detach(&text);
}

struct config *config_copy(const struct config *config)
{
	struct config *copy = mem_zero(1, sizeof(*copy));

	*copy = *config;
	copy->path = config->path ? mem_strdup(config->path) : NULL;
	copy->root = NULL;
	DBS_BUG(config->root &&
			json_object_deep_copy(config->root, &copy->root, NULL),
		"a configuration that cannot be copied");
	return copy;
}

unsigned config_connect_timeout(const struct config *config, const char *job)
{
	static const char section[] = "connections";
	static const char name[] = "default_timeout";
	struct json_object *seconds =
		report_get(report_get(config_job(config, job), section), name);

	if (!seconds)
		seconds = report_get(report_get(config->root, section), name);
	return seconds ? (unsigned)json_object_get_int(seconds) : 0;
}

bool config_has_section(const struct config *config, const char *job,
			const char *section)
{
	return report_get(config_job(config, job), section) ||
	       report_get(config->root, section);
}
