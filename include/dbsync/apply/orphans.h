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

struct orphans {
	uint64_t rows;     /* that refer to no row of the parent */
	bool has_no_table; /* there is no such parent, nor will a row come */
	bool is_left_out;  /* set by the caller: nobody is asked about it */
};

/* One for each doubtful key of the plan, zeroed but for is_left_out. */
enum dbs_rc orphans_count(struct conn *conn, const struct plan *plan,
			  struct orphans *out, struct dbs_error *err);
#endif
