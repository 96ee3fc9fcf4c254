/* unshape.c - see unshape.h. */
#include "dbsync/apply/unshape.h"

#include "dbsync/apply/away.h"
#include "dbsync/apply/remake.h"

#include "dbsync/base/own.h"
#include "dbsync/data/dump.h"
#include "dbsync/db/quote.h"
#include "dbsync/schema/implicit.h"
#include "dbsync/schema/load.h"

#include <string.h>

enum state { STATE_BEFORE, STATE_BETWEEN, STATE_AFTER, STATE_DRIFT };

struct unshape {
	struct arena *arena;
	struct backup_reader *point;
	const struct manifest *manifest;
	struct conn *conn;
	struct structure_reader *reader;
	struct structure *structures; /* of each shape */
	enum state *states;
	bool *loads;
	struct vec models;              /* const struct database * */
	struct reshape_object *objects; /* of the manifest, as they are now */
	struct reshape *reshape;
	struct vec drift; /* const char * */
};

void unshape_drop(struct unshape **unshape)
{
	struct unshape *u = *unshape;

	if (!u)
		return;
	reshape_drop(&u->reshape);
	vec_release(&u->models);
	vec_release(&u->drift);
	arena_drop(&u->arena);
	mem_drop(unshape);
}

struct reshape *unshape_reshape(const struct unshape *unshape)
{
	return unshape->reshape;
}

const bool *unshape_loads(const struct unshape *unshape)
{
	return unshape->loads;
}

struct text_list unshape_drift(const struct unshape *unshape)
{
	return (struct text_list){unshape->drift.items, unshape->drift.count};
}

bool unshape_has_moved(const struct unshape *unshape, const char *database,
		       const char *table)
{
	const struct manifest *manifest = unshape->manifest;

	for (size_t i = 0; i < manifest->shape_count; i++)
		if (!strcmp(manifest->shapes[i].database, database) &&
		    !strcmp(manifest->shapes[i].table, table))
			return unshape->states[i] == STATE_BEFORE ||
			       unshape->states[i] == STATE_BETWEEN;
	return false;
}

/* ------------------------------------------------------------------------
 * As it is now
 * --------------------------------------------------------------------- */

/* One that the run made, or that it dropped, may not be there. */
static bool may_lack(const struct manifest *manifest, const char *database)
{
	for (size_t i = 0; i < manifest->object_count; i++)
		if (!strcmp(manifest->objects[i].database, database) &&
		    object_kind_of(manifest->objects[i].kind) ==
			    OBJECT_DATABASE)
			return true;
	return false;
}

static enum dbs_rc model_of(struct unshape *unshape, const char *database,
			    const struct database **out, struct dbs_error *err)
{
	const struct database *const *models = unshape->models.items;

	for (size_t i = 0; i < unshape->models.count; i++)
		if (!strcmp(models[i]->name, database)) {
			*out = models[i];
			return DBS_OK;
		}
	bool is_there = true;
	enum dbs_rc rc = may_lack(unshape->manifest, database)
				 ? schema_load_if_there(unshape->conn, database,
							unshape->arena, out,
							&is_there, err)
				 : schema_load(unshape->conn, database,
					       unshape->arena, out, err);

	if (!rc)
		*(const struct database **)vec_push(&unshape->models) = *out;
	return rc;
}

typedef bool same_fn(const struct definition *now,
		     const struct definition *then, enum server_family family);

static bool is_now(struct unshape *unshape, size_t number,
		   const struct structure_wish *wish, const char *text,
		   same_fn *is_same)
{
	const struct definition *now = unshape->structures[number].have;

	if (!text || !now)
		return !text && !now;
	const struct definition *then = structure_of_text(unshape->reader, wish,
							  text);

	return then && is_same(now, then, conn_server(unshape->conn)->family);
}

/*
 * The same, or the same but for columns that a run renames first: undoing one
 * begins with its renames, too, so that new types meet old names.
 */
static bool is_now_renamed(struct unshape *unshape, size_t number,
			   const struct structure_wish *wish, const char *text)
{
	const struct renames *forth =
		&unshape->manifest->shapes[number].renames;
	const struct renames back = renames_reverse(forth, unshape->arena);
	const struct definition *now = unshape->structures[number].have;
	const enum server_family family = conn_server(unshape->conn)->family;

	if (!forth->count || !text || !now)
		return false;
	const struct definition *then = structure_of_text(unshape->reader, wish,
							  text);

	return then &&
	       (structure_is_before_keys(
			now, renames_definition(forth, then, unshape->arena),
			family) ||
		structure_is_before_keys(
			now, renames_definition(&back, then, unshape->arena),
			family));
}

static bool has_foreign_key(struct unshape *unshape,
			    const struct structure_wish *wish, const char *text,
			    const struct def_foreign_key *key)
{
	const struct definition *then =
		text ? structure_of_text(unshape->reader, wish, text) : NULL;

	return then && delta_has_foreign_key(then, key);
}

/* Whether it has no foreign keys but those before the run, or behind it. */
static bool has_known_keys(struct unshape *unshape, size_t number,
			   const struct structure_wish *wish)
{
	const struct manifest_shape *shape = &unshape->manifest->shapes[number];
	const struct definition *now = unshape->structures[number].have;

	for (size_t i = 0; now && i < now->foreign_key_count; i++) {
		const struct def_foreign_key *key = &now->foreign_keys[i];

		if (!has_foreign_key(unshape, wish, shape->before, key) &&
		    !has_foreign_key(unshape, wish, shape->after, key))
			return false;
	}
	return true;
}

/*
 * When a constraint behind the rows has failed, foreign keys are back before, and
 * for one that would have leant on it the server has made an index.
 */
static bool is_without_late_keys(struct unshape *unshape, size_t number,
				 const struct structure_wish *wish,
				 const char *text)
{
	const struct definition *now = unshape->structures[number].have;
	const struct definition *then =
		text ? structure_of_text(unshape->reader, wish, text) : NULL;

	return now && then && has_known_keys(unshape, number, wish) &&
	       structure_is_same_but_keys(
		       implicit_without(now, then, unshape->arena), then,
		       conn_server(unshape->conn)->family);
}

static bool is_on_the_way(struct unshape *unshape, size_t number,
			  const struct structure_wish *wish, const char *text)
{
	return is_now(unshape, number, wish, text, structure_is_before_keys) ||
	       is_now_renamed(unshape, number, wish, text) ||
	       is_without_late_keys(unshape, number, wish, text);
}

/* Foreign keys go first and come last, in a run as in a rollback of it. */
static bool is_between(struct unshape *unshape, size_t number,
		       const struct structure_wish *wish)
{
	const struct manifest_shape *shape = &unshape->manifest->shapes[number];
	for (size_t i = 0; i < shape->states.count; i++)
		if (is_on_the_way(unshape, number, wish,
				  shape->states.items[i]))
			return true;
	return is_on_the_way(unshape, number, wish, shape->before) ||
	       is_on_the_way(unshape, number, wish, shape->after);
}

static enum state state_of(struct unshape *unshape, size_t number,
			   const struct structure_wish *wish)
{
	const struct manifest_shape *shape = &unshape->manifest->shapes[number];

	if (is_now(unshape, number, wish, shape->before, structure_is_same))
		return STATE_BEFORE;
	if (is_now(unshape, number, wish, shape->after, structure_is_same))
		return STATE_AFTER;
	return is_between(unshape, number, wish) ? STATE_BETWEEN : STATE_DRIFT;
}

static void add_drift(struct unshape *unshape,
		      const struct manifest_shape *shape)
{
	OWNED(buf_release) struct buf name = BUF_INIT;

	quote_table(&name, shape->database, shape->table);
	*(const char **)vec_push(&unshape->drift) = arena_strdup(unshape->arena,
								 name.data);
}

static enum dbs_rc look(struct unshape *unshape, size_t number,
			struct dbs_error *err)
{
	const struct manifest_shape *shape = &unshape->manifest->shapes[number];
	struct structure *structure = &unshape->structures[number];
	const struct database *model = NULL;
	const struct renames back = renames_reverse(&shape->renames,
						    unshape->arena);
	struct structure_wish wish = {
		.renames = &back,
		.database[SOURCE] = shape->database,
		.database[TARGET] = shape->database,
		.table[SOURCE] = shape->table,
	};
	enum dbs_rc rc = model_of(unshape, shape->database, &model, err);

	if (rc)
		return rc;
	if (database_find_table(model, shape->table))
		wish.table[TARGET] = shape->table;
	rc = structure_read_back(unshape->reader, &wish, shape->before,
				 structure, err);
	if (rc)
		return rc;
	if (structure->unknown)
		return dbs_fail(err, DBS_E_REFUSED, "`%s`.`%s`: %s",
				shape->database, shape->table,
				structure->unknown);
	unshape->states[number] = state_of(unshape, number, &wish);
	if (unshape->states[number] == STATE_DRIFT)
		add_drift(unshape, shape);
	return DBS_OK;
}

/* ------------------------------------------------------------------------
 * Rows
 * --------------------------------------------------------------------- */

/* Rows and their sum, of each shape that the backup point keeps rows of. */
static enum dbs_rc read_totals(struct backup_reader *reader,
			       struct dump_total *totals, struct dbs_error *err)
{
	struct slice tuple;
	size_t shape = 0;
	bool more = true;
	enum dbs_rc rc = backup_rewind(reader, err);

	while (!rc && more) {
		rc = backup_next_kept(reader, &shape, &tuple, &more, err);
		if (!rc && more)
			dump_count(&totals[shape], tuple);
	}
	return rc;
}

/* A table that is as before may have been undone up to its rows. */
static enum dbs_rc compare_kept(struct unshape *unshape, size_t number,
				const struct dump_total *kept,
				struct dbs_error *err)
{
	const struct manifest_shape *shape = &unshape->manifest->shapes[number];
	const struct database *model = NULL;
	const struct dump *dump = NULL;
	struct dump_total now = {0};
	enum dbs_rc rc = model_of(unshape, shape->database, &model, err);

	if (!rc)
		rc = dump_make(database_find_table(model, shape->table),
			       shape->database, conn_server(unshape->conn),
			       unshape->arena, &dump, err);
	if (!rc)
		rc = dump_rows(dump, unshape->conn, NULL, NULL, &now, err);
	unshape->loads[number] = now.rows != kept->rows || now.sum != kept->sum;
	return rc;
}

static enum dbs_rc find_loads(struct unshape *unshape, struct dbs_error *err)
{
	const size_t count = unshape->manifest->shape_count;
	OWNED(mem_drop) struct dump_total *totals = mem_zero(count + 1,
							     sizeof(*totals));
	bool is_any = false;
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; i < count; i++) {
		if (!unshape->manifest->shapes[i].is_saved)
			continue;
		unshape->loads[i] = unshape->states[i] != STATE_BEFORE;
		is_any = is_any || !unshape->loads[i];
	}
	if (is_any)
		rc = read_totals(unshape->point, totals, err);
	for (size_t i = 0; i < count && !rc; i++)
		if (unshape->manifest->shapes[i].is_saved &&
		    unshape->states[i] == STATE_BEFORE)
			rc = compare_kept(unshape, i, &totals[i], err);
	return rc;
}

/* ------------------------------------------------------------------------
 * The way back
 * --------------------------------------------------------------------- */

/*
 * The default of the database under which it was made.  An older backup point
 * does not say it: what came with another default is made once more.
 */
static bool has_its_default(const struct manifest *manifest,
			    const struct manifest_object *object,
			    const struct object_kept *now)
{
	if (!*now->base_collation)
		return true;
	if (object->collation)
		return !strcmp(object->collation, now->base_collation);
	for (size_t i = 0; i < manifest->object_count; i++)
		if (!strcmp(manifest->objects[i].database, object->database) &&
		    object_kind_of(manifest->objects[i].kind) ==
			    OBJECT_DATABASE)
			return false;
	return true;
}

/* Whether the same statements would bring it back; they know no spellings. */
static bool is_as_before(const struct manifest *manifest,
			 const struct manifest_object *object,
			 const struct object_kept *now)
{
	if (!object->before || !now->create)
		return !object->before && !now->create;
	if (!has_its_default(manifest, object, now))
		return false;
	if (object->statements.count != now->statement_count)
		return false;
	for (size_t i = 0; i < now->statement_count; i++)
		if (strcmp(object->statements.items[i], now->statements[i]) !=
		    0)
			return false;
	return true;
}

/*
 * Whether nothing is to be done for it.  Triggers of a table are created again
 * together: each says beside which of the others it acts.
 */
static bool is_left_alone(const struct unshape *unshape, size_t number)
{
	const struct manifest *manifest = unshape->manifest;
	const struct manifest_object *object = &manifest->objects[number];
	bool is_so = is_as_before(manifest, object,
				  &unshape->objects[number].kept);

	if (object_kind_of(object->kind) != OBJECT_TRIGGER)
		return is_so;
	for (size_t i = 0; i < manifest->object_count && is_so; i++) {
		const struct manifest_object *other = &manifest->objects[i];

		if (object_kind_of(other->kind) == OBJECT_TRIGGER &&
		    !strcmp(other->database, object->database) &&
		    !strcmp(other->table, object->table))
			is_so = is_as_before(manifest, other,
					     &unshape->objects[i].kept);
	}
	return is_so;
}

/* The last that was made is the first to go back; triggers as they acted. */
static size_t *order_of_return(const struct unshape *unshape)
{
	const struct manifest *manifest = unshape->manifest;
	const size_t count = manifest->object_count;
	size_t *order = arena_alloc(unshape->arena,
				    (count + 1) * sizeof(*order));
	size_t next = 0;

	for (size_t i = 0; i < count; i++) {
		const size_t number = count - 1 - i;
		const char *kind = manifest->objects[number].kind;

		order[i] = number;
		if (object_kind_of(kind) != OBJECT_TRIGGER)
			continue;
		while (object_kind_of(manifest->objects[next].kind) !=
		       OBJECT_TRIGGER)
			next++;
		order[i] = next++;
	}
	return order;
}

/* A database that the run made. */
static bool is_unmade(const struct manifest_object *object)
{
	return !object->before &&
	       object_kind_of(object->kind) == OBJECT_DATABASE;
}

static void take_objects(struct unshape *unshape)
{
	const struct manifest *manifest = unshape->manifest;
	struct reshape *reshape = unshape->reshape;

	reshape->objects = arena_alloc(reshape->arena,
				       (manifest->object_count + 1) *
					       sizeof(*reshape->objects));
	const size_t *order = order_of_return(unshape);

	for (size_t i = 0; i < manifest->object_count; i++) {
		const struct manifest_object *object =
			&manifest->objects[order[i]];

		if (is_left_alone(unshape, order[i]))
			continue;
		reshape->objects[reshape->object_count++] =
			(struct reshape_object){
				.database = object->database,
				.kind = object_kind_of(object->kind),
				.name = object->name,
				.table = object->table,
				.statements = object->statements.items,
				.statement_count = object->statements.count,
				.base_collation = object->collation,
				.is_unmade = is_unmade(object),
			};
	}
}

/* How the objects are now. */
static enum dbs_rc look_at_objects(struct unshape *unshape,
				   struct dbs_error *err)
{
	const struct manifest *manifest = unshape->manifest;
	struct reshape now = {.arena = unshape->arena};

	unshape->objects = arena_alloc(unshape->arena,
				       (manifest->object_count + 1) *
					       sizeof(*unshape->objects));
	for (size_t i = 0; i < manifest->object_count; i++)
		unshape->objects[i] = (struct reshape_object){
			.database = manifest->objects[i].database,
			.kind = object_kind_of(manifest->objects[i].kind),
			.name = manifest->objects[i].name,
			.table = manifest->objects[i].table,
		};
	now.objects = unshape->objects;
	now.object_count = manifest->object_count;
	return remake_keep(unshape->conn, &now, err);
}

/* A counter goes with its column; whose rows are loaded get theirs there. */
static uint64_t counter_for(const struct unshape *unshape, size_t number,
			    const struct table *model)
{
	const struct manifest_shape *shape = &unshape->manifest->shapes[number];
	const uint64_t then = shape->counter;
	const uint64_t now = model ? model->auto_increment : then;

	if (!model || unshape->loads[number] || now == then)
		return 0;
	/* undone up to the counter, or numbers were given since */
	if (unshape->states[number] == STATE_BEFORE && now > then &&
	    now > shape->counter_after)
		return 0;
	return then;
}

static void make_reshape(struct unshape *unshape, const char *scratch)
{
	const struct manifest *manifest = unshape->manifest;
	struct finding *findings = arena_alloc(unshape->arena,
					       (manifest->shape_count + 1) *
						       sizeof(*findings));
	struct reshape_request request = {
		.findings = findings,
		.finding_count = manifest->shape_count,
		.models = unshape->models.items,
		.model_count = unshape->models.count,
		.family = conn_server(unshape->conn)->family,
		.options = "",
		.scratch = scratch,
		.drops_tables = true,
		.saves_all = true,
	};

	for (size_t i = 0; i < manifest->shape_count; i++)
		findings[i] = (struct finding){
			.database[SOURCE] = manifest->shapes[i].database,
			.database[TARGET] = manifest->shapes[i].database,
			.table = manifest->shapes[i].table,
			.structure = &unshape->structures[i],
		};
	unshape->reshape = reshape_make(&request);
	take_objects(unshape);
	/* there is one for each shape, in their order */
	for (size_t i = 0; i < unshape->reshape->table_count; i++) {
		struct reshape_table *table = &unshape->reshape->tables[i];

		table->is_restored = unshape->loads[i];
		table->is_saved = table->is_saved || unshape->loads[i];
		table->counter = counter_for(unshape, i, table->model);
	}
	reshape_order(unshape->reshape);
}

static enum dbs_rc fill(struct unshape *unshape, const char *scratch,
			struct dbs_error *err)
{
	const size_t count = unshape->manifest->shape_count + 1;
	struct arena *arena = unshape->arena;
	enum dbs_rc rc = structure_reader_new(unshape->conn, unshape->conn,
					      arena, &unshape->reader, err);

	unshape->structures = arena_alloc(arena,
					  count * sizeof(struct structure));
	unshape->states = arena_alloc(arena, count * sizeof(enum state));
	unshape->loads = arena_alloc(arena, count * sizeof(bool));
	memset(unshape->loads, 0, count * sizeof(bool));
	for (size_t i = 0; i < unshape->manifest->shape_count && !rc; i++)
		rc = look(unshape, i, err);
	if (!rc)
		rc = find_loads(unshape, err);
	if (!rc)
		rc = look_at_objects(unshape, err);
	if (!rc)
		make_reshape(unshape, scratch);
	return rc;
}

enum dbs_rc unshape_return_triggers(struct unshape *unshape,
				    const struct manifest *before,
				    struct dbs_error *err)
{
	const struct away_wish wish = {.before = before,
				       .but = unshape->manifest};

	return away_collect(unshape->conn, &wish, unshape->reshape, err);
}

enum dbs_rc unshape_new(struct backup_reader *point, struct conn *conn,
			const char *scratch, struct unshape **out,
			struct dbs_error *err)
{
	OWNED(unshape_drop) struct unshape *unshape =
		mem_zero(1, sizeof(*unshape));

	unshape->arena = arena_new();
	unshape->point = point;
	unshape->manifest = backup_manifest(point);
	unshape->conn = conn;
	unshape->models = (struct vec)VEC_INIT(const struct database *);
	unshape->drift = (struct vec)VEC_INIT(const char *);
	enum dbs_rc rc = fill(unshape, scratch, err);

	if (!rc)
		*out = own_take(&unshape);
	return rc;
}
