/* coming.c - see coming.h. */
#include "coming.h"

#include "dbsync/data/walk.h"

/* As the servers estimate it, for nobody has read the table. */
static uint64_t estimate(const struct plan_request *request,
			 const struct reshape_table *table)
{
	const struct database *model = walk_model(request->walk, SOURCE,
						  table->database);
	const struct table *source =
		model ? database_find_table(model,
					    table->structure->table[SOURCE])
		      : NULL;
	const uint64_t here = table->model ? table->model->rows : 0;

	return (source ? source->rows : 0) + here;
}

/* Rows of the source that seem equal before its columns are those wanted. */
static uint64_t unsure_rows(const struct plan_request *request,
			    const struct reshape_table *table,
			    const struct finding *finding)
{
	const uint64_t known = finding->changes[CHANGE_INSERT] +
			       finding->changes[CHANGE_UPDATE];
	const uint64_t rows = finding_rows(finding, SOURCE);

	if (finding->verdict != VERDICT_EQUAL &&
	    finding->verdict != VERDICT_DIFFERENT)
		return estimate(request, table);
	return rows > known ? rows - known : 0;
}

static struct coming coming_of(const struct plan_request *request,
			       const struct reshape_table *table,
			       const struct finding *finding)
{
	struct coming coming = {.table = table, .finding = finding};

	if (table->left_out || reshape_is_replaced(table))
		return coming;
	if (table->kind == RESHAPE_CREATE &&
	    finding->verdict == VERDICT_MISSING_ON_TARGET) {
		coming.rows = finding->changes[CHANGE_INSERT];
		coming.is_certain = true;
	} else if (reshape_may_change_rows(table)) {
		coming.rows = unsure_rows(request, table, finding);
	}
	return coming;
}

void coming_find(const struct plan_request *request, struct vec *out)
{
	for (size_t i = 0; request->foresees && i < request->finding_count;
	     i++) {
		const struct finding *finding = &request->findings[i];
		const struct reshape_table *table = reshape_member(
			request->reshape, finding->database[TARGET],
			finding_target_name(finding));
		const struct coming coming = table ? coming_of(request, table,
							       finding)
						   : (struct coming){0};

		if (coming.rows)
			*(struct coming *)vec_push(out) = coming;
	}
}
