/*
 * load_work.c - see load_work.h.
 *
 * A table is filled, by one worker or range by range by all; the worker that
 * ends its last range adds its keys, and begins to read it back, range by range.
 * Whoever is free takes a range to fill, the largest table first, or else one to
 * read back, so that nobody is idle while the last table is looked at.  Who finds
 * neither waits, as long as a table is on its way whose ranges may yet come.
 *
 * Each task's outcome belongs to its worker until it has ended; then the sums,
 * phases and the error are guarded by the mutex.
 *
 * Shutdown: the first error that cannot be mended is kept, is_stopped is set,
 * and every worker ends after its statement (which a cancel ends at once).
 */
#include "load_work.h"

#include "dbsync/base/clock.h"
#include "dbsync/base/own.h"
#include "dbsync/data/row_count.h"
#include "dbsync/db/backoff.h"

#include <inttypes.h>

struct worker {
	struct loader *loader;
	struct link *link;
};

/* ------------------------------------------------------------------------
 * What is to be done next
 * --------------------------------------------------------------------- */

struct assignment {
	struct filling *filling; /* NULL: there is nothing more */
	const struct range *range;
	bool is_check;
};

static struct share *share_of(struct filling *filling)
{
	if (filling->phase == PHASE_FILL)
		return &filling->fill;
	return filling->phase == PHASE_CHECK ? &filling->check : NULL;
}

static bool has_range(struct filling *filling, enum phase phase)
{
	const struct share *share = share_of(filling);

	return filling->phase == phase && share->taken < share->count;
}

static struct filling *find(struct loader *loader, enum phase phase)
{
	for (size_t i = 0; i < loader->count; i++)
		if (has_range(&loader->fillings[i], phase))
			return &loader->fillings[i];
	return NULL;
}

static bool is_all_done(const struct loader *loader)
{
	for (size_t i = 0; i < loader->count; i++)
		if (loader->fillings[i].phase != PHASE_DONE)
			return false;
	return true;
}

static struct assignment assign(struct filling *filling)
{
	struct share *share = share_of(filling);
	const bool is_check = filling->phase == PHASE_CHECK;
	const bool is_whole = !is_check && !filling->is_cut;

	if (!share->taken)
		share->started_ns = clock_ns();
	const size_t number = share->taken++;

	return (struct assignment){
		.filling = filling,
		.range = is_whole ? NULL : vec_at(&filling->ranges, number),
		.is_check = is_check,
	};
}

/* own: the table that this worker has made ready to be read back, or NULL. */
static struct assignment take(struct loader *loader, struct filling *own)
{
	struct assignment taken = {.filling = NULL};

	(void)pthread_mutex_lock(&loader->mutex);
	while (!loader->is_stopped && !taken.filling) {
		struct filling *found = own && has_range(own, PHASE_CHECK)
						? own
						: find(loader, PHASE_FILL);

		if (!found)
			found = find(loader, PHASE_CHECK);
		if (found)
			taken = assign(found);
		else if (is_all_done(loader))
			break;
		else
			(void)pthread_cond_wait(&loader->turn, &loader->mutex);
	}
	(void)pthread_mutex_unlock(&loader->mutex);
	return taken;
}

static void enter(struct loader *loader, struct filling *filling,
		  enum phase phase)
{
	(void)pthread_mutex_lock(&loader->mutex);
	filling->phase = phase;
	(void)pthread_cond_broadcast(&loader->turn);
	(void)pthread_mutex_unlock(&loader->mutex);
}

static void stop(struct loader *loader, const struct dbs_error *err)
{
	(void)pthread_mutex_lock(&loader->mutex);
	if (!loader->is_stopped)
		loader->error = *err;
	loader->is_stopped = true;
	(void)pthread_cond_broadcast(&loader->turn);
	(void)pthread_mutex_unlock(&loader->mutex);
}

/* ------------------------------------------------------------------------
 * Connections that were lost
 * --------------------------------------------------------------------- */

bool load_may_pass(enum dbs_rc rc)
{
	return rc == DBS_E_LOST || rc == DBS_E_RETRY;
}

enum dbs_rc load_prepare_target(const struct load_request *request,
				struct conn *target, struct dbs_error *err)
{
	return request->no_binlog
		       ? conn_run(target, "SET SESSION sql_log_bin = 0", err)
		       : DBS_OK;
}

/* One that bears a view of the source's moment is not available again. */
static enum dbs_rc heal_source(struct worker *worker, struct dbs_error *err)
{
	return conn_is_broken(worker->link->conn[SOURCE])
		       ? conn_reopen(worker->link->conn[SOURCE], err)
		       : DBS_OK;
}

static enum dbs_rc heal_target(struct worker *worker, struct dbs_error *err)
{
	if (!conn_is_broken(worker->link->conn[TARGET]))
		return DBS_OK;
	enum dbs_rc rc = conn_reopen(worker->link->conn[TARGET], err);

	return rc ? rc
		  : load_prepare_target(worker->loader->request,
					worker->link->conn[TARGET], err);
}

/*
 * Does something again as long as the target's connection is lost, or an older
 * one of ours is in the way, and attempts are left; what it does may be repeated.
 */
typedef enum dbs_rc repeatable(struct worker *worker, void *self,
			       struct dbs_error *err);

static enum dbs_rc persist(struct worker *worker, repeatable *act, void *self,
			   struct dbs_error *err)
{
	for (unsigned attempt = 1;; attempt++) {
		enum dbs_rc rc = act(worker, self, err);

		if (!load_may_pass(rc) ||
		    attempt >= worker->loader->request->attempts)
			return rc;
		dbs_error_clear(err);
		rc = heal_target(worker, err);
		if (rc)
			return rc;
	}
}

/* ------------------------------------------------------------------------
 * Filling
 * --------------------------------------------------------------------- */

/* It goes with its connection, or when the server ends the transaction. */
static bool is_view_lost(const struct worker *worker)
{
	return !worker->loader->request->no_snapshot &&
	       !snapshot_is_held(worker->link->conn[SOURCE]);
}

/* All copies together, that is. */
static void let_begin_again(struct loader *loader)
{
	(void)pthread_mutex_lock(&loader->mutex);
	/* else another table's error stands, which would come again */
	loader->may_pass = loader->may_pass || !loader->is_stopped;
	(void)pthread_mutex_unlock(&loader->mutex);
}

/* Whether only all copies together can be made again. */
static bool is_beyond(struct worker *worker, const struct filling *filling,
		      const struct load_task *task)
{
	if (!is_view_lost(worker) && !(task->is_lost && filling->is_cut))
		return false;
	let_begin_again(worker->loader);
	return true;
}

/* Whether to try again; what was written by then is gone. */
static bool may_repeat(struct worker *worker, const struct filling *filling,
		       const struct load_task *task, unsigned attempt,
		       struct dbs_error *err)
{
	const struct load_request *request = worker->loader->request;
	struct dbs_error other = {0};

	if (!load_may_pass(err->code) || is_beyond(worker, filling, task) ||
	    attempt >= request->attempts ||
	    atomic_load(&worker->loader->is_stopped))
		return false;
	talk_note(request->target->talk,
		  "%s; loading `%s`.`%s` again (%u of %u)", err->text,
		  filling->table->table->database, filling->table->table->table,
		  attempt + 1, request->attempts);
	if (backoff_wait(attempt, request->target->cancel, &other) ||
	    heal_source(worker, &other) || heal_target(worker, &other) ||
	    (!filling->is_cut && load_empty_table(worker->link->conn[TARGET],
						  filling->table, &other))) {
		*err = other;
		return false;
	}
	return true;
}

static struct load_task task_of(const struct worker *worker,
				const struct filling *filling,
				const struct range *range)
{
	struct loader *loader = worker->loader;
	const struct load_request *request = loader->request;

	(void)pthread_mutex_lock(&loader->mutex);
	const enum load_way way = loader->way;

	(void)pthread_mutex_unlock(&loader->mutex);
	return (struct load_task){
		.copy = filling->copy,
		.range = range,
		.run = request->run,
		.link = *worker->link,
		.meter = request->meter,
		.lock = request->lock,
		.is_sole = filling->is_sole,
		.way = copy_has_values(filling->copy) ? way : LOAD_INSERT,
		.has_infile = loader->has_infile,
		.is_stopped = &loader->is_stopped,
		.table = table_is_transactional(
				 filling->subject.pair->table[TARGET])
				 ? NULL
				 : filling->table,
		.is_checked = !request->is_unchecked,
	};
}

/* Whether this was the table's last range. */
static bool add_filled(struct loader *loader, struct filling *filling,
		       const struct load_task *task)
{
	(void)pthread_mutex_lock(&loader->mutex);
	copy_add(&filling->result->total, &task->total);
	if (task->way > filling->result->way)
		filling->result->way = task->way;
	if (task->is_refused && task->way > loader->way)
		loader->way = task->way; /* nobody else needs to try */
	filling->fill.ended++;
	const bool is_last = filling->fill.ended == filling->fill.count;

	if (is_last) {
		filling->result->load_seconds = clock_since(
			filling->fill.started_ns);
		filling->phase = PHASE_KEYS;
	}
	(void)pthread_mutex_unlock(&loader->mutex);
	return is_last;
}

static enum dbs_rc add_keys(struct worker *worker, void *self,
			    struct dbs_error *err)
{
	const struct filling *filling = self;

	return load_keys_add(worker->link->conn[TARGET], filling->keys,
			     filling->table, err);
}

static enum dbs_rc count_source(struct worker *worker, void *self,
				struct dbs_error *err)
{
	const struct filling *filling = self;

	return row_count_check(worker->link->conn[SOURCE], SOURCE,
			       filling->subject.pair, &filling->ranges,
			       filling->result->total.rows, err);
}

/*
 * Where one view is what all ranges were read in: what the source counts, and
 * has not given, would be missing in the copy.  A connection that is lost may
 * still have given all rows, out of what the sockets held; but nobody can say so
 * any more, when its view is gone.
 */
static enum dbs_rc count_again(struct worker *worker, struct filling *filling,
			       struct dbs_error *err)
{
	const bool is_one_view = worker->loader->consistency ==
					 CONSISTENCY_SNAPSHOT ||
				 (filling->fill.count < 2 &&
				  !worker->loader->request->no_snapshot);

	if (!is_one_view ||
	    !table_has_views(filling->subject.pair->table[SOURCE]))
		return DBS_OK;
	const enum dbs_rc rc = persist(worker, count_source, filling, err);

	if (load_may_pass(rc) && is_view_lost(worker))
		let_begin_again(worker->loader);
	return rc;
}

static enum dbs_rc fill(struct worker *worker, struct filling *filling,
			const struct range *range, struct dbs_error *err)
{
	struct loader *loader = worker->loader;
	struct load_task task = task_of(worker, filling, range);
	enum dbs_rc rc = conn_pause(worker->link->conn[SOURCE], err);

	for (unsigned attempt = 1; !rc; attempt++) {
		rc = load_table(&task, err);
		if (!rc)
			break;
		if (!may_repeat(worker, filling, &task, attempt, err))
			return err->code;
		rc = DBS_OK;
	}
	if (rc || !add_filled(loader, filling, &task))
		return rc;
	rc = count_again(worker, filling, err);
	if (!rc && filling->keys)
		rc = persist(worker, add_keys, filling, err);
	if (!rc)
		enter(loader, filling,
		      loader->request->is_unchecked ? PHASE_DONE : PHASE_CHECK);
	return rc;
}

/* ------------------------------------------------------------------------
 * Reading back
 * --------------------------------------------------------------------- */

struct reading {
	const struct copy *copy;
	const struct range *range;
	struct copy_total found;
};

static enum dbs_rc read_back(struct worker *worker, void *self,
			     struct dbs_error *err)
{
	struct reading *reading = self;

	return load_check(reading->copy, worker->link->conn[TARGET],
			  reading->range, &reading->found, err);
}

/* Whether this was the table's last range. */
static bool add_read(struct loader *loader, struct filling *filling,
		     const struct copy_total *found)
{
	(void)pthread_mutex_lock(&loader->mutex);
	copy_add(&filling->found, found);
	filling->check.ended++;
	const bool is_last = filling->check.ended == filling->check.count;

	if (is_last) {
		filling->result->was_checked = true;
		filling->result->check_seconds = clock_since(
			filling->check.started_ns);
	}
	(void)pthread_mutex_unlock(&loader->mutex);
	return is_last;
}

static enum dbs_rc check(struct worker *worker, struct filling *filling,
			 const struct range *range, struct dbs_error *err)
{
	struct reading reading = {.copy = filling->copy, .range = range};
	enum dbs_rc rc = persist(worker, read_back, &reading, err);

	if (rc || !add_read(worker->loader, filling, &reading.found))
		return rc;
	if (!copy_same(&filling->found, &filling->result->total))
		return dbs_fail(err, DBS_E_CHANGED,
				"read back, the copy does not have the rows "
				"that were loaded (%" PRIu64 " of %" PRIu64
				"): the target changes values; nothing was "
				"swapped in",
				filling->found.rows,
				filling->result->total.rows);
	enter(worker->loader, filling, PHASE_DONE);
	return DBS_OK;
}

/* ------------------------------------------------------------------------
 * Workers
 * --------------------------------------------------------------------- */

static enum dbs_rc work_on(struct worker *worker, const struct assignment *task,
			   struct dbs_error *err)
{
	struct filling *filling = task->filling;
	enum dbs_rc rc = task->is_check
				 ? check(worker, filling, task->range, err)
				 : fill(worker, filling, task->range, err);

	return rc ? dbs_error_context(err, "copying `%s`.`%s`",
				      filling->table->table->database,
				      filling->table->table->table)
		  : DBS_OK;
}

static void run(void *self)
{
	struct worker *worker = self;
	struct dbs_error err = {0};
	struct assignment task = {.filling = NULL};

	while ((task = take(worker->loader, task.filling)).filling)
		if (work_on(worker, &task, &err))
			stop(worker->loader, &err);
}

enum dbs_rc load_work(struct loader *loader, struct dbs_error *err)
{
	OWNED(mem_drop) struct worker *workers =
		mem_zero(loader->links.count + 1, sizeof(*workers));

	for (unsigned i = 0; i < loader->links.count; i++)
		workers[i] = (struct worker){loader, &loader->links.items[i]};
	workers_run(loader->request->target->workers, run, workers,
		    loader->links.count, sizeof(*workers));
	if (!loader->is_stopped)
		return DBS_OK;
	*err = loader->error;
	return err->code;
}
