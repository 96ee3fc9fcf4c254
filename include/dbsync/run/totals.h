/* totals.h - what all findings of a walk come to. */
#ifndef DBSYNC_RUN_TOTALS_H
#define DBSYNC_RUN_TOTALS_H

#include "dbsync/data/finding.h"

struct totals {
	uint64_t rows; /* of the source, and those only the target has */
	uint64_t differences;
	uint64_t changes[CHANGE_KINDS];
	size_t equal;
	size_t different;
	size_t incomplete;
	size_t structures; /* that differ */
	size_t objects_equal;
	size_t objects_different;
	size_t objects_incomplete;
};

struct totals totals_of(const struct finding *findings, size_t count,
			const struct object_finding *objects,
			size_t object_count);
/* EQUAL, DIFFERENT or INCOMPLETE: the worst of all. */
enum verdict totals_verdict(const struct totals *totals);
#endif
