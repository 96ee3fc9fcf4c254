/* log_table_map.c - see log_table.h: by the map alone, which has names. */
#include "log_table_part.h"

#include "dbsync/base/own.h"

#include <string.h>
#include <strings.h>

enum { MAP_MEMBERS_CHARSET_DEFAULT = 10, MAP_MEMBERS_CHARSETS = 11 };
enum { COLLATION_BINARY = 63 };

/* What a FULL map says of its columns, as it is read from left to right. */
struct naming {
	struct arena *arena;
	const struct table_map *map;
	struct log_texts *texts;
	struct log_column *columns;
	const char *problem;
};

static bool is_member(uint8_t type)
{
	return type == LOG_ENUM || type == LOG_SET;
}

static bool has_collation(uint8_t type)
{
	return log_type_is_string(type) || log_type_is_blob(type);
}

/* MariaDB counts them as well, as bytes. */
static bool has_collation_or_shape(uint8_t type)
{
	return has_collation(type) || type == LOG_GEOMETRY;
}

static void set_charset(struct naming *naming, size_t column,
			uint64_t collation)
{
	const char *charset = log_text_charset(naming->texts, collation);

	if (collation == COLLATION_BINARY)
		charset = "";
	else if (!charset)
		naming->problem = arena_printf(
			naming->arena,
			"column `%s` has a collation that the server does not "
			"list (%llu)",
			naming->map->columns[column].name,
			(unsigned long long)collation);
	naming->columns[column].charset = charset;
}

/* Of the columns that are of the kind: a default with exceptions, or all. */
static bool read_charsets(struct naming *naming, enum map_field some,
			  enum map_field all, bool (*fits)(uint8_t))
{
	const uint8_t *at = NULL;
	size_t length = 0;
	uint64_t usual = 0;
	uint64_t number = 0;
	size_t seen = 0;
	const bool is_each = table_map_field(naming->map, all, &at, &length);

	if (!is_each && !table_map_field(naming->map, some, &at, &length))
		return true;
	const uint8_t *end = at + length;

	if (!is_each && !log_packed(&at, end, &usual))
		return false;
	const uint8_t *exceptions = at;

	for (size_t i = 0; i < naming->map->count; i++) {
		uint64_t collation = usual;

		if (!fits(naming->map->columns[i].type))
			continue;
		if (is_each && !log_packed(&at, end, &collation))
			return false;
		for (at = is_each ? at : exceptions; !is_each && at < end;) {
			uint64_t own = 0;

			if (!log_packed(&at, end, &number) ||
			    !log_packed(&at, end, &own))
				return false;
			if (number == seen)
				collation = own;
		}
		set_charset(naming, i, collation);
		seen++;
	}
	return true;
}

static bool read_member_texts(struct naming *naming, enum map_field field,
			      uint8_t type, struct dbs_error *err)
{
	OWNED(buf_release) struct buf text = BUF_INIT;
	const uint8_t *at = NULL;
	size_t length = 0;
	uint64_t count = 0;
	uint64_t bytes = 0;

	if (!table_map_field(naming->map, field, &at, &length))
		return true;
	const uint8_t *end = at + length;

	for (size_t i = 0; i < naming->map->count; i++) {
		struct log_column *column = &naming->columns[i];

		if (naming->map->columns[i].type != type)
			continue;
		if (!log_packed(&at, end, &count) ||
		    count > (uint64_t)(end - at))
			return false;
		const char **members = arena_alloc(
			naming->arena, ((size_t)count + 1) * sizeof(*members));

		for (uint64_t k = 0; k < count; k++) {
			if (!log_packed(&at, end, &bytes) ||
			    bytes > (uint64_t)(end - at))
				return false;
			buf_clear(&text);
			if (log_text_add(naming->texts,
					 column->charset ? column->charset : "",
					 at, (size_t)bytes, &text, err))
				return false;
			members[k] = arena_strndup(naming->arena, text.data,
						   text.length);
			at += bytes;
		}
		column->members = members;
		column->member_count = (size_t)count;
	}
	return true;
}

static enum type type_of(const struct map_column *logged, const char *charset)
{
	const bool is_bytes = !charset || !*charset;

	switch (logged->type) {
	case LOG_NEWDECIMAL:
		return TYPE_DECIMAL;
	case LOG_FLOAT:
		return TYPE_FLOAT;
	case LOG_DOUBLE:
		return TYPE_DOUBLE;
	case LOG_BIT:
		return TYPE_BIT;
	case LOG_YEAR:
		return TYPE_YEAR;
	case LOG_DATE:
	case LOG_NEWDATE:
		return TYPE_DATE;
	case LOG_DATETIME:
	case LOG_DATETIME2:
		return TYPE_DATETIME;
	case LOG_TIMESTAMP:
	case LOG_TIMESTAMP2:
		return TYPE_TIMESTAMP;
	case LOG_TIME:
	case LOG_TIME2:
		return TYPE_TIME;
	case LOG_ENUM:
		return TYPE_ENUM;
	case LOG_SET:
		return TYPE_SET;
	case LOG_JSON:
		return TYPE_JSON;
	case LOG_GEOMETRY:
		return TYPE_GEOMETRY;
	case LOG_VECTOR:
		return TYPE_VECTOR;
	case LOG_BLOB:
	case LOG_BLOB_COMPRESSED:
		return is_bytes ? TYPE_BLOB : TYPE_TEXT;
	case LOG_STRING:
	case LOG_VARCHAR:
	case LOG_VAR_STRING:
	case LOG_VARCHAR_COMPRESSED:
		return is_bytes ? TYPE_BINARY : TYPE_CHAR;
	default:
		return log_type_is_integer(logged->type) ? TYPE_INTEGER
							 : TYPE_UNKNOWN;
	}
}

/* What the log has as bytes, and is more than that. */
static void take_hint(const struct table *hint, struct log_column *column)
{
	const struct column *today =
		hint ? table_find_column(hint, column->name) : NULL;

	if (!today || (today->type != TYPE_UUID && today->type != TYPE_INET))
		return;
	column->type = today->type;
	column->is_inet6 = !strncmp(today->type_text, "inet6", 5);
}

static void check_time(struct naming *naming, const struct map_column *logged,
		       const struct table *hint)
{
	const struct column *today =
		hint ? table_find_column(hint, logged->name) : NULL;

	if (log_type_is_old_time(logged->type) && (!today || today->scale))
		naming->problem = log_old_time(naming->arena, logged->name);
}

static bool name_columns(struct naming *naming, const struct table *hint,
			 struct dbs_error *err)
{
	const struct table_map *map = naming->map;

	if (!read_charsets(naming, MAP_CHARSET_DEFAULT, MAP_CHARSETS,
			   log_texts_are_of_mariadb(naming->texts)
				   ? has_collation_or_shape
				   : has_collation) ||
	    !read_charsets(naming, (enum map_field)MAP_MEMBERS_CHARSET_DEFAULT,
			   (enum map_field)MAP_MEMBERS_CHARSETS, is_member) ||
	    !read_member_texts(naming, MAP_ENUM_MEMBERS, LOG_ENUM, err) ||
	    !read_member_texts(naming, MAP_SET_MEMBERS, LOG_SET, err))
		return false;
	for (size_t i = 0; i < map->count; i++) {
		struct log_column *column = &naming->columns[i];
		const struct map_column *logged = &map->columns[i];

		column->name = logged->name;
		column->is_unsigned = logged->is_unsigned;
		column->scale = logged->type == LOG_NEWDECIMAL ? logged->scale
				: logged->type == LOG_TIME2 ||
						logged->type == LOG_DATETIME2 ||
						logged->type == LOG_TIMESTAMP2
					? logged->digits
					: 0;
		column->type = type_of(logged, column->charset);
		if (column->type == TYPE_BINARY && logged->type == LOG_STRING) {
			column->pad = logged->size;
			take_hint(hint, column);
		}
		if (!column->charset)
			column->charset = "";
		check_time(naming, logged, hint);
	}
	return true;
}

/* What the table of today has by other names was not there, or is not the period. */
static void name_history(const struct table_map *map, const struct table *hint,
			 struct log_table *table)
{
	const char *end = "row_end";

	if (!hint || !hint->is_versioned)
		return;
	for (size_t i = 0; i < hint->column_count; i++)
		if (hint->columns[i].is_row_end)
			end = hint->columns[i].name;
	for (size_t i = 0; i < map->count && !table->has_history; i++) {
		table->has_history = !strcasecmp(map->columns[i].name, end);
		table->row_end = i;
	}
	/* the two that nobody has named are behind the others, and hidden */
	if (table->has_history && !table_find_column(hint, end) &&
	    table->row_end + 1 == map->count && map->count > 2)
		table->count -= 2;
}

/* Rows of today end alike. */
static bool tells_rows(const struct log_table *table, uint64_t place)
{
	return !table->has_history || place != table->row_end;
}

/* Places, and with prefixes a length behind each of them. */
static bool name_key(struct naming *naming, struct log_table *table)
{
	const uint8_t *at = NULL;
	size_t length = 0;
	uint64_t place = 0;

	if (!table_map_field(naming->map, MAP_PRIMARY_KEY, &at, &length))
		return true;
	const uint8_t *end = at + length;
	size_t *places = arena_alloc(naming->arena,
				     (length + 1) * sizeof(*places));

	while (at < end) {
		if (!log_packed(&at, end, &place) ||
		    place >= naming->map->count)
			return false;
		if (tells_rows(table, place))
			places[table->key_count++] = (size_t)place;
	}
	table->key = places;
	return true;
}

enum dbs_rc log_table_of_map(struct arena *arena, const struct table_map *map,
			     const struct table *hint, struct log_texts *texts,
			     const struct log_table **out,
			     struct dbs_error *err)
{
	struct log_column *columns = log_columns_new(arena, map->count);
	struct log_table *table = log_table_new(arena, map);
	struct naming naming = {arena, map, texts, columns, NULL};

	*out = table;
	table->columns = columns;
	table->count = map->count;
	table->is_transactional = !hint || table_is_transactional(hint);
	if (map->has_names)
		name_history(map, hint, table);
	if (!name_columns(&naming, hint, err) || !name_key(&naming, table))
		return err->code
			       ? err->code
			       : dbs_fail(err, DBS_E_STRANGE,
					  "the binary log describes the "
					  "columns of `%s`.`%s` in a way that "
					  "cannot be read",
					  map->database, map->table);
	table->problem = naming.problem;
	/* another key is known to the schema alone */
	if (!table->key_count && hint &&
	    !log_table_disagreement(arena, map, hint))
		log_table_set_key(arena, hint, table);
	return DBS_OK;
}
