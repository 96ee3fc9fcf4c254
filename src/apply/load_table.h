/*
 * load_table.h - the rows of one range of a table, into its copy.  Internal to
 * apply.
 */
#ifndef DBSYNC_APPLY_LOAD_TABLE_H
#define DBSYNC_APPLY_LOAD_TABLE_H

#include "dbsync/apply/load.h"
#include "dbsync/data/compare.h"

#include <stdatomic.h>

struct load_task {
	const struct copy *copy;
	const struct range *range; /* NULL: all rows */
	const char *run;
	struct link link;
	struct meter *meter;
	struct target_lock *lock;
	bool is_sole; /* nobody else loads this table: its fast path may be had */
	enum load_way way; /* the best one; falls back, and says so here */
	bool has_infile;   /* LOAD DATA LOCAL is allowed */
	bool is_checked;   /* read back afterwards: values may be tried laxly */
	bool is_lax;
	const atomic_bool *is_stopped; /* another table has failed */
	bool is_refused; /* out: the server takes no such statements at all */
	const struct stage_table *table; /* to be emptied, as its engine has no
					    transactions; NULL: it has */
	bool is_lost; /* at the COMMIT: whether it was done is not known */
	struct copy_total total; /* of what was loaded */
	uint64_t taken;          /* rows that the server took in batches */
};

/* DBS_E_CANCELLED: what is done for it would be for nothing. */
enum dbs_rc load_may_go_on(const struct load_task *task, struct dbs_error *err);

/* One transaction, done or not. */
enum dbs_rc load_table(struct load_task *task, struct dbs_error *err);

/* A copy, as it was made. */
enum dbs_rc load_empty_table(struct conn *conn, const struct stage_table *table,
			     struct dbs_error *err);

/* Reads a range of a copy back (NULL: all of it). */
enum dbs_rc load_check(const struct copy *copy, struct conn *target,
		       const struct range *range, struct copy_total *out,
		       struct dbs_error *err);
#endif
