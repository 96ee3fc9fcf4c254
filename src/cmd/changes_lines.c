/*
 * changes_lines.c - see changes_lines.h.
 *
 * Written by hand, not with json-c: a line has to cost less than the row that it
 * is about.  Numbers have all their digits, so a reader that takes them for
 * doubles loses what doubles lose.
 */
#include "changes_lines.h"

#include "dbsync/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ------------------------------------------------------------------------
 * Texts and bytes
 * --------------------------------------------------------------------- */

static void add_escape(struct buf *out, unsigned char c)
{
	static const char letters[] = "\bb\tt\nn\ff\rr\"\"\\\\";

	for (const char *at = letters; *at; at += 2)
		if ((unsigned char)*at == c) {
			buf_addc(out, '\\');
			buf_addc(out, at[1]);
			return;
		}
	buf_addf(out, "\\u%04x", c);
}

static bool is_plain(unsigned char c)
{
	return c >= ' ' && c != '"' && c != '\\' && c != 0x7f;
}

static void add_string(struct buf *out, const char *text, size_t length)
{
	size_t from = 0;

	buf_addc(out, '"');
	for (size_t i = 0; i < length; i++) {
		if (is_plain((unsigned char)text[i]))
			continue;
		buf_add(out, text + from, i - from);
		add_escape(out, (unsigned char)text[i]);
		from = i + 1;
	}
	buf_add(out, text + from, length - from);
	buf_addc(out, '"');
}

static void add_base64(struct buf *out, const uint8_t *data, size_t length)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmn"
				     "opqrstuvwxyz0123456789+/";

	buf_reserve(out, length / 3 * 4 + 24);
	buf_adds(out, "{\"base64\":\"");
	for (size_t i = 0; i < length; i += 3) {
		const size_t left = length - i;
		const uint32_t three = (uint32_t)data[i] << 16 |
				       (left > 1 ? (uint32_t)data[i + 1] << 8
						 : 0) |
				       (left > 2 ? data[i + 2] : 0);

		buf_addc(out, digits[three >> 18]);
		buf_addc(out, digits[three >> 12 & 63]);
		buf_addc(out, left > 1 ? digits[three >> 6 & 63] : '=');
		buf_addc(out, left > 2 ? digits[three & 63] : '=');
	}
	buf_adds(out, "\"}");
}

/* Bytes that are no text of their character set stay what they are. */
static void add_text(struct buf *out, const struct cell *cell)
{
	const char *text = (const char *)cell->data;

	if (text_is_utf8(text, cell->length))
		add_string(out, text, cell->length);
	else
		add_base64(out, cell->data, cell->length);
}

/* ------------------------------------------------------------------------
 * Numbers
 * --------------------------------------------------------------------- */

/* The fewest digits that bring the same number back. */
static void add_real(struct buf *out, const struct one_value *value)
{
	char text[40] = "";
	double wide = 0;
	float narrow = 0;
	const bool is_float = value->form == FORM_FLOAT;
	int digits = is_float ? 6 : 15;

	if (is_float)
		memcpy(&narrow, value->cell.data, sizeof(narrow));
	else
		memcpy(&wide, value->cell.data, sizeof(wide));
	for (; digits <= 17; digits++) {
		(void)snprintf(text, sizeof(text), "%.*g", digits,
			       is_float ? (double)narrow : wide);
		if (is_float ? strtof(text, NULL) == narrow
			     : strtod(text, NULL) == wide)
			break;
	}
	buf_adds(out, text);
}

/* At least so many digits.  (printf would be a fifth of all the work.) */
static void add_number(struct buf *out, uint64_t number, unsigned least)
{
	char digits[24];
	char *at = digits + sizeof(digits);

	do {
		*--at = (char)('0' + number % 10);
		number /= 10;
	} while (number || digits + sizeof(digits) - at < (long)least);
	buf_add(out, at, (size_t)(digits + sizeof(digits) - at));
}

static void add_integer(struct buf *out, const struct one_value *value)
{
	uint64_t number = 0;

	memcpy(&number, value->cell.data, sizeof(number));
	if (value->form == FORM_SIGNED && number >> 63) {
		buf_addc(out, '-');
		number = -number;
	}
	add_number(out, number, 1);
}

static void add_bits(struct buf *out, const struct cell *cell)
{
	uint64_t number = 0;

	for (size_t i = 0; i < cell->length && i < sizeof(number); i++)
		number = number << 8 | cell->data[i];
	add_number(out, number, 1);
}

/* JSON needs a digit before the point. */
static void add_decimal(struct buf *out, const struct cell *cell)
{
	const char *text = (const char *)cell->data;
	size_t length = cell->length;

	if (length && *text == '-') {
		buf_addc(out, '-');
		text++;
		length--;
	}
	/* ZEROFILL */
	while (length > 1 && *text == '0' && text[1] != '.') {
		text++;
		length--;
	}
	if (length && *text == '.')
		buf_addc(out, '0');
	buf_add(out, text, length);
}

/* ------------------------------------------------------------------------
 * Times
 * --------------------------------------------------------------------- */

static unsigned number_at(const struct cell *cell, size_t at, unsigned bytes)
{
	unsigned number = 0;

	for (unsigned i = 0; i < bytes && at + i < cell->length; i++)
		number |= (unsigned)cell->data[at + i] << (8 * i);
	return number;
}

static void add_fraction(struct buf *out, unsigned micros, unsigned scale)
{
	enum { DIGITS = 6 };

	if (!scale)
		return;
	buf_addc(out, '.');
	add_number(out, micros, DIGITS);
	if (scale < DIGITS)
		buf_truncate(out, out->length - (DIGITS - scale));
}

/* Three numbers of two digits. */
static void add_clock(struct buf *out, unsigned hour, unsigned minute,
		      unsigned second)
{
	add_number(out, hour, 2);
	buf_addc(out, ':');
	add_number(out, minute, 2);
	buf_addc(out, ':');
	add_number(out, second, 2);
}

static void add_date(struct buf *out, unsigned year, unsigned month,
		     unsigned day)
{
	add_number(out, year, 4);
	buf_addc(out, '-');
	add_number(out, month, 2);
	buf_addc(out, '-');
	add_number(out, day, 2);
}

static void add_moment(struct buf *out, const struct log_column *column,
		       const struct cell *cell)
{
	buf_addc(out, '"');
	add_date(out, number_at(cell, 0, 2), number_at(cell, 2, 1),
		 number_at(cell, 3, 1));
	if (column->type != TYPE_DATE) {
		buf_addc(out, 'T');
		add_clock(out, number_at(cell, 4, 1), number_at(cell, 5, 1),
			  number_at(cell, 6, 1));
		add_fraction(out, number_at(cell, 7, 4), column->scale);
	}
	buf_adds(out, column->type == TYPE_TIMESTAMP ? "Z\"" : "\"");
}

static void add_span(struct buf *out, const struct log_column *column,
		     const struct cell *cell)
{
	buf_adds(out, number_at(cell, 0, 1) ? "\"-" : "\"");
	add_clock(out, number_at(cell, 1, 4) * 24 + number_at(cell, 5, 1),
		  number_at(cell, 6, 1), number_at(cell, 7, 1));
	add_fraction(out, number_at(cell, 8, 4), column->scale);
	buf_addc(out, '"');
}

static void add_instant(struct buf *out, uint32_t seconds)
{
	const time_t when = (time_t)seconds;
	struct tm date = {0};

	(void)gmtime_r(&when, &date);
	buf_addc(out, '"');
	add_date(out, (unsigned)date.tm_year + 1900, (unsigned)date.tm_mon + 1,
		 (unsigned)date.tm_mday);
	buf_addc(out, 'T');
	add_clock(out, (unsigned)date.tm_hour, (unsigned)date.tm_min,
		  (unsigned)date.tm_sec);
	buf_adds(out, "Z\"");
}

/* ------------------------------------------------------------------------
 * Rows
 * --------------------------------------------------------------------- */

static void add_bytes(struct buf *out, const struct log_column *column,
		      const struct cell *cell)
{
	if (column->type == TYPE_BIT)
		add_bits(out, cell);
	else if (type_kind(column->type) == KIND_BYTES)
		add_base64(out, cell->data, cell->length);
	else
		add_text(out, cell);
}

static void add_value(struct buf *out, const struct log_column *column,
		      const struct one_value *value)
{
	switch (value->form) {
	case FORM_SIGNED:
	case FORM_UNSIGNED:
		add_integer(out, value);
		break;
	case FORM_FLOAT:
	case FORM_DOUBLE:
		add_real(out, value);
		break;
	case FORM_DECIMAL:
		add_decimal(out, &value->cell);
		break;
	case FORM_MOMENT:
		add_moment(out, column, &value->cell);
		break;
	case FORM_SPAN:
		add_span(out, column, &value->cell);
		break;
	case FORM_BYTES:
	case FORM_JSON:
		add_bytes(out, column, &value->cell);
		break;
	case FORM_NULL:
	case FORM_ABSENT:
	case FORM_LITERAL:
	case FORM_FORMS:
		buf_adds(out, "null");
		break;
	}
}

static void add_member(struct buf *out, const struct log_column *column,
		       const struct one_value *value, bool *has_one)
{
	if (value->form == FORM_ABSENT)
		return;
	if (*has_one)
		buf_addc(out, ',');
	*has_one = true;
	add_string(out, column->name, strlen(column->name));
	buf_addc(out, ':');
	add_value(out, column, value);
}

static void add_row(struct buf *out, const struct log_table *table,
		    struct values row)
{
	struct one_value value;
	struct values rest;
	size_t count = 0;
	bool has_one = false;

	if (!values_open(row, &count, &rest)) {
		buf_adds(out, "null");
		return;
	}
	buf_addc(out, '{');
	for (size_t i = 0; i < count && values_next(&rest, &value); i++)
		add_member(out, &table->columns[i], &value, &has_one);
	buf_addc(out, '}');
}

static bool is_in_key(const struct log_table *table, size_t column)
{
	for (size_t i = 0; i < table->key_count; i++)
		if (table->key[i] == column)
			return true;
	return false;
}

static void add_key(struct buf *out, const struct log_table *table,
		    struct values row)
{
	struct one_value value;
	struct values rest;
	size_t count = 0;
	bool has_one = false;

	if (!table->key_count || !values_open(row, &count, &rest)) {
		buf_adds(out, "null");
		return;
	}
	buf_addc(out, '{');
	for (size_t i = 0; i < count && values_next(&rest, &value); i++)
		if (is_in_key(table, i))
			add_member(out, &table->columns[i], &value, &has_one);
	buf_addc(out, '}');
}

/* ------------------------------------------------------------------------
 * Lines
 * --------------------------------------------------------------------- */

static void add_names(struct buf *out, const struct log_table *table)
{
	buf_adds(out, "{\"type\":\"row\",\"database\":");
	add_string(out, table->database, strlen(table->database));
	buf_adds(out, ",\"table\":");
	add_string(out, table->name, strlen(table->name));
}

static void begin_row(struct buf *out, const struct change_item *item)
{
	static const char *const kinds[] = {
		[LOGGED_INSERT] = "insert",
		[LOGGED_UPDATE] = "update",
		[LOGGED_DELETE] = "delete",
	};
	const struct logged *change = &item->change;
	const struct values row = change->before.length ? change->before
							: change->after;

	add_names(out, change->table);
	buf_addf(out, ",\"kind\":\"%s\",\"key\":",
		 item->kind == ITEM_SNAPSHOT ? "snapshot"
					     : kinds[change->kind]);
	add_key(out, change->table, row);
	buf_adds(out, ",\"before\":");
	add_row(out, change->table, change->before);
	buf_adds(out, ",\"after\":");
	add_row(out, change->table, change->after);
}

static void begin_statement(struct buf *out, const struct logged *change)
{
	const struct cell database = {(const uint8_t *)change->database.data,
				      change->database.length};
	const struct cell text = {(const uint8_t *)change->text.data,
				  change->text.length};

	buf_adds(out, "{\"type\":\"ddl\",\"database\":");
	if (database.length)
		add_text(out, &database);
	else
		buf_adds(out, "null");
	buf_adds(out, ",\"sql\":");
	add_text(out, &text);
}

void changes_line(struct buf *out, const struct change_item *item)
{
	switch (item->kind) {
	case ITEM_ROW:
	case ITEM_SNAPSHOT:
		begin_row(out, item);
		break;
	case ITEM_STATEMENT:
		begin_statement(out, &item->change);
		break;
	case ITEM_BEGIN:
		buf_adds(out, "{\"type\":\"begin\"");
		break;
	case ITEM_COMMIT:
		buf_adds(out, "{\"type\":\"commit\"");
		break;
	}
	buf_adds(out, ",\"place\":");
	add_string(out, item->place, strlen(item->place));
	buf_adds(out, ",\"transaction\":");
	if (*item->transaction)
		add_string(out, item->transaction, strlen(item->transaction));
	else
		buf_adds(out, "null");
	buf_adds(out, ",\"time\":");
	add_instant(out, item->time);
	buf_adds(out, "}\n");
}
