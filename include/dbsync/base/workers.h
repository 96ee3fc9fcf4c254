/*
 * workers.h - the same work for several items, by as many threads as there are
 * available, and what the threads of a run have in common.
 *
 *	workers_init(&workers, talk, conn_thread_end);
 *	workers_run(&workers, work, items, count, sizeof(*items));
 *
 * work is called once for each item: for the first by the caller, for each of
 * the others by a thread of its own.  What no thread is available for is the
 * caller's too, one item after the other, and a note says so once in a run; it
 * takes longer then, and nothing else changes.  So no item may wait for another
 * one to begin.
 */
#ifndef DBSYNC_BASE_WORKERS_H
#define DBSYNC_BASE_WORKERS_H

#include "dbsync/base/gate.h"
#include "dbsync/base/talk.h"

#include <stdatomic.h>
#include <stddef.h>

/* One of each run; nothing to release. */
struct workers {
	const struct talk *talk; /* may be NULL */
	void (*leave)(void);     /* the last act of each thread, or NULL */
	/* Rows so large that one of them at a time is in memory as text. */
	struct gate large_rows;
	atomic_bool has_noted;
};

void workers_init(struct workers *workers, const struct talk *talk,
		  void (*leave)(void));

typedef void workers_do(void *item);

/* items: count of them, each of size bytes. */
void workers_run(struct workers *workers, workers_do *work, void *items,
		 size_t count, size_t size);
#endif
