/*
 * report_structure.h - the structure of a table in a report.  Internal to cmd.
 */
#ifndef DBSYNC_CMD_REPORT_STRUCTURE_H
#define DBSYNC_CMD_REPORT_STRUCTURE_H

#include "dbsync/schema/structure.h"

#include <json-c/json.h>

/* Both take NULL for a structure that was not looked at. */
void report_structure_text(const struct structure *structure);
struct json_object *report_structure_object(const struct structure *structure);
#endif
