/*
 * point.c - see point.h.
 *
 * Interpolation by kind of the column:
 *
 *	integers	128-bit arithmetic, exact from -2^63 to 2^64-1
 *	decimals, reals	as doubles; what rounds to an end is dropped
 *	dates		as seconds since the year 0
 *	bytes		the 4 bytes behind the common prefix, base 256
 *	text		the 3 characters behind the common prefix, over an
 *			alphabet whose order hardly any collation changes; the
 *			server is asked to confirm it (range_needs_proof), since
 *			a bound out of order would lose rows
 *	others		not at all: the table stays in one piece
 *
 * Keys that lie outside of what both columns hold (the year 0000, dates of
 * nothing, 300 beside a TINYINT) are taken for the end of what they do hold, so
 * that the points are spread over the rest.
 */
#include "point.h"

#include "dbsync/base/own.h"
#include "dbsync/data/value.h"
#include "dbsync/db/quote.h"

#include <float.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef __int128 wide;

/* ------------------------------------------------------------------------
 * What a column can hold
 * --------------------------------------------------------------------- */

/* The n-th number in the brackets of a type: 10 and 2 of decimal(10,2). */
static unsigned long declared(const struct column *column, int n)
{
	const char *at = strchr(column->type_text, '(');

	while (at && n-- > 1)
		at = strchr(at + 1, ',');
	return at ? strtoul(at + 1, NULL, 10) : 0;
}

struct limits {
	wide low;
	wide high;
};

static struct limits bits_limits(unsigned long bits, bool is_unsigned)
{
	const wide one = 1;

	if (is_unsigned)
		return (struct limits){0, (one << bits) - 1};
	return (struct limits){-(one << (bits - 1)), (one << (bits - 1)) - 1};
}

static struct limits integer_limits(const struct column *column)
{
	static const struct {
		const char *name;
		unsigned long bits;
	} sizes[] = {{"tinyint", 8},
		     {"smallint", 16},
		     {"mediumint", 24},
		     {"int", 32},
		     {"bigint", 64}};
	const char *text = column->type_text;

	if (column->type == TYPE_YEAR) /* and 0, which is below all of them */
		return (struct limits){1901, 2155};
	if (column->type == TYPE_BIT)
		return bits_limits(declared(column, 1), true);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++)
		if (!strncmp(text, sizes[i].name, strlen(sizes[i].name)))
			return bits_limits(sizes[i].bits, column->is_unsigned);
	return (struct limits){0, -1}; /* nothing that we know of */
}

static struct limits both(struct limits a, struct limits b)
{
	return (struct limits){a.low > b.low ? a.low : b.low,
			       a.high < b.high ? a.high : b.high};
}

/* The ends between which points are looked for: low itself may be one. */
static struct limits within(struct limits ends, struct limits limits)
{
	if (ends.low < limits.low - 1)
		ends.low = limits.low - 1;
	if (ends.high > limits.high)
		ends.high = limits.high;
	return ends;
}

/* How many characters or bytes fit into both columns. */
static size_t most_length(const struct cut *cut)
{
	const unsigned long source = declared(cut->column->on[SOURCE], 1);
	const unsigned long target = declared(cut->column->on[TARGET], 1);

	return source < target ? source : target;
}

/* So many characters or bytes behind a prefix as fit. */
static size_t digits_for(const struct cut *cut, size_t prefix, size_t most)
{
	const size_t length = most_length(cut);
	const size_t room = length > prefix ? length - prefix : 0;

	return room < most ? room : most;
}

/* ------------------------------------------------------------------------
 * Numbers and dates
 * --------------------------------------------------------------------- */

static wide parse_wide(const char *text)
{
	if (*text == '-')
		return -(wide)strtoull(text + 1, NULL, 10);
	return (wide)strtoull(text, NULL, 10);
}

static void add_wide(struct buf *out, wide number)
{
	const bool is_negative = number < 0;
	const wide magnitude = is_negative ? -number : number;

	buf_addf(out, "%s%" PRIu64, is_negative ? "-" : "",
		 (uint64_t)magnitude);
}

static wide wide_point(struct limits ends, const struct cut *cut, size_t i)
{
	return ends.low +
	       (ends.high - ends.low) * (wide)i / (wide)(cut->wanted + 1);
}

/* Above low and above the point before it; up to high. */
static bool find_wide(struct limits ends, const struct cut *cut, size_t i,
		      wide *out)
{
	*out = wide_point(ends, cut, i);
	return *out > ends.low && *out <= ends.high &&
	       (i == 1 || *out != wide_point(ends, cut, i - 1));
}

static bool integer_point(const struct cut *cut, size_t i, struct buf *out)
{
	const struct limits ends = {parse_wide(cut->first),
				    parse_wide(cut->last)};
	const struct limits limits =
		both(integer_limits(cut->column->on[SOURCE]),
		     integer_limits(cut->column->on[TARGET]));
	wide point = 0;

	if (!find_wide(within(ends, limits), cut, i, &point))
		return false;
	add_wide(out, point);
	return true;
}

struct reals {
	double low;
	double high;
};

/* What no decimal of so many digits reaches. */
static double beyond(unsigned long digits, unsigned scale)
{
	double number = 1;

	for (unsigned long i = scale; i < digits; i++)
		number *= 10;
	return number;
}

static struct reals real_limits(const struct column *column)
{
	double most = DBL_MAX;

	if (type_kind(column->type) == KIND_NUMBER &&
	    column->type != TYPE_DECIMAL) {
		const struct limits limits = integer_limits(column);

		return (struct reals){(double)limits.low, (double)limits.high};
	}
	if (column->type == TYPE_DECIMAL)
		most = beyond(declared(column, 1), column->scale);
	else if (column->type == TYPE_FLOAT)
		most = (double)FLT_MAX;
	return (struct reals){column->is_unsigned ? 0 : -most, most};
}

/* The keys, or the ends of what both columns hold where these are closer. */
static struct reals real_ends(const struct cut *cut)
{
	const struct reals source = real_limits(cut->column->on[SOURCE]);
	const struct reals target = real_limits(cut->column->on[TARGET]);
	struct reals ends = {strtod(cut->first, NULL), strtod(cut->last, NULL)};

	if (ends.low < source.low)
		ends.low = source.low;
	if (ends.low < target.low)
		ends.low = target.low;
	if (ends.high > source.high)
		ends.high = source.high;
	if (ends.high > target.high)
		ends.high = target.high;
	return ends;
}

static double real_point(struct reals ends, const struct cut *cut, size_t i)
{
	const double part = (double)i / (double)(cut->wanted + 1);

	return ends.low * (1 - part) + ends.high * part;
}

/* Between the ends and above the point before it. */
static bool find_real(const struct cut *cut, size_t i, double *out)
{
	const struct reals ends = real_ends(cut);

	*out = real_point(ends, cut, i);
	return *out > ends.low && *out < ends.high &&
	       (i == 1 || *out > real_point(ends, cut, i - 1));
}

/* Digits behind the point that both columns keep. */
static int both_scales(const struct cut *cut)
{
	enum { MOST = 6 }; /* more would be a closer cut than anybody needs */
	unsigned scale = MOST;

	if (scale > cut->column->on[SOURCE]->scale)
		scale = cut->column->on[SOURCE]->scale;
	if (scale > cut->column->on[TARGET]->scale)
		scale = cut->column->on[TARGET]->scale;
	return (int)scale;
}

/* Rounding must not have moved it onto or past an end. */
static bool is_decimal_between(const struct cut *cut, const char *text)
{
	const size_t length = strlen(text);

	return decimal_order(text, length, cut->first, cut->first_length) > 0 &&
	       decimal_order(text, length, cut->last, cut->last_length) < 0;
}

static bool decimal_point(const struct cut *cut, size_t i, struct buf *out)
{
	const struct reals ends = real_ends(cut);
	OWNED(buf_release) struct buf text = BUF_INIT;
	double point = 0;

	if (!find_real(cut, i, &point))
		return false;
	buf_addf(&text, "%.*f", both_scales(cut), point);
	/* 9.96 is between 0 and 10, and 10.0 has too many digits */
	const double rounded = strtod(text.data, NULL);

	if (!is_decimal_between(cut, text.data) || rounded <= ends.low ||
	    rounded >= ends.high)
		return false;
	buf_add(out, text.data, text.length);
	return true;
}

static bool real_literal_point(const struct cut *cut, size_t i, struct buf *out)
{
	const struct reals ends = real_ends(cut);
	double point = 0;

	if (!find_real(cut, i, &point))
		return false;
	if (cut->column->on[SOURCE]->type == TYPE_FLOAT ||
	    cut->column->on[TARGET]->type == TYPE_FLOAT)
		point = (double)(float)point;
	if (point <= ends.low || point >= ends.high)
		return false;
	buf_addf(out, "%.17e", point);
	return true;
}

/* Days since 0000-03-01 in the proleptic Gregorian calendar, and back. */
static wide days_of(int year, int month, int day)
{
	const int y = month <= 2 ? year - 1 : year;
	const int m = month <= 2 ? month + 9 : month - 3;

	return (wide)365 * y + y / 4 - y / 100 + y / 400 + (m * 306 + 5) / 10 +
	       day - 1;
}

static void date_of(wide days, int *year, int *month, int *day)
{
	int y = (int)((10000 * days + 14780) / 3652425);
	int rest = (int)(days - ((wide)365 * y + y / 4 - y / 100 + y / 400));

	if (rest < 0) {
		y--;
		rest = (int)(days -
			     ((wide)365 * y + y / 4 - y / 100 + y / 400));
	}
	const int m = (100 * rest + 52) / 3060;

	*year = y + (m + 2) / 12;
	*month = (m + 2) % 12 + 1;
	*day = rest - (m * 306 + 5) / 10 + 1;
}

enum { DAY_S = 86400 };

/* In seconds; of a date that has no month or no day, one of those close by. */
static bool parse_moment(const char *text, wide *out)
{
	int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;

	if (sscanf(text, "%4d-%2d-%2d %2d:%2d:%2d", &year, &month, &day, &hour,
		   &minute, &second) < 3)
		return false;
	*out = days_of(year, month ? month : 1, day ? day : 1) * DAY_S +
	       hour * 3600 + minute * 60 + second;
	return true;
}

/*
 * What is promised of a type, not what a server would take: below the year 1000
 * two digits are near, and TIMESTAMPs of some servers go beyond 2038.
 */
static struct limits moment_limits(const struct column *column)
{
	if (column->type == TYPE_TIMESTAMP)
		return (struct limits){days_of(1970, 1, 1) * DAY_S + 1,
				       days_of(2038, 1, 19) * DAY_S + 3 * 3600 +
					       14 * 60 + 7};
	return (struct limits){days_of(1000, 1, 1) * DAY_S,
			       days_of(9999, 12, 31) * DAY_S};
}

static void write_moment(struct buf *out, wide seconds, bool is_date)
{
	int year = 0, month = 0, day = 0;
	const int rest = (int)(seconds % DAY_S);

	date_of(seconds / DAY_S, &year, &month, &day);
	buf_addf(out, "'%04d-%02d-%02d", year, month, day);
	if (!is_date)
		buf_addf(out, " %02d:%02d:%02d", rest / 3600, rest / 60 % 60,
			 rest % 60);
	buf_addc(out, '\'');
}

/* Whole seconds, or days: points closer to each other are dropped. */
static bool moment_point(const struct cut *cut, size_t i, struct buf *out)
{
	const bool is_date = cut->column->on[SOURCE]->type == TYPE_DATE ||
			     cut->column->on[TARGET]->type == TYPE_DATE;
	const wide unit = is_date ? DAY_S : 1;
	struct limits ends = {0, 0};
	wide point = 0;

	if (!parse_moment(cut->first, &ends.low) ||
	    !parse_moment(cut->last, &ends.high))
		return false;
	ends = within(ends, both(moment_limits(cut->column->on[SOURCE]),
				 moment_limits(cut->column->on[TARGET])));
	ends.low /= unit;
	ends.high /= unit;
	if (!find_wide(ends, cut, i, &point))
		return false;
	write_moment(out, point * unit, is_date);
	return true;
}

/* ------------------------------------------------------------------------
 * Strings
 * --------------------------------------------------------------------- */

static size_t common_prefix(const struct cut *cut)
{
	size_t i = 0;

	while (i < cut->first_length && i < cut->last_length &&
	       cut->first[i] == cut->last[i])
		i++;
	return i;
}

enum { BYTE_DIGITS = 4, TEXT_DIGITS = 3 };

/* The bytes behind the prefix as a number; what is missing counts as 0. */
static wide byte_digits(const char *text, size_t length, size_t prefix,
			size_t digits)
{
	wide number = 0;

	for (size_t i = 0; i < digits; i++) {
		const size_t at = prefix + i;

		number = number * 256 +
			 (at < length ? (unsigned char)text[at] : 0);
	}
	return number;
}

/* BINARY(8) holds no less than 8 bytes; 0: neither column is of that kind. */
static size_t fixed_length(const struct cut *cut)
{
	const struct column *source = cut->column->on[SOURCE];
	const struct column *target = cut->column->on[TARGET];

	if (!strncmp(source->type_text, "binary", 6))
		return declared(source, 1);
	return strncmp(target->type_text, "binary", 6) != 0
		       ? 0
		       : declared(target, 1);
}

static bool byte_point(const struct cut *cut, size_t i, struct buf *out)
{
	const size_t prefix = common_prefix(cut);
	const size_t digits = digits_for(cut, prefix, BYTE_DIGITS);
	const size_t fixed = fixed_length(cut);
	const struct limits ends = {
		byte_digits(cut->first, cut->first_length, prefix, digits),
		byte_digits(cut->last, cut->last_length, prefix, digits)};
	OWNED(buf_release) struct buf bytes = BUF_INIT;
	wide point = 0;

	if (fixed > most_length(cut) || !find_wide(ends, cut, i, &point) ||
	    point == ends.high)
		return false;
	buf_add(&bytes, cut->first, prefix);
	for (size_t k = digits; k-- > 0;)
		buf_addc(&bytes, (char)(unsigned char)(point >> (8 * k)));
	while (bytes.length < fixed)
		buf_addc(&bytes, '\0');
	quote_bytes(out, bytes.data, bytes.length);
	return true;
}

/* Case does not matter to most collations: letters of one case only. */
static const char folded[] = "0123456789abcdefghijklmnopqrstuvwxyz";
/* To binary collations it does. */
static const char exact[] = "!#$%&()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQR"
			    "STUVWXYZ[]^_abcdefghijklmnopqrstuvwxyz{|}~";

static const char *alphabet_of(const struct cut *cut)
{
	return cut->order == ORDER_WEIGHT ? folded : exact;
}

/* The place of a character in the alphabet, or that of the next lower one. */
static wide digit_of(const char *alphabet, char c, bool folds)
{
	const unsigned char lower =
		(unsigned char)(folds && c >= 'A' && c <= 'Z' ? c + 32 : c);
	wide digit = 0;

	for (size_t i = 0; alphabet[i]; i++)
		if ((unsigned char)alphabet[i] <= lower)
			digit = (wide)i;
	return digit;
}

static wide text_digits(const struct cut *cut, const char *text, size_t length,
			size_t prefix, size_t digits)
{
	const char *alphabet = alphabet_of(cut);
	const wide base = (wide)strlen(alphabet);
	wide number = 0;

	for (size_t i = 0; i < digits; i++) {
		const size_t at = prefix + i;

		number *= base;
		if (at < length)
			number += digit_of(alphabet, text[at],
					   alphabet == folded);
	}
	return number;
}

static bool is_ascii(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)text[i] >= 0x80)
			return false;
	return true;
}

static bool text_point(const struct cut *cut, size_t i, struct buf *out)
{
	const char *alphabet = alphabet_of(cut);
	const wide base = (wide)strlen(alphabet);
	const size_t prefix = common_prefix(cut);
	const size_t digits = digits_for(cut, prefix, TEXT_DIGITS);
	const struct limits ends = {
		text_digits(cut, cut->first, cut->first_length, prefix, digits),
		text_digits(cut, cut->last, cut->last_length, prefix, digits)};
	char tail[TEXT_DIGITS];
	OWNED(buf_release) struct buf bytes = BUF_INIT;
	wide point = 0;

	/* a prefix of whole characters is certain only in ASCII */
	if (!is_ascii(cut->first, prefix) || !find_wide(ends, cut, i, &point) ||
	    point == ends.high)
		return false;
	for (size_t k = digits; k-- > 0; point /= base)
		tail[k] = alphabet[(size_t)(point % base)];
	buf_add(&bytes, cut->first, prefix);
	buf_add(&bytes, tail, digits);
	quote_string(out, cut->column->on[SOURCE]->charset, bytes.data,
		     bytes.length);
	return true;
}

/* FLOAT(7,4) rounds what it holds in a way of its own. */
static bool has_fixed_scale(const struct cut *cut)
{
	return cut->column->on[SOURCE]->has_fixed_scale ||
	       cut->column->on[TARGET]->has_fixed_scale;
}

point_make *point_maker(const struct cut *cut)
{
	switch (cut->order) {
	case ORDER_INTEGER:
		return integer_point;
	case ORDER_DECIMAL:
		return decimal_point;
	case ORDER_REAL:
		return has_fixed_scale(cut) ? NULL : real_literal_point;
	case ORDER_MOMENT:
		return moment_point;
	case ORDER_BYTES:
		return cut->column->kind == KIND_TEXT ? text_point : byte_point;
	case ORDER_PADDED:
	case ORDER_WEIGHT:
		return text_point;
	case ORDER_TIME:
	case ORDER_MEMBER:
	case ORDER_AS_BYTES:
		break;
	}
	return NULL;
}
