/*
 * page.h - the page for people (record_report.c), filled in.  Internal to cmd.
 *
 * Its pieces are in src/cmd/page/ (html_NAME, css_NAME), and have places:
 *
 *	{name}	a text, escaped: what came from a server is shown, and never
 *		interpreted
 *	{#name}	a number, as people read it: 1,234
 *	{=name}	other pieces
 *
 * What page_place did not open is the object's value of that name; what that
 * does not have either, is empty.
 *
 *	struct page page = {.object = cell};
 *	buf_adds(page_place(&page, "low"), "id=4");
 *	page_add(out, html_key_range, &page);
 */
#ifndef DBSYNC_CMD_PAGE_H
#define DBSYNC_CMD_PAGE_H

#include "dbsync/base/buf.h"

#include <json-c/json.h>

#include <stdbool.h>

enum { PAGE_PLACES = 12 };

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

/*
 * Where in its key space a table differs: a strip, and the places as a table.
 * Nothing when it says nothing of it, or was compared in one piece.
 */
void page_strip(struct buf *out, struct json_object *table, bool has_legend);
bool page_has_strip(struct json_object *table);
#endif
