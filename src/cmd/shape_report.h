/*
 * shape_report.h - the structural part of a run, as text and JSON.  Internal
 * to cmd.
 */
#ifndef DBSYNC_CMD_SHAPE_REPORT_H
#define DBSYNC_CMD_SHAPE_REPORT_H

#include "dbsync/run/shape_run.h"

#include <stdio.h>

struct json_object;

/* The steps in their order. */
void shape_report_plan(const struct shape_run *shapes, FILE *to);
/* What came of each table. */
void shape_report_done(const struct shape_run *shapes);
/* One object for each table that is to change. */
struct json_object *shape_report_array(const struct shape_run *shapes);
/* One for each view, routine … that is created again or dropped. */
struct json_object *shape_report_objects(const struct shape_run *shapes);
#endif
