/*
 * page_bar.c - how much of a table, or of all of them, is what; see page.h.
 *
 * A bar is for the eye: its parts differ by pattern as well as by colour
 * (style.css), and what it says stands beside it in words.
 */
#include "page.h"

#include "page_pieces.h"

#include "dbsync/base/text.h"
#include "dbsync/run/report_value.h"

#include <inttypes.h>

void page_number(struct buf *out, uint64_t count, const char *one,
		 const char *many)
{
	text_count(out, count);
	buf_addf(out, " %s", count == 1 ? one : many);
}

static void add_label(struct buf *out, const struct page_part *parts,
		      size_t count)
{
	const char *comma = "";

	for (size_t i = 0; i < count; i++) {
		if (!parts[i].count)
			continue;
		buf_adds(out, comma);
		page_number(out, parts[i].count, parts[i].one, parts[i].many);
		comma = ", ";
	}
}

void page_bar(struct buf *out, const struct page_part *parts, size_t count)
{
	struct page page = {0};
	struct buf *label = page_place(&page, "label");
	struct buf *spans = page_place(&page, "parts");

	add_label(label, parts, count);
	for (size_t i = 0; i < count; i++) {
		struct page part = {0};

		if (!parts[i].count)
			continue;
		buf_adds(page_place(&part, "class"), parts[i].class);
		buf_addf(page_place(&part, "count"), "%" PRIu64,
			 parts[i].count);
		page_add(spans, html_part, &part);
	}
	page_add(out, label->length ? html_bar : "", &page);
}

void page_whole(struct buf *out, const struct page_part *parts, size_t count)
{
	struct page page = {0};
	struct buf *bar = page_place(&page, "bar");
	struct buf *legend = page_place(&page, "legend");

	page_bar(bar, parts, count);
	for (size_t i = 0; i < count; i++) {
		struct page part = {0};

		if (!parts[i].count)
			continue;
		buf_adds(page_place(&part, "class"), parts[i].class);
		text_count(page_place(&part, "count"), parts[i].count);
		buf_adds(page_place(&part, "words"),
			 parts[i].count == 1 ? parts[i].one : parts[i].many);
		page_add(legend, html_legend_part, &part);
	}
	page_add(out, bar->length ? html_whole : "", &page);
}

void page_changes(struct buf *out, struct json_object *rows,
		  const char *const *words)
{
	static const char *const names[] = {"insert", "update", "delete"};
	static const char *const signs[] = {"+", "~", "−"};

	for (size_t i = 0; i < 3; i++) {
		const uint64_t count = page_count(rows, names[i]);
		struct page page = {0};

		if (!count)
			continue;
		buf_adds(page_place(&page, "class"), names[i]);
		buf_adds(page_place(&page, "sign"), signs[i]);
		text_count(page_place(&page, "count"), count);
		buf_adds(page_place(&page, "word"),
			 words ? words[i] : names[i]);
		page_add(out, html_count, &page);
	}
}
