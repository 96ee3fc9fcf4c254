/*
 * join.h - ranges that follow each other become one.  Internal to data.
 */
#ifndef DBSYNC_DATA_JOIN_H
#define DBSYNC_DATA_JOIN_H

#include "dbsync/base/vec.h"
#include "dbsync/data/range.h"

/*
 * Whether range i goes into the one before it; last: that, with whatever was
 * joined to it already.
 */
typedef bool (*join_choice)(const void *context, const struct range *last,
			    const struct range *next, size_t i);

void join_ranges(struct vec *ranges, join_choice is_joined,
		 const void *context);
#endif
