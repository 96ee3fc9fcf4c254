/* table_map.c - see table_map.h. */
#include "dbsync/binlog/table_map.h"

#include <string.h>

/* What is left of the event while it is read. */
struct piece {
	const uint8_t *at;
	const uint8_t *end;
};

static const uint8_t *take(struct piece *piece, uint64_t bytes)
{
	const uint8_t *at = piece->at;

	if (bytes > (uint64_t)(piece->end - at))
		return NULL;
	piece->at += bytes;
	return at;
}

/* A name with its length in front and a NUL behind, and none in it. */
static const char *take_name(struct piece *piece, struct arena *arena)
{
	const uint8_t *length = take(piece, 1);
	const uint8_t *text = length ? take(piece, *length + 1ULL) : NULL;

	if (!text || text[*length] || memchr(text, 0, *length))
		return NULL;
	return arena_strndup(arena, (const char *)text, *length);
}

/* ------------------------------------------------------------------------
 * Metadata
 * --------------------------------------------------------------------- */

/* How many bytes of metadata a type has; 99: the type is not known. */
static unsigned metadata_size(uint8_t type)
{
	switch (type) {
	case LOG_TINY:
	case LOG_SHORT:
	case LOG_LONG:
	case LOG_NULL:
	case LOG_TIMESTAMP:
	case LOG_LONGLONG:
	case LOG_INT24:
	case LOG_DATE:
	case LOG_TIME:
	case LOG_DATETIME:
	case LOG_YEAR:
	case LOG_NEWDATE:
		return 0;
	case LOG_FLOAT:
	case LOG_DOUBLE:
	case LOG_TIMESTAMP2:
	case LOG_DATETIME2:
	case LOG_TIME2:
	case LOG_BLOB:
	case LOG_BLOB_COMPRESSED:
	case LOG_JSON:
	case LOG_GEOMETRY:
	case LOG_VECTOR:
		return 1;
	case LOG_VARCHAR:
	case LOG_VARCHAR_COMPRESSED:
	case LOG_VAR_STRING:
	case LOG_BIT:
	case LOG_NEWDECIMAL:
	case LOG_STRING:
		return 2;
	default:
		return 99;
	}
}

/*
 * STRING hides what it is: ENUM and SET say so in the first byte; of a CHAR of
 * more than 255 bytes two bits of the length are in it, inverted.
 */
static void set_string(struct map_column *column, const uint8_t *metadata)
{
	uint8_t type = metadata[0];

	column->size = metadata[1];
	if ((type & 0x30) != 0x30) {
		column->size |= (uint32_t)((type & 0x30) ^ 0x30) << 4;
		type |= 0x30;
	}
	column->type = type;
}

static bool set_metadata(struct map_column *column, const uint8_t *metadata)
{
	switch (column->type) {
	case LOG_STRING:
		set_string(column, metadata);
		return column->type == LOG_STRING ||
		       ((column->type == LOG_ENUM || column->type == LOG_SET) &&
			column->size >= 1 && column->size <= 8);
	case LOG_VARCHAR:
	case LOG_VARCHAR_COMPRESSED:
	case LOG_VAR_STRING:
		column->size = (uint32_t)log_number(metadata, 2);
		return true;
	case LOG_BIT:
		column->digits = metadata[0];
		column->size = metadata[1] + (metadata[0] ? 1U : 0U);
		return metadata[0] < 8 && column->size >= 1 &&
		       column->size <= 8;
	case LOG_NEWDECIMAL:
		column->digits = metadata[0];
		column->scale = metadata[1];
		return metadata[0] >= 1 && metadata[0] <= 65 &&
		       metadata[1] <= metadata[0];
	case LOG_TIMESTAMP2:
	case LOG_DATETIME2:
	case LOG_TIME2:
		column->digits = metadata[0];
		return metadata[0] <= 6;
	case LOG_FLOAT:
		column->size = metadata[0];
		return metadata[0] == 4;
	case LOG_DOUBLE:
		column->size = metadata[0];
		return metadata[0] == 8;
	default:
		column->size = metadata ? metadata[0] : 0;
		return !metadata || (metadata[0] >= 1 && metadata[0] <= 4);
	}
}

/* ------------------------------------------------------------------------
 * The optional part
 * --------------------------------------------------------------------- */

bool table_map_field(const struct table_map *map, enum map_field field,
		     const uint8_t **data_out, size_t *length_out)
{
	struct piece piece = {map->body, map->body + map->length};
	uint64_t length = 0;

	while (piece.at < piece.end) {
		const uint8_t type = *piece.at++;

		if (!log_packed(&piece.at, piece.end, &length))
			return false;
		const uint8_t *data = take(&piece, length);

		if (!data)
			return false;
		if (type == field) {
			*data_out = data;
			*length_out = (size_t)length;
			return true;
		}
	}
	return false;
}

/* YEAR counts as well, in both families; BIT does not. */
static bool has_sign(uint8_t type)
{
	return type == LOG_TINY || type == LOG_SHORT || type == LOG_LONG ||
	       type == LOG_LONGLONG || type == LOG_INT24 || type == LOG_FLOAT ||
	       type == LOG_DOUBLE || type == LOG_NEWDECIMAL || type == LOG_YEAR;
}

static bool read_signs(struct table_map *map, struct map_column *columns)
{
	const uint8_t *bits = NULL;
	size_t length = 0;
	size_t number = 0;

	if (!table_map_field(map, MAP_SIGNS, &bits, &length))
		return true;
	for (size_t i = 0; i < map->count; i++) {
		if (!has_sign(columns[i].type))
			continue;
		if (number / 8 >= length)
			return false;
		columns[i].is_unsigned = bits[number / 8] &
					 (0x80 >> (number % 8));
		number++;
	}
	map->has_signs = true;
	return true;
}

static bool read_names(struct table_map *map, struct map_column *columns,
		       struct arena *arena)
{
	const uint8_t *data = NULL;
	size_t length = 0;

	if (!table_map_field(map, MAP_NAMES, &data, &length))
		return true;
	struct piece piece = {data, data + length};

	for (size_t i = 0; i < map->count; i++) {
		uint64_t bytes = 0;

		if (!log_packed(&piece.at, piece.end, &bytes))
			return false;
		const uint8_t *text = take(&piece, bytes);

		if (!text || memchr(text, 0, (size_t)bytes))
			return false;
		columns[i].name = arena_strndup(arena, (const char *)text,
						(size_t)bytes);
	}
	map->has_names = true;
	return true;
}

/* ------------------------------------------------------------------------
 * The whole
 * --------------------------------------------------------------------- */

static bool read_columns(struct piece *piece, struct map_column *columns,
			 size_t count)
{
	const uint8_t *types = take(piece, count);
	uint64_t length = 0;

	if (!types || !log_packed(&piece->at, piece->end, &length))
		return false;
	struct piece metadata = {piece->at, NULL};

	if (!take(piece, length))
		return false;
	metadata.end = piece->at;
	const uint8_t *nullable = take(piece, (count + 7) / 8);

	if (!nullable)
		return false;
	for (size_t i = 0; i < count; i++) {
		const unsigned bytes = metadata_size(types[i]);
		const uint8_t *at = take(&metadata, bytes);

		columns[i].type = types[i];
		columns[i].is_nullable = nullable[i / 8] >> (i % 8) & 1;
		if (!at || !set_metadata(&columns[i], bytes ? at : NULL))
			return false;
	}
	return metadata.at == metadata.end;
}

bool table_map_read(const struct log_event *event, struct arena *arena,
		    struct table_map *out)
{
	enum { ID = 6, FLAGS = 2, COLUMNS_MOST = 4096 };
	struct piece piece = {event->body, event->body + event->length};
	const uint8_t *head = take(&piece, ID + FLAGS);
	uint64_t count = 0;

	*out = (struct table_map){0};
	if (!head)
		return false;
	out->id = log_number(head, ID);
	out->database = take_name(&piece, arena);
	out->table = out->database ? take_name(&piece, arena) : NULL;
	if (!out->table || !log_packed(&piece.at, piece.end, &count) ||
	    !count || count > COLUMNS_MOST)
		return false;
	const size_t size = (size_t)count * sizeof(struct map_column);
	struct map_column *columns = arena_alloc(arena, size);

	memset(columns, 0, size);
	if (!read_columns(&piece, columns, (size_t)count))
		return false;
	out->columns = columns;
	out->count = (size_t)count;
	out->length = (size_t)(piece.end - piece.at);
	uint8_t *rest = arena_alloc(arena, out->length + 1);

	memcpy(rest, piece.at, out->length);
	out->body = rest;
	return read_signs(out, columns) && read_names(out, columns, arena);
}
