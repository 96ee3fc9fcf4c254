/*
 * reshape.c - see reshape.h: tables, hazards, guards.  The order of the steps
 * is in reshape_order.c.
 */
#include "dbsync/plan/reshape.h"

#include "guards.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const char *reshape_word(enum reshape_kind kind)
{
	static const char *const words[] = {
		[RESHAPE_NONE] = "none",
		[RESHAPE_ALTER] = "alter",
		[RESHAPE_CREATE] = "create",
		[RESHAPE_DROP] = "drop",
	};

	return words[kind];
}

const char *proof_word(enum proof proof)
{
	static const char *const words[] = {
		[PROOF_UNASKED] = "not_asked",
		[PROOF_DONE] = "proven",
		[PROOF_IMPOSSIBLE] = "unproven",
		[PROOF_FAILED] = "failed",
	};

	return words[proof];
}

/* ------------------------------------------------------------------------
 * Tables
 * --------------------------------------------------------------------- */

static enum reshape_kind kind_of(const struct structure *structure)
{
	if (!structure->table[TARGET]) /* neither: it was undone before */
		return structure->table[SOURCE] ? RESHAPE_CREATE : RESHAPE_NONE;
	if (!structure->table[SOURCE])
		return RESHAPE_DROP;
	return structure->delta.count ? RESHAPE_ALTER : RESHAPE_NONE;
}

static void add_hazard(struct reshape_table *table,
		       const struct delta_clause *clause, enum hazard kind,
		       const char *endangered)
{
	if (kind)
		table->hazards[table->hazard_count++] = (struct reshape_hazard){
			.clause = clause,
			.kind = kind,
			.endangered = endangered,
		};
}

static void add_hazards(struct reshape *reshape, struct reshape_table *table)
{
	enum { MOST_OF_A_CLAUSE = 3 };
	const struct delta *delta = &table->structure->delta;

	table->hazards = arena_alloc(reshape->arena,
				     (MOST_OF_A_CLAUSE * delta->count + 1) *
					     sizeof(*table->hazards));
	for (size_t i = 0; i < delta->count && table->kind == RESHAPE_ALTER;
	     i++) {
		const struct delta_clause *clause = &delta->clauses[i];

		add_hazard(table, clause, clause->hazard, clause->endangered);
		add_hazard(table, clause, clause->also,
			   clause->also_endangered);
		add_hazard(table, clause,
			   clause->brings_check ? HAZARD_CHECK : HAZARD_NONE,
			   clause->check_endangered);
	}
}

static const struct table *model_of(const struct reshape_request *request,
				    const struct reshape_table *table)
{
	for (size_t i = 0; i < request->model_count; i++)
		if (!strcmp(request->models[i]->name, table->database))
			return database_find_table(request->models[i],
						   table->table);
	return NULL;
}

static bool has_broken_column(const struct definition *definition)
{
	for (size_t i = 0; definition && i < definition->column_count; i++)
		if (strchr(definition->columns[i].name, '\n'))
			return true;
	return false;
}

/* A backup point has lines, and names cannot be written in another way. */
static const char *name_trouble(const struct reshape_table *table)
{
	if (strchr(table->table, '\n') || strchr(table->database, '\n') ||
	    has_broken_column(table->structure->have) ||
	    has_broken_column(table->structure->want))
		return "its name or that of a column contains a line break, "
		       "which backup points cannot store";
	return NULL;
}

/* What a copy of a table can be made of, and what would be lost by it. */
static const char *copy_trouble(const struct reshape_table *table)
{
	static const char *const engines[] = {"InnoDB", "Aria",    "MyISAM",
					      "MEMORY", "ROCKSDB", NULL};
	const struct definition *want = table->structure->want;
	const char *engine = want ? definition_option(want, "ENGINE") : NULL;

	if (table->model && table->model->is_versioned)
		return "the server keeps its history, which a copy would not "
		       "have (`dbsync incremental` keeps it)";
	for (size_t i = 0; engine && engines[i]; i++)
		if (text_equal_nocase(engine, engines[i]))
			return NULL;
	return engine ? "tables of its engine are not copied: its rows may be "
			"stored elsewhere"
		      : NULL;
}

static void replace(struct reshape_table *table)
{
	table->is_replaced = true;
	table->is_saved = table->kind != RESHAPE_CREATE;
	if (!table->left_out)
		table->left_out = name_trouble(table);
	if (!table->left_out)
		table->left_out = copy_trouble(table);
}

/* It is to become what it is. */
static void keep_extra(struct reshape *reshape,
		       const struct reshape_request *request,
		       struct reshape_table *table)
{
	struct structure *same = arena_alloc(reshape->arena, sizeof(*same));

	*same = *table->structure;
	same->table[SOURCE] = same->table[TARGET];
	same->text[SOURCE] = same->text[TARGET];
	same->want = same->renamed = same->have;
	table->structure = same;
	table->kind = RESHAPE_NONE;
	table->is_extra = true;
	table->model = model_of(request, table);
	reshape->table_count++;
}

static void add_table(struct reshape *reshape,
		      const struct reshape_request *request,
		      const struct finding *finding)
{
	const struct structure *structure = finding->structure;
	struct reshape_table *table = &reshape->tables[reshape->table_count];
	const char *copied =
		request->copied ? request->copied[finding - request->findings]
				: NULL;

	if (!structure)
		return;
	*table = (struct reshape_table){
		.source_database = finding->database[SOURCE],
		.database = finding->database[TARGET],
		.table = finding_target_name(finding),
		.kind = kind_of(structure),
		.structure = structure,
		.left_out = structure->unknown || !(request->replaces || copied)
				    ? structure->unknown
				    : structure->opaque,
		.copy_reason = copied,
		.source_counter = finding->subject ? finding->subject->pair
							     ->table[SOURCE]
							     ->auto_increment
						   : 0,
	};
	if (table->kind == RESHAPE_DROP && !request->drops_tables) {
		if (request->replaces)
			keep_extra(reshape, request, table);
		return;
	}
	if (!table->left_out && table->kind != RESHAPE_NONE)
		table->left_out = name_trouble(table);
	table->model = model_of(request, table);
	table->is_saved = table->kind == RESHAPE_DROP ||
			  (request->saves_all && table->kind == RESHAPE_ALTER);
	if ((request->replaces || copied) && table->kind != RESHAPE_DROP)
		replace(table);
	else
		add_hazards(reshape, table);
	reshape->table_count++;
}

static int compare_names(const void *a, const void *b)
{
	const struct reshape_table *left = *(
		const struct reshape_table *const *)a;
	const struct reshape_table *right = *(
		const struct reshape_table *const *)b;
	const int order = strcmp(left->database, right->database);

	return order ? order : strcmp(left->table, right->table);
}

static void index_names(struct reshape *reshape)
{
	reshape->by_name = arena_alloc(reshape->arena,
				       (reshape->table_count + 1) *
					       sizeof(*reshape->by_name));
	for (size_t i = 0; i < reshape->table_count; i++)
		reshape->by_name[i] = &reshape->tables[i];
	qsort(reshape->by_name, reshape->table_count, sizeof(*reshape->by_name),
	      compare_names);
}

static const char *no_statements(const struct reshape *reshape,
				 const struct object_pair *pair)
{
	const char *kind = object_kind_name(pair->kind);

	if (!pair->object[SOURCE])
		return arena_printf(reshape->arena,
				    "only the target has this %s "
				    "(--drop-extra-objects drops it)",
				    kind);
	return arena_printf(reshape->arena,
			    "this %s of the source is invalid and cannot be "
			    "created",
			    kind);
}

static void add_object(struct reshape *reshape,
		       const struct object_finding *finding)
{
	const struct object_pair *pair = finding->pair;

	if (pair->unknown) {
		reshape->gaps[reshape->gap_count++] = (struct plan_gap){
			.database = finding->database[TARGET],
			.table = pair->name,
			.reason = arena_printf(reshape->arena, "%s: %s",
					       object_kind_name(pair->kind),
					       pair->unknown),
		};
		return;
	}
	if (!object_pair_differs(pair))
		return;
	if (!pair->statement_count) {
		reshape->gaps[reshape->gap_count++] = (struct plan_gap){
			.database = finding->database[TARGET],
			.table = pair->name,
			.reason = no_statements(reshape, pair),
		};
		return;
	}
	reshape->objects[reshape->object_count++] = (struct reshape_object){
		.database = finding->database[TARGET],
		.kind = pair->kind,
		.name = pair->name,
		.table = pair->table,
		.definer = pair->object[SOURCE] &&
					   pair->object[SOURCE]->acts_as_definer
				   ? pair->object[SOURCE]->definer
				   : NULL,
		.statements = pair->statements,
		.statement_count = pair->statement_count,
		.notes = pair->notes,
		.note_count = pair->note_count,
	};
}

static void add_objects(struct reshape *reshape,
			const struct reshape_request *request)
{
	const size_t room = request->object_count + 1;

	reshape->objects = arena_alloc(reshape->arena,
				       room * sizeof(*reshape->objects));
	reshape->gaps = arena_alloc(reshape->arena,
				    room * sizeof(*reshape->gaps));
	for (size_t i = 0; i < request->object_count; i++)
		add_object(reshape, &request->objects[i]);
}

struct reshape *reshape_make(const struct reshape_request *request)
{
	struct reshape *reshape = mem_zero(1, sizeof(*reshape));

	reshape->arena = arena_new();
	reshape->orphans = (struct vec)VEC_INIT(struct plan_gap);
	reshape->lost = (struct vec)VEC_INIT(struct foreign_key);
	reshape->family = request->family;
	reshape->options = request->options;
	reshape->scratch = request->scratch;
	reshape->writes_rows = request->writes_rows;
	reshape->models = request->models;
	reshape->model_count = request->model_count;
	reshape->tables = arena_alloc(reshape->arena,
				      (request->finding_count + 1) *
					      sizeof(*reshape->tables));
	for (size_t i = 0; i < request->finding_count; i++)
		add_table(reshape, request, &request->findings[i]);
	index_names(reshape);
	add_objects(reshape, request);
	return reshape;
}

void reshape_drop(struct reshape **reshape)
{
	if (!*reshape)
		return;
	vec_release(&(*reshape)->orphans);
	vec_release(&(*reshape)->lost);
	arena_drop(&(*reshape)->arena);
	mem_drop(reshape);
}

const struct reshape_table *reshape_member(const struct reshape *reshape,
					   const char *database,
					   const char *table)
{
	const struct reshape_table wanted = {.database = database,
					     .table = table};
	const struct reshape_table *key = &wanted;

	if (!reshape)
		return NULL;
	const struct reshape_table **found =
		bsearch(&key, reshape->by_name, reshape->table_count,
			sizeof(const struct reshape_table *), compare_names);

	return found ? *found : NULL;
}

bool reshape_is_replaced(const struct reshape_table *table)
{
	return table->is_replaced && !table->left_out;
}

bool reshape_replaces(const struct reshape *reshape, const char *database,
		      const char *table)
{
	const struct reshape_table *member = reshape_member(reshape, database,
							    table);

	return member && reshape_is_replaced(member);
}

const struct reshape_table *reshape_find(const struct reshape *reshape,
					 const char *database,
					 const char *table)
{
	const struct reshape_table *member = reshape_member(reshape, database,
							    table);

	return member && member->kind != RESHAPE_NONE && !member->left_out
		       ? member
		       : NULL;
}

bool reshape_restores_rows(const struct reshape_table *table)
{
	return table->is_saved && table->kind != RESHAPE_CREATE;
}

bool reshape_owns_rows(const struct reshape *reshape, const char *database,
		       const char *table)
{
	const struct reshape_table *member = reshape_member(reshape, database,
							    table);

	return member && !member->left_out &&
	       (member->kind == RESHAPE_CREATE ||
		reshape_restores_rows(member));
}

/* ------------------------------------------------------------------------
 * The way back
 * --------------------------------------------------------------------- */

static const struct structure *swap(const struct reshape *reshape,
				    const struct structure *structure,
				    struct arena *arena)
{
	struct structure *back = arena_alloc(arena, sizeof(*back));

	*back = (struct structure){
		.table[SOURCE] = structure->table[TARGET],
		.table[TARGET] = structure->table[SOURCE] ? structure->name
							  : NULL,
		.name = structure->name,
		.want = structure->have,
		.have = structure->want,
		.diff = "",
	};
	back->renames = renames_reverse(&structure->renames, arena);
	back->renamed = renames_definition(&back->renames, back->have, arena);
	if (back->want && back->have)
		delta_make(back->have, back->want, &back->renames,
			   reshape->family, arena, &back->delta);
	return back;
}

struct reshape *reshape_reverse(const struct reshape *reshape)
{
	struct reshape *back = mem_zero(1, sizeof(*back));

	back->arena = arena_new();
	back->orphans = (struct vec)VEC_INIT(struct plan_gap);
	back->lost = (struct vec)VEC_INIT(struct foreign_key);
	back->family = reshape->family;
	back->options = "";
	back->scratch = reshape->scratch;
	back->table_count = reshape->table_count;
	back->tables = arena_alloc(back->arena, (reshape->table_count + 1) *
							sizeof(*back->tables));
	for (size_t i = 0; i < reshape->table_count; i++) {
		const struct reshape_table *table = &reshape->tables[i];
		struct reshape_table *to = &back->tables[i];

		*to = *table;
		to->counter = 0;
		to->is_replaced = false;
		to->hazard_count = 0; /* of clauses that are not its own */
		if (table->left_out)
			continue;
		to->structure = swap(reshape, table->structure, back->arena);
		to->kind = kind_of(to->structure);
		if (to->kind == RESHAPE_ALTER && !to->is_saved && to->model)
			to->counter = to->model->auto_increment;
	}
	index_names(back);
	reshape_order(back);
	return back;
}

bool reshape_is_empty(const struct reshape *reshape)
{
	return !reshape->object_count && reshape_leaves_tables(reshape);
}

bool reshape_leaves_tables(const struct reshape *reshape)
{
	for (size_t i = 0; i < reshape->table_count; i++)
		if (!reshape->tables[i].left_out &&
		    (reshape->tables[i].is_saved ||
		     reshape->tables[i].is_replaced))
			return false;
	return !reshape->step_count;
}

/* ------------------------------------------------------------------------
 * Guards
 * --------------------------------------------------------------------- */

bool hazard_loses_values(enum hazard kind)
{
	return kind != HAZARD_NONE && kind != HAZARD_UNIQUE &&
	       kind != HAZARD_CHECK && kind != HAZARD_COLLATION &&
	       kind != HAZARD_SRID;
}

bool hazard_is_real(const struct reshape_hazard *hazard)
{
	return !hazard->is_asked || hazard->rows;
}

struct judge {
	struct reshape *reshape;
	struct text_list allow;
	struct vec guards; /* struct guard */
};

static bool allows(const struct judge *judge, const char *word)
{
	for (size_t i = 0; i < judge->allow.count; i++)
		if (!strcmp(judge->allow.items[i], word) ||
		    !strcmp(judge->allow.items[i], "all"))
			return true;
	return false;
}

static const char *text_of(struct arena *arena,
			   const struct reshape_hazard *hazard)
{
	const struct delta_clause *clause = hazard->clause;

	if (!hazard->is_asked)
		return arena_printf(arena, "%s: %s", clause->what,
				    hazard_meaning(hazard->kind));
	return arena_printf(arena, "%s: %s (%" PRIu64 " row%s)", clause->what,
			    hazard_meaning(hazard->kind), hazard->rows,
			    hazard->rows == 1 ? "" : "s");
}

static void judge_hazards(struct judge *judge, struct reshape_table *table)
{
	struct arena *arena = judge->reshape->arena;

	for (size_t i = 0; i < table->hazard_count; i++) {
		struct reshape_hazard *hazard = &table->hazards[i];
		const char *word = hazard_word(hazard->kind);

		if (!hazard_is_real(hazard) || hazard->is_late)
			continue;
		hazard->is_allowed = allows(judge, word);
		*(struct guard *)vec_push(&judge->guards) = (struct guard){
			.kind = GUARD_UNSAFE,
			.database = table->database,
			.table = table->table,
			.text = text_of(arena, hazard),
			.way = arena_printf(arena, "--allow-unsafe=%s", word),
			.is_allowed = hazard->is_allowed,
		};
	}
}

static void judge_proof(struct judge *judge, const struct reshape_table *table,
			bool allow_unproven)
{
	struct arena *arena = judge->reshape->arena;

	if (table->is_untried || table->kind == RESHAPE_NONE ||
	    table->kind == RESHAPE_DROP || table->proof != PROOF_IMPOSSIBLE)
		return;
	*(struct guard *)vec_push(&judge->guards) = (struct guard){
		.kind = GUARD_UNPROVEN,
		.database = table->database,
		.table = table->table,
		.text = arena_printf(arena,
				     "its statements could not be tried on an "
				     "empty table before: %s",
				     table->proof_text),
		.way = "--allow-unproven",
		.is_allowed = allow_unproven,
	};
}

void reshape_judge(struct reshape *reshape, const struct reshape_limits *limits)
{
	struct judge judge = {reshape, limits->allow_unsafe,
			      VEC_INIT(struct guard)};

	reshape_foreign_guards(reshape, limits, &judge.guards);
	for (size_t i = 0; i < reshape->table_count; i++) {
		struct reshape_table *table = &reshape->tables[i];

		if (table->left_out)
			continue;
		judge_hazards(&judge, table);
		judge_proof(&judge, table, limits->allow_unproven);
	}
	reshape->guard_count = judge.guards.count;
	reshape->guards = arena_alloc(reshape->arena,
				      (judge.guards.count + 1) *
					      sizeof(struct guard));
	if (judge.guards.count)
		memcpy(reshape->guards, judge.guards.items,
		       judge.guards.count * sizeof(struct guard));
	vec_release(&judge.guards);
}
