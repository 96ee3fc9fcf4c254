/* sync_report_json.c - the JSON of sync_report.h, specified in docs/json.md. */
#include "sync_report.h"

#include "dbsync/base/own.h"

#include "full_report.h"
#include "outcome.h"
#include "report_object.h"
#include "shape_report.h"

#include "dbsync/version.h"

static struct json_object *changes_object(const uint64_t changes[CHANGE_KINDS])
{
	struct json_object *object = json_object_new_object();

	for (int k = 0; k < CHANGE_KINDS; k++)
		report_add(object, report_change_name((enum change_kind)k),
			   report_count(changes[k]));
	return object;
}

static struct json_object *guard_object(const struct guard *guard)
{
	struct json_object *object = json_object_new_object();

	report_add(object, "kind", report_string(guard_word(guard->kind)));
	report_add(object, "database", report_string(guard->database));
	report_add(object, "table", report_string(guard->table));
	report_add(object, "text", report_string(guard->text));
	report_add(object, "allowed_by", report_string(guard->way));
	report_add(object, "allowed",
		   json_object_new_boolean(guard->is_allowed));
	return object;
}

static void add_guards(struct json_object *array, const struct guard *guards,
		       size_t count)
{
	for (size_t i = 0; i < count; i++)
		(void)json_object_array_add(array, guard_object(&guards[i]));
}

static struct json_object *guards_array(const struct sync_run *run)
{
	struct json_object *array = json_object_new_array();
	const struct reshape *reshape = run->shapes ? run->shapes->reshape
						    : NULL;

	add_guards(array, run->plan->guards, run->plan->guard_count);
	if (reshape)
		add_guards(array, reshape->guards, reshape->guard_count);
	return array;
}

static struct json_object *gaps_array(const struct plan_gap *gaps, size_t count)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < count; i++) {
		struct json_object *object = json_object_new_object();

		report_add(object, "database", report_string(gaps[i].database));
		report_add(object, "table", report_string(gaps[i].table));
		report_add(object, "reason", report_string(gaps[i].reason));
		(void)json_object_array_add(array, object);
	}
	return array;
}

static struct json_object *step_object(const struct plan_table *table)
{
	const struct finding *finding = table->finding;
	struct json_object *object = json_object_new_object();

	report_add(object, "database",
		   report_string(finding->database[TARGET]));
	report_add(object, "table", report_string(finding->table));
	report_add(object, "rows", changes_object(finding->records));
	report_add(object, "bytes", report_count(finding->record_bytes));
	report_add(object, "auto_increment",
		   table->counter ? report_count(table->counter) : NULL);
	return object;
}

static struct json_object *plan_object(const struct sync_run *run)
{
	const struct plan *plan = run->plan;
	struct json_object *object = json_object_new_object();
	struct json_object *steps = json_object_new_array();
	struct json_object *notes = json_object_new_array();

	for (size_t i = 0; i < plan->table_count; i++)
		(void)json_object_array_add(steps,
					    step_object(&plan->tables[i]));
	for (size_t i = 0; i < plan->note_count; i++)
		(void)json_object_array_add(notes,
					    report_string(plan->notes[i]));
	report_add(object, "structures",
		   run->shapes ? shape_report_array(run->shapes) : NULL);
	report_add(object, "objects",
		   run->shapes ? shape_report_objects(run->shapes) : NULL);
	report_add(object, "tables", steps);
	report_add(object, "left_out", gaps_array(plan->gaps, plan->gap_count));
	report_add(object, "kept", gaps_array(plan->kept, plan->kept_count));
	report_add(object, "guards", guards_array(run));
	report_add(object, "notes", notes);
	report_add(object, "rows", changes_object(plan->changes));
	report_add(object, "bytes", report_count(plan->bytes));
	return object;
}

static struct json_object *result_object(const struct plan_table *table,
					 const struct table_result *result)
{
	struct json_object *object = json_object_new_object();
	struct json_object *drift = json_object_new_array();

	for (size_t i = 0; i < result->drift_count; i++)
		(void)json_object_array_add(drift,
					    report_string(result->drift[i]));
	report_add(object, "database",
		   report_string(table->finding->database[TARGET]));
	report_add(object, "table", report_string(table->finding->table));
	report_add(object, "rows", changes_object(result->written));
	report_add(object, "already", report_count(result->already));
	report_add(object, "drifted", report_count(result->drifted));
	report_add(object, "drift", drift);
	report_add(object, "refused", report_count(result->refused));
	report_add(object, "refusal",
		   result->refused ? report_string(result->refusal.text)
				   : NULL);
	report_add(object, "auto_increment",
		   result->counter_set ? report_count(table->counter) : NULL);
	report_add(object, "error",
		   result->error.code ? report_string(result->error.text)
				      : NULL);
	return object;
}

static struct json_object *results_array(const struct sync_run *run)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < run->plan->table_count; i++)
		(void)json_object_array_add(array,
					    result_object(&run->plan->tables[i],
							  &run->results[i]));
	return array;
}

static struct json_object *left_array(const struct sync_report *report)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < report->result->left_count; i++) {
		const struct finding *finding = &report->result->left[i];

		if (!sync_report_is_left(report, finding))
			continue;
		struct json_object *object = json_object_new_object();

		report_add(object, "database",
			   report_string(finding->database[TARGET]));
		report_add(object, "table", report_string(finding->table));
		report_add(object, "verdict",
			   report_string(verdict_name(finding->verdict)));
		report_add(object, "rows", changes_object(finding->changes));
		report_add(object, "skipped", report_string(finding->skipped));
		(void)json_object_array_add(array, object);
	}
	return array;
}

static struct json_object *orphans_array(const struct sync_run *run)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < run->plan->doubtful_count; i++) {
		const struct foreign_key *key = run->plan->doubtful[i];
		struct json_object *object = json_object_new_object();

		report_add(object, "foreign_key", report_string(key->name));
		report_add(object, "database",
			   report_string(key->child_database));
		report_add(object, "table", report_string(key->child));
		report_add(object, "parent_database",
			   report_string(key->parent_database));
		report_add(object, "parent_table", report_string(key->parent));
		report_add(object, "rows",
			   run->orphans[i].is_left_out
				   ? NULL
				   : report_count(run->orphans[i].rows));
		report_add(
			object, "parent_missing",
			json_object_new_boolean(run->orphans[i].has_no_table));
		(void)json_object_array_add(array, object);
	}
	return array;
}

static struct json_object *undo_string(const struct sync_report *report)
{
	OWNED(buf_release) struct buf line = BUF_INIT;
	bool is_forced = false;

	return sync_report_undo(report, &line, &is_forced)
		       ? report_string(line.data)
		       : NULL;
}

void sync_report_json(const struct sync_report *report, struct outcome *outcome,
		      bool is_printed)
{
	const struct sync_run *run = report->result->run;
	struct json_object *object = report->report
					     ? report_object(report->report)
					     : json_object_new_object();

	report_add(object, "command", report_string(report->command));
	report_add(object, "dbsync", report_string(DBSYNC_VERSION));
	report_add(object, "run", report_string(run->id));
	report_add(object, "verdict",
		   report_string(sync_verdict_name(report->result->verdict)));
	report_add(object, "plan", plan_object(run));
	report_add(object, "written",
		   report->result->was_written ? results_array(run) : NULL);
	report_add(object, "still_different",
		   report->result->was_written ? left_array(report) : NULL);
	report_add(object, "without_parent",
		   run->has_counted ? orphans_array(run) : NULL);
	report_add(object, "copies",
		   run->full ? full_report_object(run->full) : NULL);
	report_add(object, "backup", report_string(run->backup));
	report_add(object, "undo", undo_string(report));
	report_add(object, "backup_bytes", report_count(run->backup_bytes));
	report_add(object, "backup_seconds",
		   report_seconds(run->backup_seconds));
	report_add(object, "write_seconds", report_seconds(run->apply_seconds));
	report_add(object, "sql_file", report_string(report->sql_file));
	report_add(object, "sql_file_lacks",
		   report->sql_file ? gaps_array(report->result->absent,
						 report->result->absent_count)
				    : NULL);
	report_add(object, "seconds", report_seconds(report->result->seconds));
	outcome_give(outcome, object, is_printed);
}
