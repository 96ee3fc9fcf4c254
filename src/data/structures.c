/* structures.c - see structures.h. */
#include "structures.h"

#include "dbsync/schema/structure.h"

static enum dbs_rc read_one(struct structure_reader *reader,
			    struct inventory *inventory,
			    const struct structure_wish *wish,
			    struct finding *finding, struct dbs_error *err)
{
	struct structure *structure = arena_alloc(inventory->arena,
						  sizeof(*structure));
	enum dbs_rc rc = cancel_check(inventory->request->cancel, err);

	if (!rc)
		rc = structure_read(reader, wish, structure, err);
	if (!rc)
		finding->structure = structure;
	return rc;
}

enum dbs_rc structures_of_jobs(struct inventory *inventory,
			       const struct link *link, struct dbs_error *err)
{
	struct structure_reader *reader = NULL;
	enum dbs_rc rc = structure_reader_new(link->source, link->target,
					      inventory->arena, &reader, err);

	for (size_t i = 0; i < inventory->jobs.count && !rc; i++) {
		struct job *job = *(struct job **)vec_at(&inventory->jobs, i);
		const struct pair *pair = job->subject.pair;
		const struct structure_wish wish = {
			.source_database = pair->source_database,
			.target_database = pair->target_database,
			.source_table = pair->source->name,
			.target_table = pair->target->name,
		};

		rc = read_one(reader, inventory, &wish, &job->finding, err);
	}
	return rc;
}

enum dbs_rc structures_of_missing(struct inventory *inventory,
				  const struct link *link,
				  struct dbs_error *err)
{
	struct structure_reader *reader = NULL;
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; i < inventory->findings.count && !rc; i++) {
		struct finding *finding = vec_at(&inventory->findings, i);
		const bool is_new = finding->verdict ==
				    VERDICT_MISSING_ON_TARGET;
		const struct structure_wish wish = {
			.source_database = finding->source_database,
			.target_database = finding->target_database,
			.source_table = is_new ? finding->table : NULL,
			.target_table = is_new ? NULL : finding->table,
		};

		if (!is_new && finding->verdict != VERDICT_MISSING_ON_SOURCE)
			continue;
		if (!reader)
			rc = structure_reader_new(link->source, link->target,
						  inventory->arena, &reader,
						  err);
		if (!rc)
			rc = read_one(reader, inventory, &wish, finding, err);
	}
	return rc;
}

void structure_judge(struct finding *finding, struct arena *arena)
{
	const struct structure *structure = finding->structure;

	if (!structure || finding->verdict != VERDICT_EQUAL)
		return;
	if (structure->unknown) {
		finding->verdict = VERDICT_INCOMPLETE;
		finding->skipped = arena_printf(arena, "its structure: %s",
						structure->unknown);
	} else if (structure_differs(structure)) {
		finding->verdict = VERDICT_DIFFERENT;
	}
}
