/*
 * page.h - pieces of the page for people (record_report.c).  Internal to cmd.
 *
 * Whatever came from a server is escaped here; it is shown and never
 * interpreted.
 */
#ifndef DBSYNC_CMD_PAGE_H
#define DBSYNC_CMD_PAGE_H

#include "dbsync/base/buf.h"

#include <json-c/json.h>

#include <stdbool.h>

void page_escape(struct buf *out, const char *text);
void page_cell(struct buf *out, const char *text, bool is_number);
/* A cell with the number at that name; empty when there is none. */
void page_number(struct buf *out, struct json_object *object, const char *name);

/*
 * Where in its key space a table differs: a strip, and the places as a table.
 * Nothing when it says nothing of it, or was compared in one piece.
 */
void page_strip(struct buf *out, struct json_object *table, bool has_legend);
bool page_has_strip(struct json_object *table);
extern const char page_strip_style[];
#endif
