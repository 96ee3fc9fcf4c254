/* walk_options.c - see walk_options.h. */
#include "walk_options.h"

#include "origins.h"

#include "dbsync/base/error.h"
#include "dbsync/base/text.h"
#include "dbsync/cmd/command.h"
#include "dbsync/cmd/report.h"
#include "dbsync/data/condition.h"
#include "dbsync/run/run_request.h"
#include "dbsync/schema/object.h"

#include <ctype.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_WORKERS = 8 };

const char *const changes_words[] = {"scan", "binlog", "auto", NULL};
const char *const digest_words[] = {"auto", "stream", "server", NULL};
const char *const progress_words[] = {"auto", "none", "json", NULL};

static unsigned cores(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set))
		return 1;
	const unsigned count = (unsigned)CPU_COUNT(&set);

	return count < DEFAULT_WORKERS ? count : DEFAULT_WORKERS;
}

void walk_options_defaults(struct walk_options *options)
{
	*options = (struct walk_options){
		.databases = VEC_INIT(char *),
		.tables = VEC_INIT(char *),
		.exclude = VEC_INIT(char *),
		.where = VEC_INIT(struct table_option),
		.ignore = VEC_INIT(struct table_option),
		.renames = VEC_INIT(struct table_option),
		.objects = VEC_INIT(char *),
		.parallel = cores(),
		.scan_every = "7d",
		.recheck_pause_ms = 1000,
		.retries = 4,
		.net_timeout_s = 3600,
	};
	brake_options_defaults(&options->brake);
}

/* 30s, 15m, 12h, 7d, 4w */
static bool read_age(const char *text, unsigned *out)
{
	static const char units[] = "smhdw";
	static const unsigned seconds[] = {1, 60, 3600, 86400, 604800};
	char *end = NULL;
	const unsigned long number = strtoul(text, &end, 10);
	const char *unit = *end ? strchr(units, *end) : NULL;

	if (!isdigit((unsigned char)*text) || !unit || end[1] ||
	    number > UINT_MAX / seconds[unit - units])
		return false;
	*out = (unsigned)number * seconds[unit - units];
	return true;
}

struct by_log_options walk_options_by_log(const struct walk_options *options,
					  const char *state_dir)
{
	struct by_log_options by_log = {
		.from = options->changes_from,
		.state_dir = state_dir,
	};

	(void)read_age(options->scan_every, &by_log.scan_every_s);
	return by_log;
}

enum dbs_rc walk_options_check(const struct walk_options *options,
			       struct dbs_error *err)
{
	unsigned ignored = 0;

	if (!read_age(options->scan_every, &ignored))
		return dbs_fail(
			err, DBS_E_USAGE,
			"--scan-every `%s` is not a time: give a number "
			"and s, m, h, d or w",
			options->scan_every);

	if (options->data_only && options->schema_only)
		return dbs_fail(err, DBS_E_USAGE,
				"--data-only and --schema-only leave nothing "
				"to compare");
	return walk_options_check_where(options, err);
}

enum dbs_rc walk_options_check_where(const struct walk_options *options,
				     struct dbs_error *err)
{
	const struct option_list list = option_list_of(&options->where);
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; i < list.count && !rc; i++)
		rc = condition_check(list.items[i].value, err);
	return rc;
}

void walk_options_loose(const struct walk_options *options, const char *option,
			const struct vec *patterns,
			struct walk_request *request)
{
	const struct option_origins *origins = options->endpoints.origins;
	const char *from = origins ? option_origin(origins, option + 2) : NULL;

	DBS_BUG(request->loose_count == MOST_LOOSE, "too many options");
	request->loose[request->loose_count++] = (struct loose_patterns){
		.option = option,
		.from = from && strcmp(from, ORIGIN_COMMAND_LINE) != 0 ? from
								       : NULL,
		.patterns = text_list_of(patterns),
	};
}

struct walk_request walk_options_request(const struct walk_options *options)
{
	struct walk_request request = {
		.databases = text_list_of(&options->databases),
		.tables = text_list_of(&options->tables),
		.exclude = text_list_of(&options->exclude),
		.where = option_list_of(&options->where),
		.ignore = option_list_of(&options->ignore),
		.renames = option_list_of(&options->renames),
		.digest = (enum digest)options->digest,
		.parallel = options->parallel,
		.attempts = options->retries,
		.net_timeout_s = options->net_timeout_s,
		.no_snapshot = options->no_snapshot,
		.max_snapshot_age_s = options->max_snapshot_age_s,
		.recheck = options->recheck,
		.recheck_pause_ms = options->recheck_pause_ms,
		.wait_replica_s = options->wait_replica_s,
		.details = options->details,
		.scope = options->schema_only ? SCOPE_SCHEMA
			 : options->data_only ? SCOPE_DATA
					      : SCOPE_ALL,
	};

	walk_options_loose(options, "--exclude-tables", &options->exclude,
			   &request);
	return request;
}

const char *const objects_words[] = {"tables", "views", "routines", "triggers",
				     "events", "all",   NULL};

static enum dbs_rc take_kind(const char *word, unsigned *set,
			     struct dbs_error *err)
{
	static const unsigned sets[] = {OBJECTS_TABLES,   OBJECTS_VIEWS,
					OBJECTS_ROUTINES, OBJECTS_TRIGGERS,
					OBJECTS_EVENTS,   OBJECTS_ALL};
	const size_t count = sizeof(sets) / sizeof(*sets);
	const char *nearest = text_nearest(word, objects_words, count);

	for (size_t i = 0; i < count; i++) {
		if (strcmp(word, objects_words[i]) != 0)
			continue;
		*set |= sets[i];
		return DBS_OK;
	}
	return dbs_fail(err, DBS_E_USAGE,
			"--objects: `%s` is not one of tables, views, "
			"routines, triggers, events, all%s%s%s",
			word, nearest ? "; did you mean " : "",
			nearest ? nearest : "", nearest ? "?" : "");
}

enum dbs_rc walk_options_objects(const struct walk_options *options,
				 unsigned *out, struct dbs_error *err)
{
	unsigned set = 0;

	if (!options->objects.count) {
		*out = run_usual_objects(options->data_only ? SCOPE_DATA
							    : SCOPE_ALL);
		return DBS_OK;
	}
	if (options->data_only)
		return dbs_fail(err, DBS_E_USAGE,
				"--data-only compares only rows: --objects has "
				"no effect");
	for (size_t i = 0; i < options->objects.count; i++) {
		enum dbs_rc rc =
			take_kind(*(char *const *)vec_at(&options->objects, i),
				  &set, err);

		if (rc)
			return rc;
	}
	*out = set;
	return DBS_OK;
}

int walk_options_fail(const struct walk_options *options,
		      struct invocation *invocation, const char *command,
		      struct dbs_error *err)
{
	return command_fail(invocation, command, err, options->json);
}
