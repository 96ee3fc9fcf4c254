/* copies.c - see copies.h. */
#include "dbsync/plan/copies.h"

#include "guards.h"

#include "dbsync/data/walk.h"
#include "dbsync/schema/structure.h"

#include <inttypes.h>
#include <string.h>

struct chooser {
	const struct copies_request *request;
	struct arena *arena;
	struct copies *copies;
};

/* ------------------------------------------------------------------------
 * What speaks for it
 * --------------------------------------------------------------------- */

static uint64_t rows_on_source(const struct chooser *chooser,
			       const struct finding *finding)
{
	const struct database *model = walk_model(
		chooser->request->walk, SOURCE, finding->database[TARGET]);
	const struct table *table =
		model ? database_find_table(model, finding->table) : NULL;

	return table ? table->rows : 0;
}

static const char *of_most_rows(const struct chooser *chooser,
				const struct finding *finding)
{
	const uint64_t source = finding_rows(finding, SOURCE);
	const uint64_t target = finding_rows(finding, TARGET);
	const uint64_t rows = source > target ? source : target;
	const uint64_t changes = finding->changes[CHANGE_INSERT] +
				 finding->changes[CHANGE_UPDATE] +
				 finding->changes[CHANGE_DELETE];

	if (!chooser->request->min_rows || rows < chooser->request->min_rows ||
	    changes * 100 < rows * COPIES_SHARE_PERCENT)
		return NULL;
	return arena_printf(chooser->arena, "%" PRIu64 " of its rows differ",
			    changes);
}

/* Rows without a key are found by all their values, a copy reads them once. */
static const char *without_key(const struct finding *finding)
{
	const struct pair *pair = finding->subject ? finding->subject->pair
						   : NULL;

	return pair && pair->identity == IDENTITY_ROWS && guards_is_large(pair)
		       ? "it has no key"
		       : NULL;
}

static bool is_forced(const struct chooser *chooser,
		      const struct finding *finding)
{
	return guards_names_table(chooser->request->forced,
				  finding->database[SOURCE], finding->table);
}

/* NULL: its rows are written one by one, if at all. */
static const char *reason_for(const struct chooser *chooser,
			      const struct finding *finding)
{
	const uint64_t least = chooser->request->min_rows;
	const char *reason = NULL;

	if (!finding->structure)
		return NULL;
	switch (finding->verdict) {
	case VERDICT_MISSING_ON_TARGET:
		if (is_forced(chooser, finding))
			break;
		return least && rows_on_source(chooser, finding) >= least
			       ? "it is new"
			       : NULL;
	case VERDICT_DIFFERENT:
		if (is_forced(chooser, finding))
			break;
		reason = of_most_rows(chooser, finding);
		return reason ? reason : without_key(finding);
	case VERDICT_UNDECIDED:
	case VERDICT_EQUAL:
	case VERDICT_INCOMPLETE:
	case VERDICT_MISSING_ON_SOURCE:
		return NULL;
	}
	return "--force-full-sync names it";
}

/* ------------------------------------------------------------------------
 * What speaks against it
 * --------------------------------------------------------------------- */

static const struct finding *find(const struct chooser *chooser,
				  const char *database, const char *table)
{
	for (size_t i = 0; i < chooser->request->finding_count; i++) {
		const struct finding *finding = &chooser->request->findings[i];

		if (!strcmp(finding->database[TARGET], database) &&
		    (!strcmp(finding_target_name(finding), table) ||
		     !strcmp(finding->table, table)))
			return finding;
	}
	return NULL;
}

static bool is_chosen(const struct chooser *chooser,
		      const struct finding *finding)
{
	return chooser->copies->reasons[finding - chooser->request->findings] !=
	       NULL;
}

static bool is_of_option(const struct option_list *list,
			 const struct finding *finding)
{
	for (size_t i = 0; i < list->count; i++)
		if (choice_fits(list->items[i].pattern,
				finding->database[SOURCE], finding->table))
			return true;
	return false;
}

static bool has_triggers(const struct chooser *chooser,
			 const struct finding *finding)
{
	const struct target_facts *facts = chooser->request->facts;

	for (size_t d = 0; d < facts->database_count; d++)
		for (size_t i = 0; i < facts->relations[d]->trigger_count;
		     i++) {
			const struct trigger *trigger =
				&facts->relations[d]->triggers[i];

			if (!strcmp(trigger->database,
				    finding->database[TARGET]) &&
			    !strcmp(trigger->table,
				    finding_target_name(finding)))
				return true;
		}
	return false;
}

/* Equal in structure, and on both sides. */
static bool stays(const struct finding *finding)
{
	const struct structure *structure = finding->structure;

	return structure && structure->table[SOURCE] &&
	       structure->table[TARGET] && !structure->unknown &&
	       !structure->delta.count;
}

/* Keys of tables that are no part of the run cannot be lifted. */
static const char *held_by(const struct chooser *chooser,
			   const struct finding *finding)
{
	const struct target_facts *facts = chooser->request->facts;

	for (size_t d = 0; d < facts->database_count; d++)
		for (size_t i = 0; i < facts->relations[d]->foreign_key_count;
		     i++) {
			const struct foreign_key *key =
				&facts->relations[d]->foreign_keys[i];
			const struct finding *child = NULL;

			if (strcmp(key->parent_database,
				   finding->database[TARGET]) != 0 ||
			    strcmp(key->parent, finding_target_name(finding)) !=
				    0)
				continue;
			child = find(chooser, key->child_database, key->child);
			if (!child ||
			    (!is_chosen(chooser, child) && !stays(child)))
				return arena_printf(chooser->arena,
						    "`%s` refers to it and is "
						    "not part of the run with "
						    "an equal structure",
						    key->child);
		}
	return NULL;
}

/* A copy refers to its parents from the beginning. */
static const char *holds_on(const struct chooser *chooser,
			    const struct finding *finding)
{
	const struct definition *want = finding->structure->want;

	for (size_t i = 0; want && i < want->foreign_key_count; i++) {
		const struct def_foreign_key *key = &want->foreign_keys[i];
		const struct finding *parent =
			find(chooser,
			     *key->parent_database ? key->parent_database
						   : finding->database[TARGET],
			     key->parent);

		if (parent && !is_chosen(chooser, parent) && !stays(parent))
			return arena_printf(chooser->arena,
					    "it refers to `%s`, whose "
					    "structure changes",
					    key->parent);
	}
	return NULL;
}

static const char *obstacle_of(const struct chooser *chooser,
			       const struct finding *finding)
{
	const struct structure *structure = finding->structure;

	if (structure->unknown || structure->opaque)
		return structure->unknown ? structure->unknown
					  : structure->opaque;
	if (structure->table[TARGET] && structure->delta.count)
		return "its structure differs";
	if (is_of_option(&chooser->request->where, finding) ||
	    is_of_option(&chooser->request->ignored, finding))
		return "only a part of it is wanted";
	if (!chooser->request->facts->sees_triggers && structure->table[TARGET])
		return "this user may not see whether it has triggers";
	if (has_triggers(chooser, finding))
		return "it has triggers on the target";
	const char *held = held_by(chooser, finding);

	return held ? held : holds_on(chooser, finding);
}

/* ------------------------------------------------------------------------
 * The choice
 * --------------------------------------------------------------------- */

static void drop(struct chooser *chooser, const struct finding *finding,
		 const char *why)
{
	struct copies *copies = chooser->copies;

	copies->reasons[finding - chooser->request->findings] = NULL;
	copies->count--;
	if (is_forced(chooser, finding))
		copies->vain[copies->vain_count++] = (struct plan_gap){
			.database = finding->database[TARGET],
			.table = finding->table,
			.reason = why,
		};
}

/* One that is not chosen may be what another one needs. */
static void heed_obstacles(struct chooser *chooser)
{
	for (bool is_news = true; is_news;) {
		is_news = false;
		for (size_t i = 0; i < chooser->request->finding_count; i++) {
			const struct finding *finding =
				&chooser->request->findings[i];
			const char *why = is_chosen(chooser, finding)
						  ? obstacle_of(chooser,
								finding)
						  : NULL;

			if (!why)
				continue;
			drop(chooser, finding, why);
			is_news = true;
		}
	}
}

void copies_choose(const struct copies_request *request, struct arena *arena,
		   struct copies *out)
{
	struct chooser chooser = {request, arena, out};
	const size_t room = request->finding_count + 1;

	*out = (struct copies){
		.reasons = arena_alloc(arena, room * sizeof(*out->reasons)),
		.vain = arena_alloc(arena, room * sizeof(*out->vain)),
	};
	for (size_t i = 0; i < request->finding_count; i++) {
		out->reasons[i] = reason_for(&chooser, &request->findings[i]);
		out->count += out->reasons[i] != NULL;
	}
	heed_obstacles(&chooser);
}

void copies_give_up(const struct copies_request *request, struct arena *arena,
		    const char *database, const char *table, const char *why,
		    struct copies *copies)
{
	struct chooser chooser = {request, arena, copies};
	const struct finding *finding = find(&chooser, database, table);

	if (!finding || !is_chosen(&chooser, finding))
		return;
	drop(&chooser, finding, why);
	heed_obstacles(&chooser);
}
