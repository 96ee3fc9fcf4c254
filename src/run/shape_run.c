/* shape_run.c - see shape_run.h. */
#include "dbsync/run/shape_run.h"

#include "dbsync/apply/examine.h"
#include "dbsync/apply/proof.h"
#include "dbsync/base/own.h"
#include "dbsync/base/text.h"

#include <string.h>

const char *const extra_words[] = {"error", "keep", "drop", NULL};
const char *const algorithm_words[] = {"default", "instant", "inplace", "copy",
				       NULL};
const char *const lock_words[] = {"default", "none", "shared", "exclusive",
				  NULL};

void shape_options_defaults(struct shape_options *options)
{
	*options = (struct shape_options){
		.allow_unsafe = VEC_INIT(char *),
		.lock_wait_s = 60,
	};
}

/* "ALGORITHM=INPLACE, LOCK=NONE", or "". */
static const char *clauses_of(const struct shape_options *options,
			      struct arena *arena)
{
	OWNED(buf_release) struct buf text = BUF_INIT;

	if (options->algorithm)
		buf_addf(&text, "ALGORITHM=%s",
			 algorithm_words[options->algorithm]);
	if (options->lock)
		buf_addf(&text, "%sLOCK=%s", text.length ? ", " : "",
			 lock_words[options->lock]);
	return arena_strdup(arena, text.data);
}

/* ------------------------------------------------------------------------
 * The plan
 * --------------------------------------------------------------------- */

static void make(struct shape_run *shapes, const struct shape_wish *wish)
{
	const struct text_list databases = walk_target_databases(wish->walk);
	const struct database **models = arena_alloc(
		shapes->arena, (databases.count + 1) * sizeof(*models));
	struct reshape_request request = {
		.models = models,
		.model_count = databases.count,
		.family = walk_summary(wish->walk)->server[TARGET].family,
		.options = clauses_of(wish->options, shapes->arena),
		.scratch = proof_database(wish->run, shapes->arena),
		.drops_tables = wish->options->extra_tables == EXTRA_DROP,
		.writes_rows = wish->writes_rows,
		.replaces = wish->replaces,
		.copied = wish->copied,
	};

	for (size_t i = 0; i < databases.count; i++)
		models[i] = walk_model(wish->walk, TARGET, databases.items[i]);
	request.objects = walk_objects(wish->walk, &request.object_count);
	request.findings = walk_findings(wish->walk, &request.finding_count);
	shapes->reshape = reshape_make(&request);
}

static enum dbs_rc examine(const struct shape_run *shapes,
			   const struct shape_wish *wish, struct dbs_error *err)
{
	OWNED(conn_close) struct conn *conn = NULL;
	enum dbs_rc rc = conn_open(wish->setup, &conn, err);

	return rc ? rc : examine_hazards(conn, shapes->reshape, err);
}

enum dbs_rc shape_run_plan(struct shape_run *shapes,
			   const struct shape_wish *wish, struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	const struct reshape_limits limits = {
		.allow_unsafe = text_list_of(&wish->options->allow_unsafe),
		.allow_unproven = wish->options->allow_unproven,
		.allow = wish->allow,
		.user = wish->facts->user,
	};

	*shapes = (struct shape_run){.arena = arena_new(),
				     .wait_s = wish->options->lock_wait_s};
	make(shapes, wish);
	reshape_find_foreign(shapes->reshape, &limits);
	reshape_order(shapes->reshape);
	if (!wish->replaces && !reshape_leaves_tables(shapes->reshape))
		rc = examine(shapes, wish, err);
	/* keys that wait for rows are known now */
	reshape_heed_relatives(shapes->reshape, wish->facts);
	reshape_order(shapes->reshape);
	if (!rc && !reshape_leaves_tables(shapes->reshape) && wish->proves)
		rc = proof_run(wish->setup, shapes->reshape, err);
	if (rc)
		return rc;
	/* without the tables that failed */
	reshape_heed_relatives(shapes->reshape, wish->facts);
	reshape_order(shapes->reshape);
	reshape_drop_triggers(shapes->reshape, wish->facts);
	reshape_judge(shapes->reshape, &limits);
	shape_run_prepare(shapes);
	return DBS_OK;
}

void shape_run_plan_none(struct shape_run *shapes, enum server_family family,
			 unsigned wait_s)
{
	const struct reshape_request request = {
		.family = family,
		.options = "",
		.scratch = "",
		.writes_rows = true,
	};

	*shapes = (struct shape_run){.arena = arena_new(),
				     .reshape = reshape_make(&request),
				     .wait_s = wait_s};
	shape_run_prepare(shapes);
}

void shape_run_give_up(struct shape_run *shapes)
{
	for (size_t i = 0; i < shapes->reshape->table_count; i++) {
		struct reshape_table *table = &shapes->reshape->tables[i];

		if (!shapes->results[i].error.code)
			continue;
		table->is_given_up = true;
		table->left_out = shapes->results[i].error.text;
	}
}

static void drop_results(struct shape_run *shapes)
{
	mem_drop(&shapes->results);
	mem_drop(&shapes->made);
	mem_drop(&shapes->kept);
}

void shape_run_prepare(struct shape_run *shapes)
{
	drop_results(shapes);
	shapes->results = mem_zero(shapes->reshape->table_count + 1,
				   sizeof(*shapes->results));
	shapes->made = mem_zero(shapes->reshape->object_count + 1,
				sizeof(*shapes->made));
	shapes->kept = mem_zero(shapes->reshape->table_count + 1,
				sizeof(*shapes->kept));
}

void shape_run_release(struct shape_run *shapes)
{
	reshape_drop(&shapes->reshape);
	drop_results(shapes);
	arena_drop(&shapes->arena);
}

bool shape_run_has_steps(const struct shape_run *shapes)
{
	return shapes->reshape && reshape_changes(shapes->reshape);
}

bool shape_run_disarms(const struct shape_run *shapes)
{
	return shapes->reshape && reshape_is_disarmed(shapes->reshape);
}

static bool has_error(const struct reform_result *results, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (results[i].error.code)
			return true;
	return false;
}

bool shape_run_is_partial(const struct shape_run *shapes)
{
	return shapes->reshape &&
	       (has_error(shapes->results, shapes->reshape->table_count) ||
		has_error(shapes->made, shapes->reshape->object_count));
}
