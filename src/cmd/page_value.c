/*
 * page_value.c - what differs inside a table: lines of its structure, rows, and
 * parts of their values; see page.h.
 *
 * Two values that differ have a common beginning and a common end, and what is
 * between them is marked:
 *
 *	{"lang": "[de]", "tags": []}
 *	{"lang": "[fr]", "tags": []}
 *
 * They are texts for people (docs/json.md), so the beginnings and ends are of
 * whole characters, whole escapes and whole bytes of those in hexadecimal.  Of
 * values that have neither in common nothing is marked: all of it differs.
 */
#include "page.h"

#include "page_pieces.h"

#include "dbsync/base/text.h"
#include "dbsync/run/report_value.h"

#include <ctype.h>
#include <string.h>

/* ------------------------------------------------------------------------
 * Structures
 * --------------------------------------------------------------------- */

static const char *class_of_line(char first)
{
	switch (first) {
	case '+':
		return "add";
	case '-':
		return "del";
	case '@':
		return "at";
	default:
		return "ctx";
	}
}

void page_diff(struct buf *out, const char *diff)
{
	while (*diff) {
		const size_t length = strcspn(diff, "\n");
		struct page page = {0};

		buf_adds(page_place(&page, "class"), class_of_line(*diff));
		/* one of no characters would have no height */
		buf_add(page_place(&page, "text"), length ? diff : " ",
			length ? length : 1);
		page_add(out, html_line, &page);
		diff += length + (diff[length] == '\n');
	}
}

/* ------------------------------------------------------------------------
 * What differs inside a value
 * --------------------------------------------------------------------- */

/* How long the escape at text is: \u{00A0}, \x1b, \n. */
static size_t escape_length(const char *text)
{
	size_t length = text[1] ? 2 : 1;

	if (text[1] == 'u' && text[2] == '{')
		length = strcspn(text, "}") + 1;
	else if (text[1] == 'x')
		length = 4;
	return strnlen(text, length);
}

static size_t character_length(const char *text)
{
	size_t length = 1;

	while (((unsigned char)text[length] & 0xc0) == 0x80)
		length++;
	return length;
}

/* How much of text is not to be divided. */
static size_t unit_length(const char *text, bool is_hex)
{
	if (is_hex && isxdigit((unsigned char)text[0]) &&
	    isxdigit((unsigned char)text[1]))
		return 2;
	return !is_hex && *text == '\\' ? escape_length(text)
					: character_length(text);
}

static bool is_hex(const char *text)
{
	return !strncmp(text, "0x", 2);
}

static size_t common_begin(const char *const texts[2], bool hex)
{
	size_t at = hex ? 2 : 0; /* 0x is no byte */

	while (texts[0][at] && texts[1][at]) {
		const size_t length = unit_length(texts[0] + at, hex);

		if (length != unit_length(texts[1] + at, hex) ||
		    strncmp(texts[0] + at, texts[1] + at, length) != 0)
			break;
		at += length;
	}
	return at;
}

/* The least of end or more that begins a unit; text is known up to begin. */
static size_t unit_at(const char *text, size_t begin, size_t end, bool hex)
{
	while (begin < end)
		begin += unit_length(text + begin, hex);
	return begin;
}

/* How many bytes at the end are common, none of them before begin. */
static size_t common_end(const char *const texts[2], size_t begin, bool hex)
{
	const size_t lengths[2] = {strlen(texts[0]), strlen(texts[1])};
	size_t most = 0;
	size_t before;

	while (begin + most < lengths[0] && begin + most < lengths[1] &&
	       texts[0][lengths[0] - most - 1] ==
		       texts[1][lengths[1] - most - 1])
		most++;
	do {
		before = most;
		for (int i = 0; i < 2; i++)
			most = lengths[i] -
			       unit_at(texts[i], begin, lengths[i] - most, hex);
	} while (most != before);
	return most;
}

static void add_text(struct buf *out, const char *text)
{
	struct page page = {0};

	buf_adds(page_place(&page, "text"), text);
	page_add(out, html_unmarked, &page);
}

/* texts: of both sides, that to be shown first. */
static void add_marked(struct buf *out, const char *const texts[2])
{
	const bool hex = is_hex(texts[0]) && is_hex(texts[1]);
	const size_t begin = common_begin(texts, hex);
	const size_t end = common_end(texts, begin, hex);
	const size_t length = strlen(texts[0]);
	struct page page = {0};

	if (begin == (hex ? 2 : 0) && !end) {
		add_text(out, texts[0]);
		return;
	}
	buf_add(page_place(&page, "before"), texts[0], begin);
	buf_add(page_place(&page, "middle"), texts[0] + begin,
		length - begin - end);
	buf_adds(page_place(&page, "after"), texts[0] + length - end);
	page_add(out, html_marked, &page);
}

/* ------------------------------------------------------------------------
 * Rows
 * --------------------------------------------------------------------- */

/* "from character 3, byte 4 on: U+0430" */
static void add_place(struct buf *out, struct json_object *place,
		      const char *side)
{
	struct json_object *character = report_get(place, "character");
	struct page page = {.object = place};

	if (!place)
		return;
	if (character)
		buf_addf(page_place(&page, "character"), "character %s, ",
			 json_object_get_string(character));
	buf_adds(page_place(&page, "there"), report_get_text(place, side, ""));
	page_add(out, html_place, &page);
}

static void add_no_value(struct buf *out, struct json_object *detail,
			 const char *side)
{
	const char *without = report_get_text(detail, "no_row_on", "");
	struct page page = {0};

	buf_adds(page_place(&page, "side"), side);
	buf_adds(page_place(&page, "word"),
		 strcmp(without, side) ? "NULL" : "no row");
	page_add(out, html_no_value, &page);
}

static void add_value(struct buf *out, struct json_object *detail,
		      struct json_object *column, const char *const sides[2])
{
	const char *const texts[2] = {
		report_get_text(column, sides[0], NULL),
		report_get_text(column, sides[1], NULL),
	};
	struct page page = {0};

	if (!texts[0]) {
		add_no_value(out, detail, sides[0]);
		return;
	}
	buf_adds(page_place(&page, "side"), sides[0]);
	if (texts[1])
		add_marked(page_place(&page, "text"), texts);
	else
		add_text(page_place(&page, "text"), texts[0]);
	add_place(page_place(&page, "place"), report_get(column, "difference"),
		  sides[0]);
	page_add(out, html_value, &page);
}

static void add_key(struct buf *out, struct json_object *key)
{
	const char *comma = "";

	if (!json_object_is_type(key, json_type_object))
		return;
	json_object_object_foreach(key, name, value)
	{
		buf_addf(out, "%s%s=%s", comma, name,
			 value ? json_object_get_string(value) : "NULL");
		comma = ", ";
	}
}

static void add_column(struct buf *out, struct json_object *detail,
		       struct json_object *column)
{
	static const char *const source[2] = {"source", "target"};
	static const char *const target[2] = {"target", "source"};
	struct page page = {.object = column};

	add_value(page_place(&page, "source"), detail, column, source);
	add_value(page_place(&page, "target"), detail, column, target);
	page_add(out, html_sample_column, &page);
}

static void add_sample(struct buf *out, struct json_object *detail)
{
	struct json_object *columns = report_get(detail, "columns");
	struct page page = {.object = detail};
	struct buf *places = page_place(&page, "columns");

	for (size_t i = 0; i < report_length(columns); i++)
		add_column(places, detail,
			   json_object_array_get_idx(columns, i));
	add_key(page_place(&page, "key"), report_get(detail, "key"));
	page_add(out, html_sample, &page);
}

void page_samples(struct buf *out, struct json_object *table)
{
	struct json_object *details = report_get(table, "details");
	const size_t count = report_length(details);
	const uint64_t all = page_count(table, "insert") +
			     page_count(table, "update") +
			     page_count(table, "delete");
	struct page page = {0};

	struct buf *rows = page_place(&page, "rows");

	if (count && count < all) {
		struct buf *some = page_place(&page, "some");

		buf_addf(some, ": the first %zu of ", count);
		text_count(some, all);
	}
	for (size_t i = 0; i < count; i++)
		add_sample(rows, json_object_array_get_idx(details, i));
	page_add(out, count ? html_samples : "", &page);
}
