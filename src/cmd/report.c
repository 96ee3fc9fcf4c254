/* report.c - what both forms of a report have in common; see report.h. */
#include "dbsync/cmd/report.h"

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

const char *read_name(enum rows_read read)
{
	static const char *const names[] = {
		[READ_ALL] = "all",
		[READ_KEYS] = "keys",
		[READ_NONE] = "none",
	};

	return names[read];
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

struct totals report_totals(const struct report *report)
{
	return totals_of(report->findings, report->count, report->objects,
			 report->object_count);
}

enum verdict report_verdict(const struct report *report)
{
	const struct totals totals = report_totals(report);

	/* a refusal comes behind the comparison, a stop may not */
	return report->stop && report->stop->code == DBS_E_CANCELLED
		       ? VERDICT_INCOMPLETE
		       : totals_verdict(&totals);
}
