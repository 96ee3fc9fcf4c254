/* full_write.c - see full_write.h. */
#include "dbsync/run/full_write.h"

#include "dbsync/apply/remake.h"
#include "dbsync/base/own.h"
#include "dbsync/db/backoff.h"

/* ------------------------------------------------------------------------
 * Copies
 * --------------------------------------------------------------------- */

/* All copies are of one moment: when that is lost, all are begun again. */
static enum dbs_rc load_again(struct full_run *full,
			      const struct load_request *request,
			      struct dbs_error *err)
{
	const struct conn_setup *target = request->target;
	enum dbs_rc rc = DBS_OK;

	for (unsigned attempt = 1;; attempt++) {
		rc = load_run(request, &full->load, err);
		if (!full->load.may_pass || attempt >= request->attempts)
			return rc;
		talk_note(target->talk,
			  "%s; starting all copies again (%u of %u)", err->text,
			  attempt + 1, request->attempts);
		mem_drop(&full->load.results);
		rc = backoff_wait(attempt, target->cancel, err);
		if (!rc)
			rc = load_empty(full->ground, err);
		if (rc)
			return rc;
	}
}

/* As the source's server estimates it. */
static uint64_t rows_of(const struct stage *stage, const struct walk *walk)
{
	uint64_t rows = 0;

	for (size_t i = 0; i < stage->table_count; i++) {
		const struct reshape_table *table = stage->tables[i].table;
		const struct table *origin = database_find_table(
			walk_model(walk, SOURCE, table->database),
			table->structure->table[SOURCE]);

		rows += origin ? origin->rows : 0;
	}
	return rows;
}

static enum dbs_rc load(const struct full_load_wish *wish,
			struct dbs_error *err)
{
	const struct sync_run *run = wish->run;
	struct conn_setup target = *run->setup;
	struct meter meter = {0};
	const struct load_request request = {
		.stage = run->full->stage,
		.walk = wish->walk,
		.source = run->source,
		.target = &target,
		.lock = run->lock,
		.run = run->id,
		.workers = run->request->parallel,
		.attempts = run->request->attempts,
		.no_snapshot = run->request->no_snapshot,
		.no_binlog = run->options->binlog == 1,
		.is_unchecked = wish->is_unchecked,
		.way = wish->way,
		.meter = &meter,
	};

	target.can_load = true;
	audience_writes(run->audience, "copying", &meter,
			rows_of(run->full->stage, wish->walk));
	talk_step(run->setup->talk, "copying %zu tables",
		  run->full->stage->table_count);
	enum dbs_rc rc = load_again(run->full, &request, err);

	audience_writes(run->audience, NULL, NULL, 0);
	return rc;
}

enum dbs_rc full_write_load(const struct full_load_wish *wish,
			    struct dbs_error *err)
{
	struct sync_run *run = wish->run;
	enum dbs_rc rc = load(wish, err);

	if (!rc)
		rc = full_run_count(run->full, run->setup, err);
	if (rc)
		return rc;
	full_run_judge(run->full, run->shapes->reshape, &wish->limits);
	if (!sync_run_is_refused(run))
		return DBS_OK;
	audience_sees(run->audience, run);
	return sync_run_refuse(run, err);
}

/* ------------------------------------------------------------------------
 * Into force
 * --------------------------------------------------------------------- */

/* How triggers are brought back is needed without a backup point, too. */
enum dbs_rc full_write_check(struct sync_run *run, struct dbs_error *err)
{
	const struct reform_request reform = sync_run_reform(run);
	const struct swap_request request = {.stage = run->full->stage,
					     .reform = &reform};
	OWNED(conn_close) struct conn *conn = NULL;
	enum dbs_rc rc = conn_open(run->setup, &conn, err);

	if (!rc)
		rc = remake_keep(conn, run->shapes->reshape, err);
	return rc ? rc : swap_check(&request, err);
}

static enum dbs_rc stop_before(struct sync_run *run, struct dbs_error *err)
{
	sync_run_bring_back(run);
	return dbs_error_context(err, "the copies could not be swapped in");
}

enum dbs_rc full_write_begin(struct sync_run *run, struct dbs_error *err)
{
	enum dbs_rc rc = sync_run_reshape(run, err);

	return rc && run->shapes->was_written ? stop_before(run, err) : rc;
}

/* So that they are looked at, as tables that were altered are. */
static void mark_swapped(struct shape_run *shapes)
{
	const struct reshape *reshape = shapes->reshape;

	for (size_t i = 0; i < reshape->table_count; i++)
		if (reshape_is_replaced(&reshape->tables[i]))
			shapes->results[i].steps_done++;
}

static struct swap_request swap_of(const struct sync_run *run,
				   const struct reform_request *reform)
{
	return (struct swap_request){
		.stage = run->full->stage,
		.reform = reform,
	};
}

enum dbs_rc full_write_swap(struct sync_run *run, struct dbs_error *err)
{
	const struct reform_request reform = sync_run_reform(run);
	const struct swap_request request = swap_of(run, &reform);
	enum dbs_rc rc = DBS_OK;

	if (run->full->stage->table_count)
		rc = swap_run(&request, &run->full->swap, err);
	if (rc)
		return sync_run_failed(run, stop_before(run, err), err);
	mark_swapped(run->shapes);
	return DBS_OK;
}

enum dbs_rc full_write_finish(struct sync_run *run, struct dbs_error *err)
{
	const struct reform_request reform = sync_run_reform(run);
	const struct swap_request request = swap_of(run, &reform);
	enum dbs_rc rc = DBS_OK;

	if (run->full->stage->table_count)
		rc = swap_finish(&request, &run->full->swap, err);
	if (rc)
		(void)sync_run_failed(run, rc, err);
	load_unstage(&run->full->ground); /* whose locks are the old tables' */
	return rc;
}
