/* sync_report.c - the text of sync_report.h. */
#include "sync_report.h"

#include "full_report.h"
#include "paint.h"
#include "shape_report.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/run/undo_line.h"

#include <string.h>

const char *sync_verdict_name(enum run_verdict verdict)
{
	static const char *const names[] = {
		[RUN_EQUAL] = "equal",         [RUN_UNVERIFIED] = "unverified",
		[RUN_DIFFERENT] = "different", [RUN_RESTORED] = "restored",
		[RUN_PARTIAL] = "incomplete",
	};

	return names[verdict];
}

static void add_name(struct buf *out, const char *database, const char *table)
{
	OWNED(buf_release) struct buf raw = BUF_INIT;

	buf_addf(&raw, "%s.%s", database, table);
	text_show(out, raw.data, raw.length, 200);
}

static void add_text(struct buf *out, const char *text)
{
	text_show(out, text, strlen(text), 1000);
}

static void add_count(struct buf *out, const char *comma, uint64_t count,
		      const char *words)
{
	buf_adds(out, comma);
	text_count(out, count);
	buf_addf(out, " %s", words);
}

static void add_changes(struct buf *out, const uint64_t changes[CHANGE_KINDS],
			const char *const words[CHANGE_KINDS])
{
	const char *comma = "";

	for (size_t k = 0; k < CHANGE_KINDS; k++) {
		if (!changes[k])
			continue;
		add_count(out, comma, changes[k], words[k]);
		comma = ", ";
	}
}

static const char *const to_do[CHANGE_KINDS] = {
	[CHANGE_INSERT] = "to insert",
	[CHANGE_UPDATE] = "to update",
	[CHANGE_DELETE] = "to delete",
};

static const char *const done[CHANGE_KINDS] = {
	[CHANGE_INSERT] = "inserted",
	[CHANGE_UPDATE] = "updated",
	[CHANGE_DELETE] = "deleted",
};

/* ------------------------------------------------------------------------
 * The plan
 * --------------------------------------------------------------------- */

static void print_table(const struct plan_table *table, FILE *to)
{
	OWNED(buf_release) struct buf line = BUF_INIT;

	buf_adds(&line, "  ");
	add_name(&line, table->finding->database[TARGET],
		 table->finding->table);
	buf_adds(&line, ": ");
	add_changes(&line, table->finding->records, to_do);
	if (table->counter)
		buf_addf(&line, "%sAUTO_INCREMENT %llu -> %llu",
			 table->rows ? ", " : "",
			 (unsigned long long)table->target->auto_increment,
			 (unsigned long long)table->counter);
	(void)fprintf(to, "%s\n", line.data);
}

static void print_guard(const struct guard *guard, FILE *to)
{
	OWNED(buf_release) struct buf line = BUF_INIT;

	buf_adds(&line, "  ");
	paint_add(&line, to, guard->is_allowed ? PAINT_DOUBT : PAINT_BAD,
		  guard->is_allowed ? "allowed" : "REFUSED");
	buf_adds(&line, ": ");
	if (guard->table) {
		add_name(&line, guard->database, guard->table);
		buf_adds(&line, ": ");
	}
	add_text(&line, guard->text);
	if (!guard->is_allowed) {
		buf_adds(&line, "\n           to allow it: ");
		/* a statement is there to be copied */
		if (guard->kind == GUARD_PRIVILEGES)
			text_show_sql(&line, guard->way, strlen(guard->way),
				      1000);
		else
			add_text(&line, guard->way);
	}
	(void)fprintf(to, "%s\n", line.data);
}

static void print_guards(const struct sync_run *run, FILE *to)
{
	const struct plan *plan = run->plan;
	const struct reshape *reshape = run->shapes && !run->is_second
						? run->shapes->reshape
						: NULL;

	if (plan->guard_count || (reshape && reshape->guard_count))
		(void)fprintf(to, "guards:\n");
	for (size_t i = 0; i < plan->guard_count; i++)
		print_guard(&plan->guards[i], to);
	for (size_t i = 0; reshape && i < reshape->guard_count; i++)
		print_guard(&reshape->guards[i], to);
}

static void print_gap(const struct plan_gap *gap, FILE *to)
{
	OWNED(buf_release) struct buf line = BUF_INIT;

	buf_adds(&line, "  ");
	add_name(&line, gap->database, gap->table);
	buf_adds(&line, ": ");
	add_text(&line, gap->reason);
	(void)fprintf(to, "%s\n", line.data);
}

static void print_gaps(const struct plan *plan, FILE *to)
{
	for (size_t i = 0; i < plan->gap_count; i++) {
		if (!i)
			(void)fprintf(to, "left as they are:\n");
		print_gap(&plan->gaps[i], to);
	}
	for (size_t i = 0; i < plan->kept_count; i++) {
		if (!i)
			(void)fprintf(to, "kept (--extra-tables keep):\n");
		print_gap(&plan->kept[i], to);
	}
}

static const char *plan_head(const struct sync_run *run)
{
	const bool reshapes = run->shapes && shape_run_has_steps(run->shapes);

	if (!plan_is_empty(run->plan) || run->is_second || run->full)
		return "";
	return reshapes ? " structures alone" : " nothing to write";
}

static void print_notes(const struct plan *plan, FILE *to)
{
	for (size_t i = 0; i < plan->note_count; i++) {
		OWNED(buf_release) struct buf note = BUF_INIT;

		add_text(&note, plan->notes[i]);
		(void)fprintf(to, "note: %s\n", note.data);
	}
}

void sync_report_plan(const struct sync_run *run, FILE *to)
{
	OWNED(buf_release) struct buf total = BUF_INIT;
	const struct plan *plan = run->plan;
	const bool has_shapes = run->shapes && !run->is_second;

	(void)fprintf(to, "plan:%s\n", plan_head(run));
	if (run->full)
		full_report_plan(run->full, to);
	if (has_shapes)
		shape_report_plan(run->shapes, to);
	for (size_t i = 0; i < plan->table_count; i++)
		print_table(&plan->tables[i], to);
	print_gaps(plan, to);
	print_guards(run, to);
	print_notes(plan, to);
	if (plan_is_empty(plan))
		return;
	add_changes(&total, plan->changes, to_do);
	buf_adds(&total, total.length ? "; " : "");
	text_bytes(&total, (double)plan->bytes);
	(void)fprintf(to, "total: %s of rows\n", total.data);
}

/* ------------------------------------------------------------------------
 * The question
 * --------------------------------------------------------------------- */

/* "3 tables", "1 table" */
static void add_number(struct buf *out, uint64_t count, const char *one,
		       const char *many)
{
	if (count)
		add_count(out, out->length ? ", " : "", count,
			  count == 1 ? one : many);
}

static void add_rows(const struct plan *plan, struct buf *out)
{
	uint64_t rows = 0;
	uint64_t tables = 0;

	for (size_t k = 0; k < CHANGE_KINDS; k++)
		rows += plan->changes[k];
	for (size_t i = 0; i < plan->table_count; i++)
		tables += plan->tables[i].rows != 0;
	if (!rows)
		return;
	add_number(out, rows, "row", "rows");
	buf_adds(out, " of ");
	add_count(out, "", tables, tables == 1 ? "table" : "tables");
}

static void add_structures(const struct reshape *reshape, bool undoes,
			   struct buf *out)
{
	uint64_t objects = 0;
	uint64_t wholes = 0;

	/* a rollback has their rows; any other run keeps them, perhaps */
	for (size_t i = 0; i < reshape->table_count; i++)
		wholes += undoes && !reshape->tables[i].left_out &&
			  reshape_restores_rows(&reshape->tables[i]);
	add_number(out, wholes, "table as a whole", "tables as a whole");
	for (size_t i = 0; i < reshape->object_count; i++)
		objects += !reshape->objects[i].is_carried;
	add_number(out, reshape->step_count, "DDL statement", "DDL statements");
	add_number(out, objects, "other object", "other objects");
}

void sync_report_question(const struct sync_run *run, struct buf *out)
{
	OWNED(buf_release) struct buf what = BUF_INIT;

	add_rows(run->plan, &what);
	if (run->full)
		add_number(&what, run->full->stage->table_count,
			   "table is copied", "tables are copied");
	if (run->shapes && run->shapes->reshape)
		add_structures(run->shapes->reshape, run->undoes != NULL,
			       &what);
	buf_adds(out, "Write to ");
	add_text(out, run->target_name);
	buf_adds(out, run->database_count > 1 ? ", databases " : ", database ");
	for (size_t i = 0; i < run->database_count; i++) {
		buf_adds(out, i ? ", " : "");
		add_text(out, run->databases[i]);
	}
	buf_addf(out, "?%s%s", what.length ? " " : "", what.data);
}

/* ------------------------------------------------------------------------
 * What came of it
 * --------------------------------------------------------------------- */

static void print_drift(const struct table_result *result)
{
	for (size_t i = 0; i < result->drift_count; i++)
		(void)printf("      changed by somebody else, left alone: %s\n",
			     result->drift[i]);
	if (result->drifted > result->drift_count)
		(void)printf("      … %llu of them in all\n",
			     (unsigned long long)result->drifted);
}

static void print_result(const struct plan_table *table,
			 const struct table_result *result)
{
	OWNED(buf_release) struct buf line = BUF_INIT;
	OWNED(buf_release) struct buf what = BUF_INIT;

	add_name(&line, table->finding->database[TARGET],
		 table->finding->table);
	add_changes(&what, result->written, done);
	if (result->already)
		add_count(&what, what.length ? ", " : "", result->already,
			  "were so already");
	if (result->drifted)
		add_count(&what, what.length ? ", " : "", result->drifted,
			  "left alone");
	if (result->counter_set)
		buf_addf(&what, "%sAUTO_INCREMENT %llu",
			 what.length ? ", " : "",
			 (unsigned long long)table->counter);
	(void)printf("  %s: %s\n", line.data,
		     what.length ? what.data : "nothing");
	print_drift(result);
	if (result->refused) {
		OWNED(buf_release) struct buf error = BUF_INIT;

		add_text(&error, result->refusal.text);
		(void)printf("      %llu rows REFUSED by the target: %s\n",
			     (unsigned long long)result->refused, error.data);
	}
	if (result->error.code) {
		OWNED(buf_release) struct buf error = BUF_INIT;

		add_text(&error, result->error.text);
		(void)printf("      %sFAILED%s: %s\n",
			     paint_begin(stdout, PAINT_BAD),
			     paint_end(stdout, PAINT_BAD), error.data);
	}
}

static void print_orphan(const struct foreign_key *key,
			 const struct orphans *orphans)
{
	OWNED(buf_release) struct buf child = BUF_INIT;
	OWNED(buf_release) struct buf parent = BUF_INIT;
	OWNED(buf_release) struct buf name = BUF_INIT;

	add_name(&child, key->child_database, key->child);
	add_name(&parent, key->parent_database, key->parent);
	add_text(&name, key->name);
	(void)printf("WITHOUT PARENT: %llu rows of %s %s %s (foreign key "
		     "%s)\n",
		     (unsigned long long)orphans->rows, child.data,
		     orphans->has_no_table
			     ? "have none, for the target has no table"
			     : "refer to no row of",
		     parent.data, name.data);
}

static void print_orphans(const struct sync_run *run)
{
	for (size_t i = 0; i < run->plan->doubtful_count; i++)
		if (run->orphans[i].rows || run->orphans[i].has_no_table)
			print_orphan(run->plan->doubtful[i], &run->orphans[i]);
}

bool sync_report_undo(const struct sync_report *report, struct buf *out,
		      bool *forced_out)
{
	const struct sync_run *run = report->result->run;
	struct undo_wish wish = undo_wish_of(run);

	wish.is_forced = wish.is_forced && report->result->verdict != RUN_EQUAL;
	*forced_out = wish.is_forced;
	if (wish.backup)
		undo_line(run, &wish, out);
	return wish.backup != NULL;
}

static void print_backup(const struct sync_report *report)
{
	const struct sync_run *run = report->result->run;
	OWNED(buf_release) struct buf line = BUF_INIT;
	OWNED(buf_release) struct buf undo = BUF_INIT;
	bool is_forced = false;

	if (!sync_report_undo(report, &undo, &is_forced)) {
		(void)printf("backup point: none (--no-backup)\n");
		return;
	}
	buf_addf(&line, "backup point: %s (", run->backup);
	text_bytes(&line, (double)run->backup_bytes);
	buf_adds(&line, " in ");
	text_seconds(&line, run->backup_seconds);
	(void)printf("%s)\n  undo: %s\n", line.data, undo.data);
	if (is_forced)
		(void)printf(
			"        --force: rows that triggers of the target "
			"changed count as changed by somebody else\n");
}

static void print_written(const struct sync_report *report)
{
	const struct sync_run *run = report->result->run;

	(void)printf("written:\n");
	if (run->full)
		full_report_done(run->full);
	if (run->shapes)
		shape_report_done(run->shapes);
	for (size_t i = 0; i < run->plan->table_count; i++)
		print_result(&run->plan->tables[i], &run->results[i]);
	print_gaps(run->plan, stdout);
	print_notes(run->plan, stdout);
	print_orphans(run);
	print_backup(report);
}

bool sync_report_is_left(const struct sync_report *report,
			 const struct finding *finding)
{
	return finding->verdict != VERDICT_EQUAL &&
	       !plan_keeps(report->result->run->plan, finding);
}

/* Of a table that has no such rows (it is missing) there are none. */
static void add_more_changes(struct buf *out,
			     const uint64_t changes[CHANGE_KINDS])
{
	OWNED(buf_release) struct buf words = BUF_INIT;

	add_changes(&words, changes, to_do);
	if (words.length)
		buf_addf(out, ", %s", words.data);
}

static void print_left(const struct sync_report *report)
{
	for (size_t i = 0; i < report->result->left_count; i++) {
		const struct finding *finding = &report->result->left[i];
		OWNED(buf_release) struct buf line = BUF_INIT;

		if (!sync_report_is_left(report, finding))
			continue;
		add_name(&line, finding->database[TARGET], finding->table);
		buf_addf(&line, ": %s", verdict_name(finding->verdict));
		add_more_changes(&line, finding->changes);
		(void)printf("still different: %s\n", line.data);
	}
}

static void print_time(const struct sync_report *report)
{
	OWNED(buf_release) struct buf line = BUF_INIT;

	buf_addf(&line, "run %s: ", report->result->run->id);
	text_seconds(&line, report->result->seconds);
	if (report->result->was_written) {
		buf_adds(&line, ", of which backup point ");
		text_seconds(&line, report->result->run->backup_seconds);
		buf_adds(&line, ", writing ");
		text_seconds(&line, report->result->run->apply_seconds);
	}
	(void)printf("%s\n", line.data);
}

void sync_report_text(const struct sync_report *report)
{
	if (report->report && !report->result->was_written && !report->is_quiet)
		report_text_tables(report->report);
	if (report->result->was_written) {
		print_written(report);
		print_left(report);
	} else {
		sync_report_plan(report->result->run, stdout);
		print_orphans(report->result->run);
	}
	if (report->report && !report->is_quiet)
		report_text_views(report->report);
	if (report->sql_file)
		(void)printf("statements: %s\n", report->sql_file);
	if (!report->is_quiet)
		print_time(report);
	print_unread(&report->result->by_log);
	print_verdict(sync_verdict_name(report->result->verdict),
		      report->report ? report->report->filters : NULL,
		      report->is_quiet);
}
