/*
 * report_object.h - pieces of JSON that several reports are made of.
 * Internal to cmd.
 */
#ifndef DBSYNC_CMD_REPORT_OBJECT_H
#define DBSYNC_CMD_REPORT_OBJECT_H

#include "dbsync/cmd/report.h"

#include <json-c/json.h>
#include <time.h>

/* A string that is UTF-8 whatever the text is; null for NULL. */
struct json_object *report_string(const char *text);
struct json_object *report_count(uint64_t count);
struct json_object *report_seconds(double seconds);
void report_add(struct json_object *to, const char *name,
		struct json_object *value);
const char *report_change_name(enum change_kind kind);

/* By whose views the verdict is. */
const struct walk_summary *report_views(const struct report *report);
/* "2026-11-29T21:10:03Z" */
enum { REPORT_TIME = 32 };
void report_time(time_t at, char out[REPORT_TIME]);
/* The report of a comparison; the caller's. */
struct json_object *report_object(const struct report *report);
/* The value at a name, or NULL; also when object is NULL, or no object. */
struct json_object *report_get(struct json_object *object, const char *name);
/* Its text, or otherwise. */
const char *report_get_text(struct json_object *object, const char *name,
			    const char *otherwise);
/* Items of an array; 0 for NULL and what is none. */
size_t report_length(struct json_object *array);
#endif
