/*
 * sync_print.c - see sync_print.h.
 *
 * Which tables get all rows of the source is decided here: those whose rows do
 * not outlive their ALTERs, those that are new, and those that have a constraint
 * coming behind rows of which not all could be written.  Where only a part of the
 * rows is wanted, where triggers would fire for all of them, or the server would
 * keep a history of it, they are not in the file.
 */
#include "dbsync/run/sync_print.h"

#include "dbsync/apply/print.h"
#include "dbsync/base/own.h"
#include "dbsync/data/walk.h"
#include "dbsync/db/snapshot.h"

#include <string.h>

struct printing {
	const struct sync_print *wish;
	struct arena *arena;
	struct vec wholes;   /* struct print_whole */
	struct vec *absent;  /* struct plan_gap */
	const char **doubts; /* of each table of the plan */
	struct conn *source;
};

static void printing_release(struct printing *printing)
{
	if (printing->source)
		snapshot_close(&printing->source, 1);
	conn_close(&printing->source);
	vec_release(&printing->wholes);
	arena_drop(&printing->arena);
}

/* One that would fire. */
static bool has_trigger(const struct sync_print *wish,
			const struct reshape_table *table)
{
	const struct target_facts *facts = wish->facts;

	for (size_t i = 0; i < facts->database_count; i++) {
		const struct relations *relations = facts->relations[i];

		if (strcmp(facts->databases[i], table->database) != 0)
			continue;
		for (size_t k = 0; k < relations->trigger_count; k++)
			if (!strcmp(relations->triggers[k].table,
				    table->table) &&
			    !reshape_disarms(wish->reshape,
					     &relations->triggers[k]))
				return true;
	}
	return false;
}

static bool is_filtered(const struct walk_request *request)
{
	return request->where.count || request->ignore.count;
}

static const char *why_not(const struct sync_print *wish,
			   const struct reshape_table *table)
{
	if (is_filtered(wish->request))
		return "its rows: its structure changes, and only a part of "
		       "its values is asked for";
	if (has_trigger(wish, table))
		return "its rows: its structure changes, and its triggers "
		       "would fire for all of them";
	if (table->model && table->model->is_versioned)
		return "its rows: its structure changes, and the server would "
		       "keep a history of all of them";
	return NULL;
}

static void leave_out(struct printing *printing,
		      const struct reshape_table *table, const char *reason)
{
	*(struct plan_gap *)vec_push(printing->absent) =
		(struct plan_gap){table->database, table->table, reason};
}

static void add_whole(struct printing *printing,
		      const struct reshape_table *table)
{
	const struct sync_print *wish = printing->wish;
	const struct table *origin = database_find_table(
		walk_model(wish->walk, SOURCE, table->database),
		table->structure->table[SOURCE]);
	struct print_whole whole = {.table = table};
	struct dbs_error err = {0};
	const char *reason = why_not(wish, table);

	if (!reason && !origin)
		reason = "its rows: it is gone from the source";
	if (reason) {
		leave_out(printing, table, reason);
		return;
	}
	const struct dump_way way = {
		.table = origin,
		.database = table->source_database,
		.into_database = table->database,
		.into_table = table->table,
	};

	whole.counter = origin->auto_increment;
	if (dump_make_way(&way, wish->target_server, printing->arena,
			  &whole.dump, &err))
		leave_out(printing, table,
			  arena_printf(wish->plan->arena, "its rows: %s",
				       err.text));
	else
		*(struct print_whole *)vec_push(&printing->wholes) = whole;
}

static bool is_of(const struct plan_gap *gap, const char *database,
		  const char *table)
{
	return gap->table && !strcmp(gap->database, database) &&
	       !strcmp(gap->table, table);
}

/* A foreign key without a parent stays one, whatever the rows. */
static bool is_of_key(const struct printing *printing,
		      const struct plan_gap *gap)
{
	const struct vec *orphans = &printing->wish->reshape->orphans;

	for (size_t i = 0; i < orphans->count; i++) {
		const struct plan_gap *orphan = vec_at(orphans, i);

		if (is_of(gap, orphan->database, orphan->table) &&
		    !strcmp(gap->reason, orphan->reason))
			return true;
	}
	return false;
}

/* That some rows could not be written does not matter where all come. */
static bool is_made_good(const struct printing *printing,
			 const struct plan_gap *gap)
{
	for (size_t i = 0; i < printing->wholes.count; i++) {
		const struct print_whole *whole = vec_at(&printing->wholes, i);

		if (is_of(gap, whole->table->database, whole->table->table))
			return !is_of_key(printing, gap);
	}
	return false;
}

/* Of the plan, but for its foreign keys. */
static bool has_gap(const struct printing *printing,
		    const struct plan_gap *gaps, size_t count,
		    const struct reshape_table *table)
{
	for (size_t i = 0; i < count; i++)
		if (is_of(&gaps[i], table->database, table->table) &&
		    !is_of_key(printing, &gaps[i]))
			return true;
	return false;
}

static bool is_whole(const struct printing *printing,
		     const struct reshape_table *table)
{
	const struct plan *plan = printing->wish->plan;

	if (table->left_out || table->kind == RESHAPE_DROP)
		return false;
	return !reshape_keeps_rows(table) ||
	       (table->late_state_count &&
		has_gap(printing, plan->gaps, plan->gap_count, table));
}

/* Rows that differ, of tables that keep those they have. */
static enum dbs_rc doubt_rows(struct printing *printing, struct dbs_error *err)
{
	const struct sync_print *wish = printing->wish;
	const struct plan *plan = wish->plan;

	printing->doubts = arena_alloc(printing->arena,
				       (plan->table_count + 1) *
					       sizeof(*printing->doubts));
	enum dbs_rc rc = print_doubts(plan, wish->sqls, printing->doubts, err);

	for (size_t i = 0; i < plan->table_count && !rc; i++) {
		const char *database =
			plan->tables[i].finding->database[TARGET];
		const char *name = plan->tables[i].target->name;
		const struct reshape_table *member =
			wish->reshape
				? reshape_member(wish->reshape, database, name)
				: NULL;

		/* its types are those of the source when its rows come */
		if (member && is_whole(printing, member))
			printing->doubts[i] = NULL;
		if (printing->doubts[i])
			*(struct plan_gap *)vec_push(printing->absent) =
				(struct plan_gap){database, name,
						  printing->doubts[i]};
	}
	return rc;
}

static void doubt_objects(struct printing *printing)
{
	const struct reshape *reshape = printing->wish->reshape;

	for (size_t i = 0; reshape && i < reshape->object_count; i++) {
		const struct reshape_object *object = &reshape->objects[i];
		const char *reason = print_object_doubt(object);

		if (reason)
			*(struct plan_gap *)vec_push(printing->absent) =
				(struct plan_gap){object->database,
						  object->name, reason};
	}
}

static const bool *find_lacks(const struct printing *printing)
{
	const struct reshape *reshape = printing->wish->reshape;
	const size_t count = reshape ? reshape->table_count : 0;
	bool *lacks = arena_alloc(printing->arena, (count + 1) * sizeof(bool));

	for (size_t i = 0; i < count; i++)
		lacks[i] = has_gap(printing, printing->absent->items,
				   printing->absent->count,
				   &reshape->tables[i]);
	return lacks;
}

static void choose(struct printing *printing)
{
	const struct sync_print *wish = printing->wish;

	for (size_t i = 0; wish->reshape && i < wish->reshape->table_count;
	     i++) {
		const struct reshape_table *table = &wish->reshape->tables[i];

		if (wish->has_rows && is_whole(printing, table))
			add_whole(printing, table);
	}
	for (size_t i = 0; i < wish->plan->gap_count; i++)
		if (!is_made_good(printing, &wish->plan->gaps[i]))
			*(struct plan_gap *)vec_push(
				printing->absent) = wish->plan->gaps[i];
}

static enum dbs_rc open_source(struct printing *printing, struct dbs_error *err)
{
	struct snapshot view;

	if (!printing->wholes.count)
		return DBS_OK;
	enum dbs_rc rc = conn_open(printing->wish->source, &printing->source,
				   err);

	return rc ? rc : snapshot_open(&printing->source, 1, &view, err);
}

static enum dbs_rc write_file(struct printing *printing, struct dbs_error *err)
{
	const struct sync_print *wish = printing->wish;
	const struct print_request request = {
		.plan = wish->plan,
		.sqls = wish->sqls,
		.doubts = printing->doubts,
		.reshape = wish->reshape,
		.lacks_rows = find_lacks(printing),
		.wholes = printing->wholes.items,
		.whole_count = printing->wholes.count,
		.source = printing->source,
		.absent = printing->absent->items,
		.absent_count = printing->absent->count,
		.cancel = wish->source->cancel,
	};
	OWNED(file_draft_drop) struct file_draft draft = FILE_DRAFT_INIT;
	enum dbs_rc rc = file_draft_open(&draft, wish->file, err);

	if (!rc)
		rc = print_plan(&request, &draft, err);
	if (!rc)
		rc = file_draft_sync(&draft, err);
	return rc ? rc : file_draft_keep(&draft, false, err);
}

enum dbs_rc sync_print(const struct sync_print *wish, struct vec *absent,
		       struct dbs_error *err)
{
	OWNED(printing_release) struct printing printing = {
		.wish = wish,
		.arena = arena_new(),
		.wholes = VEC_INIT(struct print_whole),
		.absent = absent,
	};

	choose(&printing);
	doubt_objects(&printing);
	enum dbs_rc rc = doubt_rows(&printing, err);

	if (!rc)
		rc = open_source(&printing, err);
	if (!rc)
		rc = write_file(&printing, err);
	if (!rc && absent->count)
		talk_note(wish->source->talk,
			  "%s does not make everything equal: its first lines "
			  "name what is not in it",
			  wish->file);
	return rc;
}
