/* report.c - what both forms of a report have in common; see report.h. */
#include "dbsync/cmd/report.h"

#include "dbsync/schema/structure.h"

const char *verdict_name(enum verdict verdict)
{
	static const char *const names[] = {
		[VERDICT_UNDECIDED] = "incomplete",
		[VERDICT_EQUAL] = "equal",
		[VERDICT_DIFFERENT] = "different",
		[VERDICT_INCOMPLETE] = "incomplete",
		[VERDICT_MISSING_ON_TARGET] = "missing_on_target",
		[VERDICT_MISSING_ON_SOURCE] = "missing_on_source",
	};

	return names[verdict];
}

/* Words of the JSON (docs/comparing.md). */
const char *count_name(enum count_state count)
{
	switch (count) {
	case COUNT_UNNEEDED:
		return "not needed";
	case COUNT_UNGUARDED:
		return "no view";
	case COUNT_SAME:
		return "same";
	case COUNT_WANTED:
	case COUNT_ASKED:
	case COUNT_DONE:
		break;
	}
	return "no";
}

const char *digest_name(enum digest digest)
{
	static const char *const names[] = {
		[DIGEST_AUTO] = "none",
		[DIGEST_STREAM] = "stream",
		[DIGEST_SERVER] = "server",
	};

	return names[digest];
}

static void count_table(const struct finding *finding,
			struct report_totals *totals)
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
	totals->rows += finding->rows.source + finding->changes[CHANGE_DELETE];
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
			 struct report_totals *totals)
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

struct report_totals report_totals(const struct report *report)
{
	struct report_totals totals = {0};

	for (size_t i = 0; i < report->count; i++)
		count_table(&report->findings[i], &totals);
	for (size_t i = 0; i < report->object_count; i++)
		count_object(&report->objects[i], &totals);
	return totals;
}

enum verdict report_verdict(const struct report *report)
{
	const struct report_totals totals = report_totals(report);

	if (totals.incomplete || totals.objects_incomplete)
		return VERDICT_INCOMPLETE;
	return totals.different || totals.objects_different ? VERDICT_DIFFERENT
							    : VERDICT_EQUAL;
}
