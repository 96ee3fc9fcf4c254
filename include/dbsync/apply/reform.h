/*
 * reform.h - carry out a reshape: the statements that change structures.
 *
 * Before a table's first step its definition is read once more on both
 * sides: one that moved since the plan was made is left alone.  After its last
 * step it is read again, and must be as it was wanted.  One that is to lose
 * rows or values is locked meanwhile, and its rows have to be those that the
 * backup point has.
 *
 * Every statement is a transaction of its own to the server.  What stands in
 * the way of half-done work is the definition itself: a rerun compares it again
 * and goes on from there, and a rollback finds it among the states that the
 * backup point knows.
 */
#ifndef DBSYNC_APPLY_REFORM_H
#define DBSYNC_APPLY_REFORM_H

#include "dbsync/apply/defaults.h"
#include "dbsync/apply/target_lock.h"
#include "dbsync/data/dump.h"
#include "dbsync/plan/reshape.h"

/* Steps before the rows; keys that copies were in the way of; the rest. */
enum reform_part { REFORM_EARLY, REFORM_RETURNS, REFORM_LATE };

struct reform_request {
	const struct reshape *reshape;
	const struct conn_setup *source; /* NULL: not to be asked (rollback) */
	const struct conn_setup *target;
	struct target_lock *lock;
	const char *run; /* in a comment of each statement */
	unsigned wait_s; /* for metadata locks */
	bool no_binlog;
	bool brings_back;  /* alone: what early steps took away */
	bool has_disarmed; /* triggers were taken away for the rows */
	/* what the backup point has of each table's rows; NULL: there is none */
	struct dump_total *kept;
	struct default_notes defaults; /* of objects that are made */
};

struct reform_result {
	size_t steps_done;
	struct dbs_error error; /* code DBS_OK: none */
};

/*
 * The steps of a part, in order.  results: one for each table
 * of the reshape, zeroed before the first call.  What concerns one table stands
 * in its result; what is returned concerns all.
 */
enum dbs_rc reform_run(const struct reform_request *request,
		       enum reform_part part, struct reform_result *results,
		       struct dbs_error *err);

/* Whether each table is as it was wanted; a doubt stands in its result. */
enum dbs_rc reform_check(const struct reform_request *request,
			 struct reform_result *results, struct dbs_error *err);
#endif
