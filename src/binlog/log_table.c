/* log_table.c - see log_table.h. */
#include "dbsync/binlog/log_table.h"

#include "dbsync/base/own.h"
#include "dbsync/schema/token.h"

#include <string.h>
#include <strings.h>

static struct log_column *new_columns(struct arena *arena, size_t count)
{
	const size_t size = (count + 1) * sizeof(struct log_column);
	struct log_column *columns = arena_alloc(arena, size);

	memset(columns, 0, size);
	return columns;
}

static struct log_table *new_table(struct arena *arena,
				   const struct table_map *map)
{
	struct log_table *table = arena_alloc(arena, sizeof(*table));

	*table = (struct log_table){
		.database = map->database,
		.name = map->table,
	};
	return table;
}

/* ------------------------------------------------------------------------
 * By the schema
 * --------------------------------------------------------------------- */

static bool is_integer(uint8_t type)
{
	return type == LOG_TINY || type == LOG_SHORT || type == LOG_INT24 ||
	       type == LOG_LONG || type == LOG_LONGLONG;
}

static bool is_blob(uint8_t type)
{
	return type == LOG_BLOB || type == LOG_BLOB_COMPRESSED;
}

static bool is_string(uint8_t type)
{
	return type == LOG_STRING || type == LOG_VARCHAR ||
	       type == LOG_VAR_STRING || type == LOG_VARCHAR_COMPRESSED;
}

/* Whether a column of that type is logged so. */
static bool types_agree(enum type type, uint8_t logged)
{
	switch (type) {
	case TYPE_UNKNOWN:
		return false;
	case TYPE_INTEGER:
		return is_integer(logged);
	case TYPE_DECIMAL:
		return logged == LOG_NEWDECIMAL;
	case TYPE_FLOAT:
		return logged == LOG_FLOAT;
	case TYPE_DOUBLE:
		return logged == LOG_DOUBLE;
	case TYPE_BIT:
		return logged == LOG_BIT;
	case TYPE_YEAR:
		return logged == LOG_YEAR;
	case TYPE_DATE:
		return logged == LOG_DATE || logged == LOG_NEWDATE;
	case TYPE_DATETIME:
		return logged == LOG_DATETIME || logged == LOG_DATETIME2;
	case TYPE_TIMESTAMP:
		return logged == LOG_TIMESTAMP || logged == LOG_TIMESTAMP2;
	case TYPE_TIME:
		return logged == LOG_TIME || logged == LOG_TIME2;
	case TYPE_ENUM:
		return logged == LOG_ENUM;
	case TYPE_SET:
		return logged == LOG_SET;
	case TYPE_CHAR:
	case TYPE_BINARY:
		return is_string(logged);
	case TYPE_TEXT:
	case TYPE_BLOB:
		return is_blob(logged);
	case TYPE_JSON:
		return logged == LOG_JSON;
	case TYPE_GEOMETRY:
		return logged == LOG_GEOMETRY;
	case TYPE_VECTOR:
		return logged == LOG_VECTOR || is_string(logged);
	case TYPE_UUID:
	case TYPE_INET:
		return logged == LOG_STRING;
	}
	return false;
}

static void set_members(struct arena *arena, const char *type_text,
			struct log_column *column)
{
	struct tokens tokens = {0};
	struct dbs_error ignored = {0};

	if (tokens_read(type_text, strlen(type_text), arena, &tokens, &ignored))
		return;
	const char **members = arena_alloc(arena,
					   tokens.count * sizeof(*members));

	for (size_t i = 0; i < tokens.count; i++)
		if (tokens.items[i].kind == TOKEN_STRING)
			members[column->member_count++] =
				token_string(&tokens.items[i], arena, NULL);
	column->members = members;
}

/* Schemas are in utf8mb3: what it has no room for is a question mark there. */
static bool may_hide(const struct log_column *column)
{
	bool has_mark = false;

	for (size_t i = 0; i < column->member_count; i++)
		has_mark = has_mark || strchr(column->members[i], '?');
	return has_mark && (!strcmp(column->charset, "utf8mb4") ||
			    !strncmp(column->charset, "utf16", 5) ||
			    !strcmp(column->charset, "utf32") ||
			    !strcmp(column->charset, "gb18030"));
}

static void fill_column(struct arena *arena, const struct column *from,
			struct log_column *to)
{
	*to = (struct log_column){
		.name = from->name,
		.charset = type_has_charset(from->type) ? from->charset : "",
		.scale = from->scale,
		.type = from->type,
		.is_unsigned = from->is_unsigned,
		.is_inet6 = !strncmp(from->type_text, "inet6", 5),
		.pad = from->type == TYPE_BINARY &&
				       !strncmp(from->type_text, "binary", 6)
			       ? from->max_bytes
			       : 0,
	};
	if (from->type == TYPE_ENUM || from->type == TYPE_SET)
		set_members(arena, from->type_text, to);
	to->may_hide = may_hide(to);
}

const struct key *log_table_key(const struct table *table)
{
	const struct key *found = NULL;

	for (size_t i = 0; i < table->key_count; i++) {
		const struct key *key = &table->keys[i];

		if (!strcmp(key->name, "PRIMARY") && key->is_exact)
			return key;
		if (!found && key->is_unique && key->is_exact &&
		    key->is_not_null)
			found = key;
	}
	return found;
}

static void set_key(struct arena *arena, const struct table *from,
		    struct log_table *to)
{
	const struct key *key = log_table_key(from);

	if (!key)
		return;
	size_t *places = arena_alloc(arena, key->count * sizeof(*places));

	for (size_t i = 0; i < key->count; i++)
		places[i] = (size_t)(key->columns[i] - from->columns);
	to->key = places;
	to->key_count = key->count;
}

/* Of today the first so many; the period may be hidden behind them. */
static void set_history(const struct table_map *map, const struct table *table,
			struct log_table *to)
{
	to->has_history = table->is_versioned;
	to->row_end = map->count - 1;
	for (size_t i = 0; i < table->column_count; i++)
		if (table->columns[i].is_row_end)
			to->row_end = i;
}

enum row_age log_row_age(const struct log_table *table,
			 const struct log_cell *cells)
{
	/* the last moment there is, of 32 signed bits or of 32 */
	static const uint8_t old[] = {0x7f, 0xff, 0xff, 0xff, 0x0f, 0x42, 0x3f};
	static const uint8_t last[] = {0xff, 0xff, 0xff, 0xff,
				       0x0f, 0x42, 0x3f};

	if (!table->has_history)
		return ROW_TODAY;
	const struct log_cell *cell = &cells[table->row_end];

	if (cell->presence != CELL_PRESENT)
		return ROW_AGE_UNKNOWN;
	return cell->length == sizeof(old) &&
			       memcmp(cell->data, old, sizeof(old)) != 0 &&
			       memcmp(cell->data, last, sizeof(last)) != 0
		       ? ROW_PAST
		       : ROW_TODAY;
}

static bool is_old_time(uint8_t type)
{
	return type == LOG_TIME || type == LOG_DATETIME ||
	       type == LOG_TIMESTAMP;
}

/* With a fraction, those are of a length that the map does not say. */
static const char *old_time(struct arena *arena, const char *column)
{
	return arena_printf(arena,
			    "column `%s` has the format of times of old "
			    "servers, with a fraction, which is not known to "
			    "the log: ALTER TABLE … FORCE rewrites it",
			    column);
}

/* Names, where the map has them, say more than types. */
static const char *disagreement(struct arena *arena,
				const struct table_map *map,
				const struct table *table)
{
	/* the period of a versioned table is behind its columns, and hidden */
	if (map->count < table->column_count ||
	    (map->count > table->column_count && !table->is_versioned))
		return arena_printf(arena,
				    "the log has %zu columns of it, the "
				    "table of today has %zu",
				    map->count, table->column_count);
	for (size_t i = 0; i < table->column_count; i++) {
		const struct column *column = &table->columns[i];
		const struct map_column *logged = &map->columns[i];

		if (logged->name && strcmp(logged->name, column->name) != 0)
			return arena_printf(arena,
					    "column %zu was `%s` when the row "
					    "was logged, and is `%s` today",
					    i + 1, logged->name, column->name);
		if (!types_agree(column->type, logged->type))
			return arena_printf(arena,
					    "column `%s` has another type than "
					    "in the log",
					    column->name);
		if (is_old_time(logged->type) && column->scale)
			return old_time(arena, column->name);
	}
	return NULL;
}

void log_table_fill(struct arena *arena, const struct table *from,
		    struct log_table *to)
{
	struct log_column *columns = new_columns(arena, from->column_count);

	for (size_t i = 0; i < from->column_count; i++)
		fill_column(arena, &from->columns[i], &columns[i]);
	to->columns = columns;
	to->count = from->column_count;
	to->is_transactional = table_is_transactional(from);
	set_key(arena, from, to);
}

const struct log_table *log_table_of_model(struct arena *arena,
					   const struct table_map *map,
					   const struct table *table)
{
	struct log_table *out = new_table(arena, map);

	out->problem = table ? disagreement(arena, map, table)
			     : "there is no such table today";
	if (out->problem)
		return out;
	log_table_fill(arena, table, out);
	set_history(map, table, out);
	return out;
}

/* ------------------------------------------------------------------------
 * By the map
 * --------------------------------------------------------------------- */

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
	return is_string(type) || is_blob(type);
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
		return is_integer(logged->type) ? TYPE_INTEGER : TYPE_UNKNOWN;
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

	if (is_old_time(logged->type) && (!today || today->scale))
		naming->problem = old_time(naming->arena, logged->name);
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
	struct log_column *columns = new_columns(arena, map->count);
	struct log_table *table = new_table(arena, map);
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
	if (!table->key_count && hint && !disagreement(arena, map, hint))
		set_key(arena, hint, table);
	return DBS_OK;
}
