/* report_json.c - see report.h and docs/json.md. */
#include "dbsync/cmd/report.h"

#include "dbsync/cmd/command.h"
#include "dbsync/version.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

static struct json_object *text(const char *value)
{
	return value ? json_object_new_string(value) : NULL;
}

static struct json_object *count(uint64_t value)
{
	return json_object_new_uint64(value);
}

static struct json_object *seconds(double value)
{
	char digits[32];

	(void)snprintf(digits, sizeof(digits), "%.3f", value);
	return json_object_new_double_s(value, digits);
}

static void add(struct json_object *to, const char *name,
		struct json_object *value)
{
	(void)json_object_object_add(to, name, value);
}

static void append(struct json_object *to, struct json_object *value)
{
	(void)json_object_array_add(to, value);
}

static const char *change_name(enum change_kind kind)
{
	static const char *const names[] = {
		[CHANGE_INSERT] = "insert",
		[CHANGE_UPDATE] = "update",
		[CHANGE_DELETE] = "delete",
	};

	return names[kind];
}

static struct json_object *detail_object(const struct detail *detail)
{
	struct json_object *object = json_object_new_object();
	struct json_object *key = json_object_new_object();
	struct json_object *columns = json_object_new_array();

	for (size_t i = 0; i < detail->key_count; i++)
		add(key, detail->key[i].column, text(detail->key[i].source));
	for (size_t i = 0; i < detail->column_count; i++) {
		struct json_object *column = json_object_new_object();

		add(column, "name", text(detail->columns[i].column));
		add(column, "source", text(detail->columns[i].source));
		add(column, "target", text(detail->columns[i].target));
		append(columns, column);
	}
	add(object, "change", text(change_name(detail->kind)));
	add(object, "key", key);
	add(object, "columns", columns);
	return object;
}

static struct json_object *details_array(const struct finding *finding)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < finding->detail_count; i++)
		append(array, detail_object(&finding->details[i]));
	return array;
}

static struct json_object *differences_array(const struct finding *finding)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < finding->difference_count; i++) {
		struct json_object *object = json_object_new_object();

		add(object, "name", text(finding->differences[i].column));
		add(object, "difference", text(finding->differences[i].text));
		append(array, object);
	}
	return array;
}

static struct json_object *ignored_array(const struct finding *finding)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < finding->ignored_count; i++)
		append(array, text(finding->ignored[i]));
	return array;
}

static struct json_object *table_object(const struct finding *finding)
{
	struct json_object *object = json_object_new_object();

	add(object, "database", text(finding->source_database));
	add(object, "target_database", text(finding->target_database));
	add(object, "table", text(finding->table));
	add(object, "verdict", text(verdict_name(finding->verdict)));
	add(object, "key", text(finding->key));
	add(object, "digest", text(digest_name(finding->digest)));
	add(object, "rows_source", count(finding->rows.source));
	add(object, "rows_target", count(finding->rows.target));
	for (int k = 0; k < CHANGE_KINDS; k++)
		add(object, change_name((enum change_kind)k),
		    count(finding->changes[k]));
	add(object, "ranges", count(finding->ranges));
	add(object, "seconds", seconds(finding->seconds));
	add(object, "skipped", text(finding->skipped));
	add(object, "ignored_columns", ignored_array(finding));
	add(object, "differing_columns", differences_array(finding));
	add(object, "details", details_array(finding));
	return object;
}

static struct json_object *server_object(const struct server *server,
					 const char *name, const char *cipher)
{
	struct json_object *object = json_object_new_object();

	add(object, "name", text(name));
	add(object, "family", text(server_family_name(server->family)));
	add(object, "version", text(server->text));
	add(object, "tls", text(cipher));
	return object;
}

static struct json_object *pair_object(struct json_object *source,
				       struct json_object *target)
{
	struct json_object *object = json_object_new_object();

	add(object, "source", source);
	add(object, "target", target);
	return object;
}

static void print_object(struct json_object *object)
{
	(void)puts(json_object_to_json_string_ext(
		object,
		JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	(void)json_object_put(object);
}

void report_json(const struct report *report)
{
	const struct walk_summary *summary = report->summary;
	const struct report_totals totals = report_totals(report);
	struct json_object *object = json_object_new_object();
	struct json_object *tables = json_object_new_array();

	for (size_t i = 0; i < report->count; i++)
		append(tables, table_object(&report->findings[i]));
	add(object, "command", text(report->command));
	add(object, "dbsync", text(DBSYNC_VERSION));
	add(object, "verdict", text(verdict_name(report_verdict(report))));
	add(object, "tables", tables);
	add(object, "rows_compared", count(totals.rows));
	add(object, "differences", count(totals.differences));
	add(object, "consistency",
	    pair_object(text(consistency_name(summary->source_consistency)),
			text(consistency_name(summary->target_consistency))));
	add(object, "servers",
	    pair_object(
		    server_object(&summary->source_server, summary->source_name,
				  summary->source_cipher),
		    server_object(&summary->target_server, summary->target_name,
				  summary->target_cipher)));
	add(object, "bytes_received",
	    pair_object(count(summary->bytes_source),
			count(summary->bytes_target)));
	add(object, "workers", count(summary->workers));
	add(object, "seconds", seconds(report->seconds));
	print_object(object);
}

static const char *code_name(enum dbs_rc code)
{
	switch (exit_status_of(code)) {
	case EXIT_USAGE:
		return "usage";
	case EXIT_REFUSED:
		return "refused";
	case EXIT_SERVER:
		return "server";
	case EXIT_FILES:
		return "files";
	case EXIT_INCOMPLETE:
		return "incomplete";
	case EXIT_CANCELLED:
		return "cancelled";
	default:
		return "bug";
	}
}

void report_json_error(const char *command, const struct dbs_error *err)
{
	struct json_object *object = json_object_new_object();
	struct json_object *error = json_object_new_object();

	add(error, "code", text(code_name(err->code)));
	add(error, "exit_status",
	    json_object_new_int(exit_status_of(err->code)));
	add(error, "side", err->side ? text(dbs_side_name(err->side)) : NULL);
	add(error, "server_errno",
	    err->server_errno ? count(err->server_errno) : NULL);
	add(error, "text", text(err->text));
	add(object, "command", text(command));
	add(object, "error", error);
	print_object(object);
}
