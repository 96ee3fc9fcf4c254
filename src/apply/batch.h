/*
 * batch.h - some changes of one table on their way into one transaction.
 * Internal to the apply floor.
 *
 * A batch owns copies of its rows, so that it can be tried again, put aside, and
 * tried together with others; what is sent becomes SQL then.
 */
#ifndef DBSYNC_APPLY_BATCH_H
#define DBSYNC_APPLY_BATCH_H

#include "dbsync/base/vec.h"
#include "dbsync/data/row_sql.h"
#include "dbsync/plan/plan.h"

enum row_state {
	ROW_READY, /* as it was when compared: to be written */
	ROW_DONE,  /* as it shall be already (a batch that is repeated) */
	ROW_DRIFT, /* somebody else changed it: left alone */
};

struct batch_row {
	struct change_record record; /* rows point nowhere */
	uint64_t key_hash;
	size_t key; /* places in the batch's bytes: a tuple, and two rows */
	size_t key_length;
	size_t new_row;
	size_t old_row;
	enum row_state state;
	bool is_seen;        /* the target gave a row for it */
	bool has_other_rest; /* … that differs in what is not compared */

	/* with keeps_seen: what the target has now */
	uint64_t seen_hash;
	uint64_t seen_rest;
	uint64_t seen_count;
	size_t seen; /* place in the batch's seen: its values, or … */
	size_t seen_length;
	bool is_partial; /* … a predicate by which it can be read whole */
};

/* What rows of a batch's table are written with; shared, not changed. */
struct batch_table {
	const struct plan_table *plan;
	const struct row_sql *sql;
	bool has_key;
	bool has_enum;     /* whose empty value strict mode refuses */
	bool has_computed; /* of values that strict mode may refuse */
	bool has_json;     /* parsed: what is there may count as the new one */
	bool is_lossy;     /* a value might be bent when it is stored */
	bool is_versioned; /* the server counts rows of the history, too */
};

/*
 * Whether a row to be put might be bent; one that only goes cannot be.  That of
 * another type of column, not (is_lossy) that of a history.
 */
bool batch_table_may_bend(const struct batch_table *table);

/* One for each table of the plan; mem_drop. */
struct batch_table *batch_tables_make(const struct plan *plan,
				      const struct row_sql *const *sqls);

struct batch {
	const struct batch_table *table;
	struct buf bytes;
	struct vec rows;     /* struct batch_row */
	bool checks_inserts; /* rows that are there may be ours */
	bool is_lax;         /* strict mode has refused it */
	bool is_exchanged;   /* updated rows are deleted and inserted */
	bool keeps_seen;
	struct buf seen;
};

void batch_init(struct batch *batch, const struct batch_table *table);
void batch_release(struct batch *batch);
void batch_clear(struct batch *batch);

/* Appends a copy of a change. */
enum dbs_rc batch_add(struct batch *batch, const struct change_record *record,
		      struct dbs_error *err);

/* The same of a row that is known by its key tuple only. */
void batch_add_key(struct batch *batch, const struct change_record *record,
		   struct slice key);

/* The change again, with rows that live as long as the batch is as it is. */
struct change_record batch_record(const struct batch *batch, size_t row);
struct slice batch_key(const struct batch *batch, size_t row);
/* As many as a statement about all of its rows may have, or some more. */
uint64_t batch_bytes(const struct batch *batch);
/* Appends the tuple that an INSERT has; false: the row does not fit the table. */
bool batch_tuple(const struct batch *batch, size_t row, struct buf *out);
/* That of all columns, which an update makes. */
bool batch_whole_tuple(const struct batch *batch, size_t row, struct buf *out);

/* Rows in a state; of a kind, CHANGE_KINDS for all. */
size_t batch_count(const struct batch *batch, enum row_state state,
		   enum change_kind kind);
#endif
