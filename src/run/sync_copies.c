/* sync_copies.c - see sync_copies.h. */
#include "dbsync/run/sync_copies.h"

#include "dbsync/base/own.h"

void sync_copies_choose(struct sync_copies *copies,
			const struct sync_copies_wish *wish)
{
	*copies = (struct sync_copies){
		.arena = arena_new(),
		.request =
			{
				.walk = wish->walk,
				.facts = wish->facts,
				.forced = wish->forced,
				.min_rows = wish->min_rows,
				.where = wish->request->where,
				.ignored = wish->request->ignore,
			},
	};
	copies->request.findings =
		walk_findings(wish->walk, &copies->request.finding_count);
	copies_choose(&copies->request, copies->arena, &copies->copies);
}

void sync_copies_release(struct sync_copies *copies)
{
	if (copies->full.stage)
		full_run_release(&copies->full);
	arena_drop(&copies->arena);
}

const char *const *sync_copies_reasons(const struct sync_copies *copies)
{
	return copies->copies.count ? copies->copies.reasons : NULL;
}

struct full_run *sync_copies_full(struct sync_copies *copies)
{
	return copies->copies.count ? &copies->full : NULL;
}

bool sync_copies_replace(const struct sync_copies *copies)
{
	for (size_t i = 0; i < copies->full.stage->table_count; i++)
		if (copies->full.stage->tables[i].is_replaced)
			return true;
	return false;
}

void sync_copies_give_up(struct sync_copies *copies, const char *why)
{
	for (size_t i = 0; i < copies->request.finding_count; i++) {
		const struct finding *finding = &copies->request.findings[i];

		if (copies->copies.reasons[i])
			copies_give_up(&copies->request, copies->arena,
				       finding->database[TARGET],
				       finding_target_name(finding), why,
				       &copies->copies);
	}
}

enum dbs_rc sync_copies_try(struct sync_copies *copies,
			    const struct target_side *target, const char *run,
			    struct dbs_error *err)
{
	if (!copies->copies.count)
		return DBS_OK;
	enum dbs_rc rc = load_try(&target->setup, target->databases.items[0],
				  run, target->is_unlogged, err);

	if (!dbs_is_refusal(rc))
		return rc;
	sync_copies_give_up(copies, arena_strdup(copies->arena, err->text));
	dbs_error_clear(err);
	return DBS_OK;
}

bool sync_copies_heed(struct sync_copies *copies, const struct reshape *reshape)
{
	const size_t before = copies->copies.count;

	for (size_t i = 0; i < reshape->table_count; i++) {
		const struct reshape_table *table = &reshape->tables[i];

		if (table->is_replaced && table->left_out)
			copies_give_up(&copies->request, copies->arena,
				       table->database, table->table,
				       arena_strdup(copies->arena,
						    table->left_out),
				       &copies->copies);
	}
	return copies->copies.count != before;
}

void sync_copies_plan(struct sync_copies *copies, struct reshape *reshape,
		      const char *run)
{
	const struct full_wish wish = {reshape, copies->request.walk, run};

	if (copies->full.stage)
		full_run_release(&copies->full);
	if (copies->copies.count)
		full_run_plan(&copies->full, &wish);
}

void sync_copies_tell(struct sync_copies *copies, const struct talk *talk)
{
	for (; copies->told < copies->copies.vain_count; copies->told++) {
		const struct plan_gap *gap = &copies->copies.vain[copies->told];

		talk_note(talk,
			  "`%s`.`%s` is written row by row and not copied as a "
			  "whole: %s",
			  gap->database, gap->table, gap->reason);
	}
}
