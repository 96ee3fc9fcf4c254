/*
 * config.h - the configuration file: options that need not be given again.
 *
 *	{
 *	  "sync_settings":  {"default_mode": …, "backup_before_sync": …, …},
 *	  "table_settings": {"exclude_tables": […], …},
 *	  "connections": {…}, "batch": {…}, "logging": {…},
 *	  "options": {"max_delete_percent": 50, …},	any option, by its name
 *	  "source": …, "target": …,			where the servers are
 *	  "jobs": {"shop": {all of the above}, …}	named pairs
 *	}
 *
 * JSON with comments.  What stands there is in force where the command line
 * does not say otherwise; a job's own words come before those of the file, and
 * `options` before the sections.  Keys that nobody knows are errors, as are
 * values that their options do not take: the whole file is looked at, whatever
 * the command.
 *
 * A file that holds a password and that others can read is refused.
 */
#ifndef DBSYNC_CMD_CONFIG_H
#define DBSYNC_CMD_CONFIG_H

#include "dbsync/cmd/command.h"
#include "dbsync/db/dsn.h"

struct config;

/*
 * path: NULL for $DBSYNC_CONFIG, or the first of scripts/sync-config.json and
 * /etc/dbsync/dbsync.json that is there, or none; "" for none.
 */
enum dbs_rc config_open(const char *path, struct config **out,
			struct dbs_error *err);
/*
 * The same, and all that is wrong with its keys and values goes to errors (of
 * struct dbs_error), of which *err is the first.
 */
enum dbs_rc config_open_all(const char *path, struct config **out,
			    struct vec *errors, struct dbs_error *err);
void config_drop(struct config **config);

/* NULL: there is none; all questions have empty answers then. */
const char *config_path(const struct config *config);

size_t config_job_count(const struct config *config);
const char *config_job_name(const struct config *config, size_t number);
bool config_has_job(const struct config *config, const char *job);
/* DBS_E_USAGE names those that there are. */
enum dbs_rc config_no_such_job(const struct config *config, const char *job,
			       struct dbs_error *err);

/* Where a value came from: "jobs.shop.options.allow". */
struct config_origin {
	const struct option_row *row;
	char *place;
};

/*
 * Sets the options of a command that are not among given (of const struct
 * option_row *).  job: NULL for none.  Texts live as long as config.  origins:
 * of struct config_origin, or NULL.
 */
enum dbs_rc config_apply(const struct config *config, const char *job,
			 const struct command *command, const struct vec *given,
			 void *options, struct vec *origins,
			 struct dbs_error *err);
void config_origins_release(struct vec *origins);

/* What `dbsync serve` does with a job. */
struct config_serving {
	bool follows;
	const char *schedule; /* cron.h; NULL: none */
	const char *command;  /* that is run then, or when it is asked for */
};

struct config_serving config_serving(const struct config *config,
				     const char *job);
/* All that the job is made of, as text; mem_drop it. */
char *config_definition(const struct config *config, const char *job);
/* Another one that is the same, for another thread. */
struct config *config_copy(const struct config *config);

/* "incremental" where the file says nothing. */
const char *config_default_mode(const struct config *config);

/* Where one side is, as dsn.h: fills in what is unset. */
enum config_scope { CONFIG_OF_JOB, CONFIG_OF_FILE };
enum dbs_rc config_side(const struct config *config, enum config_scope scope,
			const char *job, enum side side, struct dsn *dsn,
			bool *found_out, struct dbs_error *err);
/* Whether the job or the file has such a section at all. */
bool config_has_section(const struct config *config, const char *job,
			const char *section);
/* Seconds to connect, 0: nothing is said. */
unsigned config_connect_timeout(const struct config *config, const char *job);

/* JSON Schema of all this, for editors. */
void config_schema(struct buf *out);
#endif
