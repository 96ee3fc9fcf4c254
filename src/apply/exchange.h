/*
 * exchange.h - many batches, of one table or of several, in one transaction.
 * Internal to the apply floor.
 *
 * Rows that go, and those whose unique values others wait for, are deleted from
 * all tables first; then all rows are put.  So values may go round among them.
 */
#ifndef DBSYNC_APPLY_EXCHANGE_H
#define DBSYNC_APPLY_EXCHANGE_H

#include "writer.h"

#include "dbsync/apply/window.h"

struct exchange_part {
	const struct batch_table *table;
	const struct segment *segments;
	size_t count;
	struct table_result *result; /* counts are of what was written */
	bool updates_go_first; /* updated rows are deleted and inserted whole */
};

struct exchange {
	const struct exchange_part *parts;
	size_t count;
	/* statements of the same transaction, before the rows are looked at */
	const struct window_statement *first;
	size_t first_count;
	/* a statement of the same transaction, about one row; NULL: none */
	const char *last;
	bool is_whole; /* DBS_E_CHANGED if somebody changed one of the rows */
	/* rows to be inserted are looked for; else one that is there is 1062 */
	bool looks_for_inserts;
};

/* Once; what fails is undone.  The writer is ready, or gets ready. */
enum dbs_rc exchange_once(struct writer *writer,
			  const struct exchange *exchange,
			  struct dbs_error *err);
/* Of one table, as often as the writer tries. */
enum dbs_rc exchange_patiently(struct writer *writer,
			       const struct exchange_part *part,
			       struct dbs_error *err);
#endif
