/* full_run.c - see full_run.h. */
#include "full_run.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/db/quote.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SMALL_TABLE = 1000 }; /* rows: shares of so few mean little */

void full_run_plan(struct full_run *full, const struct full_wish *wish)
{
	const struct reshape *reshape = wish->reshape;
	OWNED(mem_drop) const struct database **sources =
		mem_zero(reshape->model_count + 1, sizeof(*sources));

	for (size_t i = 0; i < reshape->model_count; i++)
		sources[i] = walk_source_model(wish->walk,
					       reshape->models[i]->name);
	*full = (struct full_run){
		.stage = stage_make(wish->reshape, sources, wish->run),
		.kept = mem_zero(reshape->table_count + 1, sizeof(*full->kept)),
	};
	full->rows_before = mem_zero(full->stage->table_count + 1,
				     sizeof(*full->rows_before));
	for (size_t i = 0; i < full->stage->table_count; i++)
		full->estimate += full->stage->tables[i].bytes;
}

void full_run_release(struct full_run *full)
{
	load_unstage(&full->ground);
	mem_drop(&full->load.results);
	mem_drop(&full->rows_before);
	mem_drop(&full->kept);
	stage_drop(&full->stage);
}

enum dbs_rc full_run_count(struct full_run *full,
			   const struct conn_setup *target,
			   struct dbs_error *err)
{
	OWNED(conn_close) struct conn *conn = NULL;
	enum dbs_rc rc = conn_open(target, &conn, err);

	for (size_t i = 0; i < full->stage->table_count && !rc; i++) {
		const struct stage_table *table = &full->stage->tables[i];
		OWNED(buf_release) struct buf sql = BUF_INIT;
		OWNED(mem_drop) char *text = NULL;

		if (!table->is_replaced)
			continue;
		buf_adds(&sql, "SELECT COUNT(*) FROM ");
		quote_table(&sql, table->table->database, table->table->table);
		rc = conn_fetch_text(conn, sql.data, &text, err);
		if (!rc && text)
			full->rows_before[i] = strtoull(text, NULL, 10);
	}
	return rc;
}

/* ------------------------------------------------------------------------
 * Guards
 * --------------------------------------------------------------------- */

static bool may_be_empty(const struct full_limits *limits,
			 const struct reshape_table *table)
{
	OWNED(buf_release) struct buf name = BUF_INIT;

	buf_addf(&name, "%s.%s", table->database, table->table);
	for (size_t i = 0; i < limits->allow_empty.count; i++)
		if (text_glob(limits->allow_empty.items[i], table->table,
			      false) ||
		    text_glob(limits->allow_empty.items[i], name.data, false))
			return true;
	return false;
}

static struct guard guard_of(const struct full_run *full, size_t number,
			     struct arena *arena,
			     const struct full_limits *limits)
{
	const struct reshape_table *table = full->stage->tables[number].table;
	const uint64_t before = full->rows_before[number];
	const uint64_t after = full->load.results[number].total.rows;
	const uint64_t fewer = before > after ? before - after : 0;
	const unsigned percent = before ? (unsigned)(fewer * 100 / before) : 0;
	struct guard guard = {
		.database = table->database,
		.table = table->table,
	};

	if (before && !after) {
		guard.kind = GUARD_EMPTY_SOURCE;
		guard.text = arena_printf(arena,
					  "it is empty on the source, and has "
					  "%" PRIu64 " rows on the target",
					  before);
		guard.way = arena_printf(arena, "--allow-empty %s",
					 table->table);
		guard.is_allowed = may_be_empty(limits, table) ||
				   limits->max_delete_percent >= 100;
	} else if (before > SMALL_TABLE &&
		   percent > limits->max_delete_percent) {
		guard.kind = GUARD_DELETE_PERCENT;
		guard.text = arena_printf(arena,
					  "%u %% of its rows would be gone "
					  "(%" PRIu64 " of %" PRIu64 ")",
					  percent, fewer, before);
		guard.way = arena_printf(arena, "--max-delete-percent %u",
					 percent);
	}
	return guard;
}

void full_run_judge(const struct full_run *full, struct reshape *reshape,
		    const struct full_limits *limits)
{
	const size_t room = reshape->guard_count + full->stage->table_count + 1;
	struct guard *guards = arena_alloc(reshape->arena,
					   room * sizeof(*guards));

	if (reshape->guard_count)
		memcpy(guards, reshape->guards,
		       reshape->guard_count * sizeof(*guards));
	reshape->guards = guards;
	for (size_t i = 0; i < full->stage->table_count; i++) {
		const struct guard guard = guard_of(full, i, reshape->arena,
						    limits);

		if (guard.text)
			guards[reshape->guard_count++] = guard;
	}
}
