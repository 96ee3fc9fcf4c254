/*
 * plan.c - see plan.h.
 *
 * Order: tables are placed when all tables that their foreign keys refer to
 * are placed; when none can be, what is left contains a cycle, which is named,
 * and the first of its tables goes next.  (Checks are off while rows are
 * written, so the order is not needed for them to succeed: it is there so that
 * an application sees parents before children.)
 */
#include "dbsync/plan/plan.h"

#include "doubt.h"
#include "guards.h"

#include "dbsync/base/own.h"
#include "dbsync/base/vec.h"
#include "dbsync/plan/reshape.h"

#include <inttypes.h>
#include <string.h>

struct maker {
	const struct plan_request *request;
	struct arena *arena;
	struct vec tables;   /* struct plan_table */
	struct vec gaps;     /* struct plan_gap */
	struct vec kept;     /* struct plan_gap */
	struct vec notes;    /* const char * */
	struct vec doubtful; /* const struct foreign_key * */
};

static void add_to(struct vec *list, const struct finding *finding,
		   const char *reason)
{
	struct plan_gap *gap = vec_push(list);

	gap->database = finding->database[TARGET];
	gap->table = finding->table;
	gap->reason = reason;
}

static void add_gap(struct maker *maker, const struct finding *finding,
		    const char *reason)
{
	add_to(&maker->gaps, finding, reason);
}

/* ------------------------------------------------------------------------
 * Tables
 * --------------------------------------------------------------------- */

/* The counter that the target lacks to be at least the source's. */
static uint64_t counter_for(const struct plan_request *request,
			    const struct finding *finding)
{
	if (request->counters)
		return request->counters[finding - request->findings];

	const struct pair *pair = finding->subject->pair;
	const uint64_t source = pair->table[SOURCE]->auto_increment;
	const uint64_t target = pair->table[TARGET]->auto_increment;

	return target && source > target ? source : 0;
}

static void note_differences(struct maker *maker, const struct finding *finding)
{
	OWNED(buf_release) struct buf text = BUF_INIT;

	for (size_t i = 0; i < finding->difference_count; i++)
		buf_addf(&text, "%s`%s`", i ? ", " : "",
			 finding->differences[i].column);
	if (finding->difference_count)
		add_gap(maker, finding,
			arena_printf(maker->arena,
				     "its columns differ (%s): only the common "
				     "ones are synchronised",
				     text.data));
}

static uint64_t records_of(const struct finding *finding)
{
	return finding->records[CHANGE_INSERT] +
	       finding->records[CHANGE_UPDATE] +
	       finding->records[CHANGE_DELETE];
}

static uint64_t changes_of(const struct finding *finding)
{
	return finding->changes[CHANGE_INSERT] +
	       finding->changes[CHANGE_UPDATE] +
	       finding->changes[CHANGE_DELETE];
}

/* Whether differences were counted that no record stands for. */
static bool is_short(const struct finding *finding)
{
	const uint64_t known = records_of(finding) + finding->unwritable;

	return known < changes_of(finding);
}

/* Whether the table is made, altered or dropped by the structural part of the run. */
static bool is_reshaped(const struct maker *maker,
			const struct finding *finding)
{
	return reshape_find(maker->request->reshape, finding->database[TARGET],
			    finding_target_name(finding)) != NULL;
}

static void add_table(struct maker *maker, const struct finding *finding)
{
	const struct pair *pair = finding->subject->pair;
	const struct image *image = finding->subject->image;
	const uint64_t counter = counter_for(maker->request, finding);

	if (image->refusal && changes_of(finding)) {
		add_gap(maker, finding,
			arena_printf(maker->arena, "it cannot be written: %s",
				     image->refusal));
		return;
	}
	if (!is_reshaped(maker, finding))
		note_differences(maker, finding);
	if (finding->unwritable)
		add_gap(maker, finding,
			arena_printf(maker->arena,
				     "%" PRIu64 " rows cannot be written: they "
				     "have texts that the target's "
				     "character set does not have, are "
				     "larger than its "
				     "max_allowed_packet allows, or "
				     "have long values and no key to "
				     "read them by",
				     finding->unwritable));
	if (is_short(finding))
		add_gap(maker, finding,
			"rows that differed no longer existed when they were "
			"read: run again");
	if (!records_of(finding) && !counter)
		return;
	*(struct plan_table *)vec_push(&maker->tables) = (struct plan_table){
		.finding = finding,
		.target = pair->table[TARGET],
		.counter = counter,
		.rows = records_of(finding),
		.is_serial = table_has_other_unique(pair->table[TARGET],
						    pair->key_name[TARGET]) ||
			     pair->identity == IDENTITY_ROWS,
		.is_whole = maker->request->is_whole,
	};
}

/* Tables whose structure cannot be synchronised; their rows still may. */
static void add_left_out(struct maker *maker)
{
	const struct reshape *reshape = maker->request->reshape;

	for (size_t i = 0; reshape && i < reshape->table_count; i++) {
		const struct reshape_table *table = &reshape->tables[i];
		struct plan_gap *gap = NULL;

		if (!table->left_out)
			continue;
		gap = vec_push(&maker->gaps);
		gap->database = table->database;
		gap->table = table->table;
		gap->reason = arena_printf(maker->arena, "its structure: %s",
					   table->left_out);
	}
	for (size_t i = 0; reshape && i < reshape->orphans.count; i++)
		*(struct plan_gap *)vec_push(&maker->gaps) = *(
			const struct plan_gap *)vec_at(&reshape->orphans, i);
	for (size_t i = 0; reshape && i < reshape->gap_count; i++)
		*(struct plan_gap *)vec_push(&maker->gaps) = reshape->gaps[i];
}

/* Whether only its structure is not known, which add_left_out says. */
static bool is_left_out(const struct maker *maker,
			const struct finding *finding)
{
	return maker->request->reshape && finding->lacks_structure;
}

/* Whether its structure could not be synchronised when it was tried. */
static bool is_given_up(const struct maker *maker,
			const struct finding *finding)
{
	const struct reshape_table *member = reshape_member(
		maker->request->reshape, finding->database[TARGET],
		finding_target_name(finding));

	return member && member->is_given_up;
}

static void add_finding(struct maker *maker, const struct finding *finding)
{
	if (is_given_up(maker, finding))
		return; /* add_left_out says why */
	switch (finding->verdict) {
	case VERDICT_EQUAL:
	case VERDICT_DIFFERENT:
		if (!maker->request->is_schema && finding->subject)
			add_table(maker, finding);
		return;
	case VERDICT_MISSING_ON_TARGET:
		if (!is_reshaped(maker, finding))
			add_gap(maker, finding, "the target has no such table");
		return;
	case VERDICT_MISSING_ON_SOURCE:
		if (!is_reshaped(maker, finding))
			add_to(maker->request->keeps_extra ? &maker->kept
							   : &maker->gaps,
			       finding, "only the target has this table");
		return;
	case VERDICT_UNDECIDED:
	case VERDICT_INCOMPLETE:
		if (is_left_out(maker, finding))
			return;
		add_gap(maker, finding,
			arena_printf(maker->arena, "it was not compared: %s",
				     finding->skipped ? finding->skipped
						      : "no verdict"));
		return;
	}
}

/* ------------------------------------------------------------------------
 * Order
 * --------------------------------------------------------------------- */

static bool is_of(const struct plan_table *table, const char *database,
		  const char *name)
{
	return !strcmp(table->finding->database[TARGET], database) &&
	       !strcmp(table->target->name, name);
}

/* The first table of left that table refers to (not itself), or NULL. */
static const struct plan_table *parent_of(const struct maker *maker,
					  const struct plan_table *table,
					  const struct vec *left)
{
	const struct target_facts *facts = maker->request->facts;

	for (size_t d = 0; d < facts->database_count; d++) {
		const struct relations *relations = facts->relations[d];

		for (size_t k = 0; k < relations->foreign_key_count; k++) {
			const struct foreign_key *key =
				&relations->foreign_keys[k];

			if (!is_of(table, key->child_database, key->child))
				continue;
			for (size_t i = 0; i < left->count; i++) {
				const struct plan_table *other = vec_at(left,
									i);

				if (other != table &&
				    is_of(other, key->parent_database,
					  key->parent) &&
				    !is_of(table, key->parent_database,
					   key->parent))
					return other;
			}
		}
	}
	return NULL;
}

/*
 * A table of a cycle: each step goes from one that waits to one that it waits
 * for, and so many steps have led into the cycle, wherever it is.
 */
static const struct plan_table *find_cycle(const struct maker *maker,
					   const struct vec *left)
{
	const struct plan_table *at = vec_at(left, 0);

	for (size_t i = 0; i < left->count; i++)
		at = parent_of(maker, at, left);
	return at;
}

/* Names the cycle that a table is in; the index of its first table. */
static size_t break_cycle(struct maker *maker, const struct vec *left)
{
	OWNED(buf_release) struct buf text = BUF_INIT;
	const struct plan_table *start = find_cycle(maker, left);
	const struct plan_table *first = start;
	const struct plan_table *at = start;

	do { /* in the order of left, which is that of the names */
		at = parent_of(maker, at, left);
		first = at < first ? at : first;
	} while (at != start);
	at = first;
	do {
		buf_addf(&text, "%s → ", at->target->name);
		at = parent_of(maker, at, left);
	} while (at != first);
	buf_adds(&text, first->target->name);
	*(const char **)vec_push(&maker->notes) = arena_printf(
		maker->arena, "foreign keys form a cycle: %s", text.data);
	return (size_t)(first - (const struct plan_table *)left->items);
}

static size_t next_table(struct maker *maker, const struct vec *left)
{
	for (size_t i = 0; i < left->count; i++)
		if (!parent_of(maker, vec_at(left, i), left))
			return i;
	return break_cycle(maker, left);
}

static struct plan_table *order_tables(struct maker *maker)
{
	struct vec *left = &maker->tables;
	const size_t count = left->count;
	struct plan_table *ordered =
		arena_alloc(maker->arena, (count + 1) * sizeof(*ordered));

	for (size_t i = 0; i < count; i++) {
		const size_t next = next_table(maker, left);
		struct plan_table *items = left->items;

		ordered[i] = items[next];
		memmove(&items[next], &items[next + 1],
			(left->count - next - 1) * sizeof(*items));
		vec_truncate(left, left->count - 1);
	}
	return ordered;
}

/* ------------------------------------------------------------------------
 * The plan
 * --------------------------------------------------------------------- */

bool plan_has_all_of(const struct plan_request *request, const char *database,
		     const char *table)
{
	for (size_t i = 0; i < request->finding_count; i++) {
		const struct finding *finding = &request->findings[i];

		if (finding->subject &&
		    finding->verdict != VERDICT_INCOMPLETE &&
		    !strcmp(finding->database[TARGET], database) &&
		    !strcmp(finding->subject->pair->table[TARGET]->name,
			    table) &&
		    !finding->subject->pair->where)
			return true;
	}
	return false;
}

static void *settle(struct arena *arena, struct vec *vec)
{
	void *items = arena_alloc(arena, (vec->count + 1) * vec->item_size);

	if (vec->count)
		memcpy(items, vec->items, vec->count * vec->item_size);
	vec_release(vec);
	return items;
}

static void sum_up(struct plan *plan)
{
	for (size_t i = 0; i < plan->table_count; i++) {
		const struct finding *finding = plan->tables[i].finding;

		for (size_t k = 0; k < CHANGE_KINDS; k++)
			plan->changes[k] += finding->records[k];
		plan->bytes += finding->record_bytes;
		plan->skipped += finding->unwritable;
	}
}

struct plan *plan_make(const struct plan_request *request)
{
	struct plan *plan = mem_zero(1, sizeof(*plan));
	struct maker maker = {
		.request = request,
		.arena = arena_new(),
		.tables = VEC_INIT(struct plan_table),
		.gaps = VEC_INIT(struct plan_gap),
		.kept = VEC_INIT(struct plan_gap),
		.notes = VEC_INIT(const char *),
		.doubtful = VEC_INIT(const struct foreign_key *),
	};

	plan->arena = maker.arena;
	for (size_t i = 0; i < request->finding_count; i++)
		add_finding(&maker, &request->findings[i]);
	add_left_out(&maker);
	plan->table_count = maker.tables.count;
	plan->tables = order_tables(&maker);
	vec_release(&maker.tables);
	doubt_find(plan, request, &maker.doubtful, &maker.gaps);
	plan->gap_count = maker.gaps.count;
	plan->gaps = settle(plan->arena, &maker.gaps);
	plan->kept_count = maker.kept.count;
	plan->kept = settle(plan->arena, &maker.kept);
	plan->note_count = maker.notes.count;
	plan->notes = settle(plan->arena, &maker.notes);
	plan->doubtful_count = maker.doubtful.count;
	plan->doubtful = settle(plan->arena, &maker.doubtful);
	sum_up(plan);
	guards_find(plan, request);
	return plan;
}

const struct row_sql **plan_sqls(const struct plan *plan,
				 const struct server *target)
{
	const struct row_sql **sqls = mem_zero(plan->table_count + 1,
					       sizeof(*sqls));

	for (size_t i = 0; i < plan->table_count; i++) {
		const struct finding *finding = plan->tables[i].finding;

		sqls[i] = row_sql_make(finding->subject->image,
				       finding->database[TARGET], target,
				       plan->arena);
	}
	return sqls;
}

void plan_drop(struct plan **plan)
{
	if (!*plan)
		return;
	arena_drop(&(*plan)->arena);
	mem_drop(plan);
}

bool plan_keeps(const struct plan *plan, const struct finding *finding)
{
	for (size_t i = 0; i < plan->kept_count; i++)
		if (!strcmp(plan->kept[i].database,
			    finding->database[TARGET]) &&
		    !strcmp(plan->kept[i].table, finding->table))
			return true;
	return false;
}

bool plan_is_empty(const struct plan *plan)
{
	return !plan->table_count;
}
