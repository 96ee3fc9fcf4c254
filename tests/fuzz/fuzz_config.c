/*
 * fuzz_config.c - any bytes as a configuration file: refused with a reason, or
 * in force for every command, of every job and of the file as a whole.
 *
 * Where a server is said to be is read, too, unless that would run a command or
 * open another file.
 */
#include "config_part.h"
#include "globals.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"

#include "one_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(enum dbs_rc rc, const struct dbs_error *err)
{
	if (rc != err->code || (rc && !*err->text))
		abort();
}

static void apply(const struct config *config, const char *job,
		  const struct command *command)
{
	OWNED(config_origins_release)
	struct vec origins = VEC_INIT(struct config_origin);
	OWNED(vec_release)
	struct vec given = VEC_INIT(const struct option_row *);
	OWNED(mem_drop) void *options = mem_zero(1, command->options_size);
	struct dbs_error err = {0};

	command->defaults(options);
	check(config_apply(config, job, command, &given, options, &origins,
			   &err),
	      &err);
	options_release(command->options, command->option_count, options);
}

static bool reaches_out(struct json_object *side)
{
	return report_get(side, "password_command") ||
	       report_get(side, "defaults_file");
}

static void read_side(const struct config *config, enum config_scope scope,
		      const char *job, enum side side)
{
	OWNED(dsn_clear) struct dsn dsn = DSN_INIT;
	struct json_object *all = scope == CONFIG_OF_JOB
					  ? config_job(config, job)
					  : config->root;
	struct dbs_error err = {0};
	bool is_found = false;

	if (!reaches_out(report_get(all, side_name(side))))
		check(config_side(config, scope, job, side, &dsn, &is_found,
				  &err),
		      &err);
}

static void use(const struct config *config, const char *job)
{
	const enum config_scope scope = job ? CONFIG_OF_JOB : CONFIG_OF_FILE;

	for (size_t i = 0; i < config_command_count; i++)
		apply(config, job, config_commands[i]);
	read_side(config, scope, job, SOURCE);
	read_side(config, scope, job, TARGET);
	(void)config_connect_timeout(config, job);
	(void)config_has_section(config, job, "logging");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	OWNED(config_drop) struct config *config = NULL;
	struct dbs_error err = {0};
	const enum dbs_rc rc = config_open(one_file("config.json", data, size),
					   &config, &err);

	check(rc, &err);
	if (rc)
		return 0;
	use(config, NULL);
	for (size_t i = 0; i < config_job_count(config); i++)
		use(config, config_job_name(config, i));
	if (!*config_default_mode(config))
		abort();
	return 0;
}
