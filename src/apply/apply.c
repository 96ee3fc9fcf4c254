/*
 * apply.c - see apply.h.
 *
 *	phase 1: deletes ─▶ all done ─▶ phase 2: updates and inserts ─▶ counters
 *
 * Within a phase, tasks are taken from a list in the order of the plan (1 from
 * its end: children first).  A task is a piece of a table (a segment) where no
 * two rows can clash but by their own key, and a whole table where rows may
 * clash in other unique keys (serial.h): those have one writer.
 *
 * What concerns one table stops that table; what concerns the connection, the
 * lock or the user's wish stops all.
 */
#include "dbsync/apply/apply.h"

#include "pump.h"
#include "serial.h"
#include "single.h"
#include "writer.h"

#include "dbsync/base/fault.h"
#include "dbsync/base/own.h"
#include "dbsync/base/text.h"

#include <pthread.h>
#include <string.h>

enum { DRIFT_TEXT = 80 };

struct task {
	size_t table;
	const struct segment *segments;
	size_t count;
	bool is_serial;
};

struct crew {
	const struct apply_request *request;
	const struct batch_table *tables;
	struct table_result *results;
	struct vec tasks; /* struct task */
	enum phase phase;

	pthread_mutex_t mutex; /* guards what follows, and the results */
	size_t next;
	bool is_stopped;
	struct dbs_error error;
};

struct worker {
	struct crew *crew;
	struct writer writer;
};

/* ------------------------------------------------------------------------
 * Results
 * --------------------------------------------------------------------- */

static void keep_drift(struct table_result *result, struct slice key)
{
	struct buf text = BUF_INIT;

	if (result->drift_count == DRIFT_SHOWN)
		return;
	text_show(&text, key.data, key.length, DRIFT_TEXT);
	result->drift[result->drift_count++] = buf_detach(&text);
}

void table_result_count(struct table_result *result, const struct batch *batch)
{
	for (size_t i = 0; i < batch->rows.count; i++) {
		const struct batch_row *row = vec_at(&batch->rows, i);

		switch (row->state) {
		case ROW_READY:
			result->written[row->record.kind] += change_record_rows(
				&row->record);
			break;
		case ROW_DONE:
			result->already++;
			break;
		case ROW_DRIFT:
			result->drifted++;
			keep_drift(result, batch_key(batch, i));
			break;
		}
	}
}

void table_results_release(struct table_result *results, size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < results[i].drift_count; k++)
			mem_drop(&results[i].drift[k]);
}

static void record_error(struct crew *crew, size_t table,
			 const struct dbs_error *error)
{
	(void)pthread_mutex_lock(&crew->mutex);
	if (dbs_is_fatal(error->code)) {
		if (!crew->is_stopped)
			crew->error = *error;
		crew->is_stopped = true;
	} else if (!crew->results[table].error.code) {
		crew->results[table].error = *error;
	}
	(void)pthread_mutex_unlock(&crew->mutex);
}

/* ------------------------------------------------------------------------
 * Tasks
 * --------------------------------------------------------------------- */

static void add_tasks_of(struct crew *crew, size_t number)
{
	const struct plan_table *table = &crew->request->plan->tables[number];
	const struct finding *finding = table->finding;

	if (table->is_serial) {
		*(struct task *)vec_push(&crew->tasks) =
			(struct task){number, finding->segments,
				      finding->segment_count, true};
		return;
	}
	for (size_t i = 0; i < finding->segment_count; i++)
		if (phase_has(crew->phase, &finding->segments[i]))
			*(struct task *)vec_push(&crew->tasks) = (struct task){
				number, &finding->segments[i], 1, false};
}

static void make_tasks(struct crew *crew)
{
	const size_t count = crew->request->plan->table_count;

	vec_truncate(&crew->tasks, 0);
	for (size_t i = 0; i < count; i++)
		add_tasks_of(crew,
			     crew->phase == PHASE_DELETE ? count - 1 - i : i);
}

static bool take_task(struct crew *crew, struct task *out)
{
	bool taken = false;

	(void)pthread_mutex_lock(&crew->mutex);
	while (!taken && !crew->is_stopped && crew->next < crew->tasks.count) {
		*out = *(const struct task *)vec_at(&crew->tasks, crew->next++);
		taken = !crew->results[out->table].error.code;
	}
	(void)pthread_mutex_unlock(&crew->mutex);
	return taken;
}

/* A task under way: which worker, and of which table. */
struct errand {
	struct worker *worker;
	size_t table;
};

static enum dbs_rc write_batch(void *self, struct batch *batch,
			       struct dbs_error *err)
{
	const struct errand *errand = self;
	struct crew *crew = errand->worker->crew;
	enum dbs_rc rc = writer_apply(&errand->worker->writer, batch, err);

	if (rc == DBS_E_SERVER && err->server_errno == DUPLICATE_KEY &&
	    !batch->checks_inserts) {
		/* a row that was to be inserted is there: whose is it? */
		dbs_error_clear(err);
		batch->checks_inserts = true;
		rc = writer_apply(&errand->worker->writer, batch, err);
	}
	if (rc)
		return rc;
	(void)pthread_mutex_lock(&crew->mutex);
	table_result_count(&crew->results[errand->table], batch);
	(void)pthread_mutex_unlock(&crew->mutex);
	atomic_fetch_add(&crew->request->meter->rows, batch->rows.count);
	return DBS_OK;
}

static enum dbs_rc apply_batch(void *self, struct batch *batch,
			       struct dbs_error *err)
{
	const struct errand *errand = self;
	struct crew *crew = errand->worker->crew;
	struct table_result *result = &crew->results[errand->table];
	struct table_result seen = {0};
	enum dbs_rc rc = write_batch(self, batch, err);

	if (!single_may_help(rc, err))
		return rc;
	rc = single_run(batch, write_batch, self, &seen, err);
	(void)pthread_mutex_lock(&crew->mutex);
	if (!result->refused)
		result->refusal = seen.refusal;
	result->refused += seen.refused;
	(void)pthread_mutex_unlock(&crew->mutex);
	return rc;
}

static enum dbs_rc do_task(struct worker *worker, const struct task *task,
			   struct dbs_error *err)
{
	struct crew *crew = worker->crew;
	const struct batch_table *table = &crew->tables[task->table];
	struct errand errand = {worker, task->table};
	OWNED(pump_release) struct pump pump;
	uint64_t packet = 0;
	enum dbs_rc rc = writer_packet_limit(&worker->writer, &packet, err);

	pump_init(&pump, table, crew->phase, packet);
	pump.take = apply_batch;
	pump.self = &errand;
	if (rc || !task->is_serial || crew->phase == PHASE_DELETE)
		return rc ? rc
			  : pump_run(&pump, task->segments, task->count, err);
	/* nobody else writes to this table, so its result is ours */
	return serial_run(&worker->writer, &pump, task->segments, task->count,
			  &crew->results[task->table], err);
}

static void work(void *self)
{
	struct worker *worker = self;
	struct task task;

	while (take_task(worker->crew, &task)) {
		struct dbs_error err = {0};

		if (do_task(worker, &task, &err))
			record_error(worker->crew, task.table, &err);
	}
}

static enum dbs_rc run_phase(struct crew *crew, struct worker *workers,
			     enum phase phase, struct dbs_error *err)
{
	crew->phase = phase;
	crew->next = 0;
	make_tasks(crew);
	const size_t wanted = crew->tasks.count < crew->request->workers
				      ? crew->tasks.count
				      : crew->request->workers;

	workers_run(crew->request->setup->workers, work, workers, wanted,
		    sizeof(*workers));
	if (!crew->is_stopped)
		return DBS_OK;
	*err = crew->error;
	return err->code;
}

static enum dbs_rc set_counters(struct crew *crew, struct worker *worker,
				struct dbs_error *err)
{
	const struct plan *plan = crew->request->plan;

	for (size_t i = 0; i < plan->table_count; i++) {
		if (!plan->tables[i].counter || crew->results[i].error.code)
			continue;
		enum dbs_rc rc =
			writer_set_counter(&worker->writer, &crew->tables[i],
					   plan->tables[i].counter, err);

		if (dbs_is_fatal(rc))
			return rc;
		if (rc) {
			crew->results[i].error = *err;
			dbs_error_clear(err);
		} else {
			crew->results[i].counter_set = true;
		}
	}
	return DBS_OK;
}

/* ------------------------------------------------------------------------
 * The run
 * --------------------------------------------------------------------- */

static enum dbs_rc run_phases(struct crew *crew, struct worker *workers,
			      struct dbs_error *err)
{
	enum dbs_rc rc = run_phase(crew, workers, PHASE_DELETE, err);

	if (!rc)
		rc = run_phase(crew, workers, PHASE_PUT, err);
	if (!rc)
		rc = set_counters(crew, &workers[0], err);
	fault_here(FAULT_APPLY_DONE);
	return rc;
}

enum dbs_rc apply_run(const struct apply_request *request,
		      struct table_result *results, struct dbs_error *err)
{
	OWNED(mem_drop) struct batch_table *tables =
		batch_tables_make(request->plan, request->sqls);
	OWNED(mem_drop) struct worker *workers = mem_zero(request->workers,
							  sizeof(*workers));
	struct crew crew = {
		.request = request,
		.tables = tables,
		.results = results,
		.tasks = VEC_INIT(struct task),
	};

	DBS_BUG(pthread_mutex_init(&crew.mutex, NULL), "no mutex");
	for (unsigned i = 0; i < request->workers; i++) {
		workers[i].crew = &crew;
		writer_init(&workers[i].writer, request);
	}
	enum dbs_rc rc = run_phases(&crew, workers, err);

	for (unsigned i = 0; i < request->workers; i++)
		writer_release(&workers[i].writer);
	vec_release(&crew.tasks);
	(void)pthread_mutex_destroy(&crew.mutex);
	return rc;
}
