/* stage_guards.c - what speaks against a swap; see stage.h. */
#include "dbsync/plan/stage.h"

#include "guards.h"

#include "dbsync/base/own.h"

#include <inttypes.h>
#include <string.h>

static bool is_allowed(const struct stage_limits *limits, const char *word)
{
	for (size_t i = 0; i < limits->allow.count; i++)
		if (!strcmp(limits->allow.items[i], word))
			return true;
	return false;
}

static struct guard guard_of(const struct reshape_table *table, uint64_t before,
			     uint64_t after, struct arena *arena,
			     const struct stage_limits *limits)
{
	const uint64_t fewer = before > after ? before - after : 0;
	const unsigned percent =
		before ? (unsigned)((fewer * 100 + before - 1) / before) : 0;
	struct guard guard = {
		.database = table->database,
		.table = table->table,
	};

	if (before && !after) {
		guard.kind = GUARD_EMPTY_SOURCE;
		guard.text = arena_printf(arena,
					  "it is empty on the source, and has "
					  "%" PRIu64 " rows on the target",
					  before);
		guard.way = arena_printf(arena, "--allow-empty %s",
					 table->table);
		guard.is_allowed = guards_names_table(limits->allow_empty,
						      table->source_database,
						      table->table) ||
				   limits->max_delete_percent >= 100 ||
				   is_allowed(limits, "empty-source");
	} else if (before > GUARDS_SMALL_TABLE &&
		   percent > limits->max_delete_percent) {
		guard.kind = GUARD_DELETE_PERCENT;
		guard.text = arena_printf(arena,
					  "%u %% of its rows would be gone "
					  "(%" PRIu64 " of %" PRIu64 ")",
					  percent, fewer, before);
		guard.way = arena_printf(arena, "--max-delete-percent %u",
					 percent);
		guard.is_allowed = is_allowed(limits, "delete-percent");
	}
	return guard;
}

/* Rows of tables that the target lacks are counted only now. */
static struct guard guard_total(const struct stage *stage,
				const uint64_t *after, struct arena *arena,
				const struct stage_limits *limits)
{
	uint64_t changes = limits->changes;
	struct guard guard = {.kind = GUARD_MAX_CHANGES};

	for (size_t i = 0; i < stage->table_count; i++)
		changes += stage->tables[i].is_replaced ? 0 : after[i];
	if (!limits->max_changes || changes <= limits->max_changes ||
	    limits->changes > limits->max_changes)
		return guard;
	guard.text = arena_printf(arena,
				  "%" PRIu64 " rows would be changed; at most "
				  "%" PRIu64 " may be",
				  changes, limits->max_changes);
	guard.way = arena_printf(arena, "--max-changes %" PRIu64, changes);
	guard.is_allowed = is_allowed(limits, "max-changes");
	return guard;
}

void stage_judge(const struct stage *stage, const uint64_t *before,
		 const uint64_t *after, struct reshape *reshape,
		 const struct stage_limits *limits)
{
	const size_t room = reshape->guard_count + stage->table_count + 2;
	const struct guard total = guard_total(stage, after, reshape->arena,
					       limits);
	struct guard *guards = arena_alloc(reshape->arena,
					   room * sizeof(*guards));

	if (reshape->guard_count)
		memcpy(guards, reshape->guards,
		       reshape->guard_count * sizeof(*guards));
	reshape->guards = guards;
	for (size_t i = 0; i < stage->table_count; i++) {
		const struct guard guard = guard_of(stage->tables[i].table,
						    before[i], after[i],
						    reshape->arena, limits);

		if (guard.text)
			guards[reshape->guard_count++] = guard;
	}
	if (total.text)
		guards[reshape->guard_count++] = total;
}
