/*
 * page_strip.c - where in its key space a table differs; see page.h.
 *
 *	▂▂▂▂▂▂█▂▂▂▂▂▂▂▂▂▂▂▂▂▂┆▂▂┆▂▂▂▂▂▂▂▅▂▂▂▂▂
 *
 * The cells of the result (include/dbsync/data/strip.h) side by side in the
 * order of keys, each as wide as it has rows.  What differs stands out by its
 * height and not by its colour alone, and the same is said below in words: a
 * phone has no pointer to rest on a cell, and a screen reader no eyes.
 */
#include "page.h"

#include "page_pieces.h"

#include "dbsync/base/text.h"
#include "dbsync/run/report_value.h"

enum {
	WIDTH = 1000, /* units of the drawing, whatever it is on the screen */
	HEIGHT = 35,
	EQUAL = 8,       /* how high a cell is of which nothing differs */
	LEAST = 14,      /* and one of which a row does */
	STEP = 7,        /* from 1 row of 1,000 on, of 100 and of 10 */
	NARROWEST = 100, /* cells of fewer than 1/100 of all rows are wider */
	FEW = 8          /* places that are named without being asked */
};

static uint64_t changes_of(struct json_object *cell)
{
	return page_count(cell, "insert") + page_count(cell, "update") +
	       page_count(cell, "delete");
}

static uint64_t rows_of(struct json_object *cell)
{
	const uint64_t source = page_count(cell, "rows_source");
	const uint64_t target = page_count(cell, "rows_target");

	return (source > target ? source : target) +
	       page_count(cell, "undone_rows");
}

static struct json_object *cell_at(struct json_object *strip, size_t i)
{
	return json_object_array_get_idx(strip, i);
}

static bool differs(struct json_object *cell)
{
	return changes_of(cell) != 0;
}

static bool is_undone(struct json_object *cell)
{
	return page_count(cell, "undone") != 0;
}

static bool is_marked(struct json_object *cell)
{
	return differs(cell) || is_undone(cell);
}

static size_t count_cells(struct json_object *strip,
			  bool (*is_one)(struct json_object *cell))
{
	size_t count = 0;

	for (size_t i = 0; i < report_length(strip); i++)
		count += is_one(cell_at(strip, i));
	return count;
}

/* The last cell has no next one, the first no bound. */
static const char *end_text(struct json_object *strip, size_t i,
			    const char *otherwise)
{
	return i < report_length(strip)
		       ? report_get_text(cell_at(strip, i), "from", otherwise)
		       : otherwise;
}

static const char *low_text(struct json_object *strip, size_t i)
{
	return end_text(strip, i, "the first key");
}

static const char *high_text(struct json_object *strip, size_t i)
{
	return end_text(strip, i + 1, "the last key");
}

/* ------------------------------------------------------------------------
 * The drawing
 * --------------------------------------------------------------------- */

static void add_count(struct buf *out, struct json_object *cell,
		      const char *name, const char *word)
{
	const uint64_t count = page_count(cell, name);

	if (!count)
		return;
	buf_adds(out, ", ");
	text_count(out, count);
	buf_addf(out, " %s", word);
}

static void add_changes(struct buf *out, struct json_object *cell)
{
	add_count(out, cell, "insert", "to insert");
	add_count(out, cell, "update", "to update");
	add_count(out, cell, "delete", "to delete");
	buf_adds(out, is_undone(cell) ? ", not compared to the end"
		      : differs(cell) ? ""
				      : ", equal");
}

static int height_of(struct json_object *cell)
{
	const double changes = (double)changes_of(cell);
	const double rows = (double)rows_of(cell);
	int height = LEAST;

	if (!differs(cell))
		return EQUAL;
	for (int among = 1000; among >= 10; among /= 10)
		if (changes * among >= rows)
			height += STEP;
	return height;
}

static void add_rect(struct buf *out, const char *class, double x, double width,
		     int height)
{
	struct page page = {0};

	buf_adds(page_place(&page, "class"), class);
	buf_addf(page_place(&page, "x"), "%.2f", x);
	buf_addf(page_place(&page, "y"), "%d", HEIGHT - height);
	buf_addf(page_place(&page, "width"), "%.2f", width);
	buf_addf(page_place(&page, "height"), "%d", height);
	page_add(out, html_rect, &page);
}

static void add_rects(struct buf *out, struct json_object *cell, double x,
		      double width)
{
	/* what was not compared at all is not equal */
	if (page_count(cell, "undone") < page_count(cell, "ranges"))
		add_rect(out, differs(cell) ? "diff" : "same", x, width,
			 height_of(cell));
	if (is_undone(cell))
		add_rect(out, "undone", x, width, HEIGHT);
}

static void add_cell(struct buf *out, struct json_object *strip, size_t i,
		     double x, double width)
{
	struct json_object *cell = cell_at(strip, i);
	struct page page = {0};

	buf_adds(page_place(&page, "low"), low_text(strip, i));
	buf_adds(page_place(&page, "high"), high_text(strip, i));
	text_count(page_place(&page, "rows"), rows_of(cell));
	add_changes(page_place(&page, "changes"), cell);
	add_rects(page_place(&page, "rects"), cell, x, width);
	page_add(out, html_cell, &page);
}

static double total_of(struct json_object *strip)
{
	double total = 1;

	for (size_t i = 0; i < report_length(strip); i++)
		total += (double)rows_of(cell_at(strip, i));
	return total;
}

/* One that is too narrow is not seen, and cannot be pointed at. */
static double width_of(struct json_object *cell, double total)
{
	const double share = (double)rows_of(cell) / total;

	return share < 1.0 / NARROWEST ? 1.0 / NARROWEST : share;
}

static void add_sum(struct buf *out, struct json_object *strip)
{
	const size_t undone = count_cells(strip, is_undone);

	buf_addf(out, "%zu of %zu parts of the key space differ",
		 count_cells(strip, differs), report_length(strip));
	if (undone)
		buf_addf(out, "; not compared to the end: %zu", undone);
}

static void add_cells(struct buf *out, struct json_object *strip)
{
	const size_t count = report_length(strip);
	const double total = total_of(strip);
	double all = 0;
	double x = 0;

	for (size_t i = 0; i < count; i++)
		all += width_of(cell_at(strip, i), total);
	for (size_t i = 0; i < count; i++) {
		const double width = width_of(cell_at(strip, i), total) / all *
				     WIDTH;

		add_cell(out, strip, i, x, width);
		x += width;
	}
}

/* ------------------------------------------------------------------------
 * The words
 * --------------------------------------------------------------------- */

static void add_undone(struct buf *out, struct json_object *cell)
{
	const uint64_t undone = page_count(cell, "undone_rows");

	if (!is_undone(cell))
		return;
	buf_adds(out, "; not compared to the end: ");
	if (undone)
		buf_adds(out, "~");
	page_number(out, undone, "row", "rows");
}

static void add_place(struct buf *out, struct json_object *strip, size_t i)
{
	struct page page = {.object = cell_at(strip, i)};

	buf_adds(page_place(&page, "low"), low_text(strip, i));
	buf_adds(page_place(&page, "high"), high_text(strip, i));
	page_changes(page_place(&page, "counts"), page.object, NULL);
	text_count(page_place(&page, "rows"), rows_of(page.object));
	add_undone(page_place(&page, "undone"), page.object);
	page_add(out, html_place_range, &page);
}

bool page_has_strip(struct json_object *table)
{
	return report_length(report_get(table, "strip")) > 1;
}

void page_strip(struct buf *out, struct json_object *table)
{
	struct json_object *strip = report_get(table, "strip");
	struct page page = {0};

	if (!page_has_strip(table))
		return;
	buf_addf(page_place(&page, "width"), "%d", WIDTH);
	buf_addf(page_place(&page, "height"), "%d", HEIGHT);
	add_sum(page_place(&page, "sum"), strip);
	add_cells(page_place(&page, "cells"), strip);
	page_add(out, html_strip, &page);
}

void page_places(struct buf *out, struct json_object *table)
{
	struct json_object *strip = report_get(table, "strip");
	struct page page = {0};
	struct buf *places = page_place(&page, "places");

	if (!page_has_strip(table))
		return;
	add_sum(page_place(&page, "sum"), strip);
	if (count_cells(strip, is_marked) <= FEW)
		buf_adds(page_place(&page, "open"), " open");
	for (size_t i = 0; i < report_length(strip); i++)
		if (is_marked(cell_at(strip, i)))
			add_place(places, strip, i);
	page_add(out, html_places, &page);
}
