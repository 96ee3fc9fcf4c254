/* point_show.c - see point_show.h. */
#include "point_show.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/run/report_value.h"

#include <string.h>

typedef void show_line(void *self, const char *text);

const char *point_trust_word(enum backup_trust trust)
{
	switch (trust) {
	case BACKUP_OURS:
		return "ours";
	case BACKUP_FOREIGN:
		return "foreign";
	case BACKUP_UNSIGNED:
	case BACKUP_LOST:
		break;
	}
	return "no";
}

/* A statement has lines of its own; nothing of it is cut. */
static void show_sql(const char *sql, show_line *line, void *self)
{
	while (*sql) {
		const size_t length = strcspn(sql, "\n");
		OWNED(buf_release) struct buf shown = BUF_INIT;

		buf_adds(&shown, "    ");
		text_show_sql(&shown, sql, length, SIZE_MAX);
		line(self, shown.data);
		sql += length + (sql[length] == '\n');
	}
}

static void show_title(const char *before, const char *database,
		       const char *name, const char *after, show_line *line,
		       void *self)
{
	OWNED(buf_release) struct buf full = BUF_INIT;
	OWNED(buf_release) struct buf shown = BUF_INIT;

	buf_addf(&full, "%s.%s", database, name);
	buf_addf(&shown, "  %s ", before);
	text_show(&shown, full.data, full.length, SIZE_MAX);
	buf_adds(&shown, after);
	line(self, shown.data);
}

static void show_shape(const struct manifest_shape *shape, show_line *line,
		       void *self)
{
	if (!shape->before) {
		show_title("table", shape->database, shape->table,
			   " is dropped", line, self);
		return;
	}
	show_title("table", shape->database, shape->table,
		   shape->is_saved ? " gets all its rows back, and becomes:"
				   : " becomes:",
		   line, self);
	show_sql(shape->before, line, self);
}

/* A database that the run made is dropped when there is nothing in it. */
static void show_object(const struct manifest_object *object, show_line *line,
			void *self)
{
	const bool is_unmade = !object->before &&
			       object_kind_of(object->kind) == OBJECT_DATABASE;

	show_title(object->kind, object->database, object->name,
		   is_unmade ? " is dropped, if it is empty" : " by:", line,
		   self);
	for (size_t i = 0; i < object->statements.count && !is_unmade; i++)
		show_sql(object->statements.items[i], line, self);
}

void point_show(const struct manifest *manifest, show_line *line, void *self)
{
	for (size_t i = 0; i < manifest->shape_count; i++)
		show_shape(&manifest->shapes[i], line, self);
	for (size_t i = 0; i < manifest->object_count; i++)
		show_object(&manifest->objects[i], line, self);
}

static struct json_object *shape_object(const struct manifest_shape *shape)
{
	struct json_object *object = json_object_new_object();

	report_add(object, "database", report_string(shape->database));
	report_add(object, "table", report_string(shape->table));
	report_add(object, "kind", report_string(shape->kind));
	report_add(object, "definition", report_string(shape->before));
	report_add(object, "all_rows",
		   json_object_new_boolean(shape->is_saved));
	return object;
}

static struct json_object *object_object(const struct manifest_object *object)
{
	struct json_object *to = json_object_new_object();
	struct json_object *statements = json_object_new_array();

	for (size_t i = 0; i < object->statements.count; i++)
		(void)json_object_array_add(
			statements, report_string(object->statements.items[i]));
	report_add(to, "database", report_string(object->database));
	report_add(to, "kind", report_string(object->kind));
	report_add(to, "name", report_string(object->name));
	report_add(to, "statements", statements);
	return to;
}

void point_show_json(const struct manifest *manifest, struct json_object *to)
{
	struct json_object *shapes = json_object_new_array();
	struct json_object *objects = json_object_new_array();

	for (size_t i = 0; i < manifest->shape_count; i++)
		(void)json_object_array_add(shapes,
					    shape_object(&manifest->shapes[i]));
	for (size_t i = 0; i < manifest->object_count; i++)
		(void)json_object_array_add(
			objects, object_object(&manifest->objects[i]));
	report_add(to, "structures", shapes);
	report_add(to, "objects", objects);
}
