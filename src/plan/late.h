/*
 * late.h - constraints that come behind the rows.  Internal to plan.
 *
 * Rows of the target that are to go, or to become others, may be against a key
 * or a check of the source's; its own rows are not.  So the ALTERs before the
 * rows make what the table is without such constraints (the first state), and
 * behind the rows each comes by itself (the others; the last is what is wanted).
 *
 * A key that the new one takes the place of stays as long as it can: if the new one
 * does not come after all, a foreign key that was lifted still finds something to
 * lean on.  A column that counts is a plain one until it has its key, and one that
 * is to be of the primary key may hold NULLs until then, if it does.  So may a
 * column of places, which has no value to stand in for others, and it has no SRID
 * as long as rows have another; keys of places come behind it.
 */
#ifndef DBSYNC_PLAN_LATE_H
#define DBSYNC_PLAN_LATE_H

#include "dbsync/plan/reshape.h"

struct late {
	const struct definition **states;
	const char **against; /* of each state: rows in its way (reshape.h) */
	size_t count;         /* 0: nothing has to wait */
};

/* Whether a column begins to count behind the rows. */
bool late_counts(const struct late *late);

struct late late_states(const struct reshape_table *table, struct arena *arena);
#endif
