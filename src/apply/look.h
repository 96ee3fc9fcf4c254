/*
 * look.h - are the rows of a batch what they were when they were compared?
 * Internal to the apply floor.
 */
#ifndef DBSYNC_APPLY_LOOK_H
#define DBSYNC_APPLY_LOOK_H

#include "batch.h"

/*
 * Reads the rows of the batch FOR UPDATE, within the transaction under way,
 * and sets the state of each; is_all: rows to be inserted as well, which are
 * ready otherwise.
 */
enum dbs_rc look_at_rows(struct conn *conn, struct batch *batch, bool is_all,
			 struct dbs_error *err);

/*
 * The same for all rows, without locking them; what the target has is kept in
 * the batch (batch_row.seen).
 */
enum dbs_rc look_and_keep(struct conn *conn, struct batch *batch,
			  struct dbs_error *err);
#endif
