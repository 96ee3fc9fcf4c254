/* manifest.c - see manifest.h: what a plan says of itself; JSON is in manifest_json.c. */
#include "dbsync/backup/manifest.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/db/quote.h"
#include "dbsync/schema/render.h"

#include <string.h>
#include <time.h>

/* ------------------------------------------------------------------------
 * Of a plan
 * --------------------------------------------------------------------- */

static const char *now(struct arena *arena)
{
	const time_t seconds = time(NULL);
	struct tm utc;
	char text[32];

	(void)gmtime_r(&seconds, &utc);
	(void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
	return arena_strdup(arena, text);
}

/*
 * The guards in the way of the plan, all of which were allowed, and the others
 * that the run was told to pass: its undoing may meet them first, in what the
 * run has made.
 */
static struct text_list allowed_of(struct arena *arena, const struct plan *plan,
				   struct text_list allow)
{
	const size_t guards = plan ? plan->guard_count : 0;
	const char **words = arena_alloc(arena, (guards + allow.count + 1) *
							sizeof(*words));
	size_t count = 0;

	for (size_t i = 0; i < guards; i++)
		words[count++] = guard_word(plan->guards[i].kind);
	for (size_t i = 0; i < allow.count; i++)
		words[count++] = arena_strdup(arena, allow.items[i]);
	return (struct text_list){words, count};
}

static void describe_columns(struct arena *arena, const struct image *image,
			     struct manifest_table *table)
{
	struct manifest_column *columns =
		arena_alloc(arena, (image->count + 1) * sizeof(*columns));
	const char **key = arena_alloc(arena,
				       (image->key_count + 1) * sizeof(*key));

	for (size_t i = 0; i < image->count; i++) {
		const struct column *column = image->columns[i].column;

		columns[i] = (struct manifest_column){
			column->name, column->type_text, column->collation};
	}
	for (size_t i = 0; i < image->key_count; i++)
		key[i] = columns[image->key[i]].name;
	table->columns = columns;
	table->column_count = image->count;
	table->written_count = image->written_count;
	table->key = key;
	table->key_count = image->key_count;
}

static void describe_forms(struct arena *arena, const struct pair *pair,
			   struct manifest_table *table)
{
	struct pair_form *forms = arena_alloc(arena, (pair->column_count + 1) *
							     sizeof(*forms));

	for (size_t i = 0; i < pair->column_count; i++) {
		const struct pair_column *column = &pair->columns[i];

		forms[i] = (struct pair_form){
			.name = column->on[TARGET]->name,
			.is_json = column->is_json,
			.is_long = column->is_long,
			.is_convert = column->is_convert,
			.is_number = column->is_number,
			.is_marked = column->is_marked,
			.folds_zero = column->folds_zero,
			.is_ignored = column->is_ignored,
		};
	}
	table->forms = forms;
	table->form_count = pair->column_count;
}

static void describe_plan(struct manifest *manifest, const struct plan *plan,
			  const struct reshape *reshape)
{
	struct arena *arena = manifest->arena;

	manifest->tables = arena_alloc(
		arena, (plan->table_count + 1) * sizeof(struct manifest_table));
	for (size_t i = 0; i < plan->table_count; i++) {
		const struct finding *finding = plan->tables[i].finding;
		struct manifest_table *table =
			&manifest->tables[manifest->table_count];

		if (reshape_owns_rows(reshape, finding->database[TARGET],
				      plan->tables[i].target->name))
			continue;
		*table = (struct manifest_table){
			.database = finding->database[TARGET],
			.table = plan->tables[i].target->name,
			.counter = plan->tables[i].target->auto_increment,
		};
		memcpy(table->changes, finding->records,
		       sizeof(table->changes));
		describe_columns(arena, finding->subject->image, table);
		describe_forms(arena, finding->subject->pair, table);
		manifest->table_count++;
	}
}

/* ------------------------------------------------------------------------
 * Of a reshape
 * --------------------------------------------------------------------- */

static const char *definition_text(const struct definition *definition,
				   const char *table, enum server_family family,
				   struct arena *arena)
{
	OWNED(buf_release) struct buf name = BUF_INIT;
	OWNED(buf_release) struct buf text = BUF_INIT;

	quote_name(&name, table);
	render_table(definition, name.data, family,
		     RENDER_FOREIGN_KEYS | RENDER_AS_SAID, &text);
	return arena_strdup(arena, text.data);
}

static bool is_touched(const struct reshape *reshape,
		       const struct reshape_table *table)
{
	/* one whose steps failed is in the backup point of the first passage */
	if (table->left_out && !table->is_given_up)
		return false;
	return table->is_saved || table->is_replaced ||
	       reshape_has_steps(reshape, table);
}

/* Between which a run may die; where the steps were tried, they were seen. */
static struct text_list states_of(const struct reshape *reshape,
				  const struct reshape_table *table,
				  struct arena *arena)
{
	if (table->state_count || !table->late_state_count)
		return (struct text_list){table->states, table->state_count};
	const char **texts = arena_alloc(arena, table->late_state_count *
							sizeof(*texts));

	for (size_t i = 0; i < table->late_state_count; i++)
		texts[i] = definition_text(table->late_states[i], table->table,
					   reshape->family, arena);
	return (struct text_list){texts, table->late_state_count};
}

static void describe_shape(struct manifest *manifest,
			   const struct reshape *reshape,
			   const struct reshape_table *table)
{
	struct arena *arena = manifest->arena;
	const struct structure *structure = table->structure;
	struct manifest_shape *shape =
		&manifest->shapes[manifest->shape_count++];

	*shape = (struct manifest_shape){
		.database = table->database,
		.table = table->table,
		.kind = reshape_word(table->kind),
		.is_saved = reshape_restores_rows(table),
		.counter = table->model ? table->model->auto_increment : 0,
		.counter_after = table->counter,
		.states = states_of(reshape, table, arena),
		.renames = structure->renames,
	};
	if (structure->table[TARGET])
		shape->before = structure->text[TARGET];
	if (structure->table[SOURCE])
		shape->after = definition_text(structure->want, table->table,
					       reshape->family, arena);
}

static void describe_object(struct manifest *manifest,
			    const struct reshape_object *object)
{
	manifest->objects[manifest->object_count++] = (struct manifest_object){
		.database = object->database,
		.kind = object_kind_name(object->kind),
		.name = object->name,
		.table = object->table,
		.before = object->kept.create,
		.collation = object->kept.base_collation,
		.statements = {object->kept.statements,
			       object->kept.statement_count},
	};
}

static void describe_reshape(struct manifest *manifest,
			     const struct reshape *reshape)
{
	manifest->objects = arena_alloc(manifest->arena,
					(reshape->object_count + 1) *
						sizeof(*manifest->objects));
	const struct reshape_object **objects =
		reshape_kept_order(reshape, manifest->arena);

	for (size_t i = 0; i < reshape->object_count; i++)
		describe_object(manifest, objects[i]);
	manifest->shapes = arena_alloc(manifest->arena,
				       (reshape->table_count + 1) *
					       sizeof(struct manifest_shape));
	for (size_t i = 0; i < reshape->table_count; i++)
		if (is_touched(reshape, &reshape->tables[i]))
			describe_shape(manifest, reshape, &reshape->tables[i]);
}

struct manifest *manifest_of_plan(const struct manifest_wish *wish)
{
	struct manifest *manifest = mem_zero(1, sizeof(*manifest));
	struct arena *arena = arena_new();

	manifest->arena = arena;
	manifest->run = arena_strdup(arena, wish->run);
	manifest->created = now(arena);
	manifest->command = wish->command;
	manifest->source = arena_strdup(arena, wish->source);
	manifest->target = arena_strdup(arena, wish->target);
	manifest->target_version = arena_strdup(arena, wish->target_version);
	manifest->target_identity = arena_strdup(arena, wish->facts->identity);
	manifest->key = arena_strdup(arena, wish->key ? wish->key : "");
	manifest->allowed = allowed_of(arena, wish->plan, wish->allow);
	if (wish->plan)
		describe_plan(manifest, wish->plan, wish->reshape);
	if (wish->reshape)
		describe_reshape(manifest, wish->reshape);
	return manifest;
}

void manifest_drop(struct manifest **manifest)
{
	if (!*manifest)
		return;
	arena_drop(&(*manifest)->arena);
	mem_drop(manifest);
}
