/*
 * load_keys.h - keys of a copy that come when it is filled.  Internal to apply.
 *
 * A secondary key is built by sorting in less time than by a random walk for each
 * row (measured with 1 million rows and one key, medians of three: MySQL 9.7 5.1 s
 * instead of 7.5 s, MariaDB 10.11 3.3 s instead of 5.4 s).  MariaDB from 10.6 on
 * sorts by itself, when one session fills an empty table in bulk, but that takes
 * it twice the CPU (2 million rows with two keys: 11.4 s of filling instead of 6.0
 * s and the time of the keys).
 *
 * The copy is made with all its keys, so that what the target does not take is
 * known before; these are dropped while it is empty, and added when its last row
 * is there.  Both may be repeated.
 */
#ifndef DBSYNC_APPLY_LOAD_KEYS_H
#define DBSYNC_APPLY_LOAD_KEYS_H

#include "dbsync/db/conn.h"
#include "dbsync/plan/stage.h"

struct load_keys {
	const char *drop; /* ALTER TABLE … */
	const char *add;
};

/* In arena; NULL: it has none that may wait. */
const struct load_keys *load_keys_of(const struct stage *stage,
				     const struct stage_table *table,
				     enum server_family family,
				     struct arena *arena);

enum dbs_rc load_keys_drop(struct conn *conn, const struct load_keys *keys,
			   struct dbs_error *err);

/* Adds them, and looks whether the copy is what is wanted. */
enum dbs_rc load_keys_add(struct conn *conn, const struct load_keys *keys,
			  const struct stage_table *table,
			  struct dbs_error *err);
#endif
