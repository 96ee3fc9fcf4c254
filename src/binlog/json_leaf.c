/*
 * json_leaf.c - null, numbers, strings and values of column types, printed as
 * MySQL prints them.
 *
 * A double has the fewest digits that read back as the same number, the nearest
 * of these; see write_double for where it puts its point.
 */
#include "json_leaf.h"

#include "dbsync/binlog/decimal_binary.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Types of columns, as the protocol numbers them. */
enum {
	COLUMN_TIMESTAMP = 7,
	COLUMN_DATE = 10,
	COLUMN_TIME = 11,
	COLUMN_DATETIME = 12,
	COLUMN_DECIMAL = 246,
};

enum { MOMENT_SIZE = 8 };

uint64_t json_number(const uint8_t *data, size_t count)
{
	uint64_t number = 0;

	while (count-- > 0)
		number = number << 8 | data[count];
	return number;
}

/* ------------------------------------------------------------------------
 * Where a value ends
 * --------------------------------------------------------------------- */

size_t json_fixed_size(uint8_t type)
{
	switch (type) {
	case JSON_LITERAL:
		return 1;
	case JSON_INT16:
	case JSON_UINT16:
		return 2;
	case JSON_INT32:
	case JSON_UINT32:
		return 4;
	case JSON_INT64:
	case JSON_UINT64:
	case JSON_DOUBLE:
		return 8;
	default:
		return 0;
	}
}

/*
 * How many bytes the length takes that the data begin with, 0: it is none, or
 * there are not so many bytes behind it.
 */
static size_t take_length(const uint8_t *data, size_t length, size_t *out)
{
	enum { MOST = 5, BITS = 7, LAST = 0x80 };
	uint64_t number = 0;

	for (size_t i = 0; i < length && i < MOST; i++) {
		number |= (uint64_t)(data[i] & (LAST - 1)) << (i * BITS);
		if (data[i] & LAST)
			continue;
		*out = number;
		return number <= length - i - 1 ? i + 1 : 0;
	}
	return 0;
}

size_t json_leaf_size(uint8_t type, const uint8_t *data, size_t length)
{
	const size_t fixed = json_fixed_size(type);
	const size_t before = type == JSON_OPAQUE ? 1 : 0; /* of the length */
	size_t bytes = 0;

	if (fixed)
		return fixed <= length ? fixed : 0;
	if ((type != JSON_STRING && type != JSON_OPAQUE) || length <= before)
		return 0;

	const size_t used = take_length(data + before, length - before, &bytes);

	return used ? before + used + bytes : 0;
}

/* ------------------------------------------------------------------------
 * Numbers
 * --------------------------------------------------------------------- */

static bool write_literal(struct buf *out, uint8_t number)
{
	static const char *const words[] = {"null", "true", "false"};

	if (number >= sizeof(words) / sizeof(*words))
		return false;
	buf_adds(out, words[number]);
	return true;
}

static bool write_unsigned(struct buf *out, uint64_t number)
{
	buf_addf(out, "%" PRIu64, number);
	return true;
}

static bool write_signed(struct buf *out, uint64_t number, size_t size)
{
	const uint64_t sign = (uint64_t)1 << (8 * size - 1);

	if (!(number & sign))
		return write_unsigned(out, number);
	buf_addc(out, '-');
	return write_unsigned(out, (sign - 1 - (number & (sign - 1))) + 1);
}

/* digits * 10^exponent */
struct decimal {
	uint64_t digits;
	int exponent;
};

/* Rounded to count digits, of a number above 0. */
static struct decimal rounded(double number, int count)
{
	char text[40];
	struct decimal decimal;

	(void)snprintf(text, sizeof(text), "%.*e", count - 1, number);
	char *exponent = strchr(text, 'e');

	decimal.exponent = (int)strtol(exponent + 1, NULL, 10) - (count - 1);
	*exponent = '\0';
	if (count > 1)
		memmove(text + 1, text + 2, strlen(text + 2) + 1);
	decimal.digits = strtoull(text, NULL, 10);
	return decimal;
}

static bool reads_as(struct decimal decimal, double number)
{
	char text[40];

	(void)snprintf(text, sizeof(text), "%" PRIu64 "e%d", decimal.digits,
		       decimal.exponent);
	return strtod(text, NULL) == number;
}

/*
 * 15 digits tell all numbers apart that have so few (but for those near 0, which
 * have fewer bits).  A power of two is nearer to its lower neighbour than to the
 * upper one: the nearest 16 digits may be another number where those above are
 * this one.
 */
static struct decimal shortest(double number)
{
	enum { SURE = 15, MOST = 17 };
	int count = isnormal(number) ? SURE : 1;
	struct decimal decimal = rounded(number, count);

	while (count < MOST && !reads_as(decimal, number)) {
		decimal.digits++;
		if (count > SURE && reads_as(decimal, number))
			break;
		decimal = rounded(number, ++count);
	}
	return decimal;
}

static void add_zeros(struct buf *out, int count)
{
	while (count-- > 0)
		buf_addc(out, '0');
}

/* The first point digits, the point, and the others. */
static void add_plain(struct buf *out, const char *digits, int count, int point)
{
	if (point <= 0) {
		buf_adds(out, "0.");
		add_zeros(out, -point);
		buf_adds(out, digits);
	} else if (point < count) {
		buf_addf(out, "%.*s.%s", point, digits, digits + point);
	} else {
		buf_adds(out, digits);
		add_zeros(out, point - count);
		buf_adds(out, ".0");
	}
}

/*
 * MySQL's my_gcvt with the room that JSON gives it: plain down to 0.000…1 with 14
 * zeros behind the point, and up to 15 digits in front of it, or more if there
 * are digits behind it as well; otherwise with an exponent.
 */
static bool write_double(struct buf *out, uint64_t bits)
{
	enum { LEAST_POINT = -14, MOST_POINT = 15 };
	char digits[24];
	double number;

	memcpy(&number, &bits, sizeof(number));
	if (!isfinite(number))
		return false;
	if (signbit(number))
		buf_addc(out, '-');
	if (number == 0) {
		buf_adds(out, "0.0");
		return true;
	}

	struct decimal decimal = shortest(fabs(number));

	for (; decimal.digits % 10 == 0; decimal.exponent++)
		decimal.digits /= 10;

	const int count = snprintf(digits, sizeof(digits), "%" PRIu64,
				   decimal.digits);
	const int point = count + decimal.exponent;

	if (point >= LEAST_POINT && (point <= MOST_POINT || count > point))
		add_plain(out, digits, count, point);
	else
		buf_addf(out, "%.1s%s%se%d", digits, count > 1 ? "." : "",
			 digits + 1, point - 1);
	return true;
}

/* ------------------------------------------------------------------------
 * Strings
 * --------------------------------------------------------------------- */

/* What stands behind the backslash, 0: it is written as it is. */
static char escape_of(uint8_t c)
{
	switch (c) {
	case '"':
	case '\\':
		return (char)c;
	case '\b':
		return 'b';
	case '\f':
		return 'f';
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	case '\t':
		return 't';
	default:
		return c < ' ' ? 'u' : 0;
	}
}

void json_quote(struct buf *out, const uint8_t *data, size_t length)
{
	size_t plain = 0; /* from here on nothing was written */

	buf_addc(out, '"');
	for (size_t i = 0; i < length; i++) {
		const char escape = escape_of(data[i]);

		if (!escape)
			continue;
		buf_add(out, data + plain, i - plain);
		buf_addc(out, '\\');
		buf_addc(out, escape);
		if (escape == 'u')
			buf_addf(out, "%04x", data[i]);
		plain = i + 1;
	}
	buf_add(out, data + plain, length - plain);
	buf_addc(out, '"');
}

static bool write_string(struct buf *out, const uint8_t *data, size_t size)
{
	size_t length = 0;
	const size_t used = take_length(data, size, &length);

	json_quote(out, data + used, length);
	return true;
}

/* ------------------------------------------------------------------------
 * Values of column types
 * --------------------------------------------------------------------- */

static bool write_decimal(struct buf *out, const uint8_t *data, size_t length)
{
	enum { HEAD = 2 };

	return length >= HEAD &&
	       decimal_binary_text(out, data + HEAD, length - HEAD, data[0],
				   data[1]);
}

/*
 * Moments are packed into one number:
 *
 *	year * 13 + month | day (5) | hour (5) | minute (6) | second (6) |
 *	microsecond (24)
 *
 * and of a TIME there is nothing above the hour, which has 10 bits; one below 0
 * is the negative number.
 */
struct moment {
	unsigned year, month, day;
	unsigned hour, minute, second, microsecond;
};

static bool is_clock(const struct moment *moment, unsigned most_hours)
{
	return moment->hour <= most_hours && moment->minute < 60 &&
	       moment->second < 60 && moment->microsecond < 1000000;
}

static void unpack_clock(uint64_t packed, unsigned hours, struct moment *out)
{
	const uint64_t seconds = packed >> 24;

	out->microsecond = packed & 0xffffff;
	out->second = seconds & 63;
	out->minute = seconds >> 6 & 63;
	out->hour = (unsigned)(seconds >> 12) & (hours - 1);
}

static bool write_moment(struct buf *out, uint8_t type, uint64_t packed)
{
	enum { MOST_YEAR = 9999, MOST_HOUR = 23, HOURS = 32 };
	struct moment moment;

	unpack_clock(packed, HOURS, &moment);
	moment.day = packed >> 41 & 31;
	moment.month = (unsigned)((packed >> 46) % 13);
	moment.year = (unsigned)((packed >> 46) / 13);
	if (moment.year > MOST_YEAR || !is_clock(&moment, MOST_HOUR))
		return false;
	buf_addf(out, "\"%04u-%02u-%02u", moment.year, moment.month,
		 moment.day);
	if (type != COLUMN_DATE)
		buf_addf(out, " %02u:%02u:%02u.%06u", moment.hour,
			 moment.minute, moment.second, moment.microsecond);
	buf_addc(out, '"');
	return true;
}

static bool write_time(struct buf *out, uint64_t packed)
{
	enum { MOST_HOUR = 838, HOURS = 1024 };
	const bool is_negative = packed >> 63;
	struct moment moment;

	if (is_negative)
		packed = ~packed + 1;
	unpack_clock(packed, HOURS, &moment);
	if (packed >> 46 || !is_clock(&moment, MOST_HOUR))
		return false;
	buf_addf(out, "\"%s%02u:%02u:%02u.%06u\"", is_negative ? "-" : "",
		 moment.hour, moment.minute, moment.second, moment.microsecond);
	return true;
}

/* In lines of 76 characters, as TO_BASE64 has them. */
static void write_base64(struct buf *out, const uint8_t *data, size_t length)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	enum { GROUP = 3, LINE = 57 };

	for (size_t i = 0; i < length; i += GROUP) {
		const size_t count = length - i < GROUP ? length - i : GROUP;
		uint32_t bits = 0;

		for (size_t j = 0; j < GROUP; j++)
			bits = bits << 8 | (j < count ? data[i + j] : 0u);
		if (i && i % LINE == 0)
			buf_adds(out, "\\n");
		buf_addc(out, digits[bits >> 18]);
		buf_addc(out, digits[bits >> 12 & 63]);
		buf_addc(out, count > 1 ? digits[bits >> 6 & 63] : '=');
		buf_addc(out, count > 2 ? digits[bits & 63] : '=');
	}
}

static bool write_opaque(struct buf *out, const uint8_t *data, size_t size)
{
	const uint8_t type = data[0];
	size_t length = 0;
	const uint8_t *bytes = data + 1 +
			       take_length(data + 1, size - 1, &length);

	switch (type) {
	case COLUMN_DECIMAL:
		return write_decimal(out, bytes, length);
	case COLUMN_TIMESTAMP:
	case COLUMN_DATE:
	case COLUMN_DATETIME:
		return length == MOMENT_SIZE &&
		       write_moment(out, type, json_number(bytes, length));
	case COLUMN_TIME:
		return length == MOMENT_SIZE &&
		       write_time(out, json_number(bytes, length));
	default:
		buf_addf(out, "\"base64:type%u:", type);
		write_base64(out, bytes, length);
		buf_addc(out, '"');
		return true;
	}
}

bool json_leaf_text(struct buf *out, uint8_t type, const uint8_t *data,
		    size_t size)
{
	switch (type) {
	case JSON_LITERAL:
		return write_literal(out, data[0]);
	case JSON_INT16:
	case JSON_INT32:
	case JSON_INT64:
		return write_signed(out, json_number(data, size), size);
	case JSON_UINT16:
	case JSON_UINT32:
	case JSON_UINT64:
		return write_unsigned(out, json_number(data, size));
	case JSON_DOUBLE:
		return write_double(out, json_number(data, size));
	case JSON_STRING:
		return write_string(out, data, size);
	default:
		return write_opaque(out, data, size);
	}
}
