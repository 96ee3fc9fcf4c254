/*
 * row_event.c - see row_event.h.
 *
 *	table id (6, or 4 in the oldest)  flags (2)
 *	[length of more (2), with itself]                   version 2
 *	columns (packed)  which are present (a bit each)
 *	[which are present after]                           updates
 *	rows: which are NULL, of those present (a bit each)  values …
 *
 * Of PARTIAL_UPDATE_ROWS the image after begins with options; when JSON may be
 * partial, a bit for each JSON column says whether it is: then there are
 * differences where the value would be, which are passed over.
 */
#include "dbsync/binlog/row_event.h"

#include "dbsync/binlog/decimal_binary.h"
#include "dbsync/binlog/unpack.h"

#include <string.h>

struct kind {
	enum row_change change;
	bool is_second; /* version 2: more between flags and columns */
	bool is_compressed;
	bool is_partial;
};

static bool kind_of(uint8_t type, struct kind *out)
{
	*out = (struct kind){.is_second = true};
	switch (type) {
	case EVENT_WRITE_ROWS_1:
	case EVENT_UPDATE_ROWS_1:
	case EVENT_DELETE_ROWS_1:
		out->is_second = false;
		out->change = (enum row_change)(type - EVENT_WRITE_ROWS_1);
		return true;
	case EVENT_WRITE_ROWS:
	case EVENT_UPDATE_ROWS:
	case EVENT_DELETE_ROWS:
		out->change = (enum row_change)(type - EVENT_WRITE_ROWS);
		return true;
	case EVENT_PARTIAL_UPDATE_ROWS:
		out->change = ROW_UPDATE;
		out->is_partial = true;
		return true;
	case EVENT_WRITE_ROWS_COMPRESSED_1:
	case EVENT_UPDATE_ROWS_COMPRESSED_1:
	case EVENT_DELETE_ROWS_COMPRESSED_1:
		*out = (struct kind){
			.change = (enum row_change)(
				type - EVENT_WRITE_ROWS_COMPRESSED_1),
			.is_compressed = true};
		return true;
	case EVENT_WRITE_ROWS_COMPRESSED:
	case EVENT_UPDATE_ROWS_COMPRESSED:
	case EVENT_DELETE_ROWS_COMPRESSED:
		out->change = (enum row_change)(type -
						EVENT_WRITE_ROWS_COMPRESSED);
		out->is_compressed = true;
		return true;
	default:
		return false;
	}
}

bool row_event_is(uint8_t type)
{
	struct kind kind;

	return kind_of(type, &kind);
}

/* ------------------------------------------------------------------------
 * Opening
 * --------------------------------------------------------------------- */

static unsigned id_size(const struct log_event *event,
			const struct log_format *format)
{
	return format->post_header[event->type] == 6 ? 4 : 6;
}

bool row_event_table(const struct log_event *event,
		     const struct log_format *format, uint64_t *id_out)
{
	const unsigned size = id_size(event, format);

	if (!row_event_is(event->type) || event->length < size)
		return false;
	*id_out = log_number(event->body, size);
	return true;
}

static bool take(const uint8_t **at, const uint8_t *end, uint64_t bytes,
		 const uint8_t **out)
{
	if (bytes > (uint64_t)(end - *at))
		return false;
	*out = *at;
	*at += bytes;
	return true;
}

static bool open_images(struct row_event *row, const struct kind *kind)
{
	const size_t bits = (row->count + 7) / 8;

	row->has[IMAGE_BEFORE] = kind->change != ROW_INSERT;
	row->has[IMAGE_AFTER] = kind->change != ROW_DELETE;
	for (unsigned i = 0; i < IMAGES; i++) {
		if (!row->has[i])
			continue;
		if (!take(&row->at, row->end, bits, &row->present[i]))
			return false;
		row->cells[i] = mem_grow(row->cells[i],
					 row->count * sizeof(**row->cells));
	}
	return true;
}

static bool unpack_rows(struct row_event *row)
{
	if (!unpack_event(row->at, (size_t)(row->end - row->at),
			  &row->unpacked))
		return false;
	row->at = (const uint8_t *)row->unpacked.data;
	row->end = row->at + row->unpacked.length;
	return true;
}

bool row_event_open(struct row_event *row, const struct log_event *event,
		    const struct log_format *format,
		    const struct table_map *map)
{
	enum { FLAGS = 2 };
	struct kind kind;
	const uint8_t *ignored = NULL;
	uint64_t count = 0;

	if (!kind_of(event->type, &kind) ||
	    !row_event_table(event, format, &row->table_id))
		return false;
	row->map = map;
	row->change = kind.change;
	row->is_partial = kind.is_partial;
	row->at_end = false;
	row->at = event->body;
	row->end = event->body + event->length;
	if (!take(&row->at, row->end, id_size(event, format) + FLAGS, &ignored))
		return false;
	if (kind.is_second) {
		if (row->end - row->at < 2 || log_number(row->at, 2) < 2 ||
		    !take(&row->at, row->end, log_number(row->at, 2), &ignored))
			return false;
	}
	if (!log_packed(&row->at, row->end, &count) || count != map->count)
		return false;
	row->count = map->count;
	return open_images(row, &kind) &&
	       (!kind.is_compressed || unpack_rows(row));
}

void row_event_release(struct row_event *row)
{
	for (unsigned i = 0; i < IMAGES; i++)
		mem_drop(&row->cells[i]);
	buf_release(&row->unpacked);
}

/* ------------------------------------------------------------------------
 * Values
 * --------------------------------------------------------------------- */

static size_t fraction_bytes(unsigned digits)
{
	return (digits + 1) / 2;
}

/* Of a value without a length of its own; 0: it has one. */
static size_t fixed_size(const struct map_column *column)
{
	switch (column->type) {
	case LOG_TINY:
	case LOG_YEAR:
		return 1;
	case LOG_SHORT:
		return 2;
	case LOG_INT24:
	case LOG_DATE:
	case LOG_NEWDATE:
	case LOG_TIME:
		return 3;
	case LOG_LONG:
	case LOG_TIMESTAMP:
		return 4;
	case LOG_LONGLONG:
	case LOG_DATETIME:
		return 8;
	case LOG_FLOAT:
	case LOG_DOUBLE:
	case LOG_ENUM:
	case LOG_SET:
	case LOG_BIT:
		return column->size;
	case LOG_TIMESTAMP2:
		return 4 + fraction_bytes(column->digits);
	case LOG_DATETIME2:
		return 5 + fraction_bytes(column->digits);
	case LOG_TIME2:
		return 3 + fraction_bytes(column->digits);
	case LOG_NEWDECIMAL:
		return decimal_binary_size(column->digits, column->scale);
	default:
		return 0;
	}
}

static unsigned length_bytes(const struct map_column *column)
{
	switch (column->type) {
	case LOG_STRING:
	case LOG_VARCHAR:
	case LOG_VARCHAR_COMPRESSED:
	case LOG_VAR_STRING:
		return column->size > 255 ? 2 : 1;
	default:
		return column->size;
	}
}

static bool take_value(struct row_event *row, const struct map_column *column,
		       struct log_cell *out)
{
	uint64_t length = fixed_size(column);
	const uint8_t *prefix = NULL;

	if (!length) {
		const unsigned bytes = length_bytes(column);

		if (!bytes || !take(&row->at, row->end, bytes, &prefix))
			return false;
		length = log_number(prefix, bytes);
	}
	out->presence = CELL_PRESENT;
	out->length = (size_t)length;
	return take(&row->at, row->end, length, &out->data);
}

static bool bit(const uint8_t *bits, size_t number)
{
	return bits[number / 8] >> (number % 8) & 1;
}

static size_t count_present(const struct row_event *row, unsigned image)
{
	size_t count = 0;

	for (size_t i = 0; i < row->count; i++)
		count += bit(row->present[image], i);
	return count;
}

/* Which JSON columns have differences in place of their value; NULL: none. */
static bool take_options(struct row_event *row, const uint8_t **partial_out)
{
	enum { PARTIAL_JSON = 1 };
	uint64_t options = 0;
	size_t count = 0;

	*partial_out = NULL;
	if (!log_packed(&row->at, row->end, &options))
		return false;
	if (!(options & PARTIAL_JSON))
		return !options;
	for (size_t i = 0; i < row->count; i++)
		count += row->map->columns[i].type == LOG_JSON;
	return take(&row->at, row->end, (count + 7) / 8, partial_out);
}

static bool take_image(struct row_event *row, unsigned image)
{
	const uint8_t *partial = NULL;
	const uint8_t *nulls = NULL;
	size_t number = 0;
	size_t json = 0;

	if (image == IMAGE_AFTER && row->is_partial &&
	    !take_options(row, &partial))
		return false;
	if (!take(&row->at, row->end, (count_present(row, image) + 7) / 8,
		  &nulls))
		return false;
	for (size_t i = 0; i < row->count; i++) {
		const struct map_column *column = &row->map->columns[i];
		struct log_cell *cell = &row->cells[image][i];
		const bool is_partial = column->type == LOG_JSON && partial &&
					bit(partial, json);

		json += column->type == LOG_JSON;
		*cell = (struct log_cell){.presence = CELL_ABSENT};
		if (!bit(row->present[image], i))
			continue;
		if (bit(nulls, number++))
			cell->presence = CELL_NULL;
		else if (!take_value(row, column, cell))
			return false;
		if (is_partial && cell->presence == CELL_PRESENT)
			cell->presence = CELL_ABSENT;
	}
	return true;
}

bool row_event_next(struct row_event *row)
{
	row->at_end = row->at == row->end;
	if (row->at_end)
		return false;
	const uint8_t *before = row->at;

	for (unsigned i = 0; i < IMAGES; i++)
		if (row->has[i] && !take_image(row, i))
			return false;
	/* an image of nothing would never end */
	return row->at > before;
}
