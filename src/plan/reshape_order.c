/* reshape_order.c - the steps of a reshape, in an order that works. */
#include "dbsync/plan/reshape.h"

#include "late.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/db/quote.h"
#include "dbsync/schema/implicit.h"
#include "dbsync/schema/lift.h"
#include "dbsync/schema/render.h"

#include <inttypes.h>
#include <string.h>

struct orderer {
	struct reshape *reshape;
	struct vec steps[RESHAPE_PHASES]; /* struct reshape_step */
};

static struct reshape_step *add_step(struct orderer *orderer,
				     enum reshape_phase phase,
				     const struct reshape_table *table,
				     const char *sql, const char *trial_sql)
{
	struct reshape_step *step = vec_push(&orderer->steps[phase]);

	*step = (struct reshape_step){
		.phase = phase,
		.table = (size_t)(table - orderer->reshape->tables),
		.sql = sql,
		.trial_sql = trial_sql,
	};
	return step;
}

static const char *name_in(struct reshape *reshape, const char *database,
			   const char *table)
{
	OWNED(buf_release) struct buf name = BUF_INIT;

	quote_table(&name, database, table);
	return arena_strdup(reshape->arena, name.data);
}

/* ------------------------------------------------------------------------
 * What a table's own structure asks for
 * --------------------------------------------------------------------- */

static enum reshape_phase phase_of(enum delta_phase phase)
{
	switch (phase) {
	case DELTA_DROP_FOREIGN_KEYS:
		return RESHAPE_LIFT;
	case DELTA_ADD_FOREIGN_KEYS:
		return RESHAPE_LATE;
	case DELTA_RENAME:
	case DELTA_DROP_KEYS:
	case DELTA_MAIN:
	case DELTA_ALONE:
	case DELTA_PHASES:
		break;
	}
	return RESHAPE_ALTERS;
}

bool reshape_is_late(const struct reshape_step *step)
{
	return step->phase == RESHAPE_LATE_KEYS ||
	       step->phase == RESHAPE_LATE || step->phase == RESHAPE_RETURNS;
}

bool reshape_has_steps(const struct reshape *reshape,
		       const struct reshape_table *table)
{
	for (size_t i = 0; i < reshape->step_count; i++)
		if (&reshape->tables[reshape->steps[i].table] == table)
			return true;
	return false;
}

/* ------------------------------------------------------------------------
 * Foreign keys whose parent is not there
 * --------------------------------------------------------------------- */

static const struct database *model_of(const struct reshape *reshape,
				       const char *database)
{
	for (size_t i = 0; i < reshape->model_count; i++)
		if (!strcmp(reshape->models[i]->name, database))
			return reshape->models[i];
	return NULL;
}

/* With checks off a server takes a key to nowhere, and no row after it. */
bool reshape_has_parent(const struct reshape *reshape,
			const struct reshape_table *table,
			const struct def_foreign_key *key)
{
	const char *database = *key->parent_database ? key->parent_database
						     : table->database;
	const struct database *model = model_of(reshape, database);
	const struct reshape_table *parent = reshape_find(reshape, database,
							  key->parent);

	if (parent)
		return parent->kind != RESHAPE_DROP;
	/* of a database that is no part of the run nothing is known */
	return !model || database_find_table(model, key->parent);
}

const char *reshape_no_parent(const char *key, const char *parent,
			      struct arena *arena)
{
	return arena_printf(arena,
			    "foreign key `%s`: the target has no table `%s` "
			    "for it",
			    key, parent);
}

static void lose_key(struct reshape *reshape, const struct reshape_table *table,
		     const struct def_foreign_key *key)
{
	*(struct foreign_key *)vec_push(&reshape->lost) = (struct foreign_key){
		.name = key->name,
		.child_database = table->database,
		.child = table->table,
		.parent_database = *key->parent_database ? key->parent_database
							 : table->database,
		.parent = key->parent,
		.child_columns = key->columns,
		.parent_columns = key->parent_columns,
		.column_count = key->column_count,
	};
}

void reshape_leave_out_key(struct reshape *reshape,
			   const struct reshape_table *table,
			   const struct def_foreign_key *key)
{
	reshape->tables[table - reshape->tables].lacks_keys = true;
	*(struct plan_gap *)vec_push(&reshape->orphans) = (struct plan_gap){
		.database = table->database,
		.table = table->table,
		.reason = reshape_no_parent(key->name, key->parent,
					    reshape->arena),
	};
	lose_key(reshape, table, key);
}

/* Whether it adds a foreign key whose parent is not there. */
static bool is_orphan(const struct reshape *reshape,
		      const struct reshape_table *table,
		      const struct delta_clause *clause)
{
	return clause->phase == DELTA_ADD_FOREIGN_KEYS &&
	       !reshape_has_parent(reshape, table, clause->foreign_key);
}

static const char *alter(struct reshape *reshape, const char *database,
			 const struct reshape_table *table, const char *clause)
{
	return arena_printf(reshape->arena, "ALTER TABLE %s %s",
			    name_in(reshape, database, table->table), clause);
}

static void add_alter(struct orderer *orderer, enum reshape_phase phase,
		      const struct reshape_table *table, const char *clause)
{
	struct reshape *reshape = orderer->reshape;

	add_step(orderer, phase, table,
		 alter(reshape, table->database, table, clause),
		 alter(reshape, reshape->scratch, table, clause));
}

/* The keys that it would replace, if the server made them. */
static void settle_keys(struct reshape *reshape,
			const struct structure *structure,
			const struct def_foreign_key *key, struct buf *out)
{
	const struct definition *have = structure->renamed;
	const struct definition *want = structure->want;
	const struct def_key **keys = NULL;

	if (!have || !want)
		return;
	keys = arena_alloc(reshape->arena,
			   (want->key_count + 1) * sizeof(*keys));
	const size_t count = implicit_find(have, want, key, keys);

	for (size_t i = 0; i < count; i++) {
		buf_adds(out, ", ");
		implicit_settle(keys[i], reshape->family, out);
	}
}

static void add_foreign_key(struct orderer *orderer, enum reshape_phase phase,
			    const struct reshape_table *table,
			    const struct def_foreign_key *key)
{
	OWNED(buf_release) struct buf add = BUF_INIT;

	buf_adds(&add, "ADD ");
	render_foreign_key(key, &add);
	settle_keys(orderer->reshape, table->structure, key, &add);
	add_alter(orderer, phase, table, add.data);
}

/* Without foreign keys that have nothing to refer to. */
static struct delta without_orphans(struct reshape *reshape,
				    const struct reshape_table *table,
				    const struct delta *delta)
{
	struct delta_clause *kept =
		arena_alloc(reshape->arena, (delta->count + 1) * sizeof(*kept));
	struct delta rest = {kept, 0, delta->family};

	for (size_t i = 0; i < delta->count; i++) {
		const struct delta_clause *clause = &delta->clauses[i];

		if (is_orphan(reshape, table, clause))
			reshape_leave_out_key(reshape, table,
					      clause->foreign_key);
		else
			kept[rest.count++] = *clause;
	}
	return rest;
}

/* The statements of a delta, also as they are tried. */
static void make_statements(struct reshape *reshape,
			    const struct reshape_table *table,
			    const struct delta *delta,
			    struct delta_statements *real,
			    struct delta_statements *trial)
{
	delta_statements(delta, name_in(reshape, table->database, table->table),
			 reshape->options, reshape->arena, real);
	delta_statements(delta,
			 name_in(reshape, reshape->scratch, table->table), "",
			 reshape->arena, trial);
}

static void add_counter(struct orderer *orderer,
			const struct reshape_table *table,
			enum reshape_phase phase, uint64_t counter)
{
	struct reshape *reshape = orderer->reshape;

	if (counter)
		add_step(
			orderer, phase, table,
			arena_printf(reshape->arena,
				     "ALTER TABLE %s AUTO_INCREMENT = %" PRIu64,
				     name_in(reshape, table->database,
					     table->table),
				     counter),
			NULL);
}

/* From one state to the next. */
static void add_late(struct orderer *orderer, const struct reshape_table *table,
		     const struct late *late, size_t state)
{
	struct reshape *reshape = orderer->reshape;
	struct delta delta;
	struct delta_statements real;
	struct delta_statements trial;

	delta_make(late->states[state - 1], late->states[state], NULL,
		   reshape->family, reshape->arena, &delta);
	make_statements(reshape, table, &delta, &real, &trial);
	for (size_t i = 0; i < real.count; i++)
		add_step(orderer, RESHAPE_LATE_KEYS, table, real.items[i],
			 trial.items[i])
			->against = late->against[state];
}

/* What comes behind the rows, one after the other. */
static void add_all_late(struct orderer *orderer,
			 const struct reshape_table *table,
			 const struct late *late)
{
	struct reshape_table *noted =
		&orderer->reshape->tables[table - orderer->reshape->tables];

	noted->late_states = late->states;
	noted->late_state_count = late->count;
	for (size_t i = 1; i < late->count; i++)
		add_late(orderer, table, late, i);
	if (late->count && late_counts(late))
		add_counter(orderer, table, RESHAPE_LATE_KEYS,
			    table->source_counter);
}

static void add_alters(struct orderer *orderer,
		       const struct reshape_table *table)
{
	struct reshape *reshape = orderer->reshape;
	const struct structure *structure = table->structure;
	const struct late late = late_states(table, reshape->arena);
	struct delta delta = structure->delta;
	struct delta_statements real;
	struct delta_statements trial;

	if (late.count)
		delta_make(structure->have, late.states[0], &structure->renames,
			   reshape->family, reshape->arena, &delta);
	const struct delta rest = without_orphans(reshape, table, &delta);

	make_statements(reshape, table, &rest, &real, &trial);
	for (size_t i = 0; i < real.count; i++)
		add_step(orderer, phase_of(real.phases[i]), table,
			 real.items[i], trial.items[i]);
	add_all_late(orderer, table, &late);
}

static const char *create_in(struct reshape *reshape, const char *database,
			     const struct reshape_table *table)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;

	/* its foreign keys come last */
	render_table(table->structure->want,
		     name_in(reshape, database, table->table), reshape->family,
		     RENDER_AS_SAID, &sql);
	return arena_strdup(reshape->arena, sql.data);
}

static void add_foreign_keys(struct orderer *orderer,
			     const struct reshape_table *table)
{
	struct reshape *reshape = orderer->reshape;
	const struct definition *want = table->structure->want;

	for (size_t i = 0; i < want->foreign_key_count; i++) {
		const struct def_foreign_key *key = &want->foreign_keys[i];

		if (reshape_has_parent(reshape, table, key))
			add_foreign_key(orderer, RESHAPE_LATE, table, key);
		else
			reshape_leave_out_key(reshape, table, key);
	}
}

static void add_create(struct orderer *orderer,
		       const struct reshape_table *table)
{
	struct reshape *reshape = orderer->reshape;

	add_step(orderer, RESHAPE_CREATES, table,
		 create_in(reshape, table->database, table),
		 create_in(reshape, reshape->scratch, table));
	add_foreign_keys(orderer, table);
}

static void add_own(struct orderer *orderer, const struct reshape_table *table)
{
	struct reshape *reshape = orderer->reshape;

	if (table->is_replaced)
		return;
	switch (table->kind) {
	case RESHAPE_NONE:
		add_counter(orderer, table, RESHAPE_ALTERS, table->counter);
		return;
	case RESHAPE_ALTER:
		add_alters(orderer, table);
		add_counter(orderer, table, RESHAPE_ALTERS, table->counter);
		return;
	case RESHAPE_CREATE:
		add_create(orderer, table);
		return;
	case RESHAPE_DROP:
		add_step(orderer, RESHAPE_DROPS, table,
			 arena_printf(reshape->arena, "DROP TABLE %s",
				      name_in(reshape, table->database,
					      table->table)),
			 NULL);
		return;
	}
}

/* ------------------------------------------------------------------------
 * Foreign keys that stand in the way
 * --------------------------------------------------------------------- */

/* A key that stays follows a table that is replaced to where that is put. */
static bool changes_under(const struct reshape *reshape,
			  const struct reshape_table *table,
			  const char *const *columns, size_t count)
{
	if (table && table->is_replaced)
		return !table->left_out;
	return table && table->kind == RESHAPE_ALTER && !table->left_out &&
	       lift_is_needed(table->structure, reshape->family, columns,
			      count);
}

static const struct reshape_table *parent_of(const struct reshape *reshape,
					     const struct reshape_table *child,
					     const struct def_foreign_key *key)
{
	return reshape_member(reshape,
			      *key->parent_database ? key->parent_database
						    : child->database,
			      key->parent);
}

/* Whether the table's own delta drops it anyway. */
static bool is_kept(const struct reshape_table *table,
		    const struct def_foreign_key *key)
{
	const struct delta *delta = &table->structure->delta;

	for (size_t i = 0; i < delta->count; i++)
		if (delta->clauses[i].phase == DELTA_DROP_FOREIGN_KEYS &&
		    !strcmp(delta->clauses[i].foreign_key->name, key->name))
			return false;
	return true;
}

/* Of a table that stays as it is: it need not wait for rows. */
static enum reshape_phase phase_of_return(const struct reshape *reshape,
					  const struct reshape_table *table,
					  const struct def_foreign_key *key)
{
	const struct reshape_table *parent = parent_of(reshape, table, key);

	return table->kind == RESHAPE_NONE && parent &&
			       reshape_is_replaced(parent)
		       ? RESHAPE_RETURNS
		       : RESHAPE_LATE;
}

/* It comes back when the columns on both its sides have their new names. */
static struct def_foreign_key renamed(struct reshape *reshape,
				      const struct reshape_table *table,
				      const struct def_foreign_key *key)
{
	static const struct renames none = {NULL, 0};
	const struct reshape_table *parent = parent_of(reshape, table, key);
	const struct renames *there = parent && parent->kind == RESHAPE_ALTER &&
						      !parent->left_out
					      ? &parent->structure->renames
					      : &none;
	const struct renames *here = table->kind == RESHAPE_ALTER
					     ? &table->structure->renames
					     : &none;
	struct def_foreign_key copy = *key;

	copy.columns = renames_all_after(here, key->columns, key->column_count,
					 reshape->arena);
	copy.parent_columns = renames_all_after(
		there, key->parent_columns, key->column_count, reshape->arena);
	return copy;
}

static void lift(struct orderer *orderer, const struct reshape_table *table,
		 const struct def_foreign_key *key)
{
	const struct def_foreign_key back = renamed(orderer->reshape, table,
						    key);
	const enum reshape_phase phase = phase_of_return(orderer->reshape,
							 table, key);
	struct vec *steps = &orderer->steps[phase];
	OWNED(buf_release) struct buf drop = BUF_INIT;

	buf_adds(&drop, "DROP FOREIGN KEY ");
	quote_name(&drop, key->name);
	add_alter(orderer, RESHAPE_LIFT, table, drop.data);
	add_foreign_key(orderer, phase, table, &back);
	((struct reshape_step *)vec_at(steps, steps->count - 1))->brings_back =
		true;
}

static void lift_keys_of(struct orderer *orderer,
			 const struct reshape_table *table)
{
	struct reshape *reshape = orderer->reshape;
	const struct definition *have = table->structure->have;

	if (!have || table->kind == RESHAPE_DROP || table->is_replaced)
		return;
	for (size_t i = 0; i < have->foreign_key_count; i++) {
		const struct def_foreign_key *key = &have->foreign_keys[i];

		if (!is_kept(table, key))
			continue;
		if (changes_under(reshape, table, key->columns,
				  key->column_count) ||
		    changes_under(reshape, parent_of(reshape, table, key),
				  key->parent_columns,
				  key->parent_column_count))
			lift(orderer, table, key);
	}
}

void reshape_order(struct reshape *reshape)
{
	struct orderer orderer = {.reshape = reshape};
	size_t count = 0;

	vec_truncate(&reshape->orphans, 0);
	vec_truncate(&reshape->lost, 0);
	for (int i = 0; i < RESHAPE_PHASES; i++)
		orderer.steps[i] = (struct vec)VEC_INIT(struct reshape_step);
	for (size_t i = 0; i < reshape->table_count; i++) {
		if (reshape->tables[i].left_out)
			continue;
		lift_keys_of(&orderer, &reshape->tables[i]);
		add_own(&orderer, &reshape->tables[i]);
	}
	for (int i = 0; i < RESHAPE_PHASES; i++)
		count += orderer.steps[i].count;
	reshape->steps = arena_alloc(reshape->arena,
				     (count + 1) * sizeof(*reshape->steps));
	reshape->step_count = 0;
	for (int i = 0; i < RESHAPE_PHASES; i++) {
		for (size_t k = 0; k < orderer.steps[i].count; k++)
			reshape->steps[reshape->step_count++] =
				*(const struct reshape_step *)vec_at(
					&orderer.steps[i], k);
		vec_release(&orderer.steps[i]);
	}
}
