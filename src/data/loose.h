/*
 * loose.h - patterns that may fit nothing (request->loose).  Internal to the
 * data floor.
 */
#ifndef DBSYNC_DATA_LOOSE_H
#define DBSYNC_DATA_LOOSE_H

#include "choice.h"
#include "dbsync/data/links.h"

/*
 * Patterns that fit nothing are added to idle (const char *) and noted, or
 * refused as DBS_E_USAGE when they are names that somebody mistyped.
 */
enum dbs_rc loose_check(const struct walk_request *request,
			const struct link *link, const struct vec *pairs,
			struct vec *idle, struct dbs_error *err);
#endif
