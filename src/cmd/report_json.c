/* report_json.c - see report.h, report_object.h and docs/json.md. */
#include "outcome.h"
#include "report_object.h"
#include "report_objects.h"
#include "report_structure.h"

#include "dbsync/base/own.h"
#include "dbsync/cmd/command.h"
#include "dbsync/version.h"

#include <stdio.h>
#include <string.h>

static void append(struct json_object *to, struct json_object *value)
{
	(void)json_object_array_add(to, value);
}

/* Where both values part; NULL: they are numbers, or one is none. */
static struct json_object *place_object(const struct detail_value *value)
{
	struct json_object *object = NULL;

	if (!value->place.is_found)
		return NULL;
	object = json_object_new_object();
	report_add(object, "byte", report_count(value->place.byte));
	report_add(object, "character",
		   value->place.is_text ? report_count(value->place.character)
					: NULL);
	report_add(object, "source", report_string(value->found[SOURCE]));
	report_add(object, "target", report_string(value->found[TARGET]));
	return object;
}

/* The side that has no such row: NULL there is not the value NULL. */
static const char *side_without(enum change_kind kind)
{
	static const char *const sides[] = {
		[CHANGE_INSERT] = "target",
		[CHANGE_UPDATE] = NULL,
		[CHANGE_DELETE] = "source",
	};

	return sides[kind];
}

static struct json_object *detail_object(const struct detail *detail)
{
	struct json_object *object = json_object_new_object();
	struct json_object *key = json_object_new_object();
	struct json_object *columns = json_object_new_array();

	for (size_t i = 0; i < detail->key_count; i++)
		report_add(key, detail->key[i].column,
			   report_string(detail->key[i].text[SOURCE]));
	for (size_t i = 0; i < detail->column_count; i++) {
		struct json_object *column = json_object_new_object();

		report_add(column, "name",
			   report_string(detail->columns[i].column));
		report_add(column, "source",
			   report_string(detail->columns[i].text[SOURCE]));
		report_add(column, "target",
			   report_string(detail->columns[i].text[TARGET]));
		report_add(column, "difference",
			   place_object(&detail->columns[i]));
		append(columns, column);
	}
	report_add(object, "change",
		   report_string(report_change_name(detail->kind)));
	report_add(object, "no_row_on",
		   report_string(side_without(detail->kind)));
	report_add(object, "key", key);
	report_add(object, "columns", columns);
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

		report_add(object, "name",
			   report_string(finding->differences[i].column));
		report_add(object, "difference",
			   report_string(finding->differences[i].text));
		append(array, object);
	}
	return array;
}

static struct json_object *ignored_array(const struct finding *finding)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < finding->ignored_count; i++)
		append(array, report_string(finding->ignored[i]));
	return array;
}

/* {"old": "new"} */
static struct json_object *renames_object(const struct renames *renames)
{
	struct json_object *object = json_object_new_object();

	for (size_t i = 0; i < renames->count; i++)
		report_add(object, renames->items[i].from,
			   report_string(renames->items[i].to));
	return object;
}

static struct json_object *cell_object(const struct finding *finding,
				       const struct strip_cell *cell)
{
	OWNED(buf_release) struct buf from = BUF_INIT;
	struct json_object *object = json_object_new_object();

	if (cell->low)
		strip_show_bound(&from, finding->subject->pair, cell->low);
	report_add(object, "from", report_string(cell->low ? from.data : NULL));
	report_add(object, "ranges", report_count(cell->ranges));
	report_add(object, "rows_source",
		   report_count(cell->rows.seen[SOURCE]));
	report_add(object, "rows_target",
		   report_count(cell->rows.seen[TARGET]));
	for (int k = 0; k < CHANGE_KINDS; k++)
		report_add(object, report_change_name((enum change_kind)k),
			   report_count(cell->changes[k]));
	report_add(object, "undone", report_count(cell->undone));
	report_add(object, "undone_rows", report_count(cell->undone_rows));
	return object;
}

static struct json_object *strip_array(const struct finding *finding)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < finding->strip.count; i++)
		append(array, cell_object(finding, &finding->strip.cells[i]));
	return array;
}

static struct json_object *pair_object(struct json_object *source,
				       struct json_object *target)
{
	struct json_object *object = json_object_new_object();

	report_add(object, "source", source);
	report_add(object, "target", target);
	return object;
}

static struct json_object *labels_object(enum consistency source,
					 enum consistency target)
{
	return pair_object(report_string(consistency_name(source)),
			   report_string(consistency_name(target)));
}

const struct walk_summary *report_views(const struct report *report)
{
	return report->views ? report->views : report->summary;
}

static struct json_object *moments_array(const struct walk_summary *summary)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < summary->moment_count; i++) {
		const struct moment *moment = &summary->moments[i];
		struct json_object *object = json_object_new_object();
		char at[REPORT_TIME];

		report_time(moment->at, at);
		report_add(object, "side",
			   report_string(side_name(moment->side)));
		report_add(object, "at", report_string(at));
		report_add(
			object, "consistency",
			report_string(consistency_name(moment->consistency)));
		append(array, object);
	}
	return array;
}

static struct json_object *table_object(const struct finding *finding)
{
	struct json_object *object = json_object_new_object();

	report_add(object, "database",
		   report_string(finding->database[SOURCE]));
	report_add(object, "target_database",
		   report_string(finding->database[TARGET]));
	report_add(object, "table", report_string(finding->table));
	report_add(object, "verdict",
		   report_string(verdict_name(finding->verdict)));
	report_add(object, "key", report_string(finding->key));
	report_add(object, "digest",
		   report_string(digest_name(finding->digest)));
	report_add(object, "rows_source",
		   report_count(finding->rows.seen[SOURCE]));
	report_add(object, "rows_target",
		   report_count(finding->rows.seen[TARGET]));
	for (int k = 0; k < CHANGE_KINDS; k++)
		report_add(object, report_change_name((enum change_kind)k),
			   report_count(finding->changes[k]));
	report_add(object, "rows_unread", report_count(finding->rows_unread));
	report_add(object, "read", report_string(read_name(finding->read)));
	report_add(object, "why", report_string(finding->why_read));
	report_add(object, "ranges", report_count(finding->ranges));
	report_add(object, "counted",
		   report_string(count_name(finding->count)));
	report_add(object, "consistency",
		   finding->subject
			   ? labels_object(finding->consistency[SOURCE],
					   finding->consistency[TARGET])
			   : NULL);
	if (finding->strip.count)
		report_add(object, "strip", strip_array(finding));
	report_add(object, "seconds", report_seconds(finding->seconds));
	report_add(object, "skipped", report_string(finding->skipped));
	report_add(object, "ignored_columns", ignored_array(finding));
	if (finding->renames && finding->renames->count)
		report_add(object, "renames", renames_object(finding->renames));
	report_add(object, "differing_columns", differences_array(finding));
	report_add(object, "structure",
		   report_structure_object(finding->structure));
	report_add(object, "details", details_array(finding));
	return object;
}

static struct json_object *server_object(const struct server *server,
					 const char *name, const char *cipher)
{
	struct json_object *object = json_object_new_object();

	report_add(object, "name", report_string(name));
	report_add(object, "family",
		   report_string(server_family_name(server->family)));
	report_add(object, "version", report_string(server->text));
	report_add(object, "tls", report_string(cipher));
	return object;
}

/* NULL: all rows were read. */
static struct json_object *agreed_object(const struct by_log_result *by_log)
{
	char at[REPORT_TIME];

	if (!by_log->is_used)
		return NULL;
	report_time((time_t)by_log->agreed_since, at);
	return report_string(at);
}

struct json_object *report_object(const struct report *report)
{
	const struct walk_summary *summary = report->summary;
	const struct totals totals = report_totals(report);
	struct json_object *object = json_object_new_object();
	struct json_object *tables = json_object_new_array();

	for (size_t i = 0; i < report->count; i++)
		append(tables, table_object(&report->findings[i]));
	report_add(object, "command", report_string(report->command));
	report_add(object, "dbsync", report_string(DBSYNC_VERSION));
	report_add(object, "verdict",
		   report_string(verdict_name(report_verdict(report))));
	report_add(object, "filters",
		   report->filters ? json_object_get(report->filters)
				   : json_object_new_array());
	report_add(object, "tables", tables);
	report_add(object, "objects", report_objects_array(report));
	report_add(object, "changes_from",
		   report_string(report->by_log.is_used ? "binlog" : "scan"));
	report_add(object, "agreed_since", agreed_object(&report->by_log));
	report_add(object, "rows_unread",
		   report_count(report->by_log.rows_unread));
	report_add(object, "rows_compared", report_count(totals.rows));
	report_add(object, "differences", report_count(totals.differences));
	report_add(object, "structures_differing",
		   report_count(totals.structures));
	report_add(object, "consistency",
		   labels_object(report_views(report)->consistency[SOURCE],
				 report_views(report)->consistency[TARGET]));
	report_add(object, "moments", moments_array(report_views(report)));
	report_add(object, "servers",
		   pair_object(server_object(&summary->server[SOURCE],
					     summary->name[SOURCE],
					     summary->cipher[SOURCE]),
			       server_object(&summary->server[TARGET],
					     summary->name[TARGET],
					     summary->cipher[TARGET])));
	report_add(object, "bytes_received",
		   pair_object(report_count(summary->bytes[SOURCE]),
			       report_count(summary->bytes[TARGET])));
	report_add(object, "workers", report_count(summary->workers));
	report_add(object, "seconds", report_seconds(report->seconds));
	if (report->stop)
		report_add(object, "error", report_error_object(report->stop));
	return object;
}

void report_json(const struct report *report, struct outcome *outcome,
		 bool is_printed)
{
	outcome_give(outcome, report_object(report), is_printed);
}
