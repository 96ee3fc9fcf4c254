/*
 * coming.h - rows that can be compared only when structures have changed.
 * Internal to the plan floor.
 *
 * Guards are asked before anything is written, and so they have to know of
 * these rows:
 *
 *	a new table		as many as the source has: they were counted
 *	an altered one		at most all those that are equal as far as the
 *				columns of both sides go; the others are in the
 *				plan already
 */
#ifndef DBSYNC_PLAN_COMING_H
#define DBSYNC_PLAN_COMING_H

#include "dbsync/base/vec.h"
#include "dbsync/plan/reshape.h"

struct coming {
	const struct reshape_table *table;
	const struct finding *finding;
	uint64_t rows;
	bool is_certain; /* all of them will be written */
};

/* Of all tables that may have such rows; out: of struct coming. */
void coming_find(const struct plan_request *request, struct vec *out);
#endif
