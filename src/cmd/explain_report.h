/*
 * explain_report.h - an explanation (explain.h) as text for people and as one
 * JSON object (docs/json.md).  Internal to cmd.
 */
#ifndef DBSYNC_CMD_EXPLAIN_REPORT_H
#define DBSYNC_CMD_EXPLAIN_REPORT_H

#include "dbsync/data/explain.h"

#include <json-c/json.h>

/* filters: of the table (filters.h); borrowed. */
void explain_text(const struct explanation *explanation,
		  const struct walk_summary *summary,
		  struct json_object *filters, bool is_quiet);
/* The caller's. */
struct json_object *explain_object(const struct explanation *explanation,
				   const struct walk_summary *summary,
				   struct json_object *filters);
#endif
