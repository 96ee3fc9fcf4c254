/* restore.c - see restore.h. */
#include "dbsync/apply/restore.h"

#include "ddl.h"
#include "hold.h"

#include "dbsync/base/fault.h"
#include "dbsync/base/own.h"
#include "dbsync/data/dump.h"
#include "dbsync/db/quote.h"
#include "dbsync/schema/load.h"

#include <inttypes.h>
#include <string.h>

enum { STATEMENT_BYTES = 1024 * 1024, STATEMENT_ROWS = 2000 };

struct restorer {
	const struct restore_request *request;
	struct ddl ddl;
	struct arena *arena;
	const struct manifest_shape *shape; /* under way, or NULL */
	const struct dump *dump;
	struct dump_total written;
	struct buf sql;
	size_t rows; /* in it */
	bool *seen;  /* shapes */
};

static void restorer_release(struct restorer *restorer)
{
	ddl_close(&restorer->ddl);
	arena_drop(&restorer->arena);
	buf_release(&restorer->sql);
	mem_drop(&restorer->seen);
}

/* What the rows were when they were kept, they may be again. */
static enum dbs_rc prepare(struct restorer *restorer, struct dbs_error *err)
{
	struct conn *conn = restorer->ddl.conn;

	return conn_server(conn)->family == SERVER_MARIADB
		       ? conn_run(conn,
				  "SET SESSION check_constraint_checks = 0",
				  err)
		       : DBS_OK;
}

static enum dbs_rc restorer_open(struct restorer *restorer,
				 const struct ddl_wish *wish,
				 struct dbs_error *err)
{
	enum dbs_rc rc = ddl_open(&restorer->ddl, wish, err);

	restorer->arena = arena_new();
	restorer->seen = mem_zero(restorer->request->manifest->shape_count + 1,
				  sizeof(bool));
	return rc ? rc : prepare(restorer, err);
}

static struct ddl_wish wish_of(const struct restore_request *request)
{
	return (struct ddl_wish){request->reform->target,
				 request->reform->no_binlog,
				 request->reform->wait_s};
}

static enum dbs_rc delete_all(struct restorer *restorer,
			      const struct manifest_shape *shape,
			      struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	enum dbs_rc rc = target_lock_check(restorer->request->reform->lock,
					   err);

	if (rc)
		return rc;
	buf_adds(&sql, "DELETE FROM ");
	quote_table(&sql, shape->database, shape->table);
	buf_addf(&sql, " /* dbsync %s */", restorer->request->reform->run);
	rc = conn_run(restorer->ddl.conn, sql.data, err);
	return rc ? dbs_error_context(err, "`%s`.`%s`", shape->database,
				      shape->table)
		  : DBS_OK;
}

/* ------------------------------------------------------------------------
 * Before the ALTERs
 * --------------------------------------------------------------------- */

/* Of the shape's table; NULL: it has none. */
static struct reform_result *result_of(const struct restore_request *request,
				       const struct manifest_shape *shape,
				       const struct reshape_table **table_out)
{
	const struct reshape *reshape = request->reform->reshape;

	*table_out = reshape_member(reshape, shape->database, shape->table);
	return *table_out ? &request->results[*table_out - reshape->tables]
			  : NULL;
}

static enum dbs_rc empty(struct restorer *restorer,
			 const struct manifest_shape *shape,
			 struct dbs_error *err)
{
	const struct restore_request *request = restorer->request;
	const struct reshape_table *table = NULL;
	struct reform_result *result = result_of(request, shape, &table);
	struct dump_total *kept = NULL;
	OWNED(buf_release) struct buf sql = BUF_INIT;
	bool is_held = false;

	if (!result || table->kind != RESHAPE_ALTER)
		return DBS_OK;
	if (request->reform->kept)
		kept = &request->reform->kept[table -
					      request->reform->reshape->tables];
	enum dbs_rc rc = target_lock_check(request->reform->lock, err);

	if (rc)
		return rc;
	buf_adds(&sql, "TRUNCATE TABLE ");
	quote_table(&sql, shape->database, shape->table);
	buf_addf(&sql, " /* dbsync %s */", request->reform->run);
	if (kept && table->model)
		rc = hold_take(&restorer->ddl, table, kept, &is_held, err);
	if (!rc)
		rc = ddl_run(&restorer->ddl, sql.data, false, err);
	hold_release(&restorer->ddl, &is_held);
	if (!rc && kept)
		*kept = (struct dump_total){0};
	if (rc != DBS_E_LIMIT && rc != DBS_E_SERVER && rc != DBS_E_DENIED &&
	    rc != DBS_E_CHANGED)
		return rc;
	result->error = *err;
	dbs_error_clear(err);
	return DBS_OK;
}

/* Whether the rows can be brought back: the table is as it was then. */
static bool is_ready(const struct restore_request *request, size_t number)
{
	const struct reshape_table *table = NULL;
	const struct reform_result *result =
		result_of(request, &request->manifest->shapes[number], &table);

	return request->loads[number] && result && !result->error.code;
}

enum dbs_rc restore_empty(const struct restore_request *request,
			  struct dbs_error *err)
{
	const struct manifest *manifest = request->manifest;
	const struct ddl_wish wish = wish_of(request);
	OWNED(restorer_release) struct restorer restorer = {.request = request,
							    .sql = BUF_INIT};
	enum dbs_rc rc = restorer_open(&restorer, &wish, err);

	for (size_t i = 0; i < manifest->shape_count && !rc; i++)
		if (request->loads[i])
			rc = empty(&restorer, &manifest->shapes[i], err);
	fault_here(FAULT_RESTORE_EMPTY);
	return rc;
}

/* ------------------------------------------------------------------------
 * Behind them
 * --------------------------------------------------------------------- */

static enum dbs_rc begin_shape(struct restorer *restorer, size_t number,
			       struct dbs_error *err)
{
	const struct manifest_shape *shape =
		&restorer->request->manifest->shapes[number];
	const struct database *model = NULL;
	const struct table *table = NULL;

	restorer->shape = shape;
	restorer->seen[number] = true;
	restorer->written = (struct dump_total){0};
	enum dbs_rc rc = conn_pause(restorer->ddl.conn, err);

	if (!rc)
		rc = schema_load(restorer->ddl.conn, shape->database,
				 restorer->arena, &model, err);

	if (!rc)
		table = database_find_table(model, shape->table);
	if (!rc && !table)
		rc = dbs_fail(err, DBS_E_CHANGED,
			      "`%s`.`%s` is gone, its rows cannot be restored",
			      shape->database, shape->table);
	if (!rc)
		rc = dump_make(table, shape->database,
			       conn_server(restorer->ddl.conn), restorer->arena,
			       &restorer->dump, err);
	if (!rc)
		rc = conn_run(restorer->ddl.conn, "START TRANSACTION", err);
	return rc ? rc : delete_all(restorer, shape, err);
}

static enum dbs_rc flush(struct restorer *restorer, struct dbs_error *err)
{
	uint64_t count = 0;
	enum dbs_rc rc = DBS_OK;

	if (restorer->rows)
		rc = conn_write(restorer->ddl.conn, &restorer->sql, &count,
				err);
	if (!rc && count != restorer->rows)
		rc = dbs_fail(err, DBS_E_SERVER,
			      "the server counts %" PRIu64
			      " rows where %zu were sent",
			      count, restorer->rows);
	buf_clear(&restorer->sql);
	restorer->rows = 0;
	return rc ? dbs_error_context(err, "`%s`.`%s`",
				      restorer->shape->database,
				      restorer->shape->table)
		  : DBS_OK;
}

static enum dbs_rc add_row(struct restorer *restorer, struct slice tuple,
			   struct dbs_error *err)
{
	const size_t width = dump_width(restorer->dump);
	const size_t packet = conn_packet_limit(restorer->ddl.conn);
	const size_t limit = packet < STATEMENT_BYTES ? packet
						      : STATEMENT_BYTES;
	OWNED(mem_drop) struct slice *cells = mem_alloc((width + 1) *
							sizeof(*cells));
	enum dbs_rc rc = DBS_OK;

	if (!literal_split(tuple, cells, width))
		return dbs_fail(err, DBS_E_FORMAT,
				"a row of `%s`.`%s` in the backup point does "
				"not have its columns",
				restorer->shape->database,
				restorer->shape->table);
	if (restorer->rows &&
	    (restorer->rows >= STATEMENT_ROWS ||
	     restorer->sql.length + tuple.length + 1024 > limit))
		rc = flush(restorer, err);
	if (!rc)
		rc = buf_try(&restorer->sql, 2 * tuple.length,
			     "a row of the backup point", err);
	if (rc)
		return rc;
	if (!restorer->rows)
		row_sql_insert_begin(dump_sql(restorer->dump), true,
				     &restorer->sql);
	row_sql_insert_row(!restorer->rows, tuple, &restorer->sql);
	restorer->rows++;
	dump_count(&restorer->written, tuple);
	return DBS_OK;
}

static enum dbs_rc set_counter(struct restorer *restorer, struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;

	if (!restorer->shape->counter)
		return DBS_OK;
	buf_adds(&sql, "ALTER TABLE ");
	quote_table(&sql, restorer->shape->database, restorer->shape->table);
	buf_addf(&sql, " AUTO_INCREMENT = %" PRIu64, restorer->shape->counter);
	return conn_run(restorer->ddl.conn, sql.data, err);
}

static enum dbs_rc compare(struct restorer *restorer, struct dbs_error *err)
{
	struct dump_total now;
	enum dbs_rc rc = dump_rows(restorer->dump, restorer->ddl.conn, NULL,
				   NULL, &now, err);

	if (!rc && (now.rows != restorer->written.rows ||
		    now.sum != restorer->written.sum))
		rc = dbs_fail(
			err, DBS_E_CHANGED,
			"`%s`.`%s`: read again, its rows are not those of "
			"the backup point",
			restorer->shape->database, restorer->shape->table);
	return rc;
}

static enum dbs_rc end_shape(struct restorer *restorer, uint64_t *rows,
			     struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	if (!restorer->shape)
		return DBS_OK;
	rc = flush(restorer, err);
	fault_here(FAULT_RESTORE_ROWS);
	if (!rc)
		rc = conn_run(restorer->ddl.conn, "COMMIT", err);
	if (!rc)
		rc = set_counter(restorer, err);
	if (!rc)
		rc = compare(restorer, err);
	*rows += restorer->written.rows;
	restorer->shape = NULL;
	return rc;
}

static enum dbs_rc take(struct restorer *restorer, size_t shape,
			struct slice tuple, uint64_t *rows,
			struct dbs_error *err)
{
	const struct restore_request *request = restorer->request;
	enum dbs_rc rc = DBS_OK;

	if (!is_ready(request, shape))
		return DBS_OK;
	if (restorer->shape != &request->manifest->shapes[shape]) {
		rc = end_shape(restorer, rows, err);
		if (!rc)
			rc = begin_shape(restorer, shape, err);
	}
	return rc ? rc : add_row(restorer, tuple, err);
}

/* Those that had no rows. */
static enum dbs_rc empty_others(struct restorer *restorer, uint64_t *rows,
				struct dbs_error *err)
{
	const struct restore_request *request = restorer->request;
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; i < request->manifest->shape_count && !rc; i++) {
		if (!is_ready(request, i) || restorer->seen[i])
			continue;
		rc = begin_shape(restorer, i, err);
		if (!rc)
			rc = end_shape(restorer, rows, err);
	}
	return rc;
}

enum dbs_rc restore_rows(const struct restore_request *request,
			 uint64_t *rows_out, struct dbs_error *err)
{
	const struct ddl_wish wish = wish_of(request);
	OWNED(restorer_release) struct restorer restorer = {.request = request,
							    .sql = BUF_INIT};
	struct slice tuple;
	size_t shape = 0;
	bool more = true;
	enum dbs_rc rc = backup_rewind(request->point, err);

	*rows_out = 0;
	if (!rc)
		rc = restorer_open(&restorer, &wish, err);
	while (!rc && more) {
		rc = backup_next_kept(request->point, &shape, &tuple, &more,
				      err);
		if (!rc && more)
			rc = take(&restorer, shape, tuple, rows_out, err);
	}
	if (!rc)
		rc = end_shape(&restorer, rows_out, err);
	return rc ? rc : empty_others(&restorer, rows_out, err);
}
