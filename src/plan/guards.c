/*
 * guards.c - see guards.h.  All guards that apply are found, not only the
 * first: a person wants one list, not one refusal per try.
 *
 *	kind			allowed by
 *	read-only, replica	--allow KIND
 *	empty-source		--allow-empty TABLE, --max-delete-percent 100
 *	delete-percent		--max-delete-percent N
 *	max-changes		--max-changes N
 *	triggers … where	--allow KIND
 *	privileges		--allow KIND, before there is a plan
 *	foreign-data, definers	--allow KIND (reshape_foreign.c)
 *	unsafe, unproven	--allow-unsafe, --allow-unproven (reshape.c)
 */
#include "guards.h"

#include "coming.h"

#include "dbsync/base/own.h"
#include "dbsync/base/vec.h"
#include "dbsync/data/walk.h"
#include "dbsync/plan/reshape.h"

#include <inttypes.h>
#include <string.h>

struct finder {
	struct plan *plan;
	const struct plan_request *request;
	struct vec guards; /* struct guard */
	struct vec coming; /* struct coming */
};

static const char *const words[GUARD_KINDS] = {
	[GUARD_READ_ONLY] = "read-only",
	[GUARD_REPLICA] = "replica",
	[GUARD_EMPTY_SOURCE] = "empty-source",
	[GUARD_DELETE_PERCENT] = "delete-percent",
	[GUARD_MAX_CHANGES] = "max-changes",
	[GUARD_TRIGGERS] = "triggers",
	[GUARD_CASCADE] = "cascade",
	[GUARD_NON_TRANSACTIONAL] = "non-transactional",
	[GUARD_NO_KEY] = "no-key",
	[GUARD_VERSIONED] = "versioned",
	[GUARD_PRIVILEGES] = "privileges",
	[GUARD_WHERE] = "where",
	[GUARD_FOREIGN_DATA] = "foreign-data",
	[GUARD_DEFINERS] = "definers",
	[GUARD_UNSAFE] = "unsafe",
	[GUARD_UNPROVEN] = "unproven",
};

const char *guard_word(enum guard_kind kind)
{
	return words[kind];
}

static bool is_allowed(const struct finder *finder, enum guard_kind kind)
{
	const struct text_list *allow = &finder->request->allow;

	for (size_t i = 0; i < allow->count; i++)
		if (!strcmp(allow->items[i], words[kind]))
			return true;
	return false;
}

/* way: NULL for `--allow KIND`. */
static void add_named(struct finder *finder, enum guard_kind kind,
		      const char *database, const char *table, const char *way,
		      const char *text)
{
	struct guard *guard = vec_push(&finder->guards);

	*guard = (struct guard){
		.kind = kind,
		.database = database,
		.table = table,
		.text = text,
		.way = way ? way
			   : arena_printf(finder->plan->arena, "--allow %s",
					  words[kind]),
		.is_allowed = is_allowed(finder, kind),
	};
}

static void add(struct finder *finder, enum guard_kind kind,
		const struct plan_table *table, const char *way,
		const char *text)
{
	add_named(finder, kind, table ? table->finding->database[TARGET] : NULL,
		  table ? table->finding->table : NULL, way, text);
}

static void guard_server(struct finder *finder)
{
	const struct target_facts *facts = finder->request->facts;
	struct arena *arena = finder->plan->arena;

	if (facts->is_read_only)
		add(finder, GUARD_READ_ONLY, NULL, NULL,
		    "the target is read-only");
	if (facts->replicates)
		add(finder, GUARD_REPLICA, NULL, NULL,
		    arena_printf(arena,
				 "the target is a replica of %s: what is "
				 "written to it may break its replication",
				 facts->replicates));
	if (facts->replica_doubt)
		add(finder, GUARD_REPLICA, NULL, NULL,
		    arena_printf(arena,
				 "whether the target is a replica could not be "
				 "seen (%s)",
				 facts->replica_doubt));
}

/* ------------------------------------------------------------------------
 * How much
 * --------------------------------------------------------------------- */

bool guards_names_table(struct text_list globs, const char *database,
			const char *table)
{
	for (size_t i = 0; i < globs.count; i++)
		if (choice_fits(globs.items[i], database, table))
			return true;
	return false;
}

bool guards_is_large(const struct pair *pair)
{
	const uint64_t most = (uint64_t)GUARDS_SMALL_MIB << 20;

	return table_bytes(pair->table[SOURCE]) > most ||
	       table_bytes(pair->table[TARGET]) > most;
}

static bool may_be_empty(const struct finder *finder,
			 const struct finding *finding)
{
	return guards_names_table(finder->request->allow_empty,
				  finding->database[SOURCE], finding->table);
}

static void guard_deletes(struct finder *finder, const struct plan_table *table)
{
	const struct finding *finding = table->finding;
	const uint64_t deletes = finding->changes[CHANGE_DELETE];
	const uint64_t rows = finding_rows(finding, TARGET);
	const unsigned most = finder->request->max_delete_percent;
	struct arena *arena = finder->plan->arena;

	if (!deletes || most >= 100)
		return;
	if (!finding_rows(finding, SOURCE)) {
		if (!may_be_empty(finder, finding))
			add(finder, GUARD_EMPTY_SOURCE, table,
			    arena_printf(arena, "--allow-empty %s",
					 finding->table),
			    arena_printf(
				    arena,
				    "it is empty on the source; all %" PRIu64
				    " rows of the target would be deleted",
				    rows));
	} else if (rows > GUARDS_SMALL_TABLE && deletes * 100 > rows * most) {
		add(finder, GUARD_DELETE_PERCENT, table,
		    arena_printf(arena, "--max-delete-percent %" PRIu64,
				 (deletes * 100 + rows - 1) / rows),
		    arena_printf(arena,
				 "%" PRIu64 " of %" PRIu64
				 " rows (%.1f %%) would be deleted; at most %u "
				 "%% may be",
				 deletes, rows,
				 (double)deletes * 100 / (double)rows, most));
	}
}

/* Rows that are compared only with their new structure. */
static uint64_t coming_rows(const struct finder *finder, bool is_certain)
{
	uint64_t rows = 0;

	for (size_t i = 0; i < finder->coming.count; i++) {
		const struct coming *coming = vec_at(&finder->coming, i);

		rows += coming->is_certain == is_certain ? coming->rows : 0;
	}
	return rows;
}

static void guard_total(struct finder *finder)
{
	const uint64_t *changes = finder->plan->changes;
	const uint64_t most = finder->request->max_changes;
	const uint64_t all = changes[CHANGE_INSERT] + changes[CHANGE_UPDATE] +
			     changes[CHANGE_DELETE] + finder->plan->coming;
	const uint64_t unsure = coming_rows(finder, false);
	struct arena *arena = finder->plan->arena;
	OWNED(buf_release) struct buf text = BUF_INIT;

	if (!most || all + unsure <= most)
		return;
	buf_addf(&text, "%" PRIu64 " rows would be changed", all);
	if (unsure)
		buf_addf(&text,
			 ", and up to %" PRIu64 " more, which are compared "
			 "when their tables have been altered",
			 unsure);
	buf_addf(&text, "; at most %" PRIu64 " may be", most);
	add(finder, GUARD_MAX_CHANGES, NULL,
	    arena_printf(arena, "--max-changes %" PRIu64, all + unsure),
	    arena_strdup(arena, text.data));
}

/* ------------------------------------------------------------------------
 * What hangs on a table
 * --------------------------------------------------------------------- */

static const struct relations *relations_of(const struct finder *finder,
					    const char *database)
{
	const struct target_facts *facts = finder->request->facts;

	for (size_t i = 0; i < facts->database_count; i++)
		if (!strcmp(facts->databases[i], database))
			return facts->relations[i];
	return NULL;
}

/* Once structures have changed, only what was to be away before can be. */
static bool is_away(const struct plan_request *request,
		    const struct trigger *trigger)
{
	return reshape_may_disarm(request, trigger) ||
	       (request->reshape && reshape_disarms(request->reshape, trigger));
}

/* Of a table whose rows are written. */
static const char *way_of(const struct finder *finder)
{
	return finder->request->disarms
		       ? " (--triggers suspend does not apply to a table whose "
			 "triggers the run changes: synchronise these first, "
			 "with --schema-only --objects triggers)"
		       : " (--triggers suspend drops them while rows are "
			 "written)";
}

static void guard_triggers(struct finder *finder, const char *database,
			   const char *table, const struct relations *relations,
			   bool is_dropped)
{
	OWNED(buf_release) struct buf names = BUF_INIT;

	for (size_t i = 0; i < relations->trigger_count; i++) {
		const struct trigger *trigger = &relations->triggers[i];

		if (strcmp(trigger->table, table) != 0 ||
		    (!is_dropped && is_away(finder->request, trigger)))
			continue;
		buf_addf(&names, "%s`%s` (%s)", names.length ? ", " : "",
			 trigger->name, trigger->when);
	}
	if (names.length)
		add_named(finder, GUARD_TRIGGERS, database, table, NULL,
			  arena_printf(finder->plan->arena,
				       "writing (or rolling back) would fire "
				       "triggers of the target, or drop them: "
				       "%s%s",
				       names.data,
				       is_dropped ? "" : way_of(finder)));
}

/*
 * Tables whose rows are all kept: in a rollback to come their triggers are away
 * for a while, and a table that is dropped takes its triggers with it.
 */
static void guard_restored(struct finder *finder)
{
	const struct reshape *reshape = finder->request->reshape;

	if (!reshape)
		return;
	for (size_t i = 0; i < reshape->table_count; i++) {
		const struct reshape_table *table = &reshape->tables[i];
		const struct relations *relations =
			relations_of(finder, table->database);

		if (relations && !table->left_out &&
		    reshape_restores_rows(table) &&
		    (table->kind == RESHAPE_DROP || !finder->request->disarms))
			guard_triggers(finder, table->database, table->table,
				       relations, table->kind == RESHAPE_DROP);
	}
}

/* A server renames a column under its triggers, and these fail from then on. */
static void guard_renamed(struct finder *finder,
			  const struct reshape_table *table,
			  const struct relations *relations)
{
	for (size_t i = 0; i < relations->trigger_count; i++) {
		const struct trigger *trigger = &relations->triggers[i];

		if (strcmp(trigger->table, table->table) != 0 ||
		    reshape_makes_trigger(finder->request->reshape, trigger))
			continue;
		add_named(finder, GUARD_TRIGGERS, table->database, table->table,
			  NULL,
			  arena_printf(finder->plan->arena,
				       "a column is renamed that the trigger "
				       "`%s` may name: every statement that "
				       "fires it would fail then (--objects "
				       "triggers synchronises those of the "
				       "source)",
				       trigger->name));
	}
}

/* Renames that a run says, and those of a rollback that says them back. */
static void guard_renames(struct finder *finder)
{
	const struct reshape *reshape = finder->request->reshape;

	for (size_t i = 0; reshape && i < reshape->table_count; i++) {
		const struct reshape_table *table = &reshape->tables[i];
		const struct relations *relations =
			relations_of(finder, table->database);

		if (relations && !table->left_out && !table->is_replaced &&
		    table->structure->renames.count)
			guard_renamed(finder, table, relations);
	}
}

/* updates: rows that will be, besides those of the plan. */
static void guard_cascades(struct finder *finder, const struct finding *finding,
			   const char *name, uint64_t updates,
			   const struct relations *relations)
{
	struct arena *arena = finder->plan->arena;

	for (size_t i = 0; i < relations->foreign_key_count; i++) {
		const struct foreign_key *key = &relations->foreign_keys[i];
		const bool is_deleted = finding->records[CHANGE_DELETE] &&
					relation_rule_acts(key->delete_rule);
		const bool is_updated = (finding->records[CHANGE_UPDATE] ||
					 updates) &&
					relation_rule_acts(key->update_rule);

		if (strcmp(key->parent, name) != 0 ||
		    strcmp(key->parent_database, finding->database[TARGET]) !=
			    0 ||
		    (!is_deleted && !is_updated) ||
		    plan_has_all_of(finder->request, key->child_database,
				    key->child))
			continue;
		add_named(finder, GUARD_CASCADE, finding->database[TARGET],
			  finding->table, NULL,
			  arena_printf(
				  arena,
				  "`%s`.`%s` refers to it (`%s`, ON %s %s) and "
				  "is not part of this run: the rule does not "
				  "act, and rows there may be left without "
				  "their parent",
				  key->child_database, key->child, key->name,
				  is_deleted ? "DELETE" : "UPDATE",
				  is_deleted ? key->delete_rule
					     : key->update_rule));
	}
}

/* A copy has taken its place: what differs since then is little. */
static bool was_copied(const struct finder *finder,
		       const struct plan_table *table)
{
	return finder->request->reshape &&
	       reshape_replaces(finder->request->reshape,
				table->finding->database[TARGET],
				table->target->name);
}

static const char *no_key(const struct finder *finder)
{
	return arena_printf(finder->plan->arena,
			    "it has no key that both sides share: rows are "
			    "deleted and inserted by all their values, which "
			    "reads the whole table for every batch (it has "
			    "more than %u MiB)",
			    GUARDS_SMALL_MIB);
}

static void guard_rows(struct finder *finder, const struct plan_table *table)
{
	const struct pair *pair = table->finding->subject->pair;

	if (pair->identity != IDENTITY_ROWS || !guards_is_large(pair) ||
	    was_copied(finder, table))
		return;
	add(finder, GUARD_NO_KEY, table, NULL, no_key(finder));
}

static void guard_engine(struct finder *finder, const struct finding *finding,
			 const char *engine)
{
	if (*engine && !engine_is_transactional(engine))
		add_named(finder, GUARD_NON_TRANSACTIONAL,
			  finding->database[TARGET], finding->table, NULL,
			  arena_printf(finder->plan->arena,
				       "its engine %s has no transactions: a "
				       "batch that fails half-way stays "
				       "half-way",
				       engine));
}

/* When its rows are written: behind its ALTERs, where those come first. */
static const char *engine_then(const struct finder *finder,
			       const struct plan_table *table)
{
	const struct reshape_table *altered =
		finder->request->foresees
			? reshape_find(finder->request->reshape,
				       table->finding->database[TARGET],
				       table->target->name)
			: NULL;

	return altered && !altered->left_out && altered->structure->want
		       ? definition_option(altered->structure->want, "ENGINE")
		       : table->target->engine;
}

static void guard_table(struct finder *finder, const struct plan_table *table)
{
	const struct pair *pair = table->finding->subject->pair;
	const struct relations *relations =
		relations_of(finder, table->finding->database[TARGET]);

	if (!table->rows)
		return;
	guard_deletes(finder, table);
	if (relations) {
		guard_triggers(finder, table->finding->database[TARGET],
			       table->target->name, relations, false);
		guard_cascades(finder, table->finding, table->target->name, 0,
			       relations);
	}
	guard_engine(finder, table->finding, engine_then(finder, table));
	guard_rows(finder, table);
	if (pair->where && table->finding->changes[CHANGE_DELETE])
		add(finder, GUARD_WHERE, table, NULL,
		    "with --where, rows would be deleted that the source may "
		    "still have outside of the filter; it is safe when the "
		    "filter is on columns that never change");
	if (table->target->is_versioned)
		add(finder, GUARD_VERSIONED, table, NULL,
		    "the server keeps its history: it will contain the "
		    "changes, and a rollback too");
}

/* ------------------------------------------------------------------------
 * Rows that are compared only with their new structure
 * --------------------------------------------------------------------- */

static bool has_guard(const struct finder *finder, enum guard_kind kind,
		      const struct finding *finding)
{
	for (size_t i = 0; i < finder->guards.count; i++) {
		const struct guard *guard = vec_at(&finder->guards, i);

		if (guard->kind == kind && guard->table &&
		    !strcmp(guard->database, finding->database[TARGET]) &&
		    (!strcmp(guard->table, finding->table) ||
		     !strcmp(guard->table, finding_target_name(finding))))
			return true;
	}
	return false;
}

static bool has_key(const struct definition *want)
{
	for (size_t i = 0; i < want->key_count; i++) {
		const struct def_key *key = &want->keys[i];
		bool is_key = key->kind == DEF_KEY_PRIMARY ||
			      key->kind == DEF_KEY_UNIQUE;

		for (size_t k = 0; k < key->part_count && is_key; k++) {
			const struct def_part *part = &key->parts[k];
			const struct def_column *column =
				part->column
					? definition_column(want, part->column)
					: NULL;

			is_key = column && !*part->length &&
				 (column->null == DEF_NULL_NO ||
				  key->kind == DEF_KEY_PRIMARY);
		}
		if (is_key)
			return true;
	}
	return false;
}

static void guard_new_rows(struct finder *finder, const struct coming *coming)
{
	const struct finding *finding = coming->finding;
	const struct structure *structure = coming->table->structure;
	const struct database *model = walk_model(finder->request->walk, SOURCE,
						  finding->database[TARGET]);
	const struct table *source =
		model ? database_find_table(model, structure->table[SOURCE])
		      : NULL;

	if (source && structure->want && !has_key(structure->want) &&
	    table_bytes(source) > (uint64_t)GUARDS_SMALL_MIB << 20)
		add_named(finder, GUARD_NO_KEY, finding->database[TARGET],
			  finding->table, NULL, no_key(finder));
}

static void guard_coming(struct finder *finder, const struct coming *coming)
{
	const struct finding *finding = coming->finding;
	const struct definition *want = coming->table->structure->want;
	const char *name = finding_target_name(finding);
	const struct relations *relations =
		relations_of(finder, finding->database[TARGET]);

	if (want && !has_guard(finder, GUARD_NON_TRANSACTIONAL, finding))
		guard_engine(finder, finding,
			     definition_option(want, "ENGINE"));
	if (coming->is_certain) {
		guard_new_rows(finder, coming);
		return;
	}
	if (relations && !has_guard(finder, GUARD_TRIGGERS, finding))
		guard_triggers(finder, finding->database[TARGET], name,
			       relations, false);
	if (relations && !has_guard(finder, GUARD_CASCADE, finding))
		guard_cascades(finder, finding, name, coming->rows, relations);
}

void guards_find(struct plan *plan, const struct plan_request *request)
{
	struct finder finder = {
		.plan = plan,
		.request = request,
		.guards = VEC_INIT(struct guard),
		.coming = VEC_INIT(struct coming),
	};

	for (size_t i = 0; i < request->known_count; i++)
		*(struct guard *)vec_push(&finder.guards) = request->known[i];
	coming_find(request, &finder.coming);
	plan->coming = coming_rows(&finder, true);

	if (plan->table_count ||
	    (request->reshape && !reshape_is_empty(request->reshape)))
		guard_server(&finder);
	guard_total(&finder);
	if ((plan->table_count || coming_rows(&finder, false)) &&
	    !request->facts->sees_triggers)
		add(&finder, GUARD_TRIGGERS, NULL, NULL,
		    "this user may not see triggers of the target (no TRIGGER "
		    "privilege): some may fire");
	for (size_t i = 0; i < plan->table_count; i++)
		guard_table(&finder, &plan->tables[i]);
	for (size_t i = 0; i < finder.coming.count; i++)
		guard_coming(&finder, vec_at(&finder.coming, i));
	vec_release(&finder.coming);
	guard_restored(&finder);
	guard_renames(&finder);
	plan->guard_count = finder.guards.count;
	plan->guards = arena_alloc(plan->arena, (finder.guards.count + 1) *
							sizeof(*plan->guards));
	if (finder.guards.count)
		memcpy(plan->guards, finder.guards.items,
		       finder.guards.count * sizeof(*plan->guards));
	vec_release(&finder.guards);
}

size_t guards_refusals(const struct guard *guards, size_t count,
		       const struct guard **first_out)
{
	size_t refusals = 0;

	for (size_t i = 0; i < count; i++) {
		if (guards[i].is_allowed)
			continue;
		if (!refusals++ && !*first_out)
			*first_out = &guards[i];
	}
	return refusals;
}

size_t plan_refusals(const struct plan *plan, const struct guard **first_out)
{
	*first_out = NULL;
	return guards_refusals(plan->guards, plan->guard_count, first_out);
}
