/* swap.c - see swap.h. */
#include "dbsync/apply/swap.h"

#include "scratch_database.h"

#include "dbsync/base/clock.h"
#include "dbsync/base/fault.h"
#include "dbsync/base/own.h"
#include "dbsync/db/quote.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct swapper {
	const struct swap_request *request;
	struct ddl_wish wish;
	struct ddl ddl;
};

static void swapper_release(struct swapper *swapper)
{
	ddl_close(&swapper->ddl);
}

static enum dbs_rc swapper_open(struct swapper *swapper,
				const struct swap_request *request,
				struct dbs_error *err)
{
	const struct reform_request *reform = request->reform;

	*swapper = (struct swapper){
		.request = request,
		.wish = {reform->target, reform->no_binlog, reform->wait_s},
	};
	return ddl_open(&swapper->ddl, &swapper->wish, err);
}

/* ------------------------------------------------------------------------
 * Triggers
 * --------------------------------------------------------------------- */

/* One that the target has now, on a table that is to move. */
static bool is_in_the_way(const struct reshape *reshape,
			  const struct reshape_object *object)
{
	if (object->kind != OBJECT_TRIGGER || !object->kept.create)
		return false;
	const struct reshape_table *table =
		reshape_member(reshape, object->database, object->table);

	return table && table->is_replaced && !table->left_out;
}

static enum dbs_rc drop_triggers(struct swapper *swapper, struct dbs_error *err)
{
	const struct reshape *reshape = swapper->request->reform->reshape;
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; i < reshape->object_count && !rc; i++) {
		const struct reshape_object *object = &reshape->objects[i];
		OWNED(buf_release) struct buf sql = BUF_INIT;

		if (!is_in_the_way(reshape, object))
			continue;
		buf_adds(&sql, "DROP TRIGGER IF EXISTS ");
		quote_table(&sql, object->database, object->name);
		rc = ddl_run(&swapper->ddl, sql.data, false, err);
	}
	return rc;
}

/* After a swap that failed; what cannot be had back is said. */
static void bring_back_triggers(struct swapper *swapper)
{
	const struct reshape *reshape = swapper->request->reform->reshape;

	for (size_t i = 0; i < reshape->object_count; i++) {
		const struct reshape_object *object = &reshape->objects[i];
		struct dbs_error err = {0};
		enum dbs_rc rc = DBS_OK;

		if (!is_in_the_way(reshape, object))
			continue;
		for (size_t k = 0; k < object->kept.statement_count && !rc; k++)
			rc = conn_run(swapper->ddl.conn,
				      object->kept.statements[k], &err);
		if (rc)
			talk_note(swapper->wish.setup->talk,
				  "the trigger `%s`.`%s` was dropped and could "
				  "not be brought back (the backup point has "
				  "it): %s",
				  object->database, object->name, err.text);
	}
}

/* ------------------------------------------------------------------------
 * The swap
 * --------------------------------------------------------------------- */

static enum dbs_rc make_databases(struct swapper *swapper,
				  struct dbs_error *err)
{
	const struct stage *stage = swapper->request->stage;
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; i < stage->database_count && !rc; i++)
		rc = scratch_make(&swapper->ddl, stage->databases[i].old, err);
	return rc;
}

/* Those that were made for nothing are empty. */
static void remove_databases(struct swapper *swapper)
{
	const struct stage *stage = swapper->request->stage;
	struct dbs_error err = {0};

	for (size_t i = 0; i < stage->database_count; i++)
		(void)scratch_remove(&swapper->ddl, stage->databases[i].old,
				     &err);
}

/* Whether the copies are still where they were made: all, or none. */
static enum dbs_rc ask(struct swapper *swapper, bool *done_out,
		       struct dbs_error *err)
{
	const struct stage *stage = swapper->request->stage;
	OWNED(buf_release) struct buf sql = BUF_INIT;
	OWNED(mem_drop) char *text = NULL;

	buf_adds(&sql, "SELECT COUNT(*) FROM INFORMATION_SCHEMA.TABLES "
		       "WHERE TABLE_SCHEMA IN (");
	for (size_t i = 0; i < stage->database_count; i++)
		buf_addf(&sql, "%s'%s'", i ? ", " : "",
			 stage->databases[i].stage);
	buf_adds(&sql, ")");
	enum dbs_rc rc = conn_reopen(swapper->ddl.conn, err);

	if (!rc)
		rc = conn_fetch_text(swapper->ddl.conn, sql.data, &text, err);
	if (rc)
		return rc;
	const size_t left = text ? strtoull(text, NULL, 10) : 0;

	*done_out = !left;
	if (left && left != stage->table_count)
		return dbs_fail(err, DBS_E_CHANGED,
				"the server died while it renamed tables, and "
				"some of them have moved: bring back what was "
				"there by `dbsync rollback`");
	return DBS_OK;
}

static enum dbs_rc rename_all(struct swapper *swapper, bool *done_out,
			      struct dbs_error *err)
{
	const struct swap_request *request = swapper->request;
	OWNED(buf_release) struct buf sql = BUF_INIT;

	buf_addf(&sql, "%s /* dbsync %s */", request->stage->swap,
		 request->reform->run);
	enum dbs_rc rc = ddl_run(&swapper->ddl, sql.data, false, err);

	*done_out = !rc;
	if (rc != DBS_E_LOST)
		return rc;
	struct dbs_error lost = *err;

	dbs_error_clear(err);
	rc = ask(swapper, done_out, err);
	if (rc || *done_out)
		return rc;
	*err = lost;
	return err->code;
}

enum dbs_rc swap_run(const struct swap_request *request,
		     struct swap_result *result, struct dbs_error *err)
{
	OWNED(swapper_release) struct swapper swapper = {0};
	enum dbs_rc rc = target_lock_check(request->reform->lock, err);

	if (!rc)
		rc = swapper_open(&swapper, request, err);
	if (!rc)
		rc = make_databases(&swapper, err);
	if (rc)
		return rc;
	const uint64_t start = clock_ns();

	rc = drop_triggers(&swapper, err);
	fault_here(FAULT_SWAP_BEFORE);
	if (!rc)
		rc = rename_all(&swapper, &result->is_done, err);
	result->seconds = clock_since(start);
	fault_here(FAULT_SWAP_DONE);
	if (!rc)
		return DBS_OK;
	if (!conn_is_broken(swapper.ddl.conn) && rc != DBS_E_CHANGED) {
		bring_back_triggers(&swapper);
		remove_databases(&swapper);
	}
	return rc;
}

/* ------------------------------------------------------------------------
 * What was replaced
 * --------------------------------------------------------------------- */

static enum dbs_rc compare_old(struct swapper *swapper,
			       const struct stage_table *table, bool *same_out,
			       struct dbs_error *err)
{
	const struct swap_request *request = swapper->request;
	const struct reshape *reshape = request->reform->reshape;
	const struct dump_total *kept =
		&request->kept[table->table - reshape->tables];
	OWNED(arena_drop) struct arena *arena = arena_new();
	const struct dump *dump = NULL;
	struct dump_total now = {0, 0};
	enum dbs_rc rc = dump_make(table->table->model, table->database->old,
				   conn_server(swapper->ddl.conn), arena, &dump,
				   err);

	if (!rc)
		rc = dump_rows(dump, swapper->ddl.conn, NULL, NULL, &now, err);
	*same_out = !rc && now.rows == kept->rows && now.sum == kept->sum;
	return rc;
}

static enum dbs_rc compare_all(struct swapper *swapper,
			       struct swap_result *result,
			       struct dbs_error *err)
{
	const struct stage *stage = swapper->request->stage;
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; i < stage->table_count && !rc; i++) {
		const struct stage_table *table = &stage->tables[i];
		bool is_same = true;

		if (!table->is_replaced || !swapper->request->kept)
			continue;
		rc = compare_old(swapper, table, &is_same, err);
		if (rc || is_same)
			continue;
		result->left_in = table->database->old;
		result->left_why = arena_printf(
			stage->arena,
			"somebody wrote to `%s`.`%s` after the backup point "
			"was made: what it held is kept in `%s`",
			table->table->database, table->table->table,
			table->database->old);
	}
	return rc;
}

enum dbs_rc swap_finish(const struct swap_request *request,
			struct swap_result *result, struct dbs_error *err)
{
	OWNED(swapper_release) struct swapper swapper = {0};
	enum dbs_rc rc = swapper_open(&swapper, request, err);

	if (!rc)
		rc = compare_all(&swapper, result, err);
	fault_here(FAULT_SWAP_OLD);
	for (size_t i = 0; i < request->stage->database_count && !rc; i++)
		if (!result->left_in ||
		    strcmp(result->left_in, request->stage->databases[i].old) !=
			    0)
			rc = scratch_remove(&swapper.ddl,
					    request->stage->databases[i].old,
					    err);
	return rc;
}
