/* stage.c - see stage.h. */
#include "dbsync/plan/stage.h"

#include "dbsync/base/own.h"
#include "dbsync/db/mark.h"
#include "dbsync/db/quote.h"
#include "dbsync/schema/render.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct stager {
	struct stage *stage;
	struct reshape *reshape;
	const struct database *const *sources;
};

/* ------------------------------------------------------------------------
 * Databases
 * --------------------------------------------------------------------- */

/*
 * "dbsync_stage_20261121_041122_1a2b3c_0123456789abcdef", and _2 for the second
 * database
 */
static const char *name_of(struct arena *arena, const char *prefix,
			   const char *run, const char *database, size_t number)
{
	const struct database_mark mark = database_mark(database);
	char *name = number ? arena_printf(arena, "%s%s_%s_%zu", prefix, run,
					   mark.text, number + 1)
			    : arena_printf(arena, "%s%s_%s", prefix, run,
					   mark.text);

	for (char *at = name; *at; at++)
		if (*at == '-')
			*at = '_';
	return name;
}

const char *stage_database_name(struct arena *arena, const char *run,
				const char *database, size_t number)
{
	return name_of(arena, STAGE_PREFIX, run, database, number);
}

static void name_databases(struct stager *stager, const char *run)
{
	struct stage *stage = stager->stage;
	const struct reshape *reshape = stager->reshape;

	stage->database_count = reshape->model_count;
	stage->databases = arena_alloc(stage->arena,
				       (reshape->model_count + 1) *
					       sizeof(*stage->databases));
	for (size_t i = 0; i < reshape->model_count; i++) {
		const char *target = reshape->models[i]->name;

		stage->databases[i] = (struct stage_database){
			.target = target,
			.stage = stage_database_name(stage->arena, run, target,
						     i),
			.old = name_of(stage->arena, STAGE_OLD_PREFIX, run,
				       target, i),
		};
	}
}

static const struct stage_database *database_of(const struct stage *stage,
						const char *target)
{
	for (size_t i = 0; i < stage->database_count; i++)
		if (!strcmp(stage->databases[i].target, target))
			return &stage->databases[i];
	DBS_BUG(true, "a table of no database");
	return NULL;
}

/* ------------------------------------------------------------------------
 * Copies
 * --------------------------------------------------------------------- */

/* Of the copy: its parent is a copy too, or a table that stays. */
static struct def_foreign_key key_of_copy(const struct stager *stager,
					  const struct reshape_table *table,
					  const struct def_foreign_key *key)
{
	const char *database = *key->parent_database ? key->parent_database
						     : table->database;
	struct def_foreign_key copy = *key;

	copy.parent_database = database;
	if (reshape_replaces(stager->reshape, database, key->parent))
		copy.parent_database =
			database_of(stager->stage, database)->stage;
	return copy;
}

static const char *create_of(struct stager *stager,
			     const struct reshape_table *table,
			     const struct stage_database *database)
{
	OWNED(buf_release) struct buf name = BUF_INIT;
	OWNED(buf_release) struct buf sql = BUF_INIT;
	struct definition copy = *table->structure->want;
	struct def_foreign_key *keys =
		arena_alloc(stager->stage->arena,
			    (copy.foreign_key_count + 1) * sizeof(*keys));
	size_t count = 0;

	for (size_t i = 0; i < copy.foreign_key_count; i++) {
		const struct def_foreign_key *key = &copy.foreign_keys[i];

		if (reshape_has_parent(stager->reshape, table, key))
			keys[count++] = key_of_copy(stager, table, key);
		else
			reshape_leave_out_key(stager->reshape, table, key);
	}
	copy.foreign_keys = keys;
	copy.foreign_key_count = count;
	quote_table(&name, database->stage, table->table);
	render_table(&copy, name.data, stager->reshape->family,
		     RENDER_ALL | RENDER_AS_SAID, &sql);
	return arena_strdup(stager->stage->arena, sql.data);
}

/* The table that is copied, NULL when its model is not there. */
static const struct table *origin_of(const struct stager *stager,
				     const struct reshape_table *table)
{
	const struct reshape *reshape = stager->reshape;

	for (size_t i = 0; i < reshape->model_count; i++)
		if (!strcmp(reshape->models[i]->name, table->database) &&
		    stager->sources[i])
			return database_find_table(
				stager->sources[i],
				table->structure->table[SOURCE]);
	return NULL;
}

/*
 * Numbers that were given on the source are not given again; nor are those of
 * the target, where it is to go on with the rest of its tables.
 */
static uint64_t counter_of(const struct reshape_table *table,
			   const struct table *origin)
{
	const uint64_t source = origin ? origin->auto_increment : 0;
	const uint64_t target = table->model ? table->model->auto_increment : 0;

	return source && table->copy_reason && target > source ? target
							       : source;
}

static const char *count_of(const struct stager *stager,
			    const struct reshape_table *table,
			    const struct stage_database *database)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;

	if (!table->counter)
		return NULL;
	buf_adds(&sql, "ALTER TABLE ");
	quote_table(&sql, database->stage, table->table);
	buf_addf(&sql, " AUTO_INCREMENT = %" PRIu64, table->counter);
	return arena_strdup(stager->stage->arena, sql.data);
}

/*
 * Measured with tables of 4 and of 9 columns: a value takes as long as 32 bytes
 * of it.
 */
static uint64_t work_of(const struct table *origin)
{
	enum { VALUE_BYTES = 32 };

	return table_bytes(origin) +
	       VALUE_BYTES * origin->column_count * origin->rows;
}

static int compare_work(const void *a, const void *b)
{
	const struct stage_table *left = a;
	const struct stage_table *right = b;

	if (left->work != right->work)
		return left->work < right->work ? 1 : -1;
	return strcmp(left->table->table, right->table->table);
}

static void add_tables(struct stager *stager)
{
	struct stage *stage = stager->stage;
	struct reshape *reshape = stager->reshape;

	stage->tables = arena_alloc(stage->arena, (reshape->table_count +
						   1) * sizeof(*stage->tables));
	for (size_t i = 0; i < reshape->table_count; i++) {
		const struct reshape_table *table = &reshape->tables[i];

		if (!reshape_is_replaced(table))
			continue;
		const struct stage_database *database =
			database_of(stage, table->database);
		const struct table *origin = origin_of(stager, table);

		reshape->tables[i].counter = counter_of(table, origin);
		stage->tables[stage->table_count++] = (struct stage_table){
			.table = table,
			.database = database,
			.create = create_of(stager, table, database),
			.is_replaced = table->kind != RESHAPE_CREATE,
			.count = count_of(stager, table, database),
			.bytes = origin ? table_bytes(origin) : 0,
			.work = origin ? work_of(origin) : 0,
		};
	}
	qsort(stage->tables, stage->table_count, sizeof(*stage->tables),
	      compare_work);
}

/* ------------------------------------------------------------------------
 * The swap
 * --------------------------------------------------------------------- */

static void add_move(struct buf *sql, const char *from, const char *to,
		     const char *table)
{
	buf_adds(sql, sql->length ? ", " : "RENAME TABLE ");
	quote_table(sql, from, table);
	buf_adds(sql, " TO ");
	quote_table(sql, to, table);
}

/* Everything goes before anything comes: names of constraints are free then. */
static const char *swap_of(const struct stage *stage)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;

	for (size_t i = 0; i < stage->table_count; i++) {
		const struct stage_table *table = &stage->tables[i];

		if (table->is_replaced)
			add_move(&sql, table->database->target,
				 table->database->old, table->table->table);
	}
	for (size_t i = 0; i < stage->table_count; i++) {
		const struct stage_table *table = &stage->tables[i];

		add_move(&sql, table->database->stage, table->database->target,
			 table->table->table);
	}
	return arena_strdup(stage->arena, sql.data);
}

struct stage *stage_make(struct reshape *reshape,
			 const struct database *const *sources, const char *run)
{
	struct stage *stage = mem_zero(1, sizeof(*stage));
	struct stager stager = {stage, reshape, sources};

	stage->arena = arena_new();
	name_databases(&stager, run);
	add_tables(&stager);
	stage->swap = swap_of(stage);
	return stage;
}

void stage_drop(struct stage **stage)
{
	if (!*stage)
		return;
	arena_drop(&(*stage)->arena);
	mem_drop(stage);
}
