/*
 * filters.h - what a user, or a file that nobody thinks of, left out of a
 * comparison.  Internal to cmd.
 *
 * One form for all who tell of it: an array of {"option", "value", "from"}, as
 * in docs/json.md.
 */
#ifndef DBSYNC_CMD_FILTERS_H
#define DBSYNC_CMD_FILTERS_H

#include "walk_options.h"

#include <json-c/json.h>

/* Of a walk that has run; the caller's.  Empty: nothing was left out. */
struct json_object *filters_of(const struct walk_options *options,
			       const struct walk *walk);

/* Of one table of the source: rows and columns of it. */
struct json_object *filters_of_table(const struct walk_options *options,
				     const char *database, const char *table);

/* Appends "--exclude-tables temp_* (scripts/sync-config.json)". */
void filters_add_line(struct json_object *filter, struct buf *out);

/* For people: "equal" of what was filtered is "equal (filtered)". */
const char *filters_verdict(const char *verdict, struct json_object *filters);
#endif
