/*
 * report_value.h - values of the JSON objects that are told of runs: made, and
 * looked up.
 */
#ifndef DBSYNC_RUN_REPORT_VALUE_H
#define DBSYNC_RUN_REPORT_VALUE_H

#include "dbsync/base/buf.h"
#include "dbsync/data/change_file.h"

#include <json-c/json.h>
#include <stdint.h>
#include <time.h>

/* A string that is UTF-8 whatever the text is; null for NULL. */
struct json_object *report_string(const char *text);
struct json_object *report_count(uint64_t count);
struct json_object *report_seconds(double seconds);
void report_add(struct json_object *to, const char *name,
		struct json_object *value);
const char *report_change_name(enum change_kind kind);

/* name="value", as metrics of Prometheus have it. */
void report_label(struct buf *out, const char *name, const char *value);

/* "2026-11-29T21:10:03Z" */
enum { REPORT_TIME = 32 };
void report_time(time_t at, char out[REPORT_TIME]);
/* The value at a name, or NULL; also when object is NULL, or no object. */
struct json_object *report_get(struct json_object *object, const char *name);
/* Its text, or otherwise. */
const char *report_get_text(struct json_object *object, const char *name,
			    const char *otherwise);
/* Items of an array; 0 for NULL and what is none. */
size_t report_length(struct json_object *array);
#endif
