/*
 * gang.h - the same work for several items, by as many threads as there are to
 * be had.
 *
 * work is called once for each item: for the first by the caller, for each of
 * the others by a thread of its own.  What no thread is to be had for is the
 * caller's too, one item after the other, and a note says so once in the life
 * of the process; it takes longer then, and nothing else changes.  So no item
 * may wait for another one to begin.
 */
#ifndef DBSYNC_DB_GANG_H
#define DBSYNC_DB_GANG_H

#include "dbsync/base/talk.h"

#include <stddef.h>

typedef void gang_work(void *item);

/* items: count of them, each of size bytes; talk may be NULL. */
void gang_run(gang_work *work, void *items, size_t count, size_t size,
	      const struct talk *talk);
#endif
