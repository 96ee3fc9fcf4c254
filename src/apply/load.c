/*
 * load.c - see load.h.
 *
 * Tasks are (table, range) pairs in a fixed order, taken under the mutex by
 * whoever is free; the worker that finishes a table's last range reads the
 * copy back.  Each task's outcome belongs to its worker until then; ended, the
 * sums and error are guarded by the mutex.
 *
 * Shutdown: the first error that cannot be mended is kept, is_stopped is set,
 * and every worker ends after its statement (which a cancel ends at once).
 */
#include "dbsync/apply/load.h"

#include "load_keys.h"
#include "load_table.h"
#include "scratch_database.h"

#include "dbsync/base/clock.h"
#include "dbsync/base/fault.h"
#include "dbsync/base/own.h"
#include "dbsync/data/links.h"
#include "dbsync/data/tile.h"
#include "dbsync/db/backoff.h"
#include "dbsync/db/quote.h"
#include "dbsync/schema/load.h"

#include <inttypes.h>
#include <pthread.h>
#include <string.h>

enum {
	WAIT_S = 60, /* for metadata locks; nobody else knows these names */
	CLEAN_TRIES = 3,
	SPLIT_BYTES = 64 * 1024 * 1024, /* smaller tables stay whole */
	KEYS_BYTES = 4 * 1024 * 1024,   /* and have their keys from the start */
};

/* ------------------------------------------------------------------------
 * The databases
 * --------------------------------------------------------------------- */

struct load_ground {
	const struct stage *stage;
	const struct talk *talk;
	struct ddl_wish wish;
	struct ddl ddl;
	size_t made; /* databases */
};

static void refuse(struct reshape *reshape, const struct stage_table *table,
		   const char *why)
{
	struct reshape_table *at =
		&reshape->tables[table->table - reshape->tables];

	at->left_out = arena_printf(reshape->arena,
				    "a copy of it cannot be made: %s", why);
}

/* Foreign keys apart, whose parents have other names here. */
static enum dbs_rc look_at(struct load_ground *ground, struct reshape *reshape,
			   const struct stage_table *table,
			   struct structure_reader *reader,
			   struct dbs_error *err)
{
	struct structure now;
	const struct structure_wish wish = {
		.target_database = table->database->stage,
		.target_table = table->table->table,
	};
	enum dbs_rc rc = structure_read_back(reader, &wish, NULL, &now, err);

	if (rc)
		return rc;
	if (now.unknown) {
		refuse(reshape, table, now.unknown);
		return DBS_OK;
	}
	if (!structure_is_same_but_keys(now.have, table->table->structure->want,
					conn_server(ground->ddl.conn)->family))
		refuse(reshape, table,
		       "made on the target, it is not what it is on the source");
	return DBS_OK;
}

static enum dbs_rc make_table(struct load_ground *ground,
			      struct reshape *reshape,
			      const struct stage_table *table,
			      struct structure_reader *reader,
			      struct dbs_error *err)
{
	enum dbs_rc rc = ddl_run(&ground->ddl, table->create, false, err);

	if (!rc && table->count)
		rc = ddl_run(&ground->ddl, table->count, false, err);
	if (!rc)
		return look_at(ground, reshape, table, reader, err);
	if (!dbs_is_refusal(rc))
		return dbs_error_context(err, "making the copy of `%s`.`%s`",
					 table->table->database,
					 table->table->table);
	refuse(reshape, table, err->text);
	dbs_error_clear(err);
	return DBS_OK;
}

static enum dbs_rc make_tables(struct load_ground *ground,
			       struct reshape *reshape, bool *refused_out,
			       struct dbs_error *err)
{
	const struct stage *stage = ground->stage;
	struct structure_reader *reader = NULL;
	enum dbs_rc rc = structure_reader_new(
		ground->ddl.conn, ground->ddl.conn, stage->arena, &reader, err);

	for (size_t i = 0; i < stage->table_count && !rc; i++) {
		rc = make_table(ground, reshape, &stage->tables[i], reader,
				err);
		*refused_out = *refused_out || stage->tables[i].table->left_out;
	}
	return rc;
}

static enum dbs_rc explain_refusal(struct dbs_error *err)
{
	return dbs_error_context(err,
				 "copies are made in a database of their own, "
				 "which this user may not create (`dbsync "
				 "doctor` has the GRANT; `full-sync --no-swap` "
				 "needs none)");
}

enum dbs_rc load_try(const struct conn_setup *target, const char *run,
		     bool no_binlog, struct dbs_error *err)
{
	const struct ddl_wish wish = {target, no_binlog, WAIT_S};
	OWNED(arena_drop) struct arena *arena = arena_new();
	OWNED(ddl_close) struct ddl ddl = {0};
	const char *name = stage_database_name(arena, run, 0);
	enum dbs_rc rc = ddl_open(&ddl, &wish, err);

	if (!rc)
		rc = scratch_make(&ddl, name, err);
	if (!rc)
		rc = scratch_remove(&ddl, name, err);
	return dbs_is_refusal(rc) ? explain_refusal(err) : rc;
}

enum dbs_rc load_stage(const struct stage *stage, struct reshape *reshape,
		       const struct conn_setup *target, bool no_binlog,
		       struct load_ground **out, bool *refused_out,
		       struct dbs_error *err)
{
	OWNED(load_unstage) struct load_ground *ground =
		mem_zero(1, sizeof(*ground));

	*refused_out = false;
	ground->stage = stage;
	ground->talk = target->talk;
	ground->wish = (struct ddl_wish){target, no_binlog, WAIT_S};
	enum dbs_rc rc = ddl_open(&ground->ddl, &ground->wish, err);

	/* it holds the locks, and has nothing to say while rows are loaded */
	if (!rc)
		rc = conn_run(ground->ddl.conn,
			      "SET SESSION wait_timeout = 31536000", err);
	for (size_t i = 0; i < stage->database_count && !rc; i++) {
		conn_group_owes(target->group);
		rc = scratch_make(&ground->ddl, stage->databases[i].stage, err);
		ground->made += !rc;
	}
	if (dbs_is_refusal(rc))
		return explain_refusal(err);
	if (!rc)
		rc = make_tables(ground, reshape, refused_out, err);
	if (!rc && !*refused_out)
		*out = own_take(&ground);
	return rc;
}

enum dbs_rc load_empty(struct load_ground *ground, struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; i < ground->stage->table_count && !rc; i++)
		rc = load_empty_table(ground->ddl.conn,
				      &ground->stage->tables[i], err);
	return rc;
}

static enum dbs_rc remove_all(struct load_ground *ground, struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	ddl_close(&ground->ddl);
	if (ground->made)
		rc = ddl_open(&ground->ddl, &ground->wish, err);
	for (size_t i = 0; i < ground->made && !rc; i++)
		rc = scratch_remove(&ground->ddl,
				    ground->stage->databases[i].stage, err);
	return rc;
}

void load_unstage(struct load_ground **ground)
{
	struct load_ground *g = *ground;
	struct dbs_error err = {0};
	enum dbs_rc rc = DBS_OK;

	if (!g)
		return;
	/* after a stop, too: what is cancelled is the work, not this */
	const struct conn_setup setup = conn_setup_cleaning(g->wish.setup);

	g->wish.setup = &setup;
	for (unsigned i = 0; i < CLEAN_TRIES && (!i || rc == DBS_E_LOST); i++) {
		dbs_error_clear(&err);
		rc = remove_all(g, &err);
	}
	if (rc)
		talk_note(g->talk,
			  "`%s` with unfinished copies was left behind, the "
			  "next run drops it: %s",
			  g->stage->databases[0].stage, err.text);
	ddl_close(&g->ddl);
	mem_drop(ground);
}

/* ------------------------------------------------------------------------
 * What is to be done
 * --------------------------------------------------------------------- */

/* A table on its way. */
struct filling {
	const struct stage_table *table;
	const struct copy *copy;
	struct subject subject;
	struct vec ranges; /* struct range; at least one */
	size_t next;       /* range that nobody took */
	size_t ended;
	bool is_bulk;
	const struct load_keys *keys; /* that come at the end; or NULL */
	struct load_result *result;
	uint64_t started_ns;
};

struct loader {
	const struct load_request *request;
	struct arena *arena;
	struct links links; /* one of them for each worker */
	bool by_load;
	struct filling *fillings;
	size_t count;
	enum consistency consistency;

	pthread_mutex_t mutex; /* guards what follows, and fillings */
	bool is_stopped;
	bool may_pass; /* if all is begun again */
	struct dbs_error error;
};

static void loader_release(struct loader *loader)
{
	links_release(&loader->links);
	for (size_t i = 0; i < loader->count; i++)
		vec_release(&loader->fillings[i].ranges);
	mem_drop(&loader->fillings);
	(void)pthread_mutex_destroy(&loader->mutex);
	arena_drop(&loader->arena);
}

static enum dbs_rc prepare_target(const struct load_request *request,
				  struct conn *target, struct dbs_error *err)
{
	return request->no_binlog
		       ? conn_run(target, "SET SESSION sql_log_bin = 0", err)
		       : DBS_OK;
}

static enum dbs_rc open_links(struct loader *loader, struct dbs_error *err)
{
	const struct load_request *request = loader->request;
	struct links *links = &loader->links;

	links->source_setup = *request->source;
	links->target_setup = *request->target;
	enum dbs_rc rc = links_open_first(links, err);

	if (!rc)
		rc = links_open_more(links, request->workers, err);
	for (unsigned i = 0; i < links->count && !rc; i++)
		rc = prepare_target(request, links->items[i].target, err);
	return rc;
}

static enum dbs_rc take_snapshot(struct loader *loader, struct dbs_error *err)
{
	struct snapshot snapshot = {0};
	OWNED(mem_drop) struct conn **conns = links_side(&loader->links, true);

	if (loader->request->no_snapshot)
		return DBS_OK;
	enum dbs_rc rc = snapshot_open(conns, loader->links.count, &snapshot,
				       err);

	loader->consistency = snapshot.consistency;
	return rc;
}

static enum dbs_rc choose_way(struct loader *loader, struct dbs_error *err)
{
	OWNED(mem_drop) char *allowed = NULL;
	enum dbs_rc rc = conn_fetch_text(loader->links.items[0].target,
					 "SELECT @@GLOBAL.local_infile",
					 &allowed, err);

	if (rc)
		return rc;
	loader->by_load = allowed && !strcmp(allowed, "1") &&
			  loader->request->way != LOAD_INSERT;
	if (loader->request->way == LOAD_INFILE && !loader->by_load)
		return dbs_fail(err, DBS_E_REFUSED,
				"the target does not allow LOAD DATA LOCAL "
				"(local_infile is off); --load auto does "
				"without");
	return DBS_OK;
}

/* Unique there, unique here: what is equal is the same for both servers. */
static bool is_unique_alike(const struct pair *pair,
			    const struct server *source,
			    const struct server *target)
{
	return source->family == target->family ||
	       !table_has_other_unique(pair->target, "PRIMARY");
}

static const struct table *copy_model(const struct database *const *models,
				      const struct stage *stage,
				      const struct stage_table *table)
{
	return database_find_table(models[table->database - stage->databases],
				   table->table->table);
}

static enum dbs_rc make_filling(struct loader *loader,
				const struct stage_table *table,
				const struct table *copied, struct filling *out,
				struct dbs_error *err)
{
	const struct load_request *request = loader->request;
	const struct server *source = conn_server(
		loader->links.items[0].source);
	const struct server *target = conn_server(
		loader->links.items[0].target);
	const struct database *model =
		walk_source_model(request->walk, table->table->database);
	const struct table *origin = database_find_table(
		model, table->table->structure->source_table);
	const struct pair_wish wish = {
		.source_server = source,
		.target_server = target,
		.source_database = table->table->source_database,
		.target_database = table->database->stage,
	};

	if (!origin || !copied)
		return dbs_fail(err, DBS_E_CHANGED,
				"`%s`.`%s` is gone since the run began",
				table->table->database, table->table->table);
	struct pair *pair = pair_make(loader->arena, origin, copied, &wish);

	out->table = table;
	out->ranges = (struct vec)VEC_INIT(struct range);
	out->subject = (struct subject){
		.pair = pair,
		.source = projection_make(pair, true, ""),
		.target = projection_make(pair, false, ""),
	};
	out->is_bulk = is_unique_alike(pair, source, target);
	enum dbs_rc rc = pair->difference_count
				 ? dbs_fail(err, DBS_E_UNKNOWN,
					    "column `%s`: %s",
					    pair->differences[0].column,
					    pair->differences[0].text)
				 : copy_make(&out->subject, &out->copy, err);

	return rc ? dbs_error_context(err,
				      "`%s`.`%s` cannot be copied "
				      "(--exclude-tables leaves it out)",
				      table->table->database,
				      table->table->table)
		  : DBS_OK;
}

static enum dbs_rc load_models(struct loader *loader,
			       const struct database **models,
			       struct dbs_error *err)
{
	const struct stage *stage = loader->request->stage;
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; i < stage->database_count && !rc; i++)
		rc = schema_load(loader->links.items[0].target,
				 stage->databases[i].stage, loader->arena,
				 &models[i], err);
	return rc;
}

static enum dbs_rc make_fillings(struct loader *loader,
				 struct load_result *results,
				 struct dbs_error *err)
{
	const struct stage *stage = loader->request->stage;
	OWNED(mem_drop) const struct database **models =
		mem_zero(stage->database_count + 1, sizeof(*models));
	enum dbs_rc rc = load_models(loader, models, err);

	loader->fillings = mem_zero(stage->table_count + 1,
				    sizeof(*loader->fillings));
	for (size_t i = 0; i < stage->table_count && !rc; i++) {
		const struct stage_table *table = &stage->tables[i];
		struct filling *filling = &loader->fillings[loader->count];

		filling->result = &results[i];
		loader->count++;
		rc = make_filling(loader, table,
				  copy_model(models, stage, table), filling,
				  err);
	}
	return rc;
}

/* Keys that are quicker made when all rows are there. */
static enum dbs_rc put_off_keys(struct loader *loader, struct filling *filling,
				struct dbs_error *err)
{
	struct conn *conn = loader->links.items[0].target;
	const struct server *server = conn_server(conn);

	if (filling->table->bytes < KEYS_BYTES ||
	    (filling->is_bulk && server->has_bulk_insert) ||
	    !table_is_transactional(filling->subject.pair->target))
		return DBS_OK;
	filling->keys = load_keys_of(loader->request->stage, filling->table,
				     server->family, loader->arena);
	return filling->keys ? load_keys_drop(conn, filling->keys, err)
			     : DBS_OK;
}

/* One table that is more than a worker's share is for several. */
static enum dbs_rc cut(struct loader *loader, struct filling *filling,
		       uint64_t total, struct dbs_error *err)
{
	const struct table *origin = filling->subject.pair->source;
	const uint64_t bytes = filling->table->bytes;
	const unsigned workers = loader->links.count;
	enum dbs_rc rc = DBS_OK;

	if (workers > 1 && bytes > SPLIT_BYTES && bytes > total / workers &&
	    table_is_transactional(filling->subject.pair->target) &&
	    filling->subject.pair->key_count)
		rc = tile_plan(&loader->links.items[0], &filling->subject,
			       origin->rows / (workers * 2) + 1, loader->arena,
			       &filling->ranges, err);
	if (!filling->ranges.count)
		*(struct range *)vec_push(&filling->ranges) = (struct range){0};
	filling->is_bulk = filling->is_bulk && filling->ranges.count == 1;
	filling->result->ranges = filling->ranges.count;
	return rc ? rc : put_off_keys(loader, filling, err);
}

static enum dbs_rc cut_all(struct loader *loader, struct dbs_error *err)
{
	uint64_t total = 0;
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; i < loader->count; i++)
		total += loader->fillings[i].table->bytes;
	for (size_t i = 0; i < loader->count && !rc; i++)
		rc = cut(loader, &loader->fillings[i], total, err);
	return rc;
}

/* ------------------------------------------------------------------------
 * Workers
 * --------------------------------------------------------------------- */

struct worker {
	struct loader *loader;
	struct link *link;
	pthread_t thread;
};

static struct filling *take(struct loader *loader, const struct range **out)
{
	struct filling *found = NULL;

	(void)pthread_mutex_lock(&loader->mutex);
	for (size_t i = 0; i < loader->count && !found && !loader->is_stopped;
	     i++)
		if (loader->fillings[i].next < loader->fillings[i].ranges.count)
			found = &loader->fillings[i];
	if (found) {
		if (!found->next)
			found->started_ns = clock_ns();
		*out = vec_at(&found->ranges, found->next++);
	}
	(void)pthread_mutex_unlock(&loader->mutex);
	return found;
}

static bool is_stopped(struct loader *loader)
{
	(void)pthread_mutex_lock(&loader->mutex);
	const bool is_so = loader->is_stopped;

	(void)pthread_mutex_unlock(&loader->mutex);
	return is_so;
}

static void stop(struct loader *loader, const struct dbs_error *err)
{
	(void)pthread_mutex_lock(&loader->mutex);
	if (!loader->is_stopped)
		loader->error = *err;
	loader->is_stopped = true;
	(void)pthread_mutex_unlock(&loader->mutex);
}

/* One that bears a view of the source's moment is not to be had again. */
static enum dbs_rc heal_source(struct worker *worker, struct dbs_error *err)
{
	return conn_is_broken(worker->link->source)
		       ? conn_reopen(worker->link->source, err)
		       : DBS_OK;
}

static enum dbs_rc heal_target(struct worker *worker, struct dbs_error *err)
{
	if (!conn_is_broken(worker->link->target))
		return DBS_OK;
	enum dbs_rc rc = conn_reopen(worker->link->target, err);

	return rc ? rc
		  : prepare_target(worker->loader->request,
				   worker->link->target, err);
}

/* Whether only all copies together can be made again. */
static bool is_beyond(struct worker *worker, const struct filling *filling,
		      const struct load_task *task)
{
	struct loader *loader = worker->loader;
	const bool has_view = !loader->request->no_snapshot;

	if (!(has_view && conn_is_broken(worker->link->source)) &&
	    !(task->is_lost && filling->ranges.count > 1))
		return false;
	(void)pthread_mutex_lock(&loader->mutex);
	loader->may_pass = true;
	(void)pthread_mutex_unlock(&loader->mutex);
	return true;
}

/* Whether to try again; what was written by then is gone. */
static bool may_repeat(struct worker *worker, const struct filling *filling,
		       const struct load_task *task, unsigned attempt,
		       struct dbs_error *err)
{
	const struct load_request *request = worker->loader->request;
	struct dbs_error other = {0};

	if ((err->code != DBS_E_LOST && err->code != DBS_E_RETRY) ||
	    is_beyond(worker, filling, task) || attempt >= request->attempts ||
	    is_stopped(worker->loader))
		return false;
	talk_note(request->target->talk,
		  "%s; loading `%s`.`%s` again (%u of %u)", err->text,
		  filling->table->table->database, filling->table->table->table,
		  attempt + 1, request->attempts);
	if (backoff_wait(attempt, request->target->cancel, &other) ||
	    heal_source(worker, &other) || heal_target(worker, &other) ||
	    (filling->ranges.count == 1 &&
	     load_empty_table(worker->link->target, filling->table, &other))) {
		*err = other;
		return false;
	}
	return true;
}

static struct load_task task_of(const struct worker *worker,
				const struct filling *filling,
				const struct range *range)
{
	const struct load_request *request = worker->loader->request;

	return (struct load_task){
		.copy = filling->copy,
		.range = range,
		.run = request->run,
		.link = *worker->link,
		.meter = request->meter,
		.lock = request->lock,
		.is_bulk = filling->is_bulk,
		.by_load = worker->loader->by_load,
		.table = table_is_transactional(filling->subject.pair->target)
				 ? NULL
				 : filling->table,
		.is_checked = !request->is_unchecked,
	};
}

static enum dbs_rc fill(struct worker *worker, const struct filling *filling,
			struct load_task *task, struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	for (unsigned attempt = 1;; attempt++) {
		rc = load_table(task, err);
		if (!rc || !may_repeat(worker, filling, task, attempt, err))
			return rc;
	}
}

/* Whether this was the table's last range. */
static bool add_up(struct loader *loader, struct filling *filling,
		   const struct load_task *task)
{
	(void)pthread_mutex_lock(&loader->mutex);
	copy_add(&filling->result->total, &task->total);
	filling->result->was_inserted = filling->result->was_inserted ||
					!task->by_load;
	filling->ended++;
	const bool is_last = filling->ended == filling->ranges.count;

	if (is_last)
		filling->result->load_seconds = clock_since(
			filling->started_ns);
	(void)pthread_mutex_unlock(&loader->mutex);
	return is_last;
}

static enum dbs_rc check(struct worker *worker, struct filling *filling,
			 const struct load_task *task, struct dbs_error *err)
{
	struct copy_total found = {0};
	const uint64_t start = clock_ns();
	enum dbs_rc rc = DBS_OK;

	for (unsigned attempt = 1;; attempt++) {
		rc = load_check(task, &found, err);
		if (rc != DBS_E_LOST ||
		    attempt >= worker->loader->request->attempts)
			break;
		rc = heal_target(worker, err);
		if (rc)
			break;
	}
	if (rc)
		return rc;
	filling->result->was_checked = true;
	filling->result->check_seconds = clock_since(start);
	if (copy_same(&found, &filling->result->total))
		return DBS_OK;
	return dbs_fail(err, DBS_E_CHANGED,
			"read back, the copy does not have the rows that were "
			"loaded (%" PRIu64 " of %" PRIu64
			"): the target changes values; nothing has come into "
			"force",
			found.rows, filling->result->total.rows);
}

static enum dbs_rc add_keys(struct worker *worker,
			    const struct filling *filling,
			    struct dbs_error *err)
{
	for (unsigned attempt = 1;; attempt++) {
		enum dbs_rc rc = load_keys_add(worker->link->target,
					       filling->keys, filling->table,
					       err);

		if (rc != DBS_E_LOST ||
		    attempt >= worker->loader->request->attempts)
			return rc;
		rc = heal_target(worker, err);
		if (rc)
			return rc;
	}
}

/* All its rows are there. */
static enum dbs_rc complete(struct worker *worker, struct filling *filling,
			    const struct load_task *task, struct dbs_error *err)
{
	enum dbs_rc rc = filling->keys ? add_keys(worker, filling, err)
				       : DBS_OK;

	return rc || worker->loader->request->is_unchecked
		       ? rc
		       : check(worker, filling, task, err);
}

static enum dbs_rc work_on(struct worker *worker, struct filling *filling,
			   const struct range *range, struct dbs_error *err)
{
	struct load_task task = task_of(worker, filling, range);
	enum dbs_rc rc = conn_pause(worker->link->source, err);

	if (!rc)
		rc = fill(worker, filling, &task, err);
	if (!rc && add_up(worker->loader, filling, &task))
		rc = complete(worker, filling, &task, err);
	return rc ? dbs_error_context(err, "copying `%s`.`%s`",
				      filling->table->table->database,
				      filling->table->table->table)
		  : DBS_OK;
}

static void *run(void *self)
{
	struct worker *worker = self;
	struct dbs_error err = {0};
	const struct range *range = NULL;
	struct filling *filling;

	while ((filling = take(worker->loader, &range)))
		if (work_on(worker, filling, range, &err))
			stop(worker->loader, &err);
	conn_thread_end();
	return NULL;
}

static enum dbs_rc run_all(struct loader *loader, struct dbs_error *err)
{
	OWNED(mem_drop) struct worker *workers =
		mem_zero(loader->links.count + 1, sizeof(*workers));

	for (unsigned i = 0; i < loader->links.count; i++) {
		workers[i] = (struct worker){loader, &loader->links.items[i],
					     0};
		DBS_BUG(pthread_create(&workers[i].thread, NULL, run,
				       &workers[i]),
			"no thread is to be had");
	}
	for (unsigned i = 0; i < loader->links.count; i++)
		(void)pthread_join(workers[i].thread, NULL);
	if (!loader->is_stopped)
		return DBS_OK;
	*err = loader->error;
	return err->code;
}

enum dbs_rc load_run(const struct load_request *request,
		     struct load_summary *summary, struct dbs_error *err)
{
	OWNED(loader_release) struct loader loader = {
		.request = request,
		.arena = arena_new(),
		.mutex = PTHREAD_MUTEX_INITIALIZER,
	};
	const uint64_t start = clock_ns();

	*summary = (struct load_summary){
		.results = mem_zero(request->stage->table_count + 1,
				    sizeof(*summary->results)),
	};
	enum dbs_rc rc = open_links(&loader, err);

	summary->workers = loader.links.count;
	if (!rc)
		rc = take_snapshot(&loader, err);
	if (!rc)
		rc = choose_way(&loader, err);
	if (!rc)
		rc = make_fillings(&loader, summary->results, err);
	if (!rc)
		rc = cut_all(&loader, err);
	if (!rc)
		rc = run_all(&loader, err);
	summary->consistency = loader.consistency;
	summary->may_pass = rc && loader.may_pass;
	summary->seconds = clock_since(start);
	fault_here(FAULT_LOAD_DONE);
	return rc;
}
