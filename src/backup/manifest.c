/* manifest.c - see manifest.h. */
#include "dbsync/backup/manifest.h"

#include "dbsync/base/own.h"
#include "dbsync/version.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <limits.h>
#include <string.h>
#include <time.h>

/* ------------------------------------------------------------------------
 * Of a plan
 * --------------------------------------------------------------------- */

static const char *now(struct arena *arena)
{
	const time_t seconds = time(NULL);
	struct tm utc;
	char text[32];

	(void)gmtime_r(&seconds, &utc);
	(void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
	return arena_strdup(arena, text);
}

/* The guards in the way of the plan, all of which were allowed. */
static struct text_list allowed_of(struct arena *arena, const struct plan *plan)
{
	const char **words = arena_alloc(arena, (plan->guard_count + 1) *
							sizeof(*words));

	for (size_t i = 0; i < plan->guard_count; i++)
		words[i] = guard_word(plan->guards[i].kind);
	return (struct text_list){words, plan->guard_count};
}

static void describe_columns(struct arena *arena, const struct image *image,
			     struct manifest_table *table)
{
	struct manifest_column *columns =
		arena_alloc(arena, (image->count + 1) * sizeof(*columns));
	const char **key = arena_alloc(arena,
				       (image->key_count + 1) * sizeof(*key));

	for (size_t i = 0; i < image->count; i++) {
		const struct column *column = image->columns[i].column;

		columns[i] = (struct manifest_column){
			column->name, column->type_text, column->collation};
	}
	for (size_t i = 0; i < image->key_count; i++)
		key[i] = columns[image->key[i]].name;
	table->columns = columns;
	table->column_count = image->count;
	table->written_count = image->written_count;
	table->key = key;
	table->key_count = image->key_count;
}

static void describe_forms(struct arena *arena, const struct pair *pair,
			   struct manifest_table *table)
{
	struct pair_form *forms = arena_alloc(arena, (pair->column_count + 1) *
							     sizeof(*forms));

	for (size_t i = 0; i < pair->column_count; i++) {
		const struct pair_column *column = &pair->columns[i];

		forms[i] = (struct pair_form){
			.name = column->target->name,
			.is_json = column->is_json,
			.is_long = column->is_long,
			.is_convert = column->is_convert,
			.folds_zero = column->folds_zero,
			.is_ignored = column->is_ignored,
		};
	}
	table->forms = forms;
	table->form_count = pair->column_count;
}

struct manifest *manifest_of_plan(const struct manifest_wish *wish)
{
	struct manifest *manifest = mem_zero(1, sizeof(*manifest));
	struct arena *arena = arena_new();
	const struct plan *plan = wish->plan;

	manifest->arena = arena;
	manifest->run = arena_strdup(arena, wish->run);
	manifest->created = now(arena);
	manifest->command = wish->command;
	manifest->source = arena_strdup(arena, wish->source);
	manifest->target = arena_strdup(arena, wish->target);
	manifest->target_version = arena_strdup(arena, wish->target_version);
	manifest->target_identity = arena_strdup(arena, wish->facts->identity);
	manifest->allowed = allowed_of(arena, plan);
	manifest->table_count = plan->table_count;
	manifest->tables = arena_alloc(
		arena, (plan->table_count + 1) * sizeof(struct manifest_table));
	for (size_t i = 0; i < plan->table_count; i++) {
		const struct finding *finding = plan->tables[i].finding;
		struct manifest_table *table = &manifest->tables[i];

		*table = (struct manifest_table){
			.database = finding->target_database,
			.table = plan->tables[i].target->name,
			.counter = plan->tables[i].target->auto_increment,
		};
		memcpy(table->changes, finding->records,
		       sizeof(table->changes));
		describe_columns(arena, finding->subject->image, table);
		describe_forms(arena, finding->subject->pair, table);
	}
	return manifest;
}

void manifest_drop(struct manifest **manifest)
{
	if (!*manifest)
		return;
	arena_drop(&(*manifest)->arena);
	mem_drop(manifest);
}

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

void manifest_write(const struct manifest *manifest, struct buf *out)
{
	struct json_object *object = json_object_new_object();
	struct json_object *tables = json_object_new_array();
	struct json_object *allowed = json_object_new_array();

	for (size_t i = 0; i < manifest->allowed.count; i++)
		(void)json_object_array_add(
			allowed,
			json_object_new_string(manifest->allowed.items[i]));
	add_count(object, "format", BACKUP_FORMAT);
	add_text(object, "dbsync", DBSYNC_VERSION);
	add_text(object, "run", manifest->run);
	add_text(object, "created", manifest->created);
	add_text(object, "command", manifest->command);
	add_text(object, "source", manifest->source);
	add_text(object, "target", manifest->target);
	add_text(object, "target_version", manifest->target_version);
	add_text(object, "target_identity", manifest->target_identity);
	(void)json_object_object_add(object, "allowed", allowed);
	for (size_t i = 0; i < manifest->table_count; i++)
		(void)json_object_array_add(tables,
					    table_object(&manifest->tables[i]));
	(void)json_object_object_add(object, "tables", tables);
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

static uint64_t count_of(struct parser *parser, struct json_object *object,
			 const char *name)
{
	struct json_object *found = member(parser, object, name, json_type_int);
	const bool is_negative = found && json_object_get_int64(found) < 0;

	if (is_negative && !parser->missing)
		parser->missing = name;
	return found && !is_negative ? json_object_get_uint64(found) : 0;
}

static size_t length_of(struct json_object *array)
{
	return array ? json_object_array_length(array) : 0;
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
	struct manifest_column *all = arena_alloc(
		parser->arena, (length_of(columns) + 1) * sizeof(*all));

	table->column_count = length_of(columns);
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
	struct pair_form *all = arena_alloc(
		parser->arena, (length_of(forms) + 1) * sizeof(*all));

	table->form_count = length_of(forms);
	for (size_t i = 0; i < table->form_count; i++)
		all[i] = form_of(parser, json_object_array_get_idx(forms, i));
	table->forms = all;
}

static struct text_list texts_of(struct parser *parser,
				 struct json_object *object, const char *name)
{
	struct json_object *array = member(parser, object, name,
					   json_type_array);
	const size_t count = length_of(array);
	const char **all = arena_alloc(parser->arena,
				       (count + 1) * sizeof(*all));

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
	manifest->allowed = texts_of(parser, object, "allowed");
	manifest->table_count = length_of(tables);
	manifest->tables = arena_alloc(parser->arena,
				       (manifest->table_count + 1) *
					       sizeof(*manifest->tables));
	for (size_t i = 0; i < manifest->table_count; i++) {
		manifest->tables[i] = (struct manifest_table){0};
		parse_table(parser, json_object_array_get_idx(tables, i),
			    &manifest->tables[i]);
	}
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
