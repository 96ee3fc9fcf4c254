/*
 * page.h - the page for people (record_report.c), filled in.  Internal to cmd.
 *
 * Its pieces are in src/cmd/page/ (html_NAME, css_NAME), and have places:
 *
 *	{name}	a text, escaped: what came from a server is shown, and never
 *		interpreted
 *	{.name}	the same of a name, which may be broken after dots and
 *		underscores
 *	{#name}	a number, as people read it: 1,234
 *	{=name}	other pieces
 *
 * What page_place did not open is the object's value of that name; what that
 * does not have either, is empty.
 *
 *	struct page page = {.object = cell};
 *	buf_adds(page_place(&page, "low"), "id=4");
 *	page_add(out, html_place_range, &page);
 *
 * Below it are the larger parts that the page is put together from.  Each
 * appends to out, and what it has nothing to say about is omitted.
 */
#ifndef DBSYNC_CMD_PAGE_H
#define DBSYNC_CMD_PAGE_H

#include "dbsync/base/buf.h"

#include <json-c/json.h>

#include <stdbool.h>
#include <stdint.h>

enum { PAGE_PLACES = 16 };

struct page {
	struct json_object *object; /* or NULL */
	size_t count;
	struct {
		const char *name;
		struct buf text;
	} places[PAGE_PLACES];
};

/* What goes into a place, to be added to; valid until page_add. */
struct buf *page_place(struct page *page, const char *name);
/* Appends a piece, and empties its places. */
void page_add(struct buf *out, const char *piece, struct page *page);

/* The number of that name, 0 where there is none. */
uint64_t page_count(struct json_object *object, const char *name);
/* "1 row", "1,234 rows" */
void page_number(struct buf *out, uint64_t count, const char *one,
		 const char *many);

/* ------------------------------------------------------------------------
 * Bars
 * --------------------------------------------------------------------- */

/* A part of a bar; one of no rows is omitted. */
struct page_part {
	const char *class; /* same, diff, undone */
	uint64_t count;
	const char *one;  /* "row differs" */
	const char *many; /* "rows differ" */
};

/* Parts side by side, as wide as they have rows. */
void page_bar(struct buf *out, const struct page_part *parts, size_t count);
/* The same, and what the parts are, below it. */
void page_whole(struct buf *out, const struct page_part *parts, size_t count);
/* "+401 insert", each change in an element of its own; words: NULL: as named. */
void page_changes(struct buf *out, struct json_object *rows,
		  const char *const *words);

/* ------------------------------------------------------------------------
 * The whole
 * --------------------------------------------------------------------- */

/* What a run came to, in a few sentences. */
void page_leads(struct buf *out, struct json_object *result);
/* The bar of all rows. */
void page_sum(struct buf *out, struct json_object *result);
/* Filters, and all else that the verdict is not about. */
void page_limits(struct buf *out, struct json_object *result);

/* ------------------------------------------------------------------------
 * Tables
 * --------------------------------------------------------------------- */

/*
 * Where in its key space a table differs: a strip, and the places in words.
 * Nothing when it says nothing of it, or was compared in one piece.
 */
bool page_has_strip(struct json_object *table);
void page_strip(struct buf *out, struct json_object *table);
void page_places(struct buf *out, struct json_object *table);

/* A diff, a line an element. */
void page_diff(struct buf *out, const char *diff);
/* Samples of the rows that differ, with what differs in a value marked. */
void page_samples(struct buf *out, struct json_object *table);

/* All tables of a result: those to look at first, those that are equal last. */
void page_tables(struct buf *out, struct json_object *result);
/* What differs and is no table; of a run that plans, what is created. */
void page_objects(struct buf *out, struct json_object *result);
uint64_t page_count_objects(struct json_object *result);
#endif
