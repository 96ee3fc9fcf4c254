/*
 * load.c - see load.h: what is to be done, by which way and in which pieces.
 * load_stage.c makes the empty copies, load_work.c has the workers.
 */
#include "dbsync/apply/load.h"

#include "load_work.h"

#include "dbsync/base/clock.h"
#include "dbsync/base/fault.h"
#include "dbsync/base/own.h"
#include "dbsync/data/tile.h"
#include "dbsync/schema/load.h"

#include <string.h>

enum {
	SPLIT_BYTES = 64 * 1024 * 1024, /* smaller tables stay whole */
	KEYS_BYTES = 4 * 1024 * 1024,   /* and have their keys from the start */
};

static void loader_release(struct loader *loader)
{
	links_release(&loader->links);
	for (size_t i = 0; i < loader->count; i++)
		vec_release(&loader->fillings[i].ranges);
	mem_drop(&loader->fillings);
	(void)pthread_cond_destroy(&loader->turn);
	(void)pthread_mutex_destroy(&loader->mutex);
	arena_drop(&loader->arena);
}

static enum dbs_rc open_links(struct loader *loader, struct dbs_error *err)
{
	const struct load_request *request = loader->request;
	struct links *links = &loader->links;

	links->setup[SOURCE] = *request->source;
	links->setup[TARGET] = *request->target;
	enum dbs_rc rc = links_open_first(links, err);

	if (!rc)
		rc = links_open_more(links, request->workers, err);
	for (unsigned i = 0; i < links->count && !rc; i++)
		rc = load_prepare_target(request, links->items[i].conn[TARGET],
					 err);
	return rc;
}

static enum dbs_rc take_snapshot(struct loader *loader, struct dbs_error *err)
{
	struct snapshot snapshot = {0};
	OWNED(mem_drop) struct conn **conns = links_side(&loader->links,
							 SOURCE);

	if (loader->request->no_snapshot)
		return DBS_OK;
	enum dbs_rc rc = snapshot_open(conns, loader->links.count, &snapshot,
				       err);

	loader->consistency = snapshot.consistency;
	return rc;
}

static enum dbs_rc no_way(const struct loader *loader, struct dbs_error *err)
{
	const struct conn *target = loader->links.items[0].conn[TARGET];

	if (loader->request->way == LOAD_INFILE && !loader->has_infile)
		return dbs_fail(err, DBS_E_REFUSED,
				"the target does not allow LOAD DATA LOCAL "
				"(local_infile is off); --load auto does "
				"without");
	if (loader->request->way == LOAD_BULK && !conn_takes_bulk(target))
		return dbs_fail(err, DBS_E_REFUSED,
				"the target does not take arrays of rows "
				"(MariaDB does); --load auto does without");
	return DBS_OK;
}

static enum dbs_rc choose_way(struct loader *loader, struct dbs_error *err)
{
	struct conn *target = loader->links.items[0].conn[TARGET];
	OWNED(mem_drop) char *allowed = NULL;
	enum dbs_rc rc = conn_fetch_text(target, "SELECT @@GLOBAL.local_infile",
					 "1N", &allowed, err);

	if (rc)
		return rc;
	loader->has_infile = allowed && !strcmp(allowed, "1");
	loader->way = loader->request->way;
	if (loader->way == LOAD_AUTO)
		loader->way = conn_takes_bulk(target) ? LOAD_BULK
			      : loader->has_infile    ? LOAD_INFILE
						      : LOAD_INSERT;
	return no_way(loader, err);
}

/* Unique there, unique here: what is equal is the same for both servers. */
static bool is_unique_alike(const struct pair *pair,
			    const struct server *source,
			    const struct server *target)
{
	return source->family == target->family ||
	       !table_has_other_unique(pair->table[TARGET], "PRIMARY");
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
		loader->links.items[0].conn[SOURCE]);
	const struct server *target = conn_server(
		loader->links.items[0].conn[TARGET]);
	const struct database *model = walk_model(request->walk, SOURCE,
						  table->table->database);
	const struct table *origin = database_find_table(
		model, table->table->structure->table[SOURCE]);
	const struct pair_wish wish = {
		.server[SOURCE] = source,
		.server[TARGET] = target,
		.database[SOURCE] = table->table->source_database,
		.database[TARGET] = table->database->stage,
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
		.projection[SOURCE] = projection_make(pair, SOURCE, "", 0),
		.projection[TARGET] = projection_make(pair, TARGET, "", 0),
	};
	/*
	 * InnoDB of MariaDB 10.11, with a small redo log, did not come to an end
	 * when four sessions filled empty tables with rows of 20 to 30 MiB so.
	 */
	out->is_sole = is_unique_alike(pair, source, target) &&
		       !pair_has_long_rows(pair);
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
		rc = schema_load(loader->links.items[0].conn[TARGET],
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
	struct conn *conn = loader->links.items[0].conn[TARGET];

	if (filling->table->bytes < KEYS_BYTES ||
	    !table_is_transactional(filling->subject.pair->table[TARGET]))
		return DBS_OK;
	filling->keys = load_keys_of(loader->request->stage, filling->table,
				     conn_server(conn)->family, loader->arena);
	return filling->keys ? load_keys_drop(conn, filling->keys, err)
			     : DBS_OK;
}

/*
 * A table that would keep one worker busy when the others are through is filled
 * by all of them; the fast path of one session is worth about a quarter.
 */
static bool is_for_all(const struct loader *loader,
		       const struct filling *filling, uint64_t total)
{
	const uint64_t shares = (uint64_t)loader->links.count * 4;

	return filling->ranges.count > 1 &&
	       filling->table->work * shares > total * 5 &&
	       table_is_transactional(filling->subject.pair->table[TARGET]);
}

static enum dbs_rc cut(struct loader *loader, struct filling *filling,
		       uint64_t total, struct dbs_error *err)
{
	const struct table *origin = filling->subject.pair->table[SOURCE];
	const unsigned workers = loader->links.count;
	enum dbs_rc rc = DBS_OK;

	if (workers > 1 && filling->table->bytes > SPLIT_BYTES &&
	    filling->subject.pair->key_count)
		rc = tile_plan(&loader->links.items[0], &filling->subject,
			       origin->rows / (workers * 2) + 1, loader->arena,
			       &filling->ranges, err);
	if (!filling->ranges.count)
		*(struct range *)vec_push(&filling->ranges) = (struct range){0};
	filling->is_cut = is_for_all(loader, filling, total);
	filling->is_sole = filling->is_sole && !filling->is_cut;
	filling->fill.count = filling->is_cut ? filling->ranges.count : 1;
	filling->check.count = filling->ranges.count;
	filling->result->ranges = filling->fill.count;
	return rc ? rc : put_off_keys(loader, filling, err);
}

static enum dbs_rc cut_all(struct loader *loader, struct dbs_error *err)
{
	uint64_t total = 0;
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; i < loader->count; i++)
		total += loader->fillings[i].table->work;
	for (size_t i = 0; i < loader->count && !rc; i++)
		rc = cut(loader, &loader->fillings[i], total, err);
	return rc;
}

/* Rows of an engine without views were read as they are. */
static enum consistency label(const struct loader *loader)
{
	for (size_t i = 0; i < loader->count; i++)
		if (!table_has_views(
			    loader->fillings[i].subject.pair->table[SOURCE]))
			return CONSISTENCY_NONE;
	return loader->consistency;
}

enum dbs_rc load_run(const struct load_request *request,
		     struct load_summary *summary, struct dbs_error *err)
{
	OWNED(loader_release) struct loader loader = {
		.request = request,
		.arena = arena_new(),
		.mutex = PTHREAD_MUTEX_INITIALIZER,
		.turn = PTHREAD_COND_INITIALIZER,
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
	loader.may_pass = load_may_pass(rc); /* nothing has been copied yet */
	if (!rc)
		rc = load_work(&loader, err);
	summary->consistency = label(&loader);
	summary->may_pass = rc && loader.may_pass;
	summary->seconds = clock_since(start);
	fault_here(FAULT_LOAD_DONE);
	return rc;
}
