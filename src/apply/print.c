/* print.c - see print.h. */
#include "dbsync/apply/print.h"

#include "pump.h"
#include "statement.h"

#include "dbsync/base/own.h"
#include "dbsync/db/quote.h"

#include <inttypes.h>
#include <string.h>

struct printer {
	const struct print_request *request;
	struct file_draft *to;
	struct buf text;
	bool makes_room; /* for the updated rows of a table, see below */
	bool is_lax;     /* the session, as the file has set it by now */
};

static void set_mode(struct printer *printer, bool is_lax)
{
	if (is_lax != printer->is_lax)
		buf_addf(&printer->text, "SET SESSION sql_mode = '%s';\n",
			 is_lax ? CONN_SQL_MODE : CONN_SQL_MODE_STRICT);
	printer->is_lax = is_lax;
}

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
	enum dbs_rc rc = cancel_check(printer->request->cancel, err);

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

static void print_inserts(struct printer *printer, const struct batch *batch)
{
	struct statement_place place = {0};
	struct buf *text = &printer->text;
	uint64_t rows = 1;

	while (rows) {
		const size_t before = text->length;

		rows = statement_insert(batch, &place, STATEMENT_INSERT_BYTES,
					text);
		end_statement(printer, before, rows != 0);
	}
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
			       : statement_update(batch, text)) != 0);
	print_inserts(printer, batch);
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

static const struct reshape_table *member_of(const struct printer *printer,
					     const struct batch_table *table)
{
	const struct reshape *reshape = printer->request->reshape;

	return reshape ? reshape_member(reshape,
					table->plan->finding->database[TARGET],
					table->plan->target->name)
		       : NULL;
}

static bool is_whole(const struct printer *printer,
		     const struct reshape_table *table)
{
	for (size_t i = 0; i < printer->request->whole_count; i++)
		if (printer->request->wholes[i].table == table)
			return true;
	return false;
}

/* Else its rows are no matter of what differs. */
static bool has_changes(const struct printer *printer,
			const struct batch_table *table)
{
	const struct reshape_table *member = member_of(printer, table);

	return !member ||
	       (reshape_keeps_rows(member) && !is_whole(printer, member));
}

static enum dbs_rc print_one(struct printer *printer,
			     const struct batch_table *table, enum phase phase,
			     struct dbs_error *err)
{
	/* what a strict session refuses of a row that is there (strict.h) */
	set_mode(printer, (table->has_enum || table->has_computed) &&
				  !batch_table_may_bend(table));
	enum dbs_rc rc = print_table(printer, table, phase, err);

	if (!rc && phase == PHASE_DELETE && needs_room(table))
		rc = make_room(printer, table, err);
	set_mode(printer, false);
	return rc;
}

/* By the engine that it has when its rows are written. */
static bool is_transactional(const struct reshape_table *member,
			     const struct table *target)
{
	const bool becomes = member && !member->left_out &&
			     member->structure->want;
	const struct table then = {
		.engine = becomes ? definition_option(member->structure->want,
						      "ENGINE")
				  : target->engine,
	};

	return table_is_transactional(&then);
}

static bool is_together(const struct printer *printer,
			const struct batch_table *table)
{
	return is_transactional(member_of(printer, table), table->plan->target);
}

/* Of tables that change together in a transaction, or of the others. */
static enum dbs_rc print_phase(struct printer *printer,
			       const struct batch_table *tables,
			       enum phase phase, bool together,
			       struct dbs_error *err)
{
	const size_t count = printer->request->plan->table_count;
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; i < count && !rc; i++) {
		const struct batch_table *table =
			&tables[phase == PHASE_DELETE ? count - 1 - i : i];

		if (has_changes(printer, table) &&
		    is_together(printer, table) == together &&
		    !printer->request->doubts[table - tables])
			rc = print_one(printer, table, phase, err);
	}
	return rc;
}

static enum dbs_rc print_phases(struct printer *printer,
				const struct batch_table *tables, bool together,
				struct dbs_error *err)
{
	enum dbs_rc rc = print_phase(printer, tables, PHASE_DELETE, together,
				     err);

	return rc ? rc : print_phase(printer, tables, PHASE_PUT, together, err);
}

/*
 * An engine without transactions takes its rows anyhow, and where there are
 * global transaction ids MySQL refuses it a place between BEGIN and COMMIT (1785).
 */
static enum dbs_rc print_rows(struct printer *printer,
			      const struct batch_table *tables,
			      struct dbs_error *err)
{
	buf_adds(&printer->text, "START TRANSACTION;\n");
	enum dbs_rc rc = print_phases(printer, tables, true, err);

	buf_adds(&printer->text, "COMMIT;\n");
	return rc ? rc : print_phases(printer, tables, false, err);
}

static void print_counters(struct printer *printer,
			   const struct batch_table *tables)
{
	for (size_t i = 0; i < printer->request->plan->table_count; i++)
		if (tables[i].plan->counter && has_changes(printer, &tables[i]))
			buf_addf(&printer->text,
				 "ALTER TABLE %s AUTO_INCREMENT = %" PRIu64
				 ";\n",
				 row_sql_table(tables[i].sql),
				 tables[i].plan->counter);
}

/* ------------------------------------------------------------------------
 * All rows of the source
 * --------------------------------------------------------------------- */

/* An ALTER TABLE has an easier time with a table that is empty. */
static void empty_tables(struct printer *printer)
{
	const struct print_request *request = printer->request;

	for (size_t i = 0; i < request->whole_count; i++) {
		const struct reshape_table *table = request->wholes[i].table;

		if (table->kind == RESHAPE_CREATE)
			continue;
		buf_adds(&printer->text, "DELETE FROM ");
		quote_table(&printer->text, table->database, table->table);
		buf_adds(&printer->text, ";\n");
	}
}

/* An INSERT that is being written. */
struct piece {
	struct printer *printer;
	const struct row_sql *sql;
	size_t rows;
};

static enum dbs_rc end_piece(struct piece *piece, struct dbs_error *err)
{
	if (piece->rows)
		buf_adds(&piece->printer->text, ";\n");
	piece->rows = 0;
	return flush(piece->printer, err);
}

static enum dbs_rc take_row(void *self, struct slice tuple,
			    struct dbs_error *err)
{
	enum { MOST_ROWS = 1000, MOST_BYTES = 256 * 1024 };
	struct piece *piece = self;
	struct buf *text = &piece->printer->text;
	enum dbs_rc rc = DBS_OK;

	if (piece->rows >= MOST_ROWS ||
	    (piece->rows && text->length + tuple.length > MOST_BYTES))
		rc = end_piece(piece, err);
	if (rc)
		return rc;
	if (!piece->rows)
		row_sql_insert_begin(piece->sql, true, text);
	row_sql_insert_row(!piece->rows++, tuple, text);
	return DBS_OK;
}

static enum dbs_rc print_whole(struct printer *printer,
			       const struct print_whole *whole,
			       struct dbs_error *err)
{
	struct piece piece = {.printer = printer, .sql = dump_sql(whole->dump)};
	const char *name = row_sql_table(piece.sql);
	const bool together = is_transactional(whole->table, NULL);
	struct dump_total total;

	buf_addf(&printer->text, "-- all rows of %s\n%s", name,
		 together ? "START TRANSACTION;\n" : "");
	enum dbs_rc rc = dump_rows(whole->dump, printer->request->source,
				   take_row, &piece, &total, err);

	if (!rc)
		rc = end_piece(&piece, err);
	if (rc)
		return dbs_error_context(err, "%s", name);
	buf_adds(&printer->text, together ? "COMMIT;\n" : "");
	if (whole->counter)
		buf_addf(&printer->text,
			 "ALTER TABLE %s AUTO_INCREMENT = %" PRIu64 ";\n", name,
			 whole->counter);
	return DBS_OK;
}

static enum dbs_rc print_wholes(struct printer *printer, struct dbs_error *err)
{
	const struct print_request *request = printer->request;
	enum dbs_rc rc = DBS_OK;

	if (request->whole_count)
		set_mode(printer, true);
	for (size_t i = 0; i < request->whole_count && !rc; i++)
		rc = print_whole(printer, &request->wholes[i], err);
	set_mode(printer, false);
	return rc;
}

/* ------------------------------------------------------------------------
 * Structures and objects
 * --------------------------------------------------------------------- */

/* What was allowed to lose values is refused by a strict session. */
static bool is_lax(const struct reshape_table *table)
{
	for (size_t i = 0; i < table->hazard_count; i++)
		if (hazard_is_real(&table->hazards[i]) &&
		    table->hazards[i].is_allowed)
			return true;
	return false;
}

static void print_steps(struct printer *printer, bool is_late)
{
	const struct reshape *reshape = printer->request->reshape;

	for (size_t i = 0; reshape && i < reshape->step_count; i++) {
		const struct reshape_step *step = &reshape->steps[i];

		if (reshape_is_late(step) != is_late ||
		    (step->phase == RESHAPE_LATE_KEYS &&
		     printer->request->lacks_rows[step->table]))
			continue;
		set_mode(printer,
			 step->phase != RESHAPE_LATE_KEYS &&
				 is_lax(&reshape->tables[step->table]));
		buf_addf(&printer->text, "%s;\n", step->sql);
	}
	set_mode(printer, false);
}

/* Defaults of databases come first, all others behind the rows. */
static void print_objects(struct printer *printer, bool is_late)
{
	const struct reshape *reshape = printer->request->reshape;

	for (size_t i = 0; reshape && i < reshape->object_count; i++) {
		const struct reshape_object *object = &reshape->objects[i];

		if ((object->kind == OBJECT_DATABASE) != is_late &&
		    !object->is_disarmed && !print_object_doubt(object))
			object_script(object->statements,
				      object->statement_count, &printer->text);
	}
}

/* Before the first row, whichever way it is written. */
static void print_suspended(struct printer *printer)
{
	const struct reshape *reshape = printer->request->reshape;

	for (size_t i = 0; reshape && i < reshape->object_count; i++) {
		const struct reshape_object *object = &reshape->objects[i];

		if (!object->is_disarmed || print_object_doubt(object))
			continue;
		buf_adds(&printer->text, "DROP TRIGGER IF EXISTS ");
		quote_table(&printer->text, object->database, object->name);
		buf_adds(&printer->text, ";\n");
	}
}

/* In the order in which they acted. */
static void print_returned(struct printer *printer)
{
	const struct reshape *reshape = printer->request->reshape;

	if (!reshape || !reshape_is_disarmed(reshape))
		return;
	const struct reshape_object **order =
		reshape_kept_order(reshape, reshape->arena);

	for (size_t i = 0; i < reshape->object_count; i++)
		if (order[i]->is_disarmed && !print_object_doubt(order[i]))
			object_script(order[i]->kept.statements,
				      order[i]->kept.statement_count,
				      &printer->text);
}

/* ------------------------------------------------------------------------
 * The file
 * --------------------------------------------------------------------- */

static void add_line(struct buf *out, const char *text)
{
	for (; *text; text++)
		buf_addc(out, *text == '\n' || *text == '\r' ? ' ' : *text);
}

static void print_guards(struct buf *out, const struct guard *guards,
			 size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (guards[i].is_allowed)
			continue;
		buf_adds(out, "-- incremental would refuse it: ");
		if (guards[i].table) {
			add_line(out, guards[i].table);
			buf_adds(out, ": ");
		}
		add_line(out, guards[i].text);
		buf_addc(out, '\n');
	}
}

static void print_head(struct printer *printer)
{
	const struct print_request *request = printer->request;
	struct buf *text = &printer->text;

	buf_adds(text, "-- dbsync: the statements that make the target equal\n"
		       "-- run it with --comments: without it, the client "
		       "removes comments from routines\n"
		       "-- and with --default-character-set=utf8mb4, as which "
		       "it is written\n");
	print_guards(text, request->plan->guards, request->plan->guard_count);
	if (request->reshape)
		print_guards(text, request->reshape->guards,
			     request->reshape->guard_count);
	for (size_t i = 0; i < request->absent_count; i++) {
		buf_adds(text, "-- not in this file: ");
		add_line(text, request->absent[i].database);
		if (request->absent[i].table) {
			buf_addc(text, '.');
			add_line(text, request->absent[i].table);
		}
		buf_adds(text, ": ");
		add_line(text, request->absent[i].reason);
		buf_addc(text, '\n');
	}
	pins_script(text, CONN_SQL_MODE_STRICT);
	if (request->reshape && request->reshape->step_count)
		pins_script_tables(text);
}

enum dbs_rc print_plan(const struct print_request *request,
		       struct file_draft *to, struct dbs_error *err)
{
	OWNED(mem_drop) struct batch_table *tables =
		batch_tables_make(request->plan, request->sqls);
	struct printer printer = {
		.request = request, .to = to, .text = BUF_INIT};

	print_head(&printer);
	print_objects(&printer, false);
	print_suspended(&printer);
	empty_tables(&printer);
	print_steps(&printer, false);
	enum dbs_rc rc = print_rows(&printer, tables, err);

	print_counters(&printer, tables);
	if (!rc)
		rc = print_wholes(&printer, err);
	print_steps(&printer, true);
	print_objects(&printer, true);
	print_returned(&printer);
	if (!rc)
		rc = flush(&printer, err);
	buf_release(&printer.text);
	return rc;
}
