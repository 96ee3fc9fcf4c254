/*
 * json_scalar.c - strings and numbers in the one form that json_value.h says.
 *
 * Doubles go through the C library, which rounds right to the last bit in
 * both directions; its decimal point is that of the locale, unless told.
 */
#include "json_parser.h"

#include <inttypes.h>
#include <locale.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Below it every whole number is a double, and the other way round. */
static const double WHOLE_LIMIT = 9007199254740992.0; /* 2^53 */

enum dbs_rc json_refuse(struct json_parser *parser, const char *what)
{
	return dbs_fail(parser->err, DBS_E_FORMAT,
			"malformed JSON at byte %zu: %s",
			(size_t)(parser->at - parser->start), what);
}

char json_peek(const struct json_parser *parser)
{
	return parser->at < parser->end ? *parser->at : '\0';
}

bool json_take(struct json_parser *parser, char wanted)
{
	if (parser->at == parser->end || *parser->at != wanted)
		return false;
	parser->at++;
	return true;
}

/* Four hexadecimal digits; false when they are not there. */
static bool take_hex4(struct json_parser *parser, uint32_t *code_out)
{
	uint32_t code = 0;

	if (parser->end - parser->at < 4)
		return false;
	for (int i = 0; i < 4; i++) {
		char c = parser->at[i];
		uint32_t digit;

		if (c >= '0' && c <= '9')
			digit = (uint32_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			digit = (uint32_t)(c - 'a' + 10);
		else if (c >= 'A' && c <= 'F')
			digit = (uint32_t)(c - 'A' + 10);
		else
			return false;
		code = code << 4 | digit;
	}
	parser->at += 4;
	*code_out = code;
	return true;
}

/* The second half of a surrogate pair, if it follows as an escape. */
static bool take_low_surrogate(struct json_parser *parser, uint32_t *low_out)
{
	const char *before = parser->at;

	if (json_take(parser, '\\') && json_take(parser, 'u') &&
	    take_hex4(parser, low_out) && *low_out >= 0xDC00 &&
	    *low_out <= 0xDFFF)
		return true;
	parser->at = before;
	return false;
}

static void add_utf8(struct buf *out, uint32_t code)
{
	if (code < 0x80) {
		buf_addc(out, (char)code);
		return;
	}
	if (code < 0x800) {
		buf_addc(out, (char)(0xC0 | code >> 6));
	} else if (code < 0x10000) {
		buf_addc(out, (char)(0xE0 | code >> 12));
		buf_addc(out, (char)(0x80 | (code >> 6 & 0x3F)));
	} else {
		buf_addc(out, (char)(0xF0 | code >> 18));
		buf_addc(out, (char)(0x80 | (code >> 12 & 0x3F)));
		buf_addc(out, (char)(0x80 | (code >> 6 & 0x3F)));
	}
	buf_addc(out, (char)(0x80 | (code & 0x3F)));
}

/* Adds one character in the only way in which the form has it. */
static void add_char(struct buf *out, uint32_t code)
{
	if (code < 0x20 || (code >= 0xD800 && code <= 0xDFFF)) {
		buf_addf(out, "\\u%04" PRIx32, code);
		return;
	}
	if (code == '"' || code == '\\')
		buf_addc(out, '\\');
	add_utf8(out, code);
}

static enum dbs_rc read_unicode(struct json_parser *parser)
{
	uint32_t code, low;

	if (!take_hex4(parser, &code))
		return json_refuse(parser,
				   "four hexadecimal digits are missing");
	if (code >= 0xD800 && code <= 0xDBFF &&
	    take_low_surrogate(parser, &low))
		code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
	add_char(parser->out, code);
	return DBS_OK;
}

/* Behind a `\`. */
static enum dbs_rc read_escape(struct json_parser *parser)
{
	static const char from[] = "\"\\/bfnrt";
	static const char to[] = "\"\\/\b\f\n\r\t";
	const char *found;

	if (json_take(parser, 'u'))
		return read_unicode(parser);
	found = json_peek(parser) ? strchr(from, json_peek(parser)) : NULL;
	if (!found)
		return json_refuse(parser, "unknown escape");
	parser->at++;
	add_char(parser->out, (uint32_t)to[found - from]);
	return DBS_OK;
}

/* Copies what needs no escape. */
static void copy_plain(struct json_parser *parser)
{
	const char *start = parser->at;

	while (parser->at < parser->end && *parser->at != '"' &&
	       *parser->at != '\\' && (unsigned char)*parser->at >= 0x20)
		parser->at++;
	buf_add(parser->out, start, (size_t)(parser->at - start));
}

enum dbs_rc json_read_string(struct json_parser *parser)
{
	if (!json_take(parser, '"'))
		return json_refuse(parser, "a string is missing");
	buf_addc(parser->out, '"');
	for (;;) {
		enum dbs_rc rc;

		copy_plain(parser);
		if (json_take(parser, '"')) {
			buf_addc(parser->out, '"');
			return DBS_OK;
		}
		if (!json_take(parser, '\\'))
			return json_refuse(parser,
					   parser->at == parser->end
						   ? "the string does not end"
						   : "control character in a "
						     "string");
		rc = read_escape(parser);
		if (rc)
			return rc;
	}
}

/* Steps over digits; whether there was one. */
static bool take_digits(struct json_parser *parser)
{
	const char *start = parser->at;

	while (json_peek(parser) >= '0' && json_peek(parser) <= '9')
		parser->at++;
	return parser->at > start;
}

/* Steps over a number as JSON allows it; *is_whole_out: digits only. */
static bool take_number(struct json_parser *parser, bool *is_whole_out)
{
	*is_whole_out = true;
	(void)json_take(parser, '-');
	if (!json_take(parser, '0') && !take_digits(parser))
		return false;
	if (json_take(parser, '.')) {
		*is_whole_out = false;
		if (!take_digits(parser))
			return false;
	}
	if (json_take(parser, 'e') || json_take(parser, 'E')) {
		*is_whole_out = false;
		if (!json_take(parser, '+'))
			(void)json_take(parser, '-');
		if (!take_digits(parser))
			return false;
	}
	return true;
}

/* Whether length digits are a number that both kinds of 64 bits can hold. */
static bool fits_64_bits(const char *digits, size_t length, bool is_negative)
{
	const char *most = is_negative ? "9223372036854775808"
				       : "18446744073709551615";
	size_t most_length = strlen(most);

	if (length != most_length)
		return length < most_length;
	return memcmp(digits, most, length) <= 0;
}

/* Appends the form of a double, which is that of no integer. */
static void add_double(struct buf *out, double value)
{
	const size_t start = out->length;

	if (value == 0)
		buf_adds(out, signbit(value) ? "-0" : "0");
	else if (value > -WHOLE_LIMIT && value < WHOLE_LIMIT &&
		 (double)(int64_t)value == value)
		buf_addf(out, "%" PRId64, (int64_t)value);
	else
		buf_addf(out, "%.17g", value);
	if (!strpbrk(out->data + start, ".e"))
		buf_adds(out, ".0");
}

/*
 * Replaces the number at start of out, its last part, by its form as a double.
 * The C locale of the C library costs nothing to get, but is asked for here
 * only: most numbers are whole.
 */
static void reform_double(struct buf *out, size_t start)
{
	locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	locale_t before = plain ? uselocale(plain) : (locale_t)0;
	double value = strtod(out->data + start, NULL);

	if (isfinite(value)) {
		buf_truncate(out, start);
		add_double(out, value);
	}
	if (plain) {
		(void)uselocale(before);
		freelocale(plain);
	}
}

enum dbs_rc json_read_number(struct json_parser *parser)
{
	const char *start = parser->at;
	size_t form = parser->out->length;
	bool is_negative = *start == '-';
	bool is_whole;

	if (!take_number(parser, &is_whole))
		return json_refuse(parser, "a digit is missing");
	size_t length = (size_t)(parser->at - start);

	if (is_whole && length == 2 && is_negative && start[1] == '0')
		buf_addc(parser->out, '0');
	else
		buf_add(parser->out, start, length);
	if (!is_whole || !fits_64_bits(start + is_negative,
				       length - is_negative, is_negative))
		reform_double(parser->out, form);
	return DBS_OK;
}
