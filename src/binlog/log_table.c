/* log_table.c - see log_table.h: by the schema. */
#include "log_table_part.h"

#include "dbsync/schema/token.h"

#include <string.h>

struct log_column *log_columns_new(struct arena *arena, size_t count)
{
	const size_t size = (count + 1) * sizeof(struct log_column);
	struct log_column *columns = arena_alloc(arena, size);

	memset(columns, 0, size);
	return columns;
}

struct log_table *log_table_new(struct arena *arena,
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

bool log_type_is_integer(uint8_t type)
{
	return type == LOG_TINY || type == LOG_SHORT || type == LOG_INT24 ||
	       type == LOG_LONG || type == LOG_LONGLONG;
}

bool log_type_is_blob(uint8_t type)
{
	return type == LOG_BLOB || type == LOG_BLOB_COMPRESSED;
}

bool log_type_is_string(uint8_t type)
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
		return log_type_is_integer(logged);
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
		return log_type_is_string(logged);
	case TYPE_TEXT:
	case TYPE_BLOB:
		return log_type_is_blob(logged);
	case TYPE_JSON:
		return logged == LOG_JSON;
	case TYPE_GEOMETRY:
		return logged == LOG_GEOMETRY;
	case TYPE_VECTOR:
		return logged == LOG_VECTOR || log_type_is_string(logged);
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

void log_table_set_key(struct arena *arena, const struct table *from,
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

bool log_type_is_old_time(uint8_t type)
{
	return type == LOG_TIME || type == LOG_DATETIME ||
	       type == LOG_TIMESTAMP;
}

/* With a fraction, those are of a length that the map does not say. */
const char *log_old_time(struct arena *arena, const char *column)
{
	return arena_printf(arena,
			    "column `%s` has the format of times of old "
			    "servers, with a fraction, which is not known to "
			    "the log: ALTER TABLE … FORCE rewrites it",
			    column);
}

/* Names, where the map has them, say more than types. */
const char *log_table_disagreement(struct arena *arena,
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
		if (log_type_is_old_time(logged->type) && column->scale)
			return log_old_time(arena, column->name);
	}
	return NULL;
}

void log_table_fill(struct arena *arena, const struct table *from,
		    struct log_table *to)
{
	struct log_column *columns = log_columns_new(arena, from->column_count);

	for (size_t i = 0; i < from->column_count; i++)
		fill_column(arena, &from->columns[i], &columns[i]);
	to->columns = columns;
	to->count = from->column_count;
	to->is_transactional = table_is_transactional(from);
	log_table_set_key(arena, from, to);
}

const struct log_table *log_table_of_model(struct arena *arena,
					   const struct table_map *map,
					   const struct table *table)
{
	struct log_table *out = log_table_new(arena, map);

	out->problem = table ? log_table_disagreement(arena, map, table)
			     : "there is no such table today";
	if (out->problem)
		return out;
	log_table_fill(arena, table, out);
	set_history(map, table, out);
	return out;
}
