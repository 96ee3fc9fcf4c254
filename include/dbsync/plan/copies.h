/*
 * copies.h - which tables of an incremental run are copied as a whole.
 *
 * Pure.  Row by row is the way for what differs little; a table that is new, or
 * differs in most of its rows, is faster copied next to the target's and
 * swapped in (stage.h).  So is one that the user names, whenever it differs,
 * and a large one without a key, whose rows would be looked for in all of it.
 *
 * A copy takes the place of a table.  Where something holds on to the old one
 * (triggers, foreign keys of tables that are no part of the run), where only a
 * part of it is wanted (--where), or where its structure is to change, which is
 * for guards to look at, its rows are written one by one as ever.
 */
#ifndef DBSYNC_PLAN_COPIES_H
#define DBSYNC_PLAN_COPIES_H

#include "dbsync/plan/plan.h"

/* Of its rows, that differ: where copying all of them begins to be quicker. */
enum { COPIES_SHARE_PERCENT = 75 };

struct copies_request {
	const struct finding *findings;
	size_t finding_count;
	const struct walk *walk; /* has the models */
	const struct target_facts *facts;
	struct text_list forced;  /* globs: whenever they differ */
	uint64_t min_rows;        /* of others; 0: none */
	struct option_list where; /* of such tables not all rows are wanted */
	struct option_list ignored;
};

struct copies {
	const char **reasons;  /* of each finding: why it is copied, or NULL */
	size_t count;          /* of those that are */
	struct plan_gap *vain; /* named by the user, and why it is not done */
	size_t vain_count;
};

/* All of it lives in arena. */
void copies_choose(const struct copies_request *request, struct arena *arena,
		   struct copies *out);

/* One of them is not available; others that refer to it go with it. */
void copies_give_up(const struct copies_request *request, struct arena *arena,
		    const char *database, const char *table, const char *why,
		    struct copies *copies);
#endif
