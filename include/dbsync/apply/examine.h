/*
 * examine.h - ask the target's rows about the hazards of a reshape.
 *
 * A table without rows has nothing to lose; where a hazard comes with a
 * condition, the rows that it is true for are counted.  Only reads.
 */
#ifndef DBSYNC_APPLY_EXAMINE_H
#define DBSYNC_APPLY_EXAMINE_H

#include "dbsync/plan/reshape.h"

enum dbs_rc examine_hazards(struct conn *conn, struct reshape *reshape,
			    struct dbs_error *err);
#endif
