/* literal.c - see literal.h. */
#include "dbsync/data/literal.h"

#include "dbsync/base/text.h"
#include "dbsync/db/quote.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------------
 * Writing
 * --------------------------------------------------------------------- */

/* Takes idle zeros out of 1.500000e+00, and the point of 1.000000e+00. */
static void drop_zeros(char *text)
{
	char *power = strchr(text, 'e');
	char *end = power;

	while (end[-1] == '0')
		end--;
	if (end[-1] == '.')
		end--;
	memmove(end, power, strlen(power) + 1);
}

/*
 * The shortest text that reads back as the same double; never a DECIMAL.  What
 * has one of up to 15 digits shows it when it is rounded to 15, the others need
 * 16 or 17.  (Numbers below 1e-307 may get more digits than they need.)
 */
static void write_real(struct buf *out, struct value value)
{
	double number = 0;
	char text[40];

	if (value.cell.length == sizeof(float)) {
		float narrow = 0;

		memcpy(&narrow, value.cell.data, sizeof(narrow));
		number = (double)narrow; /* exact: a key is compared so */
	} else {
		memcpy(&number, value.cell.data, sizeof(number));
	}
	for (int digits = 15; digits <= 17; digits++) {
		(void)snprintf(text, sizeof(text), "%.*e", digits - 1, number);
		const double again = strtod(text, NULL);

		if (!memcmp(&again, &number, sizeof(number)))
			break;
	}
	drop_zeros(text);
	buf_adds(out, text);
}

/* Whether `/`+`*` or `*`+`/` is in it. */
static bool has_comment(const char *at, size_t length)
{
	const char *end = at + length;

	for (const char *star = at;
	     (star = memchr(star, '*', (size_t)(end - star))); star++)
		if ((star > at && star[-1] == '/') ||
		    (star + 1 < end && star[1] == '/'))
			return true;
	return false;
}

/* Whether the bytes mean the same inside '…' to every client and server. */
static bool is_quotable(const char *charset, const struct cell *cell)
{
	static const char *const ascii_based[] = {"ascii",  "latin1", "latin2",
						  "latin5", "latin7", "cp1250",
						  "cp1251", "cp1256", "cp1257",
						  "koi8r",  "koi8u",  "greek",
						  "hebrew", NULL};
	const uint8_t *bytes = cell->data;
	unsigned odd = 0;  /* without a branch: this sees every text */
	unsigned high = 0; /* that is written */

	for (size_t i = 0; i < cell->length; i++) {
		odd |= (unsigned)(bytes[i] < 0x20) | (bytes[i] == 0x7f) |
		       (bytes[i] == '\\');
		high |= bytes[i];
	}
	if (odd || has_comment((const char *)bytes, cell->length))
		return false;
	const bool is_ascii = high < 0x80;

	if (!strncmp(charset, "utf8", 4))
		return is_ascii ||
		       text_is_utf8((const char *)bytes, cell->length);
	for (size_t i = 0; ascii_based[i] && is_ascii; i++)
		if (!strcmp(charset, ascii_based[i]))
			return true;
	return false;
}

static void write_text(struct buf *out, const char *charset,
		       const struct cell *cell)
{
	const char *at = (const char *)cell->data;
	size_t left = cell->length;

	if (!is_quotable(charset, cell)) {
		quote_string(out, charset, cell->data, cell->length);
		return;
	}
	buf_addc(out, '\'');
	while (left) {
		const char *quote = memchr(at, '\'', left);
		const size_t run = quote ? (size_t)(quote - at) + 1 : left;

		buf_add(out, at, run);
		if (quote)
			buf_addc(out, '\'');
		at += run;
		left -= run;
	}
	buf_addc(out, '\'');
}

void literal_write(struct buf *out, const char *charset, struct value value)
{
	const struct column column = {.charset = charset};
	const enum type_kind kind = type_kind(value.type);

	if (value.cell.data && kind == KIND_REAL)
		write_real(out, value);
	else if (value.cell.data && kind == KIND_TEXT)
		write_text(out, *charset ? charset : "utf8mb4", &value.cell);
	else
		value_literal(out, &column, value);
}

/* ------------------------------------------------------------------------
 * Cutting
 * --------------------------------------------------------------------- */

/* Behind a quoted string that begins at at, or NULL. */
static const char *skip_string(const char *at, const char *end)
{
	for (at++; at < end; at++) {
		at = memchr(at, '\'', (size_t)(end - at));
		if (!at)
			return NULL;
		if (at + 1 == end || at[1] != '\'')
			return at + 1;
		at++;
	}
	return NULL;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static const char *skip_digits(const char *at, const char *end)
{
	while (at < end && is_digit(*at))
		at++;
	return at;
}

/* Behind -1, 0012.50 or 1.5e-07, or NULL. */
static const char *skip_number(const char *at, const char *end)
{
	const char *start = at < end && *at == '-' ? at + 1 : at;

	at = skip_digits(start, end);
	if (at == start)
		return NULL;
	if (at < end && *at == '.')
		at = skip_digits(at + 1, end);
	if (at < end && *at == 'e') {
		at++;
		start = at < end && (*at == '-' || *at == '+') ? at + 1 : at;
		at = skip_digits(start, end);
		if (at == start)
			return NULL;
	}
	return at;
}

/* What no literal of ours has, and what could end a string early. */
static bool is_strange(const char *at, const char *end)
{
	const size_t length = (size_t)(end - at);

	return memchr(at, '\\', length) || memchr(at, '\n', length) ||
	       has_comment(at, length);
}

static const char *skip_plain_string(const char *at, const char *end)
{
	const char *stop = skip_string(at, end);

	return stop && !is_strange(at, stop) ? stop : NULL;
}

/* Behind x'…', or NULL. */
static const char *skip_hex(const char *at, const char *end)
{
	if (end - at < 3 || at[0] != 'x' || at[1] != '\'')
		return NULL;
	for (at += 2; at < end && *at != '\''; at++)
		if (!is_digit(*at) && (*at < 'a' || *at > 'f'))
			return NULL;
	return at < end ? at + 1 : NULL;
}

/* Behind _charset x'…', or NULL. */
static const char *skip_introduced(const char *at, const char *end)
{
	const char *blank = memchr(at, ' ', (size_t)(end - at));

	if (!blank || blank == at + 1)
		return NULL;
	for (at++; at < blank; at++)
		if (!is_digit(*at) && (*at < 'a' || *at > 'z'))
			return NULL;
	return skip_hex(blank + 1, end);
}

const char *literal_skip(const char *at, const char *end)
{
	if (at == end)
		return NULL;
	switch (*at) {
	case '\'':
		return skip_plain_string(at, end);
	case 'x':
		return skip_hex(at, end);
	case '_':
		return skip_introduced(at, end);
	case 'N':
		return end - at >= 4 && !memcmp(at, "NULL", 4) ? at + 4 : NULL;
	default:
		return skip_number(at, end);
	}
}

bool literal_split(struct slice tuple, struct slice *out, size_t count)
{
	const char *at = tuple.data;
	const char *end = at + tuple.length;

	if (tuple.length < 2 || *at != '(' || end[-1] != ')')
		return false;
	end--;
	at++;
	if (!count)
		return at == end;
	for (size_t i = 0; i < count; i++) {
		const char *stop = literal_skip(at, end);
		const char wanted = i + 1 == count ? ')' : ',';

		if (!stop || *stop != wanted)
			return false;
		out[i] = (struct slice){at, (size_t)(stop - at)};
		at = stop + 1;
	}
	return at == end + 1;
}
