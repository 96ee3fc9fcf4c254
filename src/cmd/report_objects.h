/* report_objects.h - see report_objects.c.  Internal to cmd. */
#ifndef DBSYNC_CMD_REPORT_OBJECTS_H
#define DBSYNC_CMD_REPORT_OBJECTS_H

#include "dbsync/cmd/report.h"

#include <json-c/json.h>

/* A line for each that is not equal or has a note, and what is below it. */
void report_objects_text(const struct report *report);
/* The line that counts them; nothing when none was looked at. */
void report_objects_total(const struct report *report);
struct json_object *report_objects_array(const struct report *report);
#endif
