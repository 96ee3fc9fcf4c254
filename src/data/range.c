/*
 * range.c - see range.h.
 *
 * (a, b, c) >= (x, y, z) is written out, because servers do not use an index
 * for every comparison of rows:
 *
 *	a >= x AND (a > x OR (a = x AND (b > y OR (b = y AND c >= z))))
 *	a <= x AND (a < x OR (a = x AND (b < y OR (b = y AND c <  z))))
 *
 * Interpolation by kind of the column:
 *
 *	integers	128-bit arithmetic, exact from -2^63 to 2^64-1
 *	decimals, reals	as doubles; what rounds to an end is dropped
 *	dates		as microseconds since the year 0
 *	bytes		the 4 bytes behind the common prefix, base 256
 *	text		the 3 characters behind the common prefix, over an
 *			alphabet whose order hardly any collation changes; the
 *			server is asked to confirm it (range_needs_proof), since
 *			a bound out of order would lose rows
 *	others		not at all: the table stays in one piece
 */
#include "dbsync/data/range.h"

#include "dbsync/base/own.h"
#include "dbsync/data/value.h"
#include "dbsync/db/quote.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef __int128 wide;

struct cut {
	const struct column *column;
	enum key_order order;
	const char *first;
	size_t first_length;
	const char *last;
	size_t last_length;
	size_t wanted;
};

/* Writes the literal of point i of wanted (1-based); false: no such point. */
typedef bool make_point(const struct cut *cut, size_t i, struct buf *out);

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

static wide wide_point(wide first, wide last, const struct cut *cut, size_t i)
{
	return first + (last - first) * (wide)i / (wide)(cut->wanted + 1);
}

static bool integer_point(const struct cut *cut, size_t i, struct buf *out)
{
	const wide first = parse_wide(cut->first);
	const wide last = parse_wide(cut->last);
	const wide point = wide_point(first, last, cut, i);

	if (point <= first || point > last ||
	    (i > 1 && point == wide_point(first, last, cut, i - 1)))
		return false;
	add_wide(out, point);
	return true;
}

static double real_point(const struct cut *cut, size_t i)
{
	const double first = strtod(cut->first, NULL);
	const double last = strtod(cut->last, NULL);
	const double part = (double)i / (double)(cut->wanted + 1);

	return first * (1 - part) + last * part;
}

static bool is_between(const struct cut *cut, size_t i, double point)
{
	if (point <= strtod(cut->first, NULL) ||
	    point >= strtod(cut->last, NULL))
		return false;
	return i == 1 || point > real_point(cut, i - 1);
}

static bool decimal_point(const struct cut *cut, size_t i, struct buf *out)
{
	const double point = real_point(cut, i);
	const size_t before = out->length;

	if (!is_between(cut, i, point))
		return false;
	buf_addf(out, "%.6f", point);
	const char *text = out->data + before;
	const size_t length = out->length - before;

	/* rounding must not have moved it onto or past an end */
	if (decimal_order(text, length, cut->first, cut->first_length) > 0 &&
	    decimal_order(text, length, cut->last, cut->last_length) < 0 &&
	    (i == 1 || point - real_point(cut, i - 1) > 1e-5))
		return true;
	buf_truncate(out, before);
	return false;
}

static bool real_literal_point(const struct cut *cut, size_t i, struct buf *out)
{
	const double point = real_point(cut, i);

	if (!is_between(cut, i, point))
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

static bool parse_moment(const char *text, wide *out)
{
	int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;

	if (sscanf(text, "%4d-%2d-%2d %2d:%2d:%2d", &year, &month, &day, &hour,
		   &minute, &second) < 3 ||
	    !year || !month || !day)
		return false;
	*out = days_of(year, month, day) * DAY_S + hour * 3600 + minute * 60 +
	       second;
	return true;
}

/* Whole seconds: points closer to each other are dropped. */
static bool moment_point(const struct cut *cut, size_t i, struct buf *out)
{
	int year = 0, month = 0, day = 0;
	wide first = 0;
	wide last = 0;

	if (!parse_moment(cut->first, &first) ||
	    !parse_moment(cut->last, &last))
		return false;
	if (cut->column->type == TYPE_DATE) {
		first /= DAY_S;
		last /= DAY_S;
	}
	const wide point = wide_point(first, last, cut, i);

	if (point <= first || point > last ||
	    (i > 1 && point == wide_point(first, last, cut, i - 1)))
		return false;
	if (cut->column->type == TYPE_DATE) {
		date_of(point, &year, &month, &day);
		buf_addf(out, "'%04d-%02d-%02d'", year, month, day);
		return true;
	}
	const int rest = (int)(point % DAY_S);

	date_of(point / DAY_S, &year, &month, &day);
	buf_addf(out, "'%04d-%02d-%02d %02d:%02d:%02d'", year, month, day,
		 rest / 3600, rest / 60 % 60, rest % 60);
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
static wide byte_digits(const char *text, size_t length, size_t prefix)
{
	wide number = 0;

	for (size_t i = 0; i < BYTE_DIGITS; i++) {
		const size_t at = prefix + i;

		number = number * 256 +
			 (at < length ? (unsigned char)text[at] : 0);
	}
	return number;
}

static bool byte_point(const struct cut *cut, size_t i, struct buf *out)
{
	const size_t prefix = common_prefix(cut);
	const wide first = byte_digits(cut->first, cut->first_length, prefix);
	const wide last = byte_digits(cut->last, cut->last_length, prefix);
	const wide point = wide_point(first, last, cut, i);
	OWNED(buf_release) struct buf bytes = BUF_INIT;

	if (point <= first || point >= last ||
	    (i > 1 && point == wide_point(first, last, cut, i - 1)))
		return false;
	buf_add(&bytes, cut->first, prefix);
	for (int shift = 8 * (BYTE_DIGITS - 1); shift >= 0; shift -= 8)
		buf_addc(&bytes, (char)(unsigned char)(point >> shift));
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
			size_t prefix)
{
	const char *alphabet = alphabet_of(cut);
	const wide base = (wide)strlen(alphabet);
	wide number = 0;

	for (size_t i = 0; i < TEXT_DIGITS; i++) {
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
	const wide first = text_digits(cut, cut->first, cut->first_length,
				       prefix);
	const wide last = text_digits(cut, cut->last, cut->last_length, prefix);
	wide point = wide_point(first, last, cut, i);
	char tail[TEXT_DIGITS];
	OWNED(buf_release) struct buf bytes = BUF_INIT;

	/* a prefix of whole characters is certain only in ASCII */
	if (!is_ascii(cut->first, prefix) || point <= first || point >= last ||
	    (i > 1 && point == wide_point(first, last, cut, i - 1)))
		return false;
	for (size_t k = TEXT_DIGITS; k-- > 0; point /= base)
		tail[k] = alphabet[(size_t)(point % base)];
	buf_add(&bytes, cut->first, prefix);
	buf_add(&bytes, tail, sizeof(tail));
	quote_string(out, cut->column->charset, bytes.data, bytes.length);
	return true;
}

/* ------------------------------------------------------------------------
 * Bounds
 * --------------------------------------------------------------------- */

/* Doubles round: a point may come out on, or even below, the one before. */
static bool is_above(enum key_order order, const char *before,
		     const char *literal)
{
	if (!before)
		return true;
	if (order == ORDER_DECIMAL)
		return decimal_order(before, strlen(before), literal,
				     strlen(literal)) < 0;
	if (order == ORDER_REAL)
		return strtod(before, NULL) < strtod(literal, NULL);
	return true; /* exact, or proven by the servers */
}

/* What goes into a statement as it is must be what its type writes. */
static bool is_plain(enum type_kind kind, const char *text, size_t length)
{
	const char *allowed = kind == KIND_MOMENT || kind == KIND_TIME
				      ? "0123456789-:. "
				      : "0123456789+-.eE";

	if (kind == KIND_TEXT || kind == KIND_BYTES)
		return true;
	return length && strspn(text, allowed) == length;
}

/* Whether all texts of a key may be used; a hostile server gives others. */
static bool is_plain_key(const struct pair *pair, struct key_text key)
{
	for (size_t i = 0; i < pair->key_count; i++) {
		const struct column *column =
			pair->columns[pair->key[i].column].source;

		if (pair->key[i].order != ORDER_MEMBER &&
		    !is_plain(type_kind(column->type), key.texts[i],
			      key.lengths[i]))
			return false;
	}
	return true;
}

static make_point *maker_of(enum key_order order, enum type_kind kind)
{
	switch (order) {
	case ORDER_INTEGER:
		return integer_point;
	case ORDER_DECIMAL:
		return decimal_point;
	case ORDER_REAL:
		return real_literal_point;
	case ORDER_MOMENT:
		return moment_point;
	case ORDER_BYTES:
		return kind == KIND_TEXT ? text_point : byte_point;
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

static bool same_text(struct key_text a, struct key_text b, size_t column)
{
	return a.lengths[column] == b.lengths[column] &&
	       !memcmp(a.texts[column], b.texts[column], a.lengths[column]);
}

/* A text of the text protocol as a literal for its own column. */
static const char *literal_of(const struct column *column, const char *text,
			      size_t length, struct arena *arena)
{
	OWNED(buf_release) struct buf out = BUF_INIT;

	switch (type_kind(column->type)) {
	case KIND_NUMBER:
	case KIND_REAL:
		buf_add(&out, text, length);
		break;
	case KIND_TEXT:
		quote_string(&out, column->charset, text, length);
		break;
	case KIND_MOMENT:
	case KIND_TIME:
		/* digits and marks only, as the server wrote them */
		buf_addc(&out, '\'');
		buf_add(&out, text, length);
		buf_addc(&out, '\'');
		break;
	case KIND_BYTES:
	case KIND_NONE:
		quote_bytes(&out, text, length);
		break;
	}
	return arena_strndup(arena, out.data, out.length);
}

/* (key) >= bound, or (key) < bound */
static void add_comparison(struct buf *out, const char *const *keys,
			   const struct bound *bound, bool at_least)
{
	const char *sign = at_least ? ">" : "<";

	for (size_t i = 0; i < bound->column; i++)
		buf_addf(out, "%s %s= %s AND (%s %s %s OR (%s = %s AND (",
			 keys[i], sign, bound->prefix[i], keys[i], sign,
			 bound->prefix[i], keys[i], bound->prefix[i]);
	buf_addf(out, "%s %s %s", keys[bound->column], at_least ? ">=" : "<",
		 bound->literal);
	for (size_t i = 0; i < bound->column; i++)
		buf_adds(out, ")))");
}

struct bound range_bound(const char *const *literals, size_t count)
{
	return (struct bound){
		.column = count - 1,
		.prefix = literals,
		.literal = literals[count - 1],
	};
}

size_t range_cut(const struct pair *pair, struct key_text first,
		 struct key_text last, size_t wanted, struct arena *arena,
		 const struct bound **out)
{
	const char **literals = arena_alloc(arena, pair->key_count *
							   sizeof(*literals));
	size_t at = 0;

	if (!is_plain_key(pair, first) || !is_plain_key(pair, last))
		return 0;
	for (; at < pair->key_count && same_text(first, last, at); at++) {
		/* by the number of a member no index is used */
		if (pair->key[at].order == ORDER_MEMBER)
			return 0;
		literals[at] =
			literal_of(pair->columns[pair->key[at].column].source,
				   first.texts[at], first.lengths[at], arena);
	}
	if (at == pair->key_count)
		return 0;
	const struct column *column =
		pair->columns[pair->key[at].column].source;
	make_point *make = maker_of(pair->key[at].order,
				    type_kind(column->type));

	if (!make)
		return 0;
	const struct cut cut = {
		.column = column,
		.order = pair->key[at].order,
		.first = first.texts[at],
		.first_length = first.lengths[at],
		.last = last.texts[at],
		.last_length = last.lengths[at],
		.wanted = wanted,
	};
	struct bound *bounds = arena_alloc(arena, wanted * sizeof(*bounds));
	const char *ends[] = {
		literal_of(column, cut.first, cut.first_length, arena),
		literal_of(column, cut.last, cut.last_length, arena),
	};
	size_t made = 0;

	for (size_t i = 1; i <= wanted; i++) {
		OWNED(buf_release) struct buf literal = BUF_INIT;

		if (!make(&cut, i, &literal) ||
		    !is_above(cut.order, made ? bounds[made - 1].literal : NULL,
			      literal.data))
			continue;
		literals[at] = arena_strdup(arena, literal.data);
		bounds[made] = range_bound(literals, at + 1);
		bounds[made].first = ends[0];
		bounds[made++].last = ends[1];
	}
	*out = bounds;
	return made;
}

bool range_needs_proof(const struct pair *pair, size_t column)
{
	return pair->columns[pair->key[column].column].kind == KIND_TEXT;
}

void range_condition(struct buf *out, const struct projection *projection,
		     const struct range *range)
{
	const char *const *keys = projection->keys;

	if (!range->low && !range->high)
		buf_adds(out, "1");
	if (range->low) {
		buf_addc(out, '(');
		add_comparison(out, keys, range->low, true);
		buf_addc(out, ')');
	}
	if (range->high) {
		buf_adds(out, range->low ? " AND (" : "(");
		add_comparison(out, keys, range->high, false);
		buf_addc(out, ')');
	}
}
