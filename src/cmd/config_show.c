/* config_show.c - what is in force, and where it came from; see runner.h. */
#include "config_show.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/data/walk_request.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { NAME_COLUMN = 24, VALUE_COLUMN = 30 };

static void add_items(const struct vec *list, enum option_kind kind,
		      struct buf *out)
{
	for (size_t i = 0; i < list->count; i++) {
		if (i)
			buf_adds(out, ", ");
		if (kind == OPTION_LIST) {
			buf_adds(out, *(const char *const *)vec_at(list, i));
			continue;
		}
		const struct table_option *option = vec_at(list, i);

		buf_addf(out, "%s%c%s", option->pattern,
			 kind == OPTION_WHERE ? ':' : '.', option->value);
	}
}

static void add_value(const struct option_row *row, const void *options,
		      struct buf *out)
{
	const void *at = (const char *)options + row->offset;

	switch (row->kind) {
	case OPTION_FLAG:
		buf_adds(out, *(const bool *)at ? "yes" : "no");
		return;
	case OPTION_PRESET:
		buf_adds(out, *(const int *)at == (int)row->min ? "yes" : "no");
		return;
	case OPTION_UNSIGNED:
		buf_addf(out, "%u", *(const unsigned *)at);
		return;
	case OPTION_MILLIS:
		buf_addf(out, "%g", *(const unsigned *)at / 1000.0);
		return;
	case OPTION_TEXT:
		if (*(const char *const *)at)
			buf_adds(out, *(const char *const *)at);
		return;
	case OPTION_CHOICE:
		buf_adds(out, row->words[*(const int *)at]);
		return;
	case OPTION_LIST:
	case OPTION_WHERE:
	case OPTION_COLUMNS:
		add_items(at, row->kind, out);
		return;
	}
}

static void add_place(const struct config_view *view,
		      const struct option_row *row, struct buf *out)
{
	for (size_t i = 0; i < view->given->count; i++)
		if (*(const struct option_row *const *)vec_at(view->given, i) ==
		    row) {
			buf_addf(out, "--%s", row->name);
			return;
		}
	for (size_t i = 0; i < view->origins->count; i++) {
		const struct config_origin *origin = vec_at(view->origins, i);

		if (origin->row != row)
			continue;
		buf_addf(out, "%s: %s", config_path(view->config),
			 origin->place);
		return;
	}
	buf_adds(out, "default");
}

static void print_option(const struct config_view *view,
			 const struct option_row *row)
{
	OWNED(buf_release) struct buf value = BUF_INIT;
	OWNED(buf_release) struct buf shown = BUF_INIT;
	OWNED(buf_release) struct buf place = BUF_INIT;

	add_value(row, view->options, &value);
	add_place(view, row, &place);
	if (value.length)
		text_show(&shown, value.data, value.length, 200);
	else
		buf_adds(&shown, "-");
	(void)printf("  %-*s %-*s  %s\n", (int)NAME_COLUMN, row->name,
		     (int)VALUE_COLUMN, shown.data, place.data);
}

/* *env_out is set when it is the environment file that says where it is. */
static int print_side(const struct config_view *view, enum side side,
		      bool *env_out, struct dbs_error *err)
{
	const char *name = side_name(side);
	const char *env_file = view->endpoints->env_file;
	OWNED(dsn_clear) struct dsn dsn = DSN_INIT;
	OWNED(buf_release) struct buf line = BUF_INIT;
	const char *place = NULL;

	if (endpoints_look(view->endpoints, view->operands, side, &dsn, &place,
			   err))
		return exit_status_of(err->code);
	if (!place) {
		(void)printf("  %-*s %-*s\n", (int)NAME_COLUMN, name,
			     (int)VALUE_COLUMN, "-");
		return EXIT_EQUAL;
	}
	*env_out = *env_out ||
		   !strcmp(place, env_file ? env_file : ENDPOINTS_ENV_FILE);
	dsn_show(&dsn, &line);
	if (dsn.database)
		buf_addf(&line, "/%s", dsn.database);
	buf_adds(&line, dsn.password ? ", password ***" : ", no password");
	(void)printf("  %-*s %-*s  %s\n", (int)NAME_COLUMN, name,
		     (int)VALUE_COLUMN, line.data, place);
	return EXIT_EQUAL;
}

static void print_file(const char *path, const char *place)
{
	OWNED(buf_release) struct buf shown = BUF_INIT;

	text_show(&shown, path, strlen(path), 200);
	(void)printf("  %-*s %-*s  %s\n", (int)NAME_COLUMN, "file",
		     (int)VALUE_COLUMN, shown.data, place);
}

/* Option files of a side that the configuration names. */
static void print_side_file(const struct config_view *view, enum side side)
{
	const char *name = side_name(side);
	OWNED(buf_release) struct buf place = BUF_INIT;
	struct json_object *object =
		report_get(config_job(view->config, view->job), name);

	if (object)
		buf_addf(&place, "jobs.%s.", view->job);
	else
		object = report_get(view->config->root, name);
	const char *file = report_get_text(object, "defaults_file", NULL);

	buf_addf(&place, "%s.defaults_file", name);
	if (file)
		print_file(file, place.data);
}

/* All that were read for it. */
static void print_files(const struct config_view *view, bool has_env)
{
	const struct endpoint_options *endpoints = view->endpoints;
	OWNED(mem_drop) char *option_file = NULL;

	if (config_path(view->config))
		print_file(config_path(view->config), view->config->place);
	if (!endpoints)
		return;
	print_side_file(view, SOURCE);
	print_side_file(view, TARGET);
	if (has_env)
		print_file(endpoints->env_file ? endpoints->env_file
					       : ENDPOINTS_ENV_FILE,
			   endpoints->env_file ? "--env-file"
					       : "found by itself");
	option_file = endpoints_option_file(endpoints);
	if (option_file)
		print_file(option_file, endpoints->defaults_file
						? "--defaults-file"
						: "--defaults-group");
}

int config_show(const struct config_view *view)
{
	const struct command *command = view->command;
	struct dbs_error err = {0};
	int status = EXIT_EQUAL;
	bool has_env = false;

	(void)printf("dbsync %s%s%s\n", command->name, view->job ? " " : "",
		     view->job ? view->job : "");
	if (view->endpoints) {
		status = print_side(view, SOURCE, &has_env, &err);
		if (!status)
			status = print_side(view, TARGET, &has_env, &err);
	}
	if (status) {
		print_error("config", &err);
		return status;
	}
	print_files(view, has_env);
	for (size_t i = 0; i < command->option_count; i++)
		if (!config_is_barred(&command->options[i]))
			print_option(view, &command->options[i]);
	return EXIT_EQUAL;
}
