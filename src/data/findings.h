/*
 * findings.h - what one range turned out to be, and all of a table together.
 * Internal to the data floor.
 *
 * A range_finding is filled by one worker and then handed to the table.  When
 * a range is looked at again (recheck), only what was different before counts:
 * known holds the identities that differed the last time.
 */
#ifndef DBSYNC_DATA_FINDINGS_H
#define DBSYNC_DATA_FINDINGS_H

#include "dbsync/base/vec.h"
#include "recorder.h"

#include "dbsync/data/finding.h"

struct range_finding {
	struct arena *arena; /* of the details; NULL until the first */
	struct arena *kept;  /* of those before the target was written to */
	struct vec details;  /* struct detail */
	struct vec known;    /* uint64_t, sorted; identities of changes */
	struct tally rows;
	uint64_t changes[CHANGE_KINDS];
	struct segment segment; /* where the changes are kept, if they are */
	uint64_t unwritable;
	enum digest digest;
	bool is_done;
	bool is_overfull; /* more changes than known may hold */
};

struct collector {
	struct range_finding *finding;
	const struct vec *known;   /* NULL: everything counts */
	struct recorder *recorder; /* NULL: changes are only counted */
	size_t details;            /* how many to keep */
	bool keeps_identities;
};

void range_finding_init(struct range_finding *finding);
void range_finding_release(struct range_finding *finding);
uint64_t range_finding_changes(const struct range_finding *finding);

/* The sink that fills a range_finding. */
struct sink collector_sink(struct collector *collector);

/* Sorts a vec of uint64_t. */
void identities_sort(struct vec *identities);

/* Once the range is complete: identities are sorted. */
void range_finding_finish(struct range_finding *finding);
#endif
