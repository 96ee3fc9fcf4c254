/*
 * orphans.h - rows whose foreign key finds no parent.
 *
 * Rows are written with checks off.  For keys between tables that both come
 * out equal to the source nothing needs to be looked at; the others are asked
 * about here.
 */
#ifndef DBSYNC_APPLY_ORPHANS_H
#define DBSYNC_APPLY_ORPHANS_H

#include "dbsync/plan/plan.h"

/* One for each doubtful key of the plan: rows without a parent. */
enum dbs_rc orphans_count(struct conn *conn, const struct plan *plan,
			  uint64_t *counts, struct dbs_error *err);
#endif
