/*
 * report_object.h - the report of a comparison, as part of another.
 * Internal to cmd.
 */
#ifndef DBSYNC_CMD_REPORT_OBJECT_H
#define DBSYNC_CMD_REPORT_OBJECT_H

#include "dbsync/cmd/report.h"
#include "dbsync/run/report_value.h"

/* By whose views the verdict is. */
const struct walk_summary *report_views(const struct report *report);
/* The report of a comparison; the caller's. */
struct json_object *report_object(const struct report *report);
#endif
