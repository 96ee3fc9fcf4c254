/* full_run.c - see full_run.h. */
#include "dbsync/run/full_run.h"

#include "dbsync/base/own.h"
#include "dbsync/db/quote.h"

#include <stdlib.h>

void full_run_plan(struct full_run *full, const struct full_wish *wish)
{
	const struct reshape *reshape = wish->reshape;
	OWNED(mem_drop) const struct database **sources =
		mem_zero(reshape->model_count + 1, sizeof(*sources));

	for (size_t i = 0; i < reshape->model_count; i++)
		sources[i] = walk_model(wish->walk, SOURCE,
					reshape->models[i]->name);
	*full = (struct full_run){
		.stage = stage_make(wish->reshape, sources, wish->run),
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

		if (!table->is_replaced)
			continue;
		buf_adds(&sql, "SELECT COUNT(*) FROM ");
		quote_table(&sql, table->table->database, table->table->table);
		rc = conn_fetch_number(conn, sql.data, &full->rows_before[i],
				       err);
	}
	return rc;
}

void full_run_judge(const struct full_run *full, struct reshape *reshape,
		    const struct stage_limits *limits)
{
	const size_t count = full->stage->table_count;
	OWNED(mem_drop) uint64_t *rows = mem_zero(count + 1, sizeof(*rows));

	for (size_t i = 0; i < count; i++)
		rows[i] = full->load.results[i].total.rows;
	stage_judge(full->stage, full->rows_before, rows, reshape, limits);
}
