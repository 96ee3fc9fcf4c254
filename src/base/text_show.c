/*
 * text_show.c - text, amounts and times as people are shown them; see text.h.
 *
 * Text of a server may try to move the cursor, to change the title, to reverse
 * the line or to look like other text.  So whatever prints nothing by itself
 * is written as an escape, and a `\` is always two: what is shown has one
 * reading.
 */
#include "dbsync/base/text.h"

#include <string.h>

struct range {
	uint32_t first, last;
};

/* Characters that steer the display or cannot be seen, in order. */
static const struct range unseen[] = {
	{0x0000, 0x001F},   {0x007F, 0x009F},   {0x00AD, 0x00AD},
	{0x034F, 0x034F},   {0x061C, 0x061C},   {0x115F, 0x1160},
	{0x17B4, 0x17B5},   {0x180B, 0x180F},   {0x200B, 0x200F},
	{0x2028, 0x202E},   {0x2060, 0x206F},   {0x3164, 0x3164},
	{0xFDD0, 0xFDEF},   {0xFE00, 0xFE0F},   {0xFEFF, 0xFEFF},
	{0xFFA0, 0xFFA0},   {0xFFF0, 0xFFFB},   {0xFFFE, 0xFFFF},
	{0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF},
};

/* Characters that are drawn over the one before them. */
static const struct range combining[] = {
	{0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD}, {0x0610, 0x061A},
	{0x064B, 0x065F}, {0x0900, 0x0902}, {0x0941, 0x0948}, {0x0E31, 0x0E31},
	{0x0E34, 0x0E3A}, {0x0E47, 0x0E4E}, {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF},
	{0x20D0, 0x20F0}, {0x302A, 0x302D}, {0x3099, 0x309A}, {0xFE20, 0xFE2F},
};

/* Characters that take two columns. */
static const struct range wide[] = {
	{0x1100, 0x115F},   {0x231A, 0x231B},   {0x23E9, 0x23EC},
	{0x2614, 0x2615},   {0x26BD, 0x26BE},   {0x2705, 0x2705},
	{0x274C, 0x274C},   {0x2E80, 0x303E},   {0x3041, 0x33FF},
	{0x3400, 0x4DBF},   {0x4E00, 0x9FFF},   {0xA000, 0xA4CF},
	{0xA960, 0xA97F},   {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},
	{0xFE30, 0xFE6F},   {0xFF00, 0xFF60},   {0xFFE0, 0xFFE6},
	{0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF},
	{0x1FA70, 0x1FAFF}, {0x20000, 0x3FFFD},
};

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static bool is_within(uint32_t code, const struct range *ranges, size_t count)
{
	for (size_t i = 0; i < count && code >= ranges[i].first; i++)
		if (code <= ranges[i].last)
			return true;
	return false;
}

static const char *short_escape(uint32_t code, bool is_sql)
{
	switch (code) {
	case '\n':
		return "\\n";
	case '\t':
		return "\\t";
	case '\r':
		return "\\r";
	case '\\':
		return is_sql ? NULL : "\\\\";
	default:
		return NULL;
	}
}

/* Appends one character; says how many bytes it had, in *bytes_out, and how
 * many characters it became. */
static size_t show_one(struct buf *out, const char *text, size_t length,
		       bool is_sql, size_t *bytes_out)
{
	uint32_t code = 0;
	size_t start = out->length;
	size_t bytes = text_decode(text, length, &code);
	const char *escape = bytes ? short_escape(code, is_sql) : NULL;

	*bytes_out = bytes ? bytes : 1;
	if (escape) {
		buf_adds(out, escape);
	} else if (!bytes || code < 0x20 || code == 0x7F) {
		buf_addf(out, "\\x%02x", (unsigned)(unsigned char)*text);
	} else if (is_within(code, unseen, COUNT_OF(unseen))) {
		buf_addf(out, "\\u{%04X}", (unsigned)code);
	} else {
		buf_add(out, text, bytes);
		return 1;
	}
	return out->length - start;
}

static void show(struct buf *out, const char *text, size_t length, size_t limit,
		 bool is_sql)
{
	size_t shown = 0;

	for (size_t at = 0; at < length;) {
		size_t start = out->length;
		size_t bytes;

		shown += show_one(out, text + at, length - at, is_sql, &bytes);
		if (shown > limit) {
			buf_truncate(out, start);
			buf_addf(out, "…(%zu bytes)", length);
			return;
		}
		at += bytes;
	}
}

void text_show(struct buf *out, const char *text, size_t length, size_t limit)
{
	show(out, text, length, limit, false);
}

void text_show_sql(struct buf *out, const char *text, size_t length,
		   size_t limit)
{
	show(out, text, length, limit, true);
}

void text_show_hex(struct buf *out, const void *bytes, size_t length,
		   size_t limit)
{
	buf_adds(out, "0x");
	buf_addhex(out, bytes, length < limit ? length : limit);
	if (length > limit)
		buf_addf(out, "…(%zu bytes)", length);
}

void text_count(struct buf *out, unsigned long long count)
{
	char digits[32]; /* 20 digits and 6 commas at most, from the end */
	size_t at = sizeof digits;

	for (size_t written = 0; !written || count; written++) {
		if (written && written % 3 == 0)
			digits[--at] = ',';
		digits[--at] = (char)('0' + count % 10);
		count /= 10;
	}
	buf_add(out, digits + at, sizeof digits - at);
}

/* Appends "12.3", without the decimal point of the locale. */
static void add_tenths(struct buf *out, double value)
{
	unsigned tenths = (unsigned)(value * 10 + 0.5);

	buf_addf(out, "%u.%u", tenths / 10, tenths % 10);
}

void text_bytes(struct buf *out, double bytes)
{
	static const char *const units[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
	size_t unit = 0;

	if (!(bytes > 0)) /* not a number, too */
		bytes = 0;
	if (bytes < 999.5) {
		buf_addf(out, "%u B", (unsigned)(bytes + 0.5));
		return;
	}
	bytes /= 1000;
	while (bytes >= 999.95 && unit + 1 < COUNT_OF(units)) {
		bytes /= 1000;
		unit++;
	}
	if (bytes >= 999.95) {
		buf_adds(out, ">999 EB");
		return;
	}
	add_tenths(out, bytes);
	buf_addf(out, " %s", units[unit]);
}

void text_seconds(struct buf *out, double seconds)
{
	enum { MINUTE = 60, HOUR = 60 * MINUTE, DAY = 24 * HOUR };

	if (!(seconds > 0)) /* not a number, too */
		seconds = 0;
	if (seconds < 59.95) {
		add_tenths(out, seconds);
		buf_adds(out, " s");
		return;
	}
	if (seconds >= 1000.0 * DAY) {
		buf_adds(out, ">999d");
		return;
	}
	unsigned whole = (unsigned)(seconds + 0.5);

	if (whole < HOUR)
		buf_addf(out, "%um%02us", whole / MINUTE, whole % MINUTE);
	else if (whole < DAY)
		buf_addf(out, "%uh%02um", whole / HOUR, whole % HOUR / MINUTE);
	else
		buf_addf(out, "%ud%02uh", whole / DAY, whole % DAY / HOUR);
}

static size_t columns_of(uint32_t code)
{
	if (is_within(code, unseen, COUNT_OF(unseen)) ||
	    is_within(code, combining, COUNT_OF(combining)))
		return 0;
	return is_within(code, wide, COUNT_OF(wide)) ? 2 : 1;
}

size_t text_width(const char *text)
{
	size_t length = strlen(text);
	size_t columns = 0;

	while (length) {
		uint32_t code = '?';
		size_t bytes = text_decode(text, length, &code);

		columns += columns_of(code);
		if (!bytes)
			bytes = 1;
		text += bytes;
		length -= bytes;
	}
	return columns;
}
