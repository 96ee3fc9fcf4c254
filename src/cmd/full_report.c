/* full_report.c - see full_report.h. */
#include "full_report.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/run/report_value.h"

static void add_name(struct buf *out, const struct stage_table *table)
{
	OWNED(buf_release) struct buf raw = BUF_INIT;

	buf_addf(&raw, "%s.%s", table->table->database, table->table->table);
	text_show(out, raw.data, raw.length, 200);
}

void full_report_plan(const struct full_run *full, FILE *to)
{
	const struct stage *stage = full->stage;
	OWNED(buf_release) struct buf total = BUF_INIT;

	for (size_t i = 0; i < stage->table_count; i++) {
		const struct stage_table *table = &stage->tables[i];
		OWNED(buf_release) struct buf line = BUF_INIT;

		add_name(&line, table);
		buf_adds(&line, table->is_replaced ? ": to be replaced by a "
						     "copy"
						   : ": to be copied");
		if (table->table->copy_reason)
			buf_addf(&line, " (%s)", table->table->copy_reason);
		buf_adds(&line, ", about ");
		text_bytes(&line, (double)table->bytes);
		(void)fprintf(to, "  %s\n", line.data);
	}
	text_bytes(&total, (double)full->estimate);
	(void)fprintf(to,
		      "space: about %s of rows, besides indexes, next to the "
		      "tables that are there\n",
		      total.data);
}

static void print_table(const struct full_run *full, size_t number)
{
	const struct load_result *result = &full->load.results[number];
	OWNED(buf_release) struct buf line = BUF_INIT;

	add_name(&line, &full->stage->tables[number]);
	buf_adds(&line, ": ");
	text_count(&line, result->total.rows);
	buf_adds(&line, result->total.rows == 1 ? " row, " : " rows, ");
	text_bytes(&line, (double)result->total.bytes);
	buf_adds(&line, " in ");
	text_seconds(&line, result->load_seconds);
	if (result->was_checked) {
		buf_adds(&line, ", read back in ");
		text_seconds(&line, result->check_seconds);
	}
	if (result->ranges > 1)
		buf_addf(&line, ", in %zu ranges", result->ranges);
	if (result->way == LOAD_INSERT)
		buf_adds(&line, ", by INSERT statements");
	(void)printf("  %s\n", line.data);
}

void full_report_done(const struct full_run *full)
{
	OWNED(buf_release) struct buf line = BUF_INIT;

	for (size_t i = 0; i < full->stage->table_count; i++)
		print_table(full, i);
	if (!full->swap.is_done)
		return;
	buf_adds(&line, "copied and checked in ");
	text_seconds(&line, full->load.seconds);
	buf_addf(&line,
		 " (consistency of the source: %s); swapped in within %.0f ms",
		 consistency_name(full->load.consistency),
		 full->swap.seconds * 1000);
	(void)printf("%s\n", line.data);
}

static const char *const way_names[] = {
	[LOAD_AUTO] = NULL, /* nothing was loaded */
	[LOAD_BULK] = "bulk",
	[LOAD_INFILE] = "infile",
	[LOAD_INSERT] = "insert",
};

static struct json_object *table_object(const struct full_run *full,
					size_t number)
{
	const struct stage_table *table = &full->stage->tables[number];
	const struct load_result *result = full->load.results
						   ? &full->load.results[number]
						   : NULL;
	struct json_object *object = json_object_new_object();

	report_add(object, "database", report_string(table->table->database));
	report_add(object, "table", report_string(table->table->table));
	report_add(object, "reason", report_string(table->table->copy_reason));
	report_add(object, "replaces",
		   json_object_new_boolean(table->is_replaced));
	report_add(object, "rows_before",
		   report_count(full->rows_before[number]));
	report_add(object, "rows",
		   result ? report_count(result->total.rows) : NULL);
	report_add(object, "bytes",
		   result ? report_count(result->total.bytes) : NULL);
	report_add(object, "ranges",
		   result ? report_count(result->ranges) : NULL);
	report_add(object, "way",
		   report_string(result ? way_names[result->way] : NULL));
	report_add(object, "checked",
		   json_object_new_boolean(result && result->was_checked));
	report_add(object, "load_seconds",
		   result ? report_seconds(result->load_seconds) : NULL);
	report_add(object, "check_seconds",
		   result ? report_seconds(result->check_seconds) : NULL);
	return object;
}

struct json_object *full_report_object(const struct full_run *full)
{
	struct json_object *object = json_object_new_object();
	struct json_object *tables = json_object_new_array();
	struct json_object *kept = json_object_new_array();

	for (size_t i = 0; i < full->stage->table_count; i++)
		(void)json_object_array_add(tables, table_object(full, i));
	report_add(object, "tables", tables);
	report_add(object, "consistency",
		   report_string(consistency_name(full->load.consistency)));
	report_add(object, "workers", report_count(full->load.workers));
	report_add(object, "seconds", report_seconds(full->load.seconds));
	report_add(object, "swapped",
		   json_object_new_boolean(full->swap.is_done));
	report_add(object, "swap_seconds", report_seconds(full->swap.seconds));
	for (size_t i = 0;
	     full->swap.is_kept && i < full->stage->database_count; i++)
		if (full->swap.is_kept[i])
			(void)json_object_array_add(
				kept,
				report_string(full->stage->databases[i].old));
	report_add(object, "old_tables_kept_in", kept);
	return object;
}
