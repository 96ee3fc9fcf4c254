/*
 * config_side.c - where a server is, as the configuration says it; see
 * config.h.
 *
 *	"source": "mysql://user@host/shop"
 *	"target": {"host": "db2", "user": "sync", "database": "shop",
 *		   "password_command": "pass show db2"}
 */
#include "config_part.h"

#include "dbsync/base/child.h"
#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/base/text.h"

#include <string.h>

enum { COMMAND_S = 30, MOST_SECRET = 4096 };

static const char *const extra_keys[] = {"url", "password_command",
					 "defaults_file", "defaults_group"};
enum { EXTRA_COUNT = sizeof(extra_keys) / sizeof(*extra_keys) };

static bool is_extra(const char *name)
{
	for (size_t i = 0; i < EXTRA_COUNT; i++)
		if (!strcmp(extra_keys[i], name))
			return true;
	return false;
}

/* ------------------------------------------------------------------------
 * Is it right?
 * --------------------------------------------------------------------- */

/* The keys of an object that a dsn knows, in one that nobody will use. */
static enum dbs_rc read_keys(struct json_object *side, struct dsn *dsn,
			     struct dbs_error *err)
{
	OWNED(dsn_clear) struct dsn read = DSN_INIT;
	enum dbs_rc rc = DBS_OK;

	json_object_object_foreach(side, name, value)
	{
		if (rc || is_extra(name))
			continue;
		if (!json_object_is_type(value, json_type_string) &&
		    !json_object_is_type(value, json_type_int))
			rc = dbs_fail(err, DBS_E_USAGE,
				      "it takes a text or a number");
		else
			rc = dsn_set_named(&read, name,
					   json_object_get_string(value),
					   extra_keys, EXTRA_COUNT, err);
		if (rc)
			(void)dbs_error_context(err, "%s", name);
	}
	if (!rc)
		dsn_take(dsn, &read);
	return rc;
}

static enum dbs_rc check_object(struct json_object *side, struct dbs_error *err)
{
	OWNED(dsn_clear) struct dsn scratch = DSN_INIT;

	for (size_t i = 0; i < EXTRA_COUNT; i++) {
		struct json_object *value = report_get(side, extra_keys[i]);

		if (value && !json_object_is_type(value, json_type_string))
			return dbs_fail(err, DBS_E_USAGE, "%s takes a text",
					extra_keys[i]);
	}
	if (report_get(side, "password") &&
	    report_get(side, "password_command"))
		return dbs_fail(err, DBS_E_USAGE,
				"password and password_command: say one");
	return read_keys(side, &scratch, err);
}

enum dbs_rc config_check_side(struct json_object *value, struct dbs_error *err)
{
	OWNED(dsn_clear) struct dsn scratch = DSN_INIT;

	if (json_object_is_type(value, json_type_string))
		return dsn_parse(&scratch, json_object_get_string(value), err);
	if (!json_object_is_type(value, json_type_object))
		return dbs_fail(err, DBS_E_USAGE,
				"it takes a URL or an object");
	enum dbs_rc rc = check_object(value, err);
	const char *url = rc ? NULL : report_get_text(value, "url", NULL);

	if (url)
		rc = dsn_parse(&scratch, url, err);
	return rc;
}

bool config_side_has_secret(struct json_object *value)
{
	OWNED(dsn_clear) struct dsn dsn = DSN_INIT;
	struct dbs_error err;
	const char *url = NULL;

	if (!value)
		return false;
	if (json_object_is_type(value, json_type_string))
		url = json_object_get_string(value);
	else
		url = report_get_text(value, "url", NULL);
	if (url && dsn_parse(&dsn, url, &err))
		return true;
	if (dsn.password && *dsn.password)
		return true;
	const char *password = json_object_is_type(value, json_type_object)
				       ? report_get_text(value, "password",
							 NULL)
				       : NULL;

	return password && *password;
}

/* ------------------------------------------------------------------------
 * password_command
 * --------------------------------------------------------------------- */

/* The first line of what it prints. */
static enum dbs_rc ask_command(const char *command, struct dsn *dsn,
			       struct dbs_error *err)
{
	const struct child_wish wish = {.command = command,
					.output_limit = MOST_SECRET,
					.seconds = COMMAND_S};
	struct buf answer = BUF_INIT;
	enum dbs_rc rc = child_run(&wish, &answer, err);

	if (!rc && (!answer.length || *answer.data == '\n'))
		rc = dbs_fail(err, DBS_E_REFUSED, "it printed nothing");
	if (!rc && answer.length >= MOST_SECRET)
		rc = dbs_fail(err, DBS_E_REFUSED, "it printed %d bytes or more",
			      (int)MOST_SECRET);
	if (rc == DBS_E_LIMIT)
		rc = dbs_error_recode(err, DBS_E_REFUSED);
	if (rc)
		(void)dbs_error_context(err, "password_command");
	if (!rc) {
		answer.data[strcspn(answer.data, "\r\n")] = '\0';
		dsn->password = mem_strdup(answer.data);
	}
	if (answer.length)
		mem_wipe(answer.data, answer.length);
	buf_release(&answer);
	return rc;
}

/* ------------------------------------------------------------------------
 * A side
 * --------------------------------------------------------------------- */

static enum dbs_rc from_object(struct json_object *side, struct dsn *dsn,
			       struct dbs_error *err)
{
	const char *url = report_get_text(side, "url", NULL);
	const char *file = report_get_text(side, "defaults_file", NULL);
	const char *command = report_get_text(side, "password_command", NULL);
	enum dbs_rc rc = url ? dsn_parse(dsn, url, err) : DBS_OK;

	if (!rc)
		rc = read_keys(side, dsn, err);
	if (!rc && file)
		rc = dsn_from_option_file(
			dsn, file,
			report_get_text(side, "defaults_group", NULL), err);
	if (!rc && command && !dsn->password)
		rc = ask_command(command, dsn, err);
	return rc;
}

enum dbs_rc config_side(const struct config *config, enum config_scope scope,
			const char *job, enum side side, struct dsn *dsn,
			bool *found_out, struct dbs_error *err)
{
	const char *name = side_name(side);
	struct json_object *value = report_get(
		scope == CONFIG_OF_JOB ? config_job(config, job) : config->root,
		name);

	*found_out = value != NULL;
	if (!value)
		return DBS_OK;
	enum dbs_rc rc = json_object_is_type(value, json_type_string)
				 ? dsn_parse(dsn, json_object_get_string(value),
					     err)
				 : from_object(value, dsn, err);

	if (!rc)
		return DBS_OK;
	return scope == CONFIG_OF_JOB
		       ? dbs_error_context(err, "`%s`: jobs.%s.%s",
					   config->path, job, name)
		       : dbs_error_context(err, "`%s`: %s", config->path, name);
}
