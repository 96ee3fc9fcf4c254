/* totals.c - see totals.h. */
#include "dbsync/run/totals.h"

#include "dbsync/schema/structure.h"

static void count_table(const struct finding *finding, struct totals *totals)
{
	uint64_t changes = 0;

	for (size_t k = 0; k < CHANGE_KINDS; k++) {
		totals->changes[k] += finding->changes[k];
		changes += finding->changes[k];
	}
	totals->differences += changes;
	totals->structures += finding->structure &&
			      !finding->structure->unknown &&
			      structure_differs(finding->structure);
	totals->rows += finding->rows.seen[SOURCE] +
			finding->changes[CHANGE_DELETE];
	switch (finding->verdict) {
	case VERDICT_EQUAL:
		totals->equal++;
		break;
	case VERDICT_DIFFERENT:
	case VERDICT_MISSING_ON_TARGET:
	case VERDICT_MISSING_ON_SOURCE:
		totals->different++;
		break;
	case VERDICT_UNDECIDED:
	case VERDICT_INCOMPLETE:
		totals->incomplete++;
		break;
	}
}

static void count_object(const struct object_finding *finding,
			 struct totals *totals)
{
	switch (finding->verdict) {
	case VERDICT_EQUAL:
		totals->objects_equal++;
		break;
	case VERDICT_DIFFERENT:
	case VERDICT_MISSING_ON_TARGET:
	case VERDICT_MISSING_ON_SOURCE:
		totals->objects_different++;
		break;
	case VERDICT_UNDECIDED:
	case VERDICT_INCOMPLETE:
		totals->objects_incomplete++;
		break;
	}
}

struct totals totals_of(const struct finding *findings, size_t count,
			const struct object_finding *objects,
			size_t object_count)
{
	struct totals totals = {0};

	for (size_t i = 0; i < count; i++)
		count_table(&findings[i], &totals);
	for (size_t i = 0; i < object_count; i++)
		count_object(&objects[i], &totals);
	return totals;
}

enum verdict totals_verdict(const struct totals *totals)
{
	if (totals->incomplete || totals->objects_incomplete)
		return VERDICT_INCOMPLETE;
	return totals->different || totals->objects_different
		       ? VERDICT_DIFFERENT
		       : VERDICT_EQUAL;
}
