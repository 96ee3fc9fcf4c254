/* record_state.c - the last runs, for `dbsync status`; see record.h. */
#include "record.h"

#include "dbsync/cmd/command.h"
#include "dbsync/run/report_value.h"
#include "dbsync/run/state.h"

#include <string.h>

static void copy(struct json_object *to, const char *name,
		 struct json_object *from, const char *what)
{
	report_add(to, name, json_object_get(report_get(from, what)));
}

static int64_t changes_of(struct json_object *table)
{
	return json_object_get_int64(report_get(table, "insert")) +
	       json_object_get_int64(report_get(table, "update")) +
	       json_object_get_int64(report_get(table, "delete"));
}

static struct json_object *tables_of(struct json_object *result)
{
	struct json_object *tables = report_get(result, "tables");
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; tables && i < json_object_array_length(tables);
	     i++) {
		struct json_object *table = json_object_array_get_idx(tables,
								      i);
		struct json_object *entry = json_object_new_object();

		copy(entry, "database", table, "target_database");
		copy(entry, "table", table, "table");
		copy(entry, "verdict", table, "verdict");
		copy(entry, "rows", table, "rows_source");
		report_add(entry, "changes",
			   json_object_new_int64(changes_of(table)));
		copy(entry, "seconds", table, "seconds");
		copy(entry, "digest", table, "digest");
		(void)json_object_array_add(array, entry);
	}
	return array;
}

static struct json_object *entry_of(const struct record *record)
{
	struct json_object *entry = json_object_new_object();
	struct json_object *result = record->result;
	struct json_object *servers = report_get(result, "servers");

	report_add(entry, "command", report_string(record->command));
	report_add(entry, "job", report_string(record->job));
	copy(entry, "source", report_get(servers, "source"), "name");
	copy(entry, "target", report_get(servers, "target"), "name");
	copy(entry, "run", result, "run");
	copy(entry, "verdict", result, "verdict");
	copy(entry, "filters", result, "filters");
	report_add(entry, "exit_status", json_object_new_int(record->status));
	report_add(entry, "is_success",
		   json_object_new_boolean(record_is_success(record)));
	report_add(entry, "seconds", report_seconds(record->seconds));
	copy(entry, "rows_compared", result, "rows_compared");
	copy(entry, "differences", result, "differences");
	copy(entry, "backup", result, "backup");
	copy(entry, "error", report_get(result, "error"), "text");
	report_add(entry, "tables", tables_of(result));
	return entry;
}

void record_state(const struct record *record)
{
	struct json_object *entry = entry_of(record);
	struct dbs_error err = {0};

	/* a word that was misspelt leaves no folder behind */
	if (state_last(record->state_dir,
		       record_is_sync(record) && record->status != EXIT_USAGE,
		       entry, &err))
		record_note(record, "state", &err);
	(void)json_object_put(entry);
}
