/*
 * single.h - a batch that the target refused, row by row.
 * Internal to the apply floor.
 *
 * One value that the target cannot hold (too long, out of range, against a
 * CHECK) must not keep all the other rows of the table from being written.
 */
#ifndef DBSYNC_APPLY_SINGLE_H
#define DBSYNC_APPLY_SINGLE_H

#include "writer.h"

/* Whether an error is about what some row of a batch holds. */
bool single_may_help(enum dbs_rc rc, const struct dbs_error *err);

/*
 * Gives take each row as a batch of its own.  Rows that it refuses in this way
 * are counted in the result; with very many of them and nothing else, the
 * table is given up with that error.
 */
enum dbs_rc single_run(const struct batch *batch,
		       enum dbs_rc (*take)(void *self, struct batch *batch,
					   struct dbs_error *err),
		       void *self, struct table_result *result,
		       struct dbs_error *err);
#endif
