/*
 * value.c - see value.h.
 *
 *	kind	wire			read as
 *	NUMBER	fixed, or string	struct integer (bit: big-endian bytes),
 *					or the text of a decimal
 *	REAL	fixed 4 or 8		double
 *	MOMENT	0, 4, 7 or 11 bytes	struct moment; left-out parts are 0
 *	TIME	0, 8 or 12 bytes	struct span
 *	others	string			bytes
 */
#include "dbsync/data/value.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/data/json_value.h"
#include "dbsync/db/quote.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct moment {
	unsigned year, month, day, hour, minute, second, micro;
};

struct span {
	bool is_negative;
	unsigned days, hour, minute, second, micro;
};

struct value value_of(const struct pair_column *column, const struct row *row,
		      size_t cell, enum side side)
{
	return (struct value){
		.type = column->is_number ? TYPE_INTEGER
					  : column->on[side]->type,
		.wire = &row->wires[cell],
		.cell = row->cells[cell],
	};
}

/* ------------------------------------------------------------------------
 * Reading
 * --------------------------------------------------------------------- */

static uint64_t little_endian(const uint8_t *data, size_t size)
{
	uint64_t number = 0;

	for (size_t i = 0; i < size; i++)
		number |= (uint64_t)data[i] << (8 * i);
	return number;
}

static uint64_t big_endian(const uint8_t *data, size_t size)
{
	uint64_t number = 0;

	for (size_t i = 0; i < size; i++)
		number = number << 8 | data[i];
	return number;
}

struct integer value_integer(struct value value)
{
	const size_t size = value.cell.length;

	if (value.wire->wire == WIRE_STRING)
		return (struct integer){false,
					big_endian(value.cell.data, size)};
	/* no more than a server's column has, whatever came */
	if (!size || size > sizeof(uint64_t))
		return (struct integer){false, 0};
	uint64_t number = little_endian(value.cell.data, size);
	const uint64_t sign = UINT64_C(1) << (8 * size - 1);

	if (value.wire->is_unsigned || !(number & sign))
		return (struct integer){false, number};
	/* two's complement of size bytes */
	const uint64_t mask = sign | (sign - 1);

	return (struct integer){true, (~number + 1) & mask};
}

int integer_order(struct integer a, struct integer b)
{
	if (a.is_negative != b.is_negative)
		return a.is_negative ? -1 : 1;
	const int order = (a.magnitude > b.magnitude) -
			  (a.magnitude < b.magnitude);

	return a.is_negative ? -order : order;
}

static double real_of(struct value value)
{
	if (value.cell.length == sizeof(float)) {
		float single;

		memcpy(&single, value.cell.data, sizeof(single));
		return (double)single;
	}
	double number = 0;

	if (value.cell.length == sizeof(number))
		memcpy(&number, value.cell.data, sizeof(number));
	return number;
}

static struct moment moment_of(struct value value)
{
	const uint8_t *data = value.cell.data;
	const size_t length = value.cell.length;
	struct moment moment = {0};

	if (length >= 4) {
		moment.year = (unsigned)little_endian(data, 2);
		moment.month = data[2];
		moment.day = data[3];
	}
	if (length >= 7) {
		moment.hour = data[4];
		moment.minute = data[5];
		moment.second = data[6];
	}
	if (length >= 11)
		moment.micro = (unsigned)little_endian(data + 7, 4);
	return moment;
}

static bool is_zero_span(struct span span)
{
	return !span.days && !span.hour && !span.minute && !span.second &&
	       !span.micro;
}

static struct span span_of(struct value value)
{
	const uint8_t *data = value.cell.data;
	const size_t length = value.cell.length;
	struct span span = {0};

	if (length >= 8) {
		span.is_negative = data[0] != 0;
		span.days = (unsigned)little_endian(data + 1, 4);
		span.hour = data[5];
		span.minute = data[6];
		span.second = data[7];
	}
	if (length >= 12)
		span.micro = (unsigned)little_endian(data + 8, 4);
	if (is_zero_span(span))
		span.is_negative = false; /* there is one zero only */
	return span;
}

/* ------------------------------------------------------------------------
 * Decimals as text
 * --------------------------------------------------------------------- */

struct digits {
	bool is_negative;
	const char *whole; /* without leading zeros */
	size_t whole_length;
	const char *fraction; /* without trailing zeros */
	size_t fraction_length;
};

static struct digits digits_of(const char *text, size_t length)
{
	struct digits digits = {0};

	if (length && (*text == '-' || *text == '+')) {
		digits.is_negative = *text == '-';
		text++;
		length--;
	}
	while (length && *text == '0') {
		text++;
		length--;
	}
	const char *point = length ? memchr(text, '.', length) : NULL;

	digits.whole = text;
	digits.whole_length = point ? (size_t)(point - text) : length;
	if (point) {
		digits.fraction = point + 1;
		digits.fraction_length = length - digits.whole_length - 1;
	}
	while (digits.fraction_length &&
	       digits.fraction[digits.fraction_length - 1] == '0')
		digits.fraction_length--;
	if (!digits.whole_length && !digits.fraction_length)
		digits.is_negative = false;
	return digits;
}

static int bytes_order(const void *a, size_t a_length, const void *b,
		       size_t b_length)
{
	const size_t common = a_length < b_length ? a_length : b_length;
	const int order = common ? memcmp(a, b, common) : 0;

	return order ? order : (a_length > b_length) - (a_length < b_length);
}

int decimal_order(const char *a, size_t a_length, const char *b,
		  size_t b_length)
{
	const struct digits left = digits_of(a, a_length);
	const struct digits right = digits_of(b, b_length);
	int order = (left.whole_length > right.whole_length) -
		    (left.whole_length < right.whole_length);

	if (left.is_negative != right.is_negative)
		return left.is_negative ? -1 : 1;
	if (!order)
		order = bytes_order(left.whole, left.whole_length, right.whole,
				    right.whole_length);
	if (!order)
		order = bytes_order(left.fraction, left.fraction_length,
				    right.fraction, right.fraction_length);
	return left.is_negative ? -order : order;
}

/* The text of a number, written so that it ends with scratch. */
static struct cell integer_text(struct integer number, char scratch[24])
{
	char *at = scratch + 24;

	do
		*--at = (char)('0' + number.magnitude % 10);
	while (number.magnitude /= 10);
	if (number.is_negative)
		*--at = '-';
	return (struct cell){(const uint8_t *)at, (size_t)(scratch + 24 - at)};
}

/* The number as decimal text, in the cell itself or in scratch. */
static struct cell decimal_text(struct value value, char scratch[24])
{
	return value.type == TYPE_DECIMAL
		       ? value.cell
		       : integer_text(value_integer(value), scratch);
}

static int number_order(struct value a, struct value b)
{
	char scratch_a[24];
	char scratch_b[24];

	if (a.type != TYPE_DECIMAL && b.type != TYPE_DECIMAL)
		return integer_order(value_integer(a), value_integer(b));
	const struct cell left = decimal_text(a, scratch_a);
	const struct cell right = decimal_text(b, scratch_b);

	return decimal_order((const char *)left.data, left.length,
			     (const char *)right.data, right.length);
}

/* ------------------------------------------------------------------------
 * Equality and order
 * --------------------------------------------------------------------- */

static int first_difference(const unsigned *a, const unsigned *b, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return 0;
}

static int moment_order(struct moment a, struct moment b)
{
	const unsigned left[] = {a.year,   a.month,  a.day,  a.hour,
				 a.minute, a.second, a.micro};
	const unsigned right[] = {b.year,   b.month,  b.day,  b.hour,
				  b.minute, b.second, b.micro};

	return first_difference(left, right, 7);
}

static int span_order(struct span a, struct span b)
{
	const unsigned left[] = {a.days * 24 + a.hour, a.minute, a.second,
				 a.micro};
	const unsigned right[] = {b.days * 24 + b.hour, b.minute, b.second,
				  b.micro};

	if (a.is_negative != b.is_negative)
		return a.is_negative ? -1 : 1;
	const int order = first_difference(left, right, 4);

	return a.is_negative ? -order : order;
}

static bool same_bytes(struct cell a, struct cell b)
{
	return a.length == b.length &&
	       (!a.length || !memcmp(a.data, b.data, a.length));
}

static bool same_real(struct value a, struct value b, bool folds_zero)
{
	const double left = real_of(a);
	const double right = real_of(b);

	if (folds_zero && left == 0 && right == 0)
		return true;
	return !memcmp(&left, &right, sizeof(left));
}

bool value_is_json(const struct pair_column *column)
{
	return column->is_json || column->is_parsed;
}

bool value_same(const struct pair_column *column, struct value a,
		struct value b)
{
	if (!a.cell.data || !b.cell.data)
		return a.cell.data == b.cell.data;
	switch (column->kind) {
	case KIND_NUMBER:
		return !number_order(a, b);
	case KIND_REAL:
		return same_real(a, b, column->folds_zero);
	case KIND_MOMENT:
		return !moment_order(moment_of(a), moment_of(b));
	case KIND_TIME:
		return !span_order(span_of(a), span_of(b));
	case KIND_TEXT:
	case KIND_BYTES:
	case KIND_NONE:
		break;
	}
	if (same_bytes(a.cell, b.cell))
		return true;
	return value_is_json(column) &&
	       json_same((const char *)a.cell.data, a.cell.length,
			 (const char *)b.cell.data, b.cell.length);
}

/* The rest of the longer one against the pad, again and again. */
static int rest_order(struct cell rest, struct cell pad)
{
	if (!pad.length)
		return rest.length != 0;
	for (size_t i = 0; i < rest.length; i++) {
		const uint8_t space = pad.data[i % pad.length];

		if (rest.data[i] != space)
			return rest.data[i] < space ? -1 : 1;
	}
	return 0;
}

static int padded_order(struct cell a, struct cell b, struct cell pad)
{
	const size_t common = a.length < b.length ? a.length : b.length;
	const int order = common ? memcmp(a.data, b.data, common) : 0;

	if (order || a.length == b.length)
		return order;
	if (a.length > b.length)
		return rest_order(
			(struct cell){a.data + common, a.length - common}, pad);
	return -rest_order((struct cell){b.data + common, b.length - common},
			   pad);
}

static int real_order(double a, double b)
{
	return (a > b) - (a < b);
}

int value_order(enum key_order order, struct value a, struct value b,
		struct cell pad)
{
	static const uint8_t space = ' ';

	switch (order) {
	case ORDER_INTEGER:
	case ORDER_MEMBER:
		return integer_order(value_integer(a), value_integer(b));
	case ORDER_DECIMAL:
		return number_order(a, b);
	case ORDER_REAL:
		return real_order(real_of(a), real_of(b));
	case ORDER_MOMENT:
		return moment_order(moment_of(a), moment_of(b));
	case ORDER_TIME:
		return span_order(span_of(a), span_of(b));
	case ORDER_PADDED:
		return padded_order(a.cell, b.cell, (struct cell){&space, 1});
	case ORDER_WEIGHT:
		return padded_order(a.cell, b.cell, pad);
	case ORDER_BYTES:
	case ORDER_AS_BYTES:
		break;
	}
	return bytes_order(a.cell.data, a.cell.length, b.cell.data,
			   b.cell.length);
}

/* ------------------------------------------------------------------------
 * Writing
 * --------------------------------------------------------------------- */

static void add_integer(struct buf *out, struct value value)
{
	char scratch[24];
	const struct cell text = integer_text(value_integer(value), scratch);

	buf_add(out, text.data, text.length);
}

/* With zeros before it, to at least width digits. */
static void add_digits(struct buf *out, unsigned number, size_t width)
{
	char scratch[24];
	const struct cell text =
		integer_text((struct integer){.magnitude = number}, scratch);

	for (size_t i = text.length; i < width; i++)
		buf_addc(out, '0');
	buf_add(out, text.data, text.length);
}

/* 2024-02-29, 13:45:00 */
static void add_three(struct buf *out, const unsigned numbers[3], char between,
		      size_t width)
{
	add_digits(out, numbers[0], width);
	for (size_t i = 1; i < 3; i++) {
		buf_addc(out, between);
		add_digits(out, numbers[i], 2);
	}
}

static void add_moment(struct buf *out, struct value value)
{
	const struct moment m = moment_of(value);

	add_three(out, (unsigned[]){m.year, m.month, m.day}, '-', 4);
	if (value.type == TYPE_DATE)
		return;
	buf_addc(out, ' ');
	add_three(out, (unsigned[]){m.hour, m.minute, m.second}, ':', 2);
	if (m.micro)
		buf_addf(out, ".%06u", m.micro);
}

static void add_span(struct buf *out, struct value value)
{
	const struct span s = span_of(value);

	if (s.is_negative)
		buf_addc(out, '-');
	add_three(out, (unsigned[]){s.days * 24 + s.hour, s.minute, s.second},
		  ':', 2);
	if (s.micro)
		buf_addf(out, ".%06u", s.micro);
}

static void add_number(struct buf *out, struct value value)
{
	if (value.type == TYPE_DECIMAL)
		buf_add(out, value.cell.data, value.cell.length);
	else
		add_integer(out, value);
}

void value_literal(struct buf *out, const struct column *column,
		   struct value value)
{
	if (!value.cell.data) {
		buf_adds(out, "NULL");
		return;
	}
	switch (type_kind(value.type)) {
	case KIND_NUMBER:
		add_number(out, value);
		return;
	case KIND_REAL:
		buf_addf(out, "%.17e", real_of(value));
		return;
	case KIND_MOMENT:
		buf_addc(out, '\'');
		add_moment(out, value);
		buf_addc(out, '\'');
		return;
	case KIND_TIME:
		buf_addc(out, '\'');
		add_span(out, value);
		buf_addc(out, '\'');
		return;
	case KIND_TEXT:
		quote_string(out,
			     *column->charset ? column->charset : "utf8mb4",
			     value.cell.data, value.cell.length);
		return;
	case KIND_BYTES:
	case KIND_NONE:
		quote_bytes(out, value.cell.data, value.cell.length);
		return;
	}
}

static void canonical_number(struct buf *out, struct value value)
{
	char scratch[24];
	const struct cell text = decimal_text(value, scratch);
	const struct digits digits = digits_of((const char *)text.data,
					       text.length);

	buf_addc(out, digits.is_negative ? '-' : '+');
	buf_add(out, digits.whole, digits.whole_length);
	buf_addc(out, '.');
	buf_add(out, digits.fraction, digits.fraction_length);
}

static void canonical_real(struct buf *out, struct value value, bool folds_zero)
{
	double number = real_of(value);

	if (folds_zero && number == 0)
		number = 0.0;
	buf_add(out, &number, sizeof(number));
}

static void canonical_json(struct buf *out, struct cell cell)
{
	struct dbs_error ignored;
	const size_t before = out->length;

	if (!json_canonical((const char *)cell.data, cell.length, out,
			    &ignored))
		return;
	buf_truncate(out, before); /* malformed: equal bytes only */
	buf_add(out, cell.data, cell.length);
}

void value_canonical(struct buf *out, const struct pair_column *column,
		     struct value value)
{
	switch (column->kind) {
	case KIND_NUMBER:
		canonical_number(out, value);
		return;
	case KIND_REAL:
		canonical_real(out, value, column->folds_zero);
		return;
	case KIND_MOMENT: {
		const struct moment moment = moment_of(value);

		buf_add(out, &moment, sizeof(moment));
		return;
	}
	case KIND_TIME: {
		const struct span s = span_of(value);
		const unsigned parts[] = {s.is_negative, s.days * 24 + s.hour,
					  s.minute, s.second, s.micro};

		buf_add(out, parts, sizeof(parts));
		return;
	}
	case KIND_TEXT:
	case KIND_BYTES:
	case KIND_NONE:
		break;
	}
	if (value_is_json(column))
		canonical_json(out, value.cell);
	else
		buf_add(out, value.cell.data, value.cell.length);
}

static void show_real(struct buf *out, struct value value)
{
	const double number = real_of(value);
	const int digits = value.cell.length == sizeof(float) ? 9 : 17;
	char text[40];

	/* the shortest text that reads back as the same number */
	for (int i = 1; i <= digits; i++) {
		double again = 0;

		(void)snprintf(text, sizeof(text), "%.*g", i, number);
		(void)sscanf(text, "%lf", &again);
		if (digits == 9 ? (float)again == (float)number
				: again == number)
			break;
	}
	buf_adds(out, text);
}

void value_show(struct buf *out, struct value value, size_t limit)
{
	if (!value.cell.data) {
		buf_adds(out, "NULL");
		return;
	}
	switch (type_kind(value.type)) {
	case KIND_NUMBER:
		add_number(out, value);
		return;
	case KIND_REAL:
		show_real(out, value);
		return;
	case KIND_MOMENT:
		add_moment(out, value);
		return;
	case KIND_TIME:
		add_span(out, value);
		return;
	case KIND_TEXT:
		text_show(out, (const char *)value.cell.data, value.cell.length,
			  limit);
		return;
	case KIND_BYTES:
	case KIND_NONE:
		text_show_hex(out, value.cell.data, value.cell.length,
			      limit / 4);
		return;
	}
}
