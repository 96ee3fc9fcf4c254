/*
 * guards.h - what speaks against a plan.  Internal to the plan floor.
 */
#ifndef DBSYNC_PLAN_GUARDS_H
#define DBSYNC_PLAN_GUARDS_H

#include "dbsync/base/vec.h"
#include "dbsync/plan/plan.h"

/* Fills in the plan's guards. */
void guards_find(struct plan *plan, const struct plan_request *request);

/* Whether all rows of a table of the target are made right by the run. */
bool plan_has_all_of(const struct plan_request *request, const char *database,
		     const char *table);

enum {
	GUARDS_SMALL_TABLE = 1000, /* rows: shares of so few mean little */
	/* so much is read for every batch of rows without a key, unasked */
	GUARDS_SMALL_MIB = 16,
};

/* Whether either side has more than that, as its server estimates. */
bool guards_is_large(const struct pair *pair);

struct reshape;
struct reshape_limits;
/* Appends those of GUARD_FOREIGN_DATA and GUARD_DEFINERS (struct guard). */
void reshape_foreign_guards(const struct reshape *reshape,
			    const struct reshape_limits *limits,
			    struct vec *guards);

/* Whether one of the globs (`t*`, `db.t*`) is of a table. */
bool guards_names_table(struct text_list globs, const char *database,
			const char *table);
#endif
