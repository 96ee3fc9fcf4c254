/* config_open.c - see config.h: the file is found, read, and may be trusted. */
#include "config_part.h"

#include "dbsync/base/file.h"
#include "dbsync/base/mem.h"
#include "dbsync/base/open.h"
#include "dbsync/base/own.h"
#include "dbsync/base/owner.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_BYTES = 4 * 1024 * 1024 };

static const char *const usual_places[] = {"scripts/sync-config.json",
					   "/etc/dbsync/dbsync.json"};

/* ------------------------------------------------------------------------
 * Reading
 * --------------------------------------------------------------------- */

/* Sets the path of the one to be read, NULL: none. */
static void choose(struct config *config, const char *path)
{
	const char *named = path ? path : getenv("DBSYNC_CONFIG");

	config->place = path ? "--config" : "DBSYNC_CONFIG";
	if (named) {
		config->path = *named ? mem_strdup(named) : NULL;
		return;
	}
	config->is_found = true;
	config->place = "found by itself";
	for (size_t i = 0;
	     i < sizeof(usual_places) / sizeof(*usual_places) && !config->path;
	     i++)
		if (!access(usual_places[i], F_OK))
			config->path = mem_strdup(usual_places[i]);
}

static unsigned line_of(const char *text, size_t offset)
{
	unsigned line = 1;

	for (size_t i = 0; i < offset && text[i]; i++)
		line += text[i] == '\n';
	return line;
}

static bool is_blank(const char *text)
{
	return !text[strspn(text, " \t\r\n")];
}

static void tokener_drop(struct json_tokener **tokener)
{
	if (*tokener)
		json_tokener_free(*tokener);
	*tokener = NULL;
}

static enum dbs_rc parse(struct config *config, const struct buf *text,
			 struct dbs_error *err)
{
	OWNED(tokener_drop) struct json_tokener *tokener = json_tokener_new();

	config->root = json_tokener_parse_ex(tokener, text->data,
					     (int)text->length + 1);
	const size_t end = json_tokener_get_parse_end(tokener);
	const enum json_tokener_error problem = json_tokener_get_error(tokener);

	if (problem)
		return dbs_fail(err, DBS_E_USAGE, "line %u: it is not JSON: %s",
				line_of(text->data, end),
				json_tokener_error_desc(problem));
	if (end < text->length && !is_blank(text->data + end))
		return dbs_fail(err, DBS_E_USAGE,
				"line %u: something follows its end",
				line_of(text->data, end));
	if (!json_object_is_type(config->root, json_type_object))
		return dbs_fail(err, DBS_E_USAGE, "it is not a JSON object");
	return DBS_OK;
}

static bool has_secret(struct json_object *object)
{
	return config_side_has_secret(report_get(object, "source")) ||
	       config_side_has_secret(report_get(object, "target"));
}

static bool holds_secret(const struct config *config)
{
	for (size_t i = 0; i < config_job_count(config); i++)
		if (has_secret(config_job(config, config_job_name(config, i))))
			return true;
	return has_secret(config->root);
}

/* Commands that the file would have run: "source.password_command, …". */
static void list_commands(struct json_object *object, const char *place,
			  struct buf *out)
{
	static const char *const names[] = {"password_command", "after_sync",
					    "after-sync",       "on_success",
					    "on-success",       "on_failure",
					    "on-failure"};

	if (!json_object_is_type(object, json_type_object))
		return;
	json_object_object_foreach(object, name, value)
	{
		OWNED(buf_release) struct buf deeper = BUF_INIT;
		bool is_command = false;

		buf_addf(&deeper, "%s%s%s", place, *place ? "." : "", name);
		for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
			is_command = is_command || !strcmp(name, names[i]);
		if (is_command)
			buf_addf(out, "%s%s", out->length ? ", " : "",
				 deeper.data);
		list_commands(value, deeper.data, out);
	}
}

/* Others may have written it, or may read what is secret. */
static enum dbs_rc check_trust(const struct config *config,
			       const struct stat *status, struct dbs_error *err)
{
	OWNED(buf_release) struct buf commands = BUF_INIT;
	const char *doubt = owner_doubt(status);

	list_commands(config->root, "", &commands);
	if (doubt)
		return dbs_fail(err, DBS_E_REFUSED,
				"%s: chmod go-w it, or chown it%s%s", doubt,
				commands.length ? "; none of its commands is "
						  "run: "
						: "",
				commands.data);
	if (!holds_secret(config) || !S_ISREG(status->st_mode) ||
	    !(status->st_mode & 077))
		return DBS_OK;
	return dbs_fail(err, DBS_E_REFUSED,
			"it holds a password, and others may read it: chmod "
			"600 it, or use password_command");
}

/* What is to be trusted is what was read. */
static enum dbs_rc read_text(const struct config *config, struct buf *text,
			     struct stat *status, struct dbs_error *err)
{
	OWNED(open_drop) int fd = -1;
	const unsigned ways = config->is_found ? OPEN_FILE : OPEN_PIPE;
	enum dbs_rc rc = open_to_read(config->path, ways, &fd, status, err);

	if (rc)
		return rc;
	if (fd < 0)
		return dbs_fail(err, DBS_E_USAGE, "there is no such file");
	rc = file_read_open(fd, config->path, MOST_BYTES, text, err);
	if (rc == DBS_E_LIMIT)
		return dbs_fail(err, DBS_E_USAGE, "it is larger than %d bytes",
				(int)MOST_BYTES);
	return rc;
}

/* *err: the first of what is wrong. */
static enum dbs_rc check(const struct config *config, struct vec *errors,
			 struct dbs_error *err)
{
	config_check(config, errors);
	if (!errors->count)
		return DBS_OK;
	*err = *(const struct dbs_error *)vec_at(errors, 0);
	for (size_t i = 0; i < errors->count; i++)
		(void)dbs_error_context(vec_at(errors, i), "`%s`",
					config->path);
	return err->code;
}

static enum dbs_rc read_config(struct config *config, struct vec *errors,
			       struct dbs_error *err)
{
	OWNED(buf_release) struct buf text = BUF_INIT;
	struct stat status;
	enum dbs_rc rc = read_text(config, &text, &status, err);

	if (!rc && memchr(text.data, '\0', text.length))
		return dbs_fail(err, DBS_E_USAGE, "it is not text");
	if (!rc)
		rc = parse(config, &text, err);
	if (text.length)
		mem_wipe(text.data, text.length);
	if (!rc)
		rc = check(config, errors, err);
	return rc ? rc : check_trust(config, &status, err);
}

enum dbs_rc config_open(const char *path, struct config **out,
			struct dbs_error *err)
{
	OWNED(vec_release) struct vec errors = VEC_INIT(struct dbs_error);

	return config_open_all(path, out, &errors, err);
}

enum dbs_rc config_open_all(const char *path, struct config **out,
			    struct vec *errors, struct dbs_error *err)
{
	OWNED(config_drop) struct config *config = mem_zero(1, sizeof(*config));
	enum dbs_rc rc = DBS_OK;

	choose(config, path);
	if (config->path)
		rc = read_config(config, errors, err);
	/* a refusal of the system names it already */
	if (rc)
		return rc == DBS_E_IO
			       ? rc
			       : dbs_error_context(err, "`%s`", config->path);
	if (config->path && config->is_found)
		rc = owner_check_found(config->path, "config", err);
	if (!rc)
		*out = own_take(&config);
	return rc;
}
