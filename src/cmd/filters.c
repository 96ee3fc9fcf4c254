/* filters.c - see filters.h. */
#include "filters.h"

#include "origins.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/cmd/command.h"
#include "dbsync/run/report_value.h"
#include "dbsync/schema/object.h"

#include <string.h>

struct lister {
	const struct walk_options *options;
	struct json_object *array;
	const char *database; /* one table alone; NULL: all */
	const char *table;
};

/* A URL in the place of a pattern has a password, perhaps. */
static struct json_object *word(const char *text)
{
	OWNED(mem_drop) char *masked = mem_strdup(text);

	mask_text(masked);
	return report_string(masked);
}

static void add(const struct lister *lister, const char *option,
		struct json_object *value)
{
	const char *from = option_origin(lister->options->endpoints.origins,
					 option);
	struct json_object *filter = json_object_new_object();

	report_add(filter, "option", report_string(option));
	report_add(filter, "value", value);
	report_add(filter, "from",
		   report_string(from ? from : ORIGIN_COMMAND_LINE));
	(void)json_object_array_add(lister->array, filter);
}

/* Patterns that left out nothing are none. */
static void add_excluded(const struct lister *lister, const struct walk *walk)
{
	const struct vec *exclude = &lister->options->exclude;

	for (size_t i = 0; i < exclude->count; i++) {
		const char *pattern = *(const char *const *)vec_at(exclude, i);

		if (!walk_fits_nothing(walk, pattern))
			add(lister, "exclude-tables", word(pattern));
	}
}

static void add_pairs(const struct lister *lister, const char *option,
		      const struct vec *list, char between)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct table_option *item = vec_at(list, i);
		OWNED(buf_release) struct buf text = BUF_INIT;

		if (lister->table &&
		    !choice_fits(item->pattern, lister->database,
				 lister->table))
			continue;
		buf_addf(&text, "%s%c%s", item->pattern, between, item->value);
		add(lister, option, word(text.data));
	}
}

/* Less than what is compared when nobody says anything. */
static void add_objects(const struct lister *lister)
{
	const unsigned usual = OBJECTS_TABLES | OBJECTS_VIEWS;
	const struct vec *objects = &lister->options->objects;
	OWNED(buf_release) struct buf text = BUF_INIT;
	struct dbs_error err = {0};
	unsigned set = usual;

	if (!objects->count ||
	    walk_options_objects(lister->options, &set, &err) ||
	    (set & usual) == usual)
		return;
	for (size_t i = 0; i < objects->count; i++)
		buf_addf(&text, "%s%s", i ? "," : "",
			 *(const char *const *)vec_at(objects, i));
	add(lister, "objects", report_string(text.data));
}

struct json_object *filters_of(const struct walk_options *options,
			       const struct walk *walk)
{
	const struct lister lister = {options, json_object_new_array(), NULL,
				      NULL};
	const struct vec *tables = &options->tables;

	for (size_t i = 0; i < tables->count; i++)
		add(&lister, "tables",
		    word(*(const char *const *)vec_at(tables, i)));
	add_excluded(&lister, walk);
	add_pairs(&lister, "where", &options->where, ':');
	add_pairs(&lister, "ignore-columns", &options->ignore, '.');
	if (options->data_only)
		add(&lister, "data-only", json_object_new_boolean(true));
	if (options->schema_only)
		add(&lister, "schema-only", json_object_new_boolean(true));
	add_objects(&lister);
	return lister.array;
}

struct json_object *filters_of_table(const struct walk_options *options,
				     const char *database, const char *table)
{
	const struct lister lister = {options, json_object_new_array(),
				      database, table};

	add_pairs(&lister, "where", &options->where, ':');
	add_pairs(&lister, "ignore-columns", &options->ignore, '.');
	return lister.array;
}

void filters_add_line(struct json_object *filter, struct buf *out)
{
	struct json_object *value = report_get(filter, "value");
	OWNED(buf_release) struct buf raw = BUF_INIT;

	buf_addf(&raw, "--%s ", report_get_text(filter, "option", ""));
	if (!json_object_is_type(value, json_type_boolean))
		buf_addf(&raw, "%s ", report_get_text(filter, "value", ""));
	buf_addf(&raw, "(%s)", report_get_text(filter, "from", ""));
	text_show(out, raw.data, raw.length, 1000);
}

const char *filters_verdict(const char *verdict, struct json_object *filters)
{
	return report_length(filters) && !strcmp(verdict, "equal")
		       ? "equal (filtered)"
		       : verdict;
}
