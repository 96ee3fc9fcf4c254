/*
 * doubt.h - foreign keys of which nobody knows whether they hold when all is
 * written, since checks are off meanwhile.
 */
#ifndef DBSYNC_PLAN_DOUBT_H
#define DBSYNC_PLAN_DOUBT_H

#include "dbsync/base/vec.h"
#include "dbsync/plan/plan.h"

/*
 * When both tables come out equal to the source, a key holds as it holds
 * there.  The others are added to doubtful (const struct foreign_key *), to be
 * counted; those whose parent table the target lacks to gaps, too, but for
 * those that reshape has left out, which are gaps already.  The plan has its
 * tables.
 */
void doubt_find(const struct plan *plan, const struct plan_request *request,
		struct vec *doubtful, struct vec *gaps);
#endif
