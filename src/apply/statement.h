/*
 * statement.h - the statements that write a batch.  Internal to apply.
 *
 * Each appends one statement about the rows that are ready and gives the
 * number of rows that the server must count; 0: there is nothing to do, and
 * what was appended is no statement.
 *
 * A batch is bounded, but a row without a key may have any number of copies:
 * rows to be inserted are as many statements as it takes.
 */
#ifndef DBSYNC_APPLY_STATEMENT_H
#define DBSYNC_APPLY_STATEMENT_H

#include "batch.h"

/* All rows to be deleted; without a key those of which none stays. */
uint64_t statement_delete(const struct batch *batch, struct buf *out);
/* Copies of one row without a key, of which some stay. */
uint64_t statement_delete_some(const struct batch *batch, size_t row,
			       struct buf *out);
/* Updated rows. */
uint64_t statement_update(const struct batch *batch, struct buf *out);

/* An INSERT of several rows is not longer, whatever a server would take. */
enum { STATEMENT_INSERT_BYTES = 1024 * 1024 };

/* The next copy that is to be inserted. */
struct statement_place {
	size_t row;
	uint64_t copy;
};

/*
 * As many of the rows that come as fit into that many bytes, but one at least;
 * place, {0} for the first statement, moves on behind them.
 */
uint64_t statement_insert(const struct batch *batch,
			  struct statement_place *place, uint64_t most_bytes,
			  struct buf *out);

/* A row of VALUES: as an INSERT has it, or of all columns, as an update makes it. */
void statement_tuple(const struct batch *batch, size_t row, bool is_first,
		     struct buf *out);
void statement_whole_tuple(const struct batch *batch, size_t row, bool is_first,
			   struct buf *out);

/*
 * Updated rows the other way: all of them deleted, and then inserted whole.  So
 * values of other unique keys may go round among them.
 */
uint64_t statement_make_room(const struct batch *batch, struct buf *out);
uint64_t statement_fill_room(const struct batch *batch, struct buf *out);
#endif
