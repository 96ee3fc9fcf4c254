/*
 * full_report.h - the copies of a full-sync, as text and JSON.  Internal to
 * cmd.
 */
#ifndef DBSYNC_CMD_FULL_REPORT_H
#define DBSYNC_CMD_FULL_REPORT_H

#include "dbsync/run/full_run.h"

#include <stdio.h>

struct json_object;

/* What is to be copied. */
void full_report_plan(const struct full_run *full, FILE *to);
/* What was. */
void full_report_done(const struct full_run *full);
struct json_object *full_report_object(const struct full_run *full);
#endif
