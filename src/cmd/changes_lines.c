/*
 * changes_lines.c - see changes_lines.h.
 *
 * Written by hand, not with json-c: a line has to cost less than the row that it
 * is about.  Numbers have all their digits, so a reader that takes them for
 * doubles loses what doubles lose.
 */
#include "changes_lines.h"

#include "dbsync/base/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ------------------------------------------------------------------------
 * Texts and bytes
 * --------------------------------------------------------------------- */

/* Of a text whose length the compiler knows. */
#define ADD(out, text) buf_add(out, text, sizeof(text) - 1)

/* So many more bytes, to be filled in. */
static char *add_room(struct buf *out, size_t count)
{
	buf_reserve(out, count);
	char *to = out->data + out->length;

	out->length += count;
	out->data[out->length] = '\0';
	return to;
}

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

#define EACH(byte) ((byte)*0x0101010101010101u)

/* One of eight bytes is zero. */
static uint64_t has_zero(uint64_t eight)
{
	return (eight - EACH(1)) & ~eight & EACH(0x80);
}

/* All of eight bytes are plain: at once what is_plain says of each. */
static bool are_plain(const char *text)
{
	uint64_t eight = 0;

	memcpy(&eight, text, sizeof(eight));
	return !(((eight - EACH(' ')) & ~eight & EACH(0x80)) |
		 has_zero(eight ^ EACH('"')) | has_zero(eight ^ EACH('\\')) |
		 has_zero(eight ^ EACH(0x7f)));
}

/* Up to the first byte that is not plain, or the end. */
static size_t plain_length(const char *text, size_t length)
{
	size_t i = 0;

	while (i < length) {
		if (i + sizeof(uint64_t) <= length && are_plain(text + i)) {
			i += sizeof(uint64_t);
			continue;
		}
		for (size_t end = i + sizeof(uint64_t); i < end && i < length;
		     i++)
			if (!is_plain((unsigned char)text[i]))
				return i;
	}
	return length;
}

static void add_escaped(struct buf *out, const char *text, size_t length)
{
	buf_addc(out, '"');
	for (;;) {
		const size_t plain = plain_length(text, length);

		buf_add(out, text, plain);
		if (plain == length)
			break;
		add_escape(out, (unsigned char)text[plain]);
		text += plain + 1;
		length -= plain + 1;
	}
	buf_addc(out, '"');
}

static void add_string(struct buf *out, const char *text, size_t length)
{
	if (plain_length(text, length) != length) {
		add_escaped(out, text, length);
		return;
	}
	char *to = add_room(out, length + 2);

	*to++ = '"';
	memcpy(to, text, length);
	to[length] = '"';
}

static void add_base64(struct buf *out, const uint8_t *data, size_t length)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmn"
				     "opqrstuvwxyz0123456789+/";

	buf_reserve(out, length / 3 * 4 + 24);
	ADD(out, "{\"base64\":\"");
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
	ADD(out, "\"}");
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

enum { DIGITS_MOST = 24 };

/*
 * At least so many digits; gives what is behind them.  (printf would be a fifth
 * of all the work.)
 */
static char *write_number(char *to, uint64_t number, unsigned least)
{
	char digits[DIGITS_MOST];
	char *const end = digits + sizeof(digits);
	char *at = end;

	do {
		*--at = (char)('0' + number % 10);
		number /= 10;
	} while (number || end - at < (long)least);
	memcpy(to, at, (size_t)(end - at));
	return to + (end - at);
}

static void add_number(struct buf *out, uint64_t number, unsigned least)
{
	char digits[DIGITS_MOST];

	buf_add(out, digits,
		(size_t)(write_number(digits, number, least) - digits));
}

/* The fewest digits that bring the same number back. */
static void add_float(struct buf *out, float number)
{
	enum { LEAST = 6, MOST = 9 };
	char text[40] = "";

	for (int digits = LEAST; digits <= MOST; digits++) {
		(void)snprintf(text, sizeof(text), "%.*g", digits,
			       (double)number);
		if (strtof(text, NULL) == number)
			break;
	}
	buf_adds(out, text);
}

static bool is_written(char *text, size_t size, int digits, double number)
{
	(void)snprintf(text, size, "%.*g", digits, number);
	return strtod(text, NULL) == number;
}

/*
 * Likewise.  Mostly it needs 16 or 17, so 15 are tried after these.  Of a power
 * of two 15 may do where 16 do not: the next number below is nearer than the one
 * above.
 */
static void add_long(struct buf *out, double number)
{
	enum { LEAST = 15, MOST = 17 };
	char text[40];
	char shorter[40];
	int exponent = 0;
	const bool is_even = fabs(frexp(number, &exponent)) == 0.5;
	const bool is_enough = is_written(text, sizeof(text), MOST - 1, number);

	if ((is_enough || is_even) &&
	    is_written(shorter, sizeof(shorter), LEAST, number))
		buf_adds(out, shorter);
	else if (is_enough)
		buf_adds(out, text);
	else
		buf_addf(out, "%.*g", MOST, number);
}

/*
 * A number of at most 15 digits, few of them behind the point: the quotient of
 * two integers that a double has exactly is rounded as its text would be.  Two
 * such texts are never the same double, so it is the shortest.
 */
static bool add_short(struct buf *out, double number)
{
	static const double most = 1e15;
	static const double tens[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6};
	const double size = fabs(number);

	/* 1e-04, and a zero may have a sign */
	if (size < 1e-4 || size >= most)
		return false;
	for (unsigned i = 0; i < sizeof(tens) / sizeof(*tens); i++) {
		if (size * tens[i] >= most)
			return false;
		const uint64_t all = (uint64_t)(size * tens[i] + 0.5);

		if ((double)all / tens[i] != size)
			continue;
		if (number < 0)
			buf_addc(out, '-');
		add_number(out, all / (uint64_t)tens[i], 1);
		if (i) {
			buf_addc(out, '.');
			add_number(out, all % (uint64_t)tens[i], i);
		}
		return true;
	}
	return false;
}

static void add_real(struct buf *out, const struct one_value *value)
{
	double wide = 0;
	float narrow = 0;

	if (value->form == FORM_FLOAT) {
		memcpy(&narrow, value->cell.data, sizeof(narrow));
		add_float(out, narrow);
		return;
	}
	memcpy(&wide, value->cell.data, sizeof(wide));
	if (!add_short(out, wide))
		add_long(out, wide);
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
	char text[3 * DIGITS_MOST];
	char *to = write_number(text, hour, 2);

	*to++ = ':';
	to = write_number(to, minute, 2);
	*to++ = ':';
	to = write_number(to, second, 2);
	buf_add(out, text, (size_t)(to - text));
}

static void add_date(struct buf *out, unsigned year, unsigned month,
		     unsigned day)
{
	char text[3 * DIGITS_MOST];
	char *to = write_number(text, year, 4);

	*to++ = '-';
	to = write_number(to, month, 2);
	*to++ = '-';
	to = write_number(to, day, 2);
	buf_add(out, text, (size_t)(to - text));
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
	ADD(out, "Z\"");
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
		ADD(out, "null");
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

/*
 * Where in the line the members of the row before are: in an update most of those
 * behind are the same, and are copied.
 */
struct part {
	size_t from, to;
};

struct members {
	struct values row;
	size_t count;
	struct part at[64];
};

static void add_row(struct buf *out, const struct log_table *table,
		    struct values row, struct members *members)
{
	const size_t most = sizeof(members->at) / sizeof(*members->at);
	struct one_value value;
	struct values rest;
	size_t count = 0;
	bool has_one = false;

	members->row = row;
	members->count = 0;
	if (!values_open(row, &count, &rest)) {
		ADD(out, "null");
		return;
	}
	buf_addc(out, '{');
	for (size_t i = 0; i < count && values_next(&rest, &value); i++) {
		const size_t from = out->length + has_one;

		add_member(out, &table->columns[i], &value, &has_one);
		if (i >= most)
			continue;
		members->at[i].from = from;
		members->at[i].to = out->length;
		members->count = i + 1;
	}
	buf_addc(out, '}');
}

/* Takes the next value of both off; false: there is none. */
static bool next_of_both(struct values *rest, struct values *before,
			 struct one_value *out, bool *is_same_out)
{
	const struct values a = *rest;
	const struct values b = *before;
	struct one_value old;

	if (!values_next(rest, out) || !values_next(before, &old))
		return false;
	const size_t length = a.length - rest->length;

	*is_same_out = length == b.length - before->length &&
		       !memcmp(a.data, b.data, length);
	return true;
}

/* A part of the line once more, if there is one. */
static void add_again(struct buf *out, struct part *part, bool *has_one)
{
	const size_t length = part->to - part->from;

	if (!length)
		return;
	if (*has_one)
		buf_addc(out, ',');
	*has_one = true;
	buf_reserve(out, length); /* where it is does not move below */
	buf_add(out, out->data + part->from, length);
	*part = (struct part){0, 0};
}

/* The row behind the one that members are of. */
static void add_row_behind(struct buf *out, const struct log_table *table,
			   struct values row, const struct members *members)
{
	struct one_value value;
	struct values before;
	struct values rest;
	struct part same = {0, 0};
	size_t columns = 0;
	size_t i = 0;
	bool has_one = false;
	bool is_same = false;

	(void)values_open(members->row, &columns, &before);
	(void)values_open(row, &columns, &rest);
	buf_addc(out, '{');
	for (; i < members->count &&
	       next_of_both(&rest, &before, &value, &is_same);
	     i++) {
		const struct part *at = &members->at[i];

		if (is_same && at->from >= at->to)
			continue; /* absent */
		if (is_same && at->from == same.to + 1) {
			same.to = at->to;
			continue;
		}
		add_again(out, &same, &has_one);
		if (is_same)
			same = *at;
		else
			add_member(out, &table->columns[i], &value, &has_one);
	}
	add_again(out, &same, &has_one);
	for (; i < columns && values_next(&rest, &value); i++)
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
	size_t left = table->key_count;
	bool has_one = false;

	if (!left || !values_open(row, &count, &rest)) {
		ADD(out, "null");
		return;
	}
	buf_addc(out, '{');
	for (size_t i = 0; left && i < count && values_next(&rest, &value); i++)
		if (is_in_key(table, i)) {
			add_member(out, &table->columns[i], &value, &has_one);
			left--;
		}
	buf_addc(out, '}');
}

/* ------------------------------------------------------------------------
 * Lines
 * --------------------------------------------------------------------- */

static void add_names(struct buf *out, const struct log_table *table)
{
	ADD(out, "{\"type\":\"row\",\"database\":");
	add_string(out, table->database, strlen(table->database));
	ADD(out, ",\"table\":");
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
	struct members members;

	add_names(out, change->table);
	ADD(out, ",\"kind\":\"");
	buf_adds(out, item->kind == ITEM_SNAPSHOT ? "snapshot"
						  : kinds[change->kind]);
	ADD(out, "\",\"key\":");
	add_key(out, change->table, row);
	ADD(out, ",\"before\":");
	add_row(out, change->table, change->before, &members);
	ADD(out, ",\"after\":");
	if (change->before.length && change->after.length)
		add_row_behind(out, change->table, change->after, &members);
	else
		add_row(out, change->table, change->after, &members);
}

static void begin_statement(struct buf *out, const struct logged *change)
{
	const struct cell database = {(const uint8_t *)change->database.data,
				      change->database.length};
	const struct cell text = {(const uint8_t *)change->text.data,
				  change->text.length};

	ADD(out, "{\"type\":\"ddl\",\"database\":");
	if (database.length)
		add_text(out, &database);
	else
		ADD(out, "null");
	ADD(out, ",\"sql\":");
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
		ADD(out, "{\"type\":\"begin\"");
		break;
	case ITEM_COMMIT:
		ADD(out, "{\"type\":\"commit\"");
		break;
	}
	ADD(out, ",\"place\":");
	add_string(out, item->place, strlen(item->place));
	ADD(out, ",\"transaction\":");
	if (*item->transaction)
		add_string(out, item->transaction, strlen(item->transaction));
	else
		ADD(out, "null");
	ADD(out, ",\"time\":");
	add_instant(out, item->time);
	ADD(out, "}\n");
}
