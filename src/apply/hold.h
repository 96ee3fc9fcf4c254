/*
 * hold.h - a table is kept from changing while a statement takes rows or values
 * away.  Internal to apply.
 *
 * The backup point has all rows of such a table, as they were when it was
 * written.  What others write between then and the statement would be in none;
 * so the table is locked first, its rows are read once more, and they must be
 * those that were kept.
 *
 *	backup point ─▶ … ─▶ LOCK TABLES ─▶ the same rows? ─▶ ALTER, DROP,
 *	TRUNCATE ─▶ UNLOCK TABLES
 *
 * Where the user or the server does not allow the lock, the rows are read all
 * the same; a note says that a moment is left.
 */
#ifndef DBSYNC_APPLY_HOLD_H
#define DBSYNC_APPLY_HOLD_H

#include "ddl.h"

#include "dbsync/data/dump.h"
#include "dbsync/plan/reshape.h"

/* Whether the table, in that database, has just the rows that were kept. */
enum dbs_rc hold_compare(struct ddl *ddl, const struct table *model,
			 const char *database, const struct dump_total *kept,
			 bool *same_out, struct dbs_error *err);

/*
 * kept: what the backup point has of it (DUMP_UNKNOWN rows: the run has written
 * to it since, so it cannot be told).  DBS_E_CHANGED, and no lock: somebody
 * wrote to it since.  *held_out: hold_release is to be called.
 */
enum dbs_rc hold_take(struct ddl *ddl, const struct reshape_table *table,
		      const struct dump_total *kept, bool *held_out,
		      struct dbs_error *err);

/* What may be said of it is passed over: a lost connection holds nothing. */
void hold_release(struct ddl *ddl, bool *held);
#endif
