/*
 * apply.h - carry a plan out.  The only floor that writes to a target.
 *
 * Before: the backup point is on the disk, the lock on the target is held.
 * Every batch is a transaction that
 *
 *	1 locks its rows and compares them with what they were: a row that
 *	  somebody changed since is left alone and reported (drift)
 *	2 deletes, updates and inserts
 *	3 is committed when the server counted as many rows as we did
 *
 * Dying anywhere leaves whole batches; a change is an absolute state, so a run
 * that is repeated, and a batch whose COMMIT got no answer, do no harm.
 */
#ifndef DBSYNC_APPLY_APPLY_H
#define DBSYNC_APPLY_APPLY_H

#include "dbsync/apply/target_lock.h"
#include "dbsync/data/row_sql.h"
#include "dbsync/plan/plan.h"
#include "dbsync/plan/reshape.h"

struct apply_request {
	const struct plan *plan;
	const struct row_sql *const *sqls; /* of each table of the plan */
	const struct conn_setup *setup;    /* of the target */
	struct target_lock *lock;
	const char *run; /* in a comment of each statement */
	unsigned workers;
	unsigned attempts; /* for deadlocks and lost connections */
	bool no_binlog;    /* sql_log_bin = 0 */
	struct meter *meter;
};

enum { DRIFT_SHOWN = 10 };

struct table_result {
	uint64_t written[CHANGE_KINDS];
	uint64_t already; /* were as they should be */
	uint64_t drifted;
	char *drift[DRIFT_SHOWN]; /* keys of the first of them */
	size_t drift_count;
	uint64_t refused;         /* rows that the target would not hold */
	struct dbs_error refusal; /* the first of them */
	bool counter_set;
	struct dbs_error error; /* code DBS_OK: none */
};

/*
 * results has one for each table of the plan, zeroed.  A failure that concerns
 * one table stands in its result; what is returned concerns all.
 */
enum dbs_rc apply_run(const struct apply_request *request,
		      struct table_result *results, struct dbs_error *err);
void table_results_release(struct table_result *results, size_t count);
#endif
