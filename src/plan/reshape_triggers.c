/*
 * reshape_triggers.c - triggers of the target as objects of a run that it does not
 * change: those of tables that copies replace, of tables that are dropped, and
 * those that would fire when rows are written.
 */
#include "dbsync/plan/reshape.h"

#include "coming.h"

#include "dbsync/base/own.h"

#include <stdlib.h>
#include <string.h>

static struct reshape_object *find_trigger(const struct reshape *reshape,
					   const struct trigger *trigger)
{
	for (size_t i = 0; i < reshape->object_count; i++) {
		struct reshape_object *object = &reshape->objects[i];

		if (object->kind == OBJECT_TRIGGER &&
		    !strcmp(object->database, trigger->database) &&
		    !strcmp(object->name, trigger->name))
			return object;
	}
	return NULL;
}

void reshape_add_object(struct reshape *reshape,
			const struct reshape_object *object)
{
	struct reshape_object *objects = arena_alloc(
		reshape->arena, (reshape->object_count + 1) * sizeof(*objects));

	if (reshape->object_count)
		memcpy(objects, reshape->objects,
		       reshape->object_count * sizeof(*objects));
	objects[reshape->object_count++] = *object;
	reshape->objects = objects;
}

/* ------------------------------------------------------------------------
 * Those of tables that are replaced
 * --------------------------------------------------------------------- */

bool reshape_makes_trigger(const struct reshape *reshape,
			   const struct trigger *trigger)
{
	return find_trigger(reshape, trigger) != NULL;
}

static bool is_carried(const struct reshape *reshape,
		       const struct trigger *trigger)
{
	return reshape_replaces(reshape, trigger->database, trigger->table) &&
	       !reshape_makes_trigger(reshape, trigger);
}

static size_t trigger_count(const struct target_facts *facts)
{
	size_t count = 0;

	for (size_t d = 0; d < facts->database_count; d++)
		count += facts->relations[d]->trigger_count;
	return count;
}

/* Those of an earlier call. */
static void drop_carried(struct reshape *reshape)
{
	size_t count = 0;

	for (size_t i = 0; i < reshape->object_count; i++)
		if (!reshape->objects[i].is_carried)
			reshape->objects[count++] = reshape->objects[i];
	reshape->object_count = count;
}

void reshape_carry_triggers(struct reshape *reshape,
			    const struct target_facts *facts)
{
	const size_t room = reshape->object_count + trigger_count(facts) + 1;
	struct reshape_object *objects = arena_alloc(reshape->arena,
						     room * sizeof(*objects));

	drop_carried(reshape);
	if (reshape->object_count)
		memcpy(objects, reshape->objects,
		       reshape->object_count * sizeof(*objects));
	reshape->objects = objects;
	for (size_t d = 0; d < facts->database_count; d++)
		for (size_t i = 0; i < facts->relations[d]->trigger_count;
		     i++) {
			const struct trigger *trigger =
				&facts->relations[d]->triggers[i];

			if (is_carried(reshape, trigger))
				objects[reshape->object_count++] =
					(struct reshape_object){
						.database = trigger->database,
						.kind = OBJECT_TRIGGER,
						.name = trigger->name,
						.table = trigger->table,
						.is_carried = true,
					};
		}
}

static int compare_orders(const void *a, const void *b)
{
	const struct reshape_object *left = *(
		const struct reshape_object *const *)a;
	const struct reshape_object *right = *(
		const struct reshape_object *const *)b;

	return (left->kept.order > right->kept.order) -
	       (left->kept.order < right->kept.order);
}

const struct reshape_object **reshape_kept_order(const struct reshape *reshape,
						 struct arena *arena)
{
	const size_t room = reshape->object_count + 1;
	const struct reshape_object **all = arena_alloc(arena,
							room * sizeof(*all));
	const struct reshape_object **triggers =
		arena_alloc(arena, room * sizeof(*triggers));
	size_t count = 0;

	for (size_t i = 0; i < reshape->object_count; i++)
		if (reshape->objects[i].kind == OBJECT_TRIGGER)
			triggers[count++] = &reshape->objects[i];
	qsort(triggers, count, sizeof(*triggers), compare_orders);
	count = 0;
	for (size_t i = 0; i < reshape->object_count; i++)
		all[i] = reshape->objects[i].kind == OBJECT_TRIGGER
				 ? triggers[count++]
				 : &reshape->objects[i];
	return all;
}

/* ------------------------------------------------------------------------
 * Those of tables that are dropped
 * --------------------------------------------------------------------- */

static bool is_dropped(struct reshape *reshape, const struct trigger *trigger)
{
	const struct reshape_table *table =
		reshape_member(reshape, trigger->database, trigger->table);

	return table && !table->left_out && table->kind == RESHAPE_DROP &&
	       !find_trigger(reshape, trigger);
}

/* The backup point has it; it is the table that takes it along, if it goes. */
static struct reshape_object dropped_of(const struct trigger *trigger)
{
	static const char *const statements[] = {"DO 0"};
	static const char *const notes[] = {"dropped with its table"};

	return (struct reshape_object){
		.database = trigger->database,
		.kind = OBJECT_TRIGGER,
		.name = trigger->name,
		.table = trigger->table,
		.statements = statements,
		.statement_count = 1,
		.notes = notes,
		.note_count = 1,
	};
}

void reshape_drop_triggers(struct reshape *reshape,
			   const struct target_facts *facts)
{
	for (size_t d = 0; d < facts->database_count; d++)
		for (size_t i = 0; i < facts->relations[d]->trigger_count;
		     i++) {
			const struct trigger *trigger =
				&facts->relations[d]->triggers[i];
			struct reshape_object object;

			if (!is_dropped(reshape, trigger))
				continue;
			object = dropped_of(trigger);
			reshape_add_object(reshape, &object);
		}
}

/* ------------------------------------------------------------------------
 * Triggers that are away while rows are written
 * --------------------------------------------------------------------- */

/* Whether it is on a table whose rows are compared only later. */
static bool is_coming(const struct vec *coming, const struct trigger *trigger)
{
	for (size_t i = 0; i < coming->count; i++) {
		const struct coming *item = vec_at(coming, i);

		if (!strcmp(item->finding->database[TARGET],
			    trigger->database) &&
		    !strcmp(finding_target_name(item->finding), trigger->table))
			return true;
	}
	return false;
}

static bool writes_rows_of(const struct reshape *reshape,
			   const struct plan *plan, const struct vec *coming,
			   const struct trigger *trigger)
{
	const struct reshape_table *member =
		reshape_member(reshape, trigger->database, trigger->table);

	if (member && !member->left_out && member->kind != RESHAPE_DROP &&
	    reshape_restores_rows(member))
		return true;
	if (is_coming(coming, trigger))
		return true;
	for (size_t i = 0; i < plan->table_count; i++) {
		const struct plan_table *table = &plan->tables[i];

		if (table->rows &&
		    !strcmp(table->finding->database[TARGET],
			    trigger->database) &&
		    !strcmp(table->target->name, trigger->table))
			return true;
	}
	return false;
}

/*
 * Those of a table that the run makes or drops itself have an order among them,
 * and a text that suits other columns perhaps: they are not for this run.
 */
static bool changes_triggers_of(const struct reshape *reshape,
				const struct trigger *trigger)
{
	for (size_t i = 0; i < reshape->object_count; i++) {
		const struct reshape_object *object = &reshape->objects[i];

		if (object->kind == OBJECT_TRIGGER && !object->is_carried &&
		    !strcmp(object->database, trigger->database) &&
		    !strcmp(object->table, trigger->table))
			return true;
	}
	return false;
}

static void disarm(struct reshape *reshape, const struct trigger *trigger)
{
	static const char *const notes[] = {"dropped while rows are written"};
	struct reshape_object *object = find_trigger(reshape, trigger);
	const struct reshape_object carried = {
		.database = trigger->database,
		.kind = OBJECT_TRIGGER,
		.name = trigger->name,
		.table = trigger->table,
		.notes = notes,
		.note_count = 1,
		.is_carried = true,
		.is_disarmed = true,
	};

	if (object)
		object->is_disarmed = true;
	else
		reshape_add_object(reshape, &carried);
}

bool reshape_may_disarm(const struct plan_request *request,
			const struct trigger *trigger)
{
	return request->disarms &&
	       (request->disarms_all || !request->reshape ||
		!changes_triggers_of(request->reshape, trigger));
}

void reshape_disarm(struct reshape *reshape, const struct plan *plan,
		    const struct plan_request *request)
{
	const struct target_facts *facts = request->facts;
	OWNED(vec_release) struct vec coming = VEC_INIT(struct coming);

	coming_find(request, &coming);
	for (size_t d = 0; d < facts->database_count; d++)
		for (size_t i = 0; i < facts->relations[d]->trigger_count;
		     i++) {
			const struct trigger *trigger =
				&facts->relations[d]->triggers[i];

			if (writes_rows_of(reshape, plan, &coming, trigger) &&
			    reshape_may_disarm(request, trigger))
				disarm(reshape, trigger);
		}
}

bool reshape_disarms(const struct reshape *reshape,
		     const struct trigger *trigger)
{
	const struct reshape_object *object = find_trigger(reshape, trigger);

	return object && object->is_disarmed;
}

bool reshape_changes(const struct reshape *reshape)
{
	for (size_t i = 0; i < reshape->object_count; i++)
		if (!reshape->objects[i].is_carried ||
		    !reshape->objects[i].is_disarmed)
			return true;
	return !reshape_leaves_tables(reshape);
}

bool reshape_is_disarmed(const struct reshape *reshape)
{
	for (size_t i = 0; i < reshape->object_count; i++)
		if (reshape->objects[i].is_disarmed)
			return true;
	return false;
}
