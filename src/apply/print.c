/* print.c - statements of a plan as a file of SQL; see apply.h. */
#include "dbsync/apply/apply.h"

#include "pump.h"
#include "statement.h"

#include "dbsync/base/own.h"

#include <inttypes.h>

struct printer {
	const struct cancel *cancel;
	struct file_draft *to;
	struct buf text;
	bool makes_room; /* for the updated rows of a table, see below */
};

/*
 * A plain client cannot try again in another order, as writers do (serial.h).
 * Where rows may clash in other unique keys than their own, updated ones go
 * before all others come.  So they do where there is JSON, of which the server
 * may take the new value for the old one (writer.c).
 */
static bool needs_room(const struct batch_table *table)
{
	return table->has_key && (table->plan->is_serial || table->has_json) &&
	       table->plan->finding->records[CHANGE_UPDATE];
}

static enum dbs_rc flush(struct printer *printer, struct dbs_error *err)
{
	enum dbs_rc rc = cancel_check(printer->cancel, err);

	if (!rc)
		rc = file_draft_write(printer->to, printer->text.data,
				      printer->text.length, err);
	buf_clear(&printer->text);
	return rc;
}

/* Keeps what was appended since before when it is a statement. */
static void end_statement(struct printer *printer, size_t before, bool is_one)
{
	if (is_one)
		buf_adds(&printer->text, ";\n");
	else
		buf_truncate(&printer->text, before);
}

static enum dbs_rc print_batch(void *self, struct batch *batch,
			       struct dbs_error *err)
{
	struct printer *printer = self;
	struct buf *text = &printer->text;
	size_t before = text->length;

	if (printer->makes_room) {
		end_statement(printer, before,
			      statement_make_room(batch, text) != 0);
		return flush(printer, err);
	}
	end_statement(printer, before, statement_delete(batch, text) != 0);
	for (size_t i = 0; i < batch->rows.count && !batch->table->has_key;
	     i++) {
		before = text->length;
		end_statement(printer, before,
			      statement_delete_some(batch, i, text) != 0);
	}
	before = text->length;
	end_statement(printer, before,
		      (needs_room(batch->table)
			       ? statement_fill_room(batch, text)
			       : statement_put(batch, CHANGE_UPDATE, text)) !=
			      0);
	before = text->length;
	end_statement(printer, before,
		      statement_put(batch, CHANGE_INSERT, text) != 0);
	return flush(printer, err);
}

static enum dbs_rc print_table(struct printer *printer,
			       const struct batch_table *table,
			       enum phase phase, struct dbs_error *err)
{
	const struct finding *finding = table->plan->finding;
	OWNED(pump_release) struct pump pump;

	pump_init(&pump, table, phase, UINT64_MAX);
	pump.take = print_batch;
	pump.self = printer;
	pump.is_fixed = true;
	return pump_run(&pump, finding->segments, finding->segment_count, err);
}

static enum dbs_rc make_room(struct printer *printer,
			     const struct batch_table *table,
			     struct dbs_error *err)
{
	printer->makes_room = true;
	enum dbs_rc rc = print_table(printer, table, PHASE_PUT, err);

	printer->makes_room = false;
	return rc;
}

static enum dbs_rc print_phase(struct printer *printer,
			       const struct batch_table *tables, size_t count,
			       enum phase phase, struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; i < count && !rc; i++) {
		const struct batch_table *table =
			&tables[phase == PHASE_DELETE ? count - 1 - i : i];

		rc = print_table(printer, table, phase, err);
		if (!rc && phase == PHASE_DELETE && needs_room(table))
			rc = make_room(printer, table, err);
	}
	return rc;
}

static void print_counters(struct printer *printer,
			   const struct batch_table *tables, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (tables[i].plan->counter)
			buf_addf(&printer->text,
				 "ALTER TABLE %s AUTO_INCREMENT = %" PRIu64
				 ";\n",
				 row_sql_table(tables[i].sql),
				 tables[i].plan->counter);
}

static void print_steps(struct printer *printer, const struct reshape *reshape,
			bool is_late)
{
	for (size_t i = 0; reshape && i < reshape->step_count; i++)
		if (reshape_is_late(&reshape->steps[i]) == is_late)
			buf_addf(&printer->text, "%s;\n",
				 reshape->steps[i].sql);
}

enum dbs_rc apply_print(const struct plan *plan,
			const struct row_sql *const *sqls,
			const struct reshape *reshape,
			const struct cancel *cancel, struct file_draft *to,
			struct dbs_error *err)
{
	OWNED(mem_drop) struct batch_table *tables = batch_tables_make(plan,
								       sqls);
	struct printer printer = {.cancel = cancel, .to = to, .text = BUF_INIT};
	const size_t count = plan->table_count;

	buf_adds(&printer.text,
		 "-- dbsync: what would make the target equal\n"
		 "SET NAMES utf8mb4;\n"
		 "SET SESSION time_zone = '+00:00', foreign_key_checks = 0, "
		 "unique_checks = 1, sql_mode = 'NO_AUTO_VALUE_ON_ZERO,"
		 "ALLOW_INVALID_DATES,STRICT_ALL_TABLES';\n");
	if (reshape && !reshape_is_empty(reshape))
		buf_adds(&printer.text,
			 "-- structures first: the rows below are those of the "
			 "columns that both sides have now\n");
	print_steps(&printer, reshape, false);
	buf_adds(&printer.text, "START TRANSACTION;\n");
	enum dbs_rc rc = print_phase(&printer, tables, count, PHASE_DELETE,
				     err);

	if (!rc)
		rc = print_phase(&printer, tables, count, PHASE_PUT, err);
	buf_adds(&printer.text, "COMMIT;\n");
	print_counters(&printer, tables, count);
	print_steps(&printer, reshape, true);
	if (!rc)
		rc = flush(&printer, err);
	buf_release(&printer.text);
	return rc;
}
