/* log_value.c - see log_value.h. */
#include "dbsync/binlog/log_value.h"

#include "dbsync/base/own.h"
#include "dbsync/binlog/decimal_binary.h"
#include "dbsync/binlog/json_binary.h"
#include "dbsync/binlog/unpack.h"

#include "log_moment.h"

#include <math.h>
#include <string.h>

/* What one value is made of. */
struct source {
	const struct log_table *table;
	const struct log_column *column;
	const struct map_column *map;
	const struct log_cell *cell;
	struct log_texts *texts;
};

static const struct wire_column text_wire = {.wire = WIRE_STRING};
static const struct wire_column json_wire = {.wire = WIRE_STRING,
					     .is_json = true};
static const struct wire_column decimal_wire = {.wire = WIRE_STRING,
						.is_decimal = true};
static const struct wire_column moment_wire = {.wire = WIRE_SHORT};
static const struct wire_column span_wire = {.wire = WIRE_SHORT,
					     .is_time = true};

static enum dbs_rc no_such_value(const struct source *from,
				 struct dbs_error *err)
{
	return dbs_fail(err, DBS_E_STRANGE,
			"the binary log has bytes in column `%s` that are no "
			"value of its type",
			from->column->name);
}

static void add_bytes(struct buf *out, const struct wire_column *wire,
		      const void *data, size_t length)
{
	values_add(out, wire, (struct cell){data, length});
}

static void add_buf(struct buf *out, const struct wire_column *wire,
		    const struct buf *text)
{
	add_bytes(out, wire, text->data, text->length);
}

/* ------------------------------------------------------------------------
 * Numbers and times
 * --------------------------------------------------------------------- */

static void add_number(struct buf *out, const struct source *from)
{
	const struct wire_column wire = {
		.wire = WIRE_FIXED,
		.size = (uint8_t)from->cell->length,
		.is_unsigned = from->column->is_unsigned,
		.is_double = from->column->type == TYPE_FLOAT ||
			     from->column->type == TYPE_DOUBLE,
	};

	add_bytes(out, &wire, from->cell->data, from->cell->length);
}

/* Servers store no infinity, and JSON and SQL have none. */
static bool is_finite(const struct source *from)
{
	double wide = 0;
	float narrow = 0;

	if (from->cell->length == sizeof(narrow))
		memcpy(&narrow, from->cell->data, sizeof(narrow));
	else if (from->cell->length == sizeof(wide))
		memcpy(&wide, from->cell->data, sizeof(wide));
	return isfinite(narrow) && isfinite(wide);
}

static void add_year(struct buf *out, const struct source *from)
{
	static const struct wire_column wire = {
		.wire = WIRE_FIXED, .size = 2, .is_unsigned = true};
	const unsigned year = *from->cell->data ? *from->cell->data + 1900U : 0;
	const uint8_t bytes[] = {(uint8_t)year, (uint8_t)(year >> 8)};

	add_bytes(out, &wire, bytes, sizeof(bytes));
}

static enum dbs_rc add_decimal(struct buf *out, const struct source *from,
			       struct dbs_error *err)
{
	OWNED(buf_release) struct buf text = BUF_INIT;

	if (!decimal_binary_text(&text, from->cell->data, from->cell->length,
				 from->map->digits, from->map->scale))
		return no_such_value(from, err);
	add_buf(out, &decimal_wire, &text);
	return DBS_OK;
}

static enum dbs_rc add_time(struct buf *out, const struct source *from,
			    struct dbs_error *err)
{
	uint8_t bytes[MOMENT_MOST];
	const bool is_span = from->column->type == TYPE_TIME;
	const size_t length = is_span ? log_span(from->map, from->cell, bytes)
				      : log_moment(from->map, from->cell,
						   bytes);

	if (length == SIZE_MAX)
		return no_such_value(from, err);
	add_bytes(out, is_span ? &span_wire : &moment_wire, bytes, length);
	return DBS_OK;
}

/* ------------------------------------------------------------------------
 * Texts and bytes
 * --------------------------------------------------------------------- */

static enum dbs_rc add_string(struct buf *out, const struct source *from,
			      struct dbs_error *err)
{
	OWNED(buf_release) struct buf whole = BUF_INIT;
	OWNED(buf_release) struct buf text = BUF_INIT;
	const uint8_t *data = from->cell->data;
	size_t length = from->cell->length;

	if (from->map->type == LOG_BLOB_COMPRESSED ||
	    from->map->type == LOG_VARCHAR_COMPRESSED) {
		if (!unpack_value(data, length, &whole))
			return no_such_value(from, err);
		data = (const uint8_t *)whole.data;
		length = whole.length;
	}
	if (type_kind(from->column->type) != KIND_TEXT) {
		buf_add(&text, data, length);
		/* zeros at its end are not in the log */
		while (text.length < from->column->pad)
			buf_addc(&text, '\0');
	} else {
		enum dbs_rc rc = log_text_add(from->texts,
					      from->column->charset, data,
					      length, &text, err);

		if (rc)
			return rc;
	}
	add_buf(out, &text_wire, &text);
	return DBS_OK;
}

static enum dbs_rc add_json(struct buf *out, const struct source *from,
			    struct dbs_error *err)
{
	OWNED(buf_release) struct buf text = BUF_INIT;

	if (!json_binary_text(&text, from->cell->data, from->cell->length))
		return no_such_value(from, err);
	add_buf(out, &json_wire, &text);
	return DBS_OK;
}

/* A text in which a question mark may be another character. */
static enum dbs_rc add_hidden(struct buf *out, const struct source *from,
			      uint64_t number, struct dbs_error *err)
{
	const struct log_member member = {
		.database = from->table->database,
		.table = from->table->name,
		.name = from->column->name,
		.column = from->column,
		.number = number,
	};
	const char *text = NULL;
	enum dbs_rc rc = log_text_of_member(from->texts, &member, &text, err);

	if (rc)
		return rc;
	if (!text)
		return dbs_fail(
			err, DBS_E_UNKNOWN,
			"value %llu of column `%s` of `%s`.`%s` has a member "
			"that the schema shows with a question mark, which may "
			"be a character above U+FFFF, and no row of today has "
			"it; binlog_row_metadata=FULL logs its text",
			(unsigned long long)number, from->column->name,
			from->table->database, from->table->name);
	add_bytes(out, &text_wire, text, strlen(text));
	return DBS_OK;
}

/* 0 is the empty text of what was no member. */
static enum dbs_rc add_member(struct buf *out, const struct source *from,
			      struct dbs_error *err)
{
	const uint64_t number = log_number(from->cell->data,
					   (unsigned)from->cell->length);
	const char *text = "";

	if (number > from->column->member_count)
		return no_such_value(from, err);
	if (number)
		text = from->column->members[number - 1];
	if (from->column->may_hide && strchr(text, '?'))
		return add_hidden(out, from, number, err);
	add_bytes(out, &text_wire, text, strlen(text));
	return DBS_OK;
}

static enum dbs_rc add_members(struct buf *out, const struct source *from,
			       struct dbs_error *err)
{
	OWNED(buf_release) struct buf text = BUF_INIT;
	const uint64_t bits = log_number(from->cell->data,
					 (unsigned)from->cell->length);
	const size_t count = from->column->member_count;

	if (count < 64 && bits >> count)
		return no_such_value(from, err);
	for (size_t i = 0; i < count; i++) {
		if (!(bits >> i & 1))
			continue;
		/* as the server writes it: an empty one leaves no comma */
		if (text.length)
			buf_addc(&text, ',');
		buf_adds(&text, from->column->members[i]);
	}
	if (from->column->may_hide && text.length && strchr(text.data, '?'))
		return add_hidden(out, from, bits, err);
	add_buf(out, &text_wire, &text);
	return DBS_OK;
}

/* ------------------------------------------------------------------------
 * UUID and INET, of MariaDB
 * --------------------------------------------------------------------- */

enum { WIDE = 16 };

/* All that is zero at the end is not in the log. */
static bool widen(const struct source *from, size_t size, uint8_t *out)
{
	if (from->cell->length > size)
		return false;
	memset(out, 0, size);
	memcpy(out, from->cell->data, from->cell->length);
	return true;
}

/*
 * Those with a time in front are stored the other way round, so that they sort
 * by it: what is last in the text comes first.
 */
static void turn_uuid(const uint8_t *stored, uint8_t *out)
{
	const bool is_turned = (stored[6] & 0x80) && stored[8] > 0 &&
			       stored[8] < 0x60;

	memcpy(out, stored, WIDE);
	if (!is_turned)
		return;
	memcpy(out + 10, stored, 6);
	memcpy(out + 8, stored + 6, 2);
	memcpy(out + 6, stored + 8, 2);
	memcpy(out + 4, stored + 10, 2);
	memcpy(out, stored + 12, 4);
}

static enum dbs_rc add_uuid(struct buf *out, const struct source *from,
			    struct dbs_error *err)
{
	OWNED(buf_release) struct buf text = BUF_INIT;
	uint8_t stored[WIDE];
	uint8_t bytes[WIDE];

	if (!widen(from, WIDE, stored))
		return no_such_value(from, err);
	turn_uuid(stored, bytes);
	for (unsigned i = 0; i < WIDE; i++)
		buf_addf(&text, "%s%02x",
			 i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
			 bytes[i]);
	add_buf(out, &text_wire, &text);
	return DBS_OK;
}

enum { GROUPS = WIDE / 2 };

static unsigned group_at(const uint8_t *bytes, unsigned number)
{
	return (unsigned)(bytes[2 * number] << 8 | bytes[2 * number + 1]);
}

/* The first of the longest runs of zeros; *length_out 0: there is none. */
static unsigned find_zeros(const uint8_t *bytes, unsigned *length_out)
{
	unsigned found = 0;
	unsigned length = 0;

	*length_out = 0;
	for (unsigned i = 0; i < GROUPS; i++) {
		length = group_at(bytes, i) ? 0 : length + 1;
		if (length > *length_out) {
			*length_out = length;
			found = i + 1 - length;
		}
	}
	return found;
}

static void write_inet4(struct buf *text, const uint8_t *bytes)
{
	buf_addf(text, "%u.%u.%u.%u", bytes[0], bytes[1], bytes[2], bytes[3]);
}

/* As the server writes it, which is not as inet_ntop does: "::" may be one zero. */
static void write_inet6(struct buf *text, const uint8_t *bytes)
{
	unsigned length = 0;
	const unsigned zeros = find_zeros(bytes, &length);
	const bool has_inet4 = !zeros &&
			       (length == 6 ||
				(length == 5 && group_at(bytes, 5) == 0xffff));

	for (unsigned i = 0; i < GROUPS;) {
		if (i == zeros && length) {
			buf_adds(text, i ? ":" : "::");
			i += length;
		} else if (i == 6 && has_inet4) {
			write_inet4(text, bytes + 12);
			return;
		} else {
			buf_addf(text, i + 1 < GROUPS ? "%x:" : "%x",
				 group_at(bytes, i));
			i++;
		}
	}
}

static enum dbs_rc add_inet(struct buf *out, const struct source *from,
			    struct dbs_error *err)
{
	OWNED(buf_release) struct buf text = BUF_INIT;
	uint8_t bytes[WIDE];
	const bool is_6 = from->column->is_inet6;

	if (!widen(from, is_6 ? WIDE : 4, bytes))
		return no_such_value(from, err);
	if (is_6)
		write_inet6(&text, bytes);
	else
		write_inet4(&text, bytes);
	add_buf(out, &text_wire, &text);
	return DBS_OK;
}

/* ------------------------------------------------------------------------
 * Rows
 * --------------------------------------------------------------------- */

static enum dbs_rc add_value(struct buf *out, const struct source *from,
			     struct dbs_error *err)
{
	switch (from->column->type) {
	case TYPE_FLOAT:
	case TYPE_DOUBLE:
		if (!is_finite(from))
			break;
		add_number(out, from);
		return DBS_OK;
	case TYPE_INTEGER:
		add_number(out, from);
		return DBS_OK;
	case TYPE_YEAR:
		add_year(out, from);
		return DBS_OK;
	case TYPE_DECIMAL:
		return add_decimal(out, from, err);
	case TYPE_DATE:
	case TYPE_DATETIME:
	case TYPE_TIMESTAMP:
	case TYPE_TIME:
		return add_time(out, from, err);
	case TYPE_JSON:
		return add_json(out, from, err);
	case TYPE_ENUM:
		return add_member(out, from, err);
	case TYPE_SET:
		return add_members(out, from, err);
	case TYPE_UUID:
		return add_uuid(out, from, err);
	case TYPE_INET:
		return add_inet(out, from, err);
	case TYPE_BIT:
	case TYPE_CHAR:
	case TYPE_TEXT:
	case TYPE_BINARY:
	case TYPE_BLOB:
	case TYPE_GEOMETRY:
	case TYPE_VECTOR:
		return add_string(out, from, err);
	case TYPE_UNKNOWN:
		break;
	}
	return no_such_value(from, err);
}

enum dbs_rc log_cell_value(struct buf *out, const struct log_cell_source *from,
			   struct dbs_error *err)
{
	return add_value(out,
			 &(struct source){from->table,
					  &from->table->columns[from->column],
					  &from->map->columns[from->column],
					  from->cell, from->texts},
			 err);
}

enum dbs_rc log_row_values(struct buf *out, const struct log_table *table,
			   const struct table_map *map,
			   const struct log_cell *cells,
			   struct log_texts *texts, struct dbs_error *err)
{
	values_begin(out, table->count);
	for (size_t i = 0; i < table->count; i++) {
		const struct source from = {table, &table->columns[i],
					    &map->columns[i], &cells[i], texts};
		enum dbs_rc rc = DBS_OK;

		if (cells[i].presence == CELL_ABSENT)
			values_add_absent(out);
		else if (cells[i].presence == CELL_NULL)
			add_bytes(out, &text_wire, NULL, 0);
		else
			rc = add_value(out, &from, err);
		if (rc)
			return rc;
	}
	return DBS_OK;
}
