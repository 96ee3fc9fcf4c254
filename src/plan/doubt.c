/* doubt.c - see doubt.h. */
#include "doubt.h"

#include "guards.h"

#include "dbsync/data/walk.h"
#include "dbsync/plan/reshape.h"

#include <string.h>

struct doubter {
	const struct plan *plan;
	const struct plan_request *request;
	struct vec *doubtful;
	struct vec *gaps;
};

static bool is_changed(const struct plan *plan, const char *database,
		       const char *table)
{
	for (size_t i = 0; i < plan->table_count; i++)
		if (plan->tables[i].rows &&
		    !strcmp(plan->tables[i].finding->database[TARGET],
			    database) &&
		    !strcmp(plan->tables[i].target->name, table))
			return true;
	return false;
}

/* By this plan, or by the copy that took its place before. */
static bool is_touched(const struct doubter *doubter, const char *database,
		       const char *table)
{
	return is_changed(doubter->plan, database, table) ||
	       reshape_replaces(doubter->request->reshape, database, table);
}

/* ------------------------------------------------------------------------
 * Parents that are not there
 * --------------------------------------------------------------------- */

static bool is_in(const struct database *model, const char *table)
{
	return model && database_find_table(model, table);
}

/*
 * Where the source has no such table either, the target is as the source is.
 * Of databases that are no part of the run nothing is known.
 */
static bool is_lacking(const struct doubter *doubter,
		       const struct foreign_key *key)
{
	const struct walk *walk = doubter->request->walk;
	const struct reshape_table *comes = reshape_find(
		doubter->request->reshape, key->parent_database, key->parent);
	const struct database *here = NULL;

	if (!walk || comes)
		return false;
	here = walk_model(walk, TARGET, key->parent_database);
	return here && !is_in(here, key->parent) &&
	       is_in(walk_model(walk, SOURCE, key->parent_database),
		     key->parent);
}

/* Neither side has its parent. */
static bool is_to_nowhere(const struct doubter *doubter,
			  const struct foreign_key *key)
{
	const struct walk *walk = doubter->request->walk;
	const struct database *here =
		walk ? walk_model(walk, TARGET, key->parent_database) : NULL;

	return here && !is_in(here, key->parent) && !is_lacking(doubter, key);
}

/* Whether it is there when the run is done, and no copy was made without it. */
static bool stays(const struct reshape *reshape, const struct foreign_key *key)
{
	const struct reshape_table *table =
		reshape_member(reshape, key->child_database, key->child);

	if (!table || table->left_out)
		return true;
	if (table->is_replaced || !table->structure->want ||
	    table->kind == RESHAPE_DROP)
		return false;
	const struct definition *want = table->structure->want;

	for (size_t i = 0; i < want->foreign_key_count; i++)
		if (!strcmp(want->foreign_keys[i].name, key->name) &&
		    !strcmp(want->foreign_keys[i].parent, key->parent))
			return true;
	return false;
}

static bool is_of_run(const struct plan_request *request,
		      const struct foreign_key *key)
{
	for (size_t i = 0; i < request->finding_count; i++) {
		const struct finding *finding = &request->findings[i];

		if (finding->subject &&
		    !strcmp(finding->database[TARGET], key->child_database) &&
		    !strcmp(finding->subject->pair->table[TARGET]->name,
			    key->child))
			return true;
	}
	return false;
}

static void add_gap(const struct doubter *doubter,
		    const struct foreign_key *key)
{
	*(struct plan_gap *)vec_push(doubter->gaps) = (struct plan_gap){
		.database = key->child_database,
		.table = key->child,
		.reason = reshape_no_parent(key->name, key->parent,
					    doubter->plan->arena),
	};
}

/* ------------------------------------------------------------------------
 * All keys
 * --------------------------------------------------------------------- */

/* Whether one of its tables is written to, and nothing vouches for the key. */
static bool is_open(const struct doubter *doubter,
		    const struct foreign_key *key)
{
	const bool child = plan_has_all_of(doubter->request,
					   key->child_database, key->child);
	const bool parent = plan_has_all_of(doubter->request,
					    key->parent_database, key->parent);

	return !(child && parent) &&
	       (is_touched(doubter, key->child_database, key->child) ||
		is_touched(doubter, key->parent_database, key->parent));
}

static void doubt_key(const struct doubter *doubter,
		      const struct foreign_key *key)
{
	const bool lacks = is_lacking(doubter, key) &&
			   is_of_run(doubter->request, key) &&
			   stays(doubter->request->reshape, key);

	if (lacks)
		add_gap(doubter, key);
	if (lacks || (is_open(doubter, key) && !is_to_nowhere(doubter, key)))
		*(const struct foreign_key **)vec_push(doubter->doubtful) = key;
}

void doubt_find(const struct plan *plan, const struct plan_request *request,
		struct vec *doubtful, struct vec *gaps)
{
	const struct doubter doubter = {plan, request, doubtful, gaps};
	const struct target_facts *facts = request->facts;
	const struct reshape *reshape = request->reshape;

	for (size_t d = 0; d < facts->database_count; d++)
		for (size_t i = 0; i < facts->relations[d]->foreign_key_count;
		     i++)
			doubt_key(&doubter,
				  &facts->relations[d]->foreign_keys[i]);
	for (size_t i = 0; reshape && request->walk && i < reshape->lost.count;
	     i++)
		*(const struct foreign_key **)vec_push(
			doubtful) = vec_at(&reshape->lost, i);
}
