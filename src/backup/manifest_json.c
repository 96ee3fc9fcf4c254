/* manifest_json.c - see manifest.h: manifests as JSON, and back. */
#include "dbsync/backup/manifest.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/version.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <limits.h>
#include <string.h>

/* ------------------------------------------------------------------------
 * Writing
 * --------------------------------------------------------------------- */

static void add_text(struct json_object *to, const char *name, const char *text)
{
	(void)json_object_object_add(to, name, json_object_new_string(text));
}

static void add_count(struct json_object *to, const char *name, uint64_t count)
{
	(void)json_object_object_add(to, name, json_object_new_uint64(count));
}

static const struct flag {
	char letter;
	size_t offset;
} flags[] = {
	{'j', offsetof(struct pair_form, is_json)},
	{'l', offsetof(struct pair_form, is_long)},
	{'c', offsetof(struct pair_form, is_convert)},
	{'n', offsetof(struct pair_form, is_number)},
	{'m', offsetof(struct pair_form, is_marked)},
	{'z', offsetof(struct pair_form, folds_zero)},
	{'i', offsetof(struct pair_form, is_ignored)},
};

enum { FLAGS = sizeof(flags) / sizeof(*flags) };

static struct json_object *form_object(const struct pair_form *form)
{
	struct json_object *object = json_object_new_object();
	char letters[FLAGS + 1] = "";
	size_t count = 0;

	for (size_t i = 0; i < FLAGS; i++)
		if (*(const bool *)((const char *)form + flags[i].offset))
			letters[count++] = flags[i].letter;
	letters[count] = '\0';
	add_text(object, "name", form->name);
	add_text(object, "form", letters);
	return object;
}

static struct json_object *column_object(const struct manifest_column *column)
{
	struct json_object *object = json_object_new_object();

	add_text(object, "name", column->name);
	add_text(object, "type", column->type);
	add_text(object, "collation", column->collation);
	return object;
}

static struct json_object *table_object(const struct manifest_table *table)
{
	struct json_object *object = json_object_new_object();
	struct json_object *columns = json_object_new_array();
	struct json_object *forms = json_object_new_array();
	struct json_object *key = json_object_new_array();

	for (size_t i = 0; i < table->column_count; i++)
		(void)json_object_array_add(columns,
					    column_object(&table->columns[i]));
	for (size_t i = 0; i < table->form_count; i++)
		(void)json_object_array_add(forms,
					    form_object(&table->forms[i]));
	for (size_t i = 0; i < table->key_count; i++)
		(void)json_object_array_add(
			key, json_object_new_string(table->key[i]));
	add_text(object, "database", table->database);
	add_text(object, "table", table->table);
	add_count(object, "insert", table->changes[CHANGE_INSERT]);
	add_count(object, "update", table->changes[CHANGE_UPDATE]);
	add_count(object, "delete", table->changes[CHANGE_DELETE]);
	add_count(object, "auto_increment", table->counter);
	add_count(object, "written", table->written_count);
	(void)json_object_object_add(object, "key", key);
	(void)json_object_object_add(object, "columns", columns);
	(void)json_object_object_add(object, "compared", forms);
	return object;
}

/*
 * Definitions are bytes, in whatever character set; JSON is UTF-8.  So those
 * that are not stand as {"hex": …}.
 */
static struct json_object *bytes_value(const char *bytes)
{
	const size_t length = strlen(bytes);
	OWNED(buf_release) struct buf hex = BUF_INIT;

	if (text_is_utf8(bytes, length))
		return json_object_new_string(bytes);
	buf_addhex(&hex, bytes, length);
	struct json_object *object = json_object_new_object();

	add_text(object, "hex", hex.data);
	return object;
}

static struct json_object *bytes_array(const struct text_list *texts)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < texts->count; i++)
		(void)json_object_array_add(array,
					    bytes_value(texts->items[i]));
	return array;
}

static struct json_object *object_object(const struct manifest_object *object)
{
	struct json_object *to = json_object_new_object();

	add_text(to, "database", object->database);
	add_text(to, "kind", object->kind);
	add_text(to, "name", object->name);
	add_text(to, "table", object->table);
	if (object->before)
		(void)json_object_object_add(to, "before",
					     bytes_value(object->before));
	if (object->collation && *object->collation)
		add_text(to, "database_collation", object->collation);
	(void)json_object_object_add(to, "statements",
				     bytes_array(&object->statements));
	return to;
}

static void add_objects(struct json_object *to, const struct manifest *manifest)
{
	struct json_object *objects = json_object_new_array();

	for (size_t i = 0; i < manifest->object_count; i++)
		(void)json_object_array_add(
			objects, object_object(&manifest->objects[i]));
	(void)json_object_object_add(to, "objects", objects);
}

static struct json_object *texts_array(const struct text_list *texts)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < texts->count; i++)
		(void)json_object_array_add(
			array, json_object_new_string(texts->items[i]));
	return array;
}

static void add_renames(struct json_object *to, const struct renames *renames)
{
	struct json_object *object = json_object_new_object();

	for (size_t i = 0; i < renames->count; i++)
		add_text(object, renames->items[i].from, renames->items[i].to);
	(void)json_object_object_add(to, "renames", object);
}

static struct json_object *shape_object(const struct manifest_shape *shape)
{
	struct json_object *object = json_object_new_object();

	add_text(object, "database", shape->database);
	add_text(object, "table", shape->table);
	add_text(object, "kind", shape->kind);
	add_text(object, "before", shape->before ? shape->before : "");
	add_text(object, "after", shape->after ? shape->after : "");
	(void)json_object_object_add(object, "states",
				     texts_array(&shape->states));
	if (shape->renames.count)
		add_renames(object, &shape->renames);
	add_count(object, "saved", shape->is_saved);
	add_count(object, "auto_increment", shape->counter);
	add_count(object, "auto_increment_after", shape->counter_after);
	return object;
}

static void add_shapes(struct json_object *to, const struct manifest *manifest)
{
	struct json_object *shapes = json_object_new_array();

	for (size_t i = 0; i < manifest->shape_count; i++)
		(void)json_object_array_add(shapes,
					    shape_object(&manifest->shapes[i]));
	(void)json_object_object_add(to, "structures", shapes);
}

void manifest_write(const struct manifest *manifest, struct buf *out)
{
	struct json_object *object = json_object_new_object();
	struct json_object *tables = json_object_new_array();

	add_count(object, "format", BACKUP_FORMAT);
	add_text(object, "dbsync", DBSYNC_VERSION);
	add_text(object, "run", manifest->run);
	add_text(object, "created", manifest->created);
	add_text(object, "command", manifest->command);
	add_text(object, "source", manifest->source);
	add_text(object, "target", manifest->target);
	add_text(object, "target_version", manifest->target_version);
	add_text(object, "target_identity", manifest->target_identity);
	add_text(object, "key", manifest->key);
	(void)json_object_object_add(object, "allowed",
				     texts_array(&manifest->allowed));
	for (size_t i = 0; i < manifest->table_count; i++)
		(void)json_object_array_add(tables,
					    table_object(&manifest->tables[i]));
	(void)json_object_object_add(object, "tables", tables);
	if (manifest->shape_count)
		add_shapes(object, manifest);
	if (manifest->object_count)
		add_objects(object, manifest);
	buf_adds(out, json_object_to_json_string_ext(
			      object, JSON_C_TO_STRING_PLAIN |
					      JSON_C_TO_STRING_NOSLASHESCAPE));
	(void)json_object_put(object);
}

/* ------------------------------------------------------------------------
 * Parsing
 * --------------------------------------------------------------------- */

/* What is looked for, and the first thing that was not there. */
struct parser {
	struct arena *arena;
	const char *missing;
};

static struct json_object *member(struct parser *parser,
				  struct json_object *object, const char *name,
				  enum json_type type)
{
	struct json_object *found = NULL;

	if (json_object_object_get_ex(object, name, &found) &&
	    json_object_is_type(found, type))
		return found;
	if (!parser->missing)
		parser->missing = name;
	return NULL;
}

static const char *text_of(struct parser *parser, struct json_object *object,
			   const char *name)
{
	struct json_object *found = member(parser, object, name,
					   json_type_string);

	return found ? arena_strdup(parser->arena,
				    json_object_get_string(found))
		     : "";
}

/* A field that older files do not have. */
static uint64_t later_count(struct json_object *object, const char *name)
{
	struct json_object *found = NULL;

	return json_object_object_get_ex(object, name, &found)
		       ? json_object_get_uint64(found)
		       : 0;
}

static uint64_t count_of(struct parser *parser, struct json_object *object,
			 const char *name)
{
	struct json_object *found = member(parser, object, name, json_type_int);
	const bool is_negative = found && json_object_get_int64(found) < 0;

	if (is_negative && !parser->missing)
		parser->missing = name;
	return found && !is_negative ? json_object_get_uint64(found) : 0;
}

/* For as many as an array has, each of size bytes, and one more. */
static void *room_for(struct parser *parser, struct json_object *array,
		      size_t size, size_t *count_out)
{
	*count_out = array ? json_object_array_length(array) : 0;
	return arena_alloc(parser->arena, (*count_out + 1) * size);
}

static struct pair_form form_of(struct parser *parser,
				struct json_object *object)
{
	struct pair_form form = {.name = text_of(parser, object, "name")};
	const char *letters = text_of(parser, object, "form");

	for (size_t i = 0; i < FLAGS; i++)
		*(bool *)((char *)&form + flags[i].offset) =
			strchr(letters, flags[i].letter) != NULL;
	return form;
}

static void parse_columns(struct parser *parser, struct json_object *object,
			  struct manifest_table *table)
{
	struct json_object *columns = member(parser, object, "columns",
					     json_type_array);
	struct manifest_column *all = room_for(parser, columns, sizeof(*all),
					       &table->column_count);

	for (size_t i = 0; i < table->column_count; i++) {
		struct json_object *column = json_object_array_get_idx(columns,
								       i);

		all[i] = (struct manifest_column){
			text_of(parser, column, "name"),
			text_of(parser, column, "type"),
			text_of(parser, column, "collation")};
	}
	table->columns = all;
}

static void parse_forms(struct parser *parser, struct json_object *object,
			struct manifest_table *table)
{
	struct json_object *forms = member(parser, object, "compared",
					   json_type_array);
	struct pair_form *all = room_for(parser, forms, sizeof(*all),
					 &table->form_count);

	for (size_t i = 0; i < table->form_count; i++)
		all[i] = form_of(parser, json_object_array_get_idx(forms, i));
	table->forms = all;
}

static struct text_list texts_of(struct parser *parser,
				 struct json_object *object, const char *name)
{
	struct json_object *array = member(parser, object, name,
					   json_type_array);
	size_t count = 0;
	const char **all = room_for(parser, array, sizeof(*all), &count);

	for (size_t i = 0; i < count; i++) {
		struct json_object *text = json_object_array_get_idx(array, i);
		const bool is_text = json_object_is_type(text,
							 json_type_string);

		if (!is_text)
			parser->missing = name;
		all[i] = arena_strdup(parser->arena,
				      is_text ? json_object_get_string(text)
					      : "");
	}
	return (struct text_list){all, count};
}

static void parse_key(struct parser *parser, struct json_object *object,
		      struct manifest_table *table)
{
	const struct text_list key = texts_of(parser, object, "key");

	table->key = key.items;
	table->key_count = key.count;
}

static void parse_table(struct parser *parser, struct json_object *object,
			struct manifest_table *table)
{
	table->database = text_of(parser, object, "database");
	table->table = text_of(parser, object, "table");
	table->counter = count_of(parser, object, "auto_increment");
	table->written_count = count_of(parser, object, "written");
	table->changes[CHANGE_INSERT] = count_of(parser, object, "insert");
	table->changes[CHANGE_UPDATE] = count_of(parser, object, "update");
	table->changes[CHANGE_DELETE] = count_of(parser, object, "delete");
	parse_columns(parser, object, table);
	parse_forms(parser, object, table);
	parse_key(parser, object, table);
	if (table->written_count > table->column_count)
		parser->missing = "written";
}

static const char *text_or_null(struct parser *parser,
				struct json_object *object, const char *name)
{
	const char *text = text_of(parser, object, name);

	return *text ? text : NULL;
}

/* Of a shape that renames columns; others say nothing of it. */
static struct renames renames_of(struct parser *parser,
				 struct json_object *object)
{
	struct json_object *renames = NULL;
	size_t count = 0;

	if (!json_object_object_get_ex(object, "renames", &renames))
		return (struct renames){NULL, 0};
	renames = member(parser, object, "renames", json_type_object);
	if (!renames)
		return (struct renames){NULL, 0};
	struct rename *items = arena_alloc(
		parser->arena, ((size_t)json_object_object_length(renames) +
				1) * sizeof(*items));

	json_object_object_foreach(renames, name, value)
	{
		(void)value;
		items[count++] =
			(struct rename){arena_strdup(parser->arena, name),
					text_of(parser, renames, name)};
	}
	return (struct renames){items, count};
}

static void parse_shape(struct parser *parser, struct json_object *object,
			struct manifest_shape *shape)
{
	*shape = (struct manifest_shape){
		.database = text_of(parser, object, "database"),
		.table = text_of(parser, object, "table"),
		.kind = text_of(parser, object, "kind"),
		.before = text_or_null(parser, object, "before"),
		.after = text_or_null(parser, object, "after"),
		.states = texts_of(parser, object, "states"),
		.renames = renames_of(parser, object),
		.is_saved = count_of(parser, object, "saved") != 0,
		.counter = count_of(parser, object, "auto_increment"),
		.counter_after = later_count(object, "auto_increment_after"),
	};
	if (!shape->before && !shape->after)
		parser->missing = "before";
}

/* A run that changed no structures says nothing of them. */
static void parse_shapes(struct parser *parser, struct json_object *object,
			 struct manifest *manifest)
{
	struct json_object *shapes = NULL;

	if (!json_object_object_get_ex(object, "structures", &shapes))
		return;
	shapes = member(parser, object, "structures", json_type_array);
	manifest->shapes = room_for(parser, shapes, sizeof(*manifest->shapes),
				    &manifest->shape_count);
	for (size_t i = 0; i < manifest->shape_count; i++)
		parse_shape(parser, json_object_array_get_idx(shapes, i),
			    &manifest->shapes[i]);
}

/* What bytes_value made. */
static const char *bytes_of(struct parser *parser, struct json_object *value,
			    const char *name)
{
	OWNED(buf_release) struct buf bytes = BUF_INIT;
	struct json_object *hex = NULL;

	if (json_object_is_type(value, json_type_string))
		return arena_strdup(parser->arena,
				    json_object_get_string(value));
	if (!json_object_is_type(value, json_type_object) ||
	    !json_object_object_get_ex(value, "hex", &hex) ||
	    !json_object_is_type(hex, json_type_string) ||
	    !text_unhex(&bytes, json_object_get_string(hex))) {
		parser->missing = name;
		return "";
	}
	return arena_strdup(parser->arena, bytes.data);
}

static void parse_object(struct parser *parser, struct json_object *from,
			 struct manifest_object *object)
{
	struct json_object *before = NULL;
	struct json_object *collation = NULL;
	struct json_object *statements = member(parser, from, "statements",
						json_type_array);
	size_t count = 0;
	const char **all = room_for(parser, statements, sizeof(*all), &count);

	*object = (struct manifest_object){
		.database = text_of(parser, from, "database"),
		.kind = text_of(parser, from, "kind"),
		.name = text_of(parser, from, "name"),
		.table = text_of(parser, from, "table"),
		.statements = {all, count},
	};
	if (json_object_object_get_ex(from, "before", &before))
		object->before = bytes_of(parser, before, "before");
	if (json_object_object_get_ex(from, "database_collation", &collation))
		object->collation = text_of(parser, from, "database_collation");
	for (size_t i = 0; i < count; i++)
		all[i] = bytes_of(parser,
				  json_object_array_get_idx(statements, i),
				  "statements");
	if (object_kind_of(object->kind) == OBJECT_KINDS || !count)
		parser->missing = "kind";
}

static void parse_objects(struct parser *parser, struct json_object *object,
			  struct manifest *manifest)
{
	struct json_object *objects = NULL;

	if (!json_object_object_get_ex(object, "objects", &objects))
		return;
	objects = member(parser, object, "objects", json_type_array);
	manifest->objects = room_for(parser, objects,
				     sizeof(*manifest->objects),
				     &manifest->object_count);
	for (size_t i = 0; i < manifest->object_count; i++)
		parse_object(parser, json_object_array_get_idx(objects, i),
			     &manifest->objects[i]);
}

static void parse_all(struct parser *parser, struct json_object *object,
		      struct manifest *manifest)
{
	struct json_object *tables = member(parser, object, "tables",
					    json_type_array);

	manifest->run = text_of(parser, object, "run");
	manifest->created = text_of(parser, object, "created");
	manifest->command = text_of(parser, object, "command");
	manifest->source = text_of(parser, object, "source");
	manifest->target = text_of(parser, object, "target");
	manifest->target_version = text_of(parser, object, "target_version");
	manifest->target_identity = text_of(parser, object, "target_identity");
	if (json_object_object_get_ex(object, "key", NULL))
		manifest->key = text_of(parser, object, "key");
	manifest->allowed = texts_of(parser, object, "allowed");
	manifest->tables = room_for(parser, tables, sizeof(*manifest->tables),
				    &manifest->table_count);
	for (size_t i = 0; i < manifest->table_count; i++) {
		manifest->tables[i] = (struct manifest_table){0};
		parse_table(parser, json_object_array_get_idx(tables, i),
			    &manifest->tables[i]);
	}
	parse_shapes(parser, object, manifest);
	parse_objects(parser, object, manifest);
}

static void put_json(struct json_object **object)
{
	(void)json_object_put(*object);
}

static void free_tokener(struct json_tokener **tokener)
{
	json_tokener_free(*tokener);
}

/* The object that the text is, and nothing behind it; NULL otherwise. */
static struct json_object *whole_json(const char *text)
{
	OWNED(free_tokener) struct json_tokener *tokener = json_tokener_new();
	const size_t length = strlen(text);

	if (!tokener || length > INT_MAX)
		return NULL;
	OWNED(put_json) struct json_object *object =
		json_tokener_parse_ex(tokener, text, (int)length);

	return json_tokener_get_parse_end(tokener) == length ? own_take(&object)
							     : NULL;
}

enum dbs_rc manifest_parse(const char *json, struct manifest **out,
			   struct dbs_error *err)
{
	OWNED(put_json) struct json_object *object = whole_json(json);
	OWNED(manifest_drop) struct manifest *manifest =
		mem_zero(1, sizeof(*manifest));
	struct parser parser = {.arena = arena_new()};

	manifest->arena = parser.arena;
	if (!object || !json_object_is_type(object, json_type_object))
		return dbs_fail(err, DBS_E_FORMAT,
				"its manifest is not an object of JSON");
	const uint64_t format = count_of(&parser, object, "format");

	if (!parser.missing && format != BACKUP_FORMAT)
		return dbs_fail(err, DBS_E_FORMAT,
				"it has format %" PRIu64
				", this version of dbsync reads %d",
				format, (int)BACKUP_FORMAT);
	if (!parser.missing)
		parse_all(&parser, object, manifest);
	if (parser.missing)
		return dbs_fail(err, DBS_E_FORMAT,
				"its manifest has no proper `%s`",
				parser.missing);
	*out = own_take(&manifest);
	return DBS_OK;
}
