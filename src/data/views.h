/*
 * views.h - the moments that a walk sees: snapshots of both sides, opened,
 * renewed and closed, and what may be claimed of what was read in them.
 * Internal to data.
 *
 *	views_open    both sides, after all connections are there
 *	views_renew   both once more: what follows is of another moment
 *	views_again   the target alone, after it was written to
 *	views_close   one side; views_close_all
 *
 * With --wait-replica the source's snapshot comes first, then the target is
 * waited for, then it is looked at: it holds at least what the source held.
 */
#ifndef DBSYNC_DATA_VIEWS_H
#define DBSYNC_DATA_VIEWS_H

#include "dbsync/data/links.h"
#include "dbsync/data/walk.h"

struct views {
	const struct walk_request *request;
	const struct links *links;
	struct snapshot snapshot[SIDES]; /* that are open */
	enum consistency read[SIDES];    /* of all that counts so far */
	struct vec moments;              /* struct moment */
};

void views_init(struct views *views, const struct walk_request *request,
		const struct links *links);
void views_release(struct views *views);

enum dbs_rc views_open(struct views *views, struct dbs_error *err);
void views_close(const struct views *views, enum side side);
void views_close_all(const struct views *views);
/* Opens again what was lost or closed; the caller has closed them. */
enum dbs_rc views_renew(struct views *views, struct dbs_error *err);
enum dbs_rc views_again(struct views *views, struct dbs_error *err);

/* What is read from now on is all that counts. */
void views_forget(struct views *views);
/* What was read of a side is worth no more than that, from now on. */
void views_lower(struct views *views, enum side side, enum consistency most);
/* What was read before and what comes now are of different moments. */
void views_expect_renewed(struct views *views);
/* Whether each table was read in one view from its first range to its last. */
bool views_are_one(const struct views *views);
#endif
