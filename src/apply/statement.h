/*
 * statement.h - the statements that write a batch.  Internal to apply.
 *
 * Each appends one statement about the rows that are ready and gives the
 * number of rows that the server must count; 0: there is nothing to do, and
 * what was appended is no statement.
 */
#ifndef DBSYNC_APPLY_STATEMENT_H
#define DBSYNC_APPLY_STATEMENT_H

#include "batch.h"

/* All rows to be deleted; without a key those of which none stays. */
uint64_t statement_delete(const struct batch *batch, struct buf *out);
/* Copies of one row without a key, of which some stay. */
uint64_t statement_delete_some(const struct batch *batch, size_t row,
			       struct buf *out);
/* Rows of a kind, CHANGE_INSERT or CHANGE_UPDATE. */
uint64_t statement_put(const struct batch *batch, enum change_kind kind,
		       struct buf *out);

/*
 * Updated rows the other way: all of them deleted, and then inserted whole.  So
 * values of other unique keys may go round among them.
 */
uint64_t statement_make_room(const struct batch *batch, struct buf *out);
uint64_t statement_fill_room(const struct batch *batch, struct buf *out);
#endif
