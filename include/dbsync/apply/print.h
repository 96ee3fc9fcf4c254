/*
 * print.h - a plan as a file of SQL for a plain client (dry-run --sql).
 *
 * Where no column of a table changes, its rows are those that differ.  Where
 * one does, or ALTER TABLE would meet rows that are in its way, nothing that was
 * compared says what the rows are to become: such a table is emptied, altered,
 * and gets all rows of the source, which are read while the file is written:
 *
 *	settings ─▶ triggers go ─▶ DELETE all ─▶ structures ─▶ rows that differ
 *	   ─▶ all rows ─▶ counters ─▶ keys that come last ─▶ views, routines …
 *	   ─▶ triggers come back
 *
 * A client stops at the first statement that fails, and cannot try again or
 * look first; what a file of statements cannot do is named at its head.
 */
#ifndef DBSYNC_APPLY_PRINT_H
#define DBSYNC_APPLY_PRINT_H

#include "dbsync/base/file.h"
#include "dbsync/data/dump.h"
#include "dbsync/plan/plan.h"
#include "dbsync/plan/reshape.h"

/* A table that gets all rows of the source. */
struct print_whole {
	const struct reshape_table *table;
	const struct dump *dump; /* of the source's, into the target's */
	uint64_t counter;        /* AUTO_INCREMENT, 0: none */
};

struct print_request {
	const struct plan *plan;
	const struct row_sql *const *sqls; /* of each table of the plan */
	const char *const *doubts; /* of each: print_doubts; not in the file */
	const struct reshape *reshape; /* NULL: none */
	/* of each of its tables: whether rows of the source are missing, so
	 * that what waits for them does not come either */
	const bool *lacks_rows;
	const struct print_whole *wholes;
	size_t whole_count;
	struct conn *source; /* that reads them; NULL: there are none */
	const struct plan_gap *absent; /* what is not in the file, and why */
	size_t absent_count;
	const struct cancel *cancel;
};

/*
 * Why rows of the plan's tables cannot be written by statements alone: a text
 * for each table, or NULL.
 */
enum dbs_rc print_doubts(const struct plan *plan,
			 const struct row_sql *const *sqls, const char **out,
			 struct dbs_error *err);

/* The same of an object, which then is not in the file. */
const char *print_object_doubt(const struct reshape_object *object);

enum dbs_rc print_plan(const struct print_request *request,
		       struct file_draft *to, struct dbs_error *err);
#endif
