/*
 * backoff.h - how long to wait before the next try: 100 ms, doubled each time
 * up to 5 s, of which a random half (so that workers do not come in step).
 */
#ifndef DBSYNC_DB_BACKOFF_H
#define DBSYNC_DB_BACKOFF_H

#include "dbsync/base/cancel.h"

/* Sleeps before try number attempt (1: the first repetition). */
enum dbs_rc backoff_wait(unsigned attempt, const struct cancel *cancel,
			 struct dbs_error *err);

/* The bounds of that wait in milliseconds; pure. */
uint32_t backoff_ms(unsigned attempt, uint32_t jitter);
#endif
