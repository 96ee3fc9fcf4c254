/* reform.c - see reform.h. */
#include "dbsync/apply/reform.h"

#include "ddl_again.h"
#include "hold.h"
#include "strict.h"

#include "dbsync/base/fault.h"
#include "dbsync/base/own.h"
#include "dbsync/db/quote.h"

#include <string.h>

struct reformer {
	const struct reform_request *request;
	struct reform_result *results;
	struct conn *source; /* NULL: not to be asked */
	struct ddl_wish wish;
	struct ddl ddl;
	struct structure_reader *reader;
	struct arena *arena;
	bool is_held; /* the table at hand */
};

static void reformer_release(struct reformer *reformer)
{
	conn_close(&reformer->source);
	ddl_close(&reformer->ddl);
	arena_drop(&reformer->arena);
}

static enum dbs_rc reformer_open(struct reformer *reformer,
				 const struct reform_request *request,
				 struct reform_result *results,
				 struct dbs_error *err)
{
	*reformer = (struct reformer){
		.request = request,
		.results = results,
		.wish = {request->target, request->no_binlog, request->wait_s},
	};
	enum dbs_rc rc = ddl_open(&reformer->ddl, &reformer->wish, err);

	reformer->arena = arena_new();
	if (!rc && request->source)
		rc = conn_open(request->source, &reformer->source, err);
	if (rc)
		return rc;
	return structure_reader_new(
		reformer->source ? reformer->source : reformer->ddl.conn,
		reformer->ddl.conn, reformer->arena, &reformer->reader, err);
}

/* ------------------------------------------------------------------------
 * Has it moved?
 * --------------------------------------------------------------------- */

/* The table as it is now, against what is wanted of it. */
static enum dbs_rc read_now(struct reformer *reformer,
			    const struct reshape_table *table, bool is_there,
			    struct structure *out, struct dbs_error *err)
{
	const struct structure *planned = table->structure;
	const struct structure_wish wish = {
		.database[SOURCE] = table->source_database,
		.database[TARGET] = table->database,
		.table[SOURCE] = planned->table[SOURCE],
		.table[TARGET] = is_there ? table->table : NULL,
	};

	return reformer->source && !table->is_extra
		       ? structure_read(reformer->reader, &wish, out, err)
		       : structure_read_back(reformer->reader, &wish,
					     planned->text[SOURCE], out, err);
}

static bool is_as_planned(const struct reformer *reformer,
			  const struct definition *now,
			  const struct definition *planned)
{
	if (!now || !planned)
		return !now && !planned;
	return structure_is_same(now, planned,
				 reformer->request->reshape->family);
}

static enum dbs_rc moved(const char *side, struct dbs_error *err)
{
	return dbs_fail(err, DBS_E_CHANGED,
			"somebody altered it on the %s since the run began: "
			"left alone; run again",
			side);
}

static enum dbs_rc check_before(struct reformer *reformer,
				const struct reshape_table *table,
				struct dbs_error *err)
{
	const struct structure *planned = table->structure;
	struct structure now;
	enum dbs_rc rc = read_now(reformer, table,
				  table->kind != RESHAPE_CREATE, &now, err);

	if (rc)
		return rc;
	if (now.unknown)
		return dbs_fail(err, DBS_E_CHANGED, "%s", now.unknown);
	if (!is_as_planned(reformer, now.have, planned->have))
		return moved("target", err);
	if (!is_as_planned(reformer, now.want, planned->want))
		return moved("source", err);
	return DBS_OK;
}

/* ------------------------------------------------------------------------
 * Steps
 * --------------------------------------------------------------------- */

/* Values are cut only where all rows are kept. */
static bool is_lax(const struct reshape_table *table)
{
	for (size_t i = 0; i < table->hazard_count; i++)
		if (hazard_is_real(&table->hazards[i]) &&
		    table->hazards[i].is_allowed && table->is_saved &&
		    hazard_loses_values(table->hazards[i].kind))
			return true;
	return false;
}

/* Whether a column that was computed keeps its values as they are from now on. */
static bool becomes_plain(const struct definition *have,
			  const struct definition *want)
{
	for (size_t i = 0; i < have->column_count; i++) {
		const struct def_column *column = &have->columns[i];
		const struct def_column *then = definition_column(want,
								  column->name);

		if (column->generated && then && !then->generated)
			return true;
	}
	return false;
}

/*
 * Whether a hazard can bend a value: where there is a condition for that, and
 * nobody else can write, the rows are asked.
 */
static enum dbs_rc may_bend(struct reformer *reformer,
			    const struct reshape_table *table,
			    const struct reshape_hazard *hazard, bool *out,
			    struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	uint64_t found = 1;

	*out = hazard_loses_values(hazard->kind) &&
	       hazard->kind != HAZARD_DROP_COLUMN;
	if (!*out || !hazard->endangered || !reformer->is_held)
		return DBS_OK;
	buf_adds(&sql, "SELECT COUNT(*) FROM ");
	quote_table(&sql, table->database, table->table);
	buf_addf(&sql, " WHERE %s", hazard->endangered);
	enum dbs_rc rc = conn_fetch_number(reformer->ddl.conn, sql.data, &found,
					   err);

	*out = rc || found;
	return rc;
}

/*
 * An ALTER computes columns, and a value that is computed with a warning is
 * refused by a strict session.  A lax one bends nothing else where all other
 * values fit for certain.
 */
static enum dbs_rc may_be_lax(struct reformer *reformer,
			      const struct reshape_table *table, bool *out,
			      struct dbs_error *err)
{
	const struct structure *structure = table->structure;
	bool bends = false;
	enum dbs_rc rc = DBS_OK;

	*out = false;
	if (!structure->have || !structure->want ||
	    becomes_plain(structure->have, structure->want))
		return DBS_OK;
	for (size_t i = 0; i < table->hazard_count && !rc && !bends; i++)
		rc = may_bend(reformer, table, &table->hazards[i], &bends, err);
	*out = !rc && !bends;
	return rc;
}

/* is_strict: rows are as they are to be, and nothing of them is to be bent. */
static enum dbs_rc alter(struct reformer *reformer,
			 const struct reshape_table *table, const char *sql,
			 bool is_strict, struct dbs_error *err)
{
	struct dbs_error other = {0};
	bool is_harmless = false;
	enum dbs_rc rc = ddl_run(&reformer->ddl, sql,
				 !is_strict && is_lax(table), err);

	if (rc != DBS_E_SERVER || !strict_is_of_value(err->server_errno))
		return rc;
	if (may_be_lax(reformer, table, &is_harmless, &other) || !is_harmless)
		return rc;
	dbs_error_clear(err);
	return ddl_run(&reformer->ddl, sql, true, err);
}

/* A key of that name: a step whose answer was lost was carried out. */
static bool is_there_already(const struct dbs_error *err)
{
	enum { DUPLICATE_KEY = 1061, CANNOT_CREATE = 1005, FK_NAME = 1826 };

	return err->server_errno == DUPLICATE_KEY ||
	       err->server_errno == FK_NAME ||
	       (err->server_errno == CANNOT_CREATE &&
		strstr(err->text, "errno: 121"));
}

/* Whether rows are in the way of a key, a check, or NOT NULL. */
static bool is_of_rows(const struct dbs_error *err)
{
	static const unsigned numbers[] = {
		1022 /* twice the same key */,    1062 /* likewise */,
		1586 /* likewise, by its name */, 1138 /* NULL */,
		1265 /* NULL, cut to a value */,  3819 /* check of MySQL */,
		4025 /* check of MariaDB */,
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		if (numbers[i] == err->server_errno)
			return true;
	return false;
}

/* A server says which row it is, but not why that is still there. */
static enum dbs_rc explain(const struct reshape_step *step, enum dbs_rc rc,
			   struct dbs_error *err)
{
	if (!step->against || !is_of_rows(err))
		return rc;
	return dbs_error_context(err,
				 "rows that this run has not written are in "
				 "its way (%s)",
				 step->against);
}

/*
 * Whether rows are in its way is asked before.  Not every server looks: MariaDB
 * adds a check of a column to rows that are against it, and NULLs become numbers
 * or moments where a column counts, or is a TIMESTAMP.
 */
static enum dbs_rc ask_rows(struct reformer *reformer,
			    const struct reshape_step *step,
			    struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	OWNED(rows_drop) struct rows *rows = NULL;

	if (!step->against)
		return DBS_OK;
	buf_addf(&sql, "SELECT 1 FROM (%s LIMIT 1) AS a", step->against);
	enum dbs_rc rc = conn_fetch(reformer->ddl.conn, sql.data, "t", &rows,
				    err);

	if (rc || !rows_count(rows))
		return rc;
	return dbs_fail(err, DBS_E_CHANGED,
			"rows that this run has not written are in its way "
			"(%s)",
			step->against);
}

/* Whether what the backup point has of it is all that is left then. */
static bool loses_rows(const struct reformer *reformer,
		       const struct reshape_step *step)
{
	const struct reshape_table *table =
		&reformer->request->reshape->tables[step->table];

	return (step->phase == RESHAPE_DROPS ||
		step->phase == RESHAPE_ALTERS) &&
	       reformer->request->kept && table->model &&
	       reshape_restores_rows(table);
}

static enum dbs_rc hold(struct reformer *reformer,
			const struct reshape_step *step, struct dbs_error *err)
{
	const struct reform_request *request = reformer->request;

	return hold_take(&reformer->ddl, &request->reshape->tables[step->table],
			 &request->kept[step->table], &reformer->is_held, err);
}

static enum dbs_rc step_once(struct reformer *reformer,
			     const struct reshape_step *step, const char *sql,
			     struct dbs_error *err)
{
	const struct reshape_table *table =
		&reformer->request->reshape->tables[step->table];
	enum dbs_rc rc = ddl_use(&reformer->ddl, table->database, err);

	if (!rc)
		rc = ask_rows(reformer, step, err);
	return rc ? rc
		  : alter(reformer, table, sql,
			  step->phase == RESHAPE_LATE_KEYS, err);
}

static enum dbs_rc lost(struct dbs_error *err)
{
	return dbs_error_context(err, "the connection was lost while its "
				      "structure changed; the server may have "
				      "finished that, and a run again finds "
				      "out");
}

/*
 * The connection was lost: once the server is no longer at the step, its table
 * tells whether it was carried out.  If not, all is ready to send it again.
 */
static enum dbs_rc come_back(struct reformer *reformer,
			     const struct reshape_step *step,
			     const char *before, bool *done_out,
			     struct dbs_error *err)
{
	const struct reshape_table *table =
		&reformer->request->reshape->tables[step->table];
	OWNED(mem_drop) char *now = NULL;
	const bool was_held = reformer->is_held;

	reformer->is_held = false;
	enum dbs_rc rc = ddl_come_back(&reformer->ddl, 0, err);

	if (!rc)
		rc = structure_reader_new(reformer->source ? reformer->source
							   : reformer->ddl.conn,
					  reformer->ddl.conn, reformer->arena,
					  &reformer->reader, err);
	if (!rc)
		rc = ddl_look(&reformer->ddl, table->database, table->table,
			      &now, err);
	if (rc)
		return lost(err);
	*done_out = !before != !now || (now && strcmp(before, now) != 0);
	return !*done_out && was_held ? hold(reformer, step, err) : DBS_OK;
}

/* A statement that a lost connection has interrupted is not lost with it. */
static enum dbs_rc carry_out(struct reformer *reformer,
			     const struct reshape_step *step, const char *sql,
			     struct dbs_error *err)
{
	const struct conn_setup *setup = reformer->request->target;
	const struct reshape_table *table =
		&reformer->request->reshape->tables[step->table];
	OWNED(mem_drop) char *before = NULL;
	bool is_done = false;
	enum dbs_rc rc = ddl_look(&reformer->ddl, table->database, table->table,
				  &before, err);

	if (rc)
		return rc;
	for (unsigned attempt = 1;; attempt++) {
		rc = step_once(reformer, step, sql, err);
		if (rc != DBS_E_LOST)
			return rc;
		if (attempt >= setup->attempts)
			return lost(err);
		talk_note(setup->talk,
			  "`%s`.`%s`: %s; waiting until the server is no "
			  "longer at it: %s",
			  table->database, table->table, err->text, step->sql);
		dbs_error_clear(err);
		rc = come_back(reformer, step, before, &is_done, err);
		if (rc)
			return rc;
		talk_note(setup->talk,
			  is_done ? "`%s`.`%s`: the server has carried it out"
				  : "`%s`.`%s`: it was not carried out: trying "
				    "again",
			  table->database, table->table);
		if (is_done)
			return DBS_OK;
	}
}

static enum dbs_rc run_step(struct reformer *reformer,
			    const struct reshape_step *step,
			    struct dbs_error *err)
{
	const struct reform_request *request = reformer->request;
	const struct reshape_table *table =
		&request->reshape->tables[step->table];
	struct reform_result *result = &reformer->results[step->table];
	OWNED(buf_release) struct buf sql = BUF_INIT;
	/* a stop has cut the lock's connection, too; its file is still ours */
	enum dbs_rc rc = request->brings_back
				 ? DBS_OK
				 : target_lock_check(request->lock, err);

	if (!rc)
		rc = cancel_check(request->target->cancel, err);
	/* what was taken away is not kept waiting */
	if (!rc && !step->brings_back)
		rc = conn_pause(reformer->ddl.conn, err);
	if (!rc && !reformer->is_held && loses_rows(reformer, step))
		rc = hold(reformer, step, err);
	if (!rc && !result->steps_done)
		rc = check_before(reformer, table, err);
	if (rc)
		return rc;
	talk_step(request->target->talk, "%s", step->sql);
	buf_addf(&sql, "%s /* dbsync %s */", step->sql, request->run);
	fault_here(FAULT_REFORM_STEP);
	rc = carry_out(reformer, step, sql.data, err);
	if (step->brings_back && is_there_already(err)) {
		dbs_error_clear(err);
		rc = DBS_OK;
	}
	fault_here(FAULT_REFORM_DONE);
	result->steps_done += !rc;
	return rc ? explain(step, rc, err) : DBS_OK;
}

/* Puts a failure where it belongs; what is returned ends the run. */
static enum dbs_rc settle(struct reformer *reformer, size_t number,
			  enum dbs_rc rc, struct dbs_error *err)
{
	const struct reshape_table *table =
		&reformer->request->reshape->tables[number];

	if (!rc)
		return DBS_OK;
	if (dbs_is_fatal(rc))
		return dbs_error_context(err, "`%s`.`%s`", table->database,
					 table->table);
	if (!reformer->results[number].error.code)
		reformer->results[number].error = *err;
	dbs_error_clear(err);
	return DBS_OK;
}

static enum reform_part part_of(const struct reshape_step *step)
{
	if (step->phase == RESHAPE_RETURNS)
		return REFORM_RETURNS;
	return reshape_is_late(step) ? REFORM_LATE : REFORM_EARLY;
}

static bool is_asked(const struct reformer *reformer,
		     const struct reshape_step *step, enum reform_part part)
{
	const struct reform_result *result = &reformer->results[step->table];

	if (part_of(step) != part)
		return false;
	if (reformer->request->brings_back)
		return step->brings_back && result->steps_done;
	/* a foreign key that was lifted comes back in any case */
	return !result->error.code ||
	       (part != REFORM_EARLY && step->phase != RESHAPE_LATE_KEYS);
}

static bool is_altered(const struct reshape *reshape, size_t number)
{
	for (size_t i = 0; i < reshape->step_count; i++)
		if (reshape->steps[i].table == number &&
		    reshape->steps[i].phase == RESHAPE_ALTERS)
			return true;
	return false;
}

/*
 * A table that is kept for what comes behind its rows alone has no step before
 * them, but is written to: the backup point has to have its rows by then, too.
 */
static enum dbs_rc look_at_kept(struct reformer *reformer, size_t number,
				struct dbs_error *err)
{
	const struct reform_request *request = reformer->request;
	const struct reshape_table *table = &request->reshape->tables[number];
	bool is_held = false;

	if (!request->kept || !table->late_state_count || table->left_out ||
	    !table->model || reformer->results[number].error.code ||
	    is_altered(request->reshape, number))
		return DBS_OK;
	enum dbs_rc rc = hold_take(&reformer->ddl, table,
				   &request->kept[number], &is_held, err);

	hold_release(&reformer->ddl, &is_held);
	return settle(reformer, number, rc, err);
}

/* Steps of one table and phase stand side by side. */
static bool is_with_next(const struct reshape *reshape, size_t number)
{
	const struct reshape_step *step = &reshape->steps[number];

	return number + 1 < reshape->step_count &&
	       step[1].table == step->table && step[1].phase == step->phase;
}

enum dbs_rc reform_run(const struct reform_request *request,
		       enum reform_part part, struct reform_result *results,
		       struct dbs_error *err)
{
	OWNED(reformer_release) struct reformer reformer = {0};
	const struct reshape *reshape = request->reshape;
	enum dbs_rc rc = reformer_open(&reformer, request, results, err);

	for (size_t i = 0; i < reshape->step_count && !rc; i++) {
		const struct reshape_step *step = &reshape->steps[i];

		if (!is_asked(&reformer, step, part))
			continue;
		rc = run_step(&reformer, step, err);
		rc = settle(&reformer, step->table, rc, err);
		if (rc || !is_with_next(reshape, i) ||
		    results[step->table].error.code)
			hold_release(&reformer.ddl, &reformer.is_held);
	}
	for (size_t i = 0; i < reshape->table_count && !rc; i++)
		if (part == REFORM_EARLY)
			rc = look_at_kept(&reformer, i, err);
	return rc;
}

/* ------------------------------------------------------------------------
 * Afterwards
 * --------------------------------------------------------------------- */

static enum dbs_rc check_after(struct reformer *reformer, size_t number,
			       struct dbs_error *err)
{
	const struct reshape_table *table =
		&reformer->request->reshape->tables[number];
	struct structure now;
	enum dbs_rc rc = read_now(reformer, table, table->kind != RESHAPE_DROP,
				  &now, err);

	if (rc || table->kind == RESHAPE_DROP)
		return rc;
	if (now.unknown)
		return dbs_fail(err, DBS_E_CHANGED, "%s", now.unknown);
	if (!is_as_planned(reformer, now.have, now.want) &&
	    !(table->lacks_keys &&
	      structure_is_before_keys(now.have, now.want,
				       reformer->request->reshape->family)))
		return dbs_fail(err, DBS_E_CHANGED,
				"its structure is not what it should have "
				"become: run again, or see `dbsync verify "
				"--schema-only`");
	return DBS_OK;
}

enum dbs_rc reform_check(const struct reform_request *request,
			 struct reform_result *results, struct dbs_error *err)
{
	OWNED(reformer_release) struct reformer reformer = {0};
	const struct reshape *reshape = request->reshape;
	enum dbs_rc rc = reformer_open(&reformer, request, results, err);

	for (size_t i = 0; i < reshape->table_count && !rc; i++) {
		if (!results[i].steps_done || results[i].error.code)
			continue;
		rc = check_after(&reformer, i, err);
		rc = settle(&reformer, i, rc, err);
	}
	return rc;
}
