/*
 * undo.h - what a backup point would change back, as the changes of a plan.
 *
 * For a rollback, the backup point takes the place of the source: each of its
 * rows is looked for on the target, and by its hash it is
 *
 *	as it was before the run	nothing to do (it did not get so far, or
 *					was undone already)
 *	as the run made it		to be changed back
 *	neither				drift: somebody changed it since
 *
 * The result is a finding for each table, as a walk would give it, so that
 * plan, backup point and apply are those of every other run.
 */
#ifndef DBSYNC_APPLY_UNDO_H
#define DBSYNC_APPLY_UNDO_H

#include "dbsync/apply/unshape.h"

struct undo;

struct undo_table {
	const char *database;
	const char *table;
	uint64_t as_before; /* rows */
	uint64_t drifted;
	char *drift[10]; /* keys of the first of them */
	size_t drift_count;
};

/*
 * Loads the tables of the manifest; DBS_E_REFUSED when one of them is gone or
 * was altered since.  One that an interrupted rollback has altered back
 * (unshape says so) is passed over: rows come before structures.  The reader
 * and unshape are borrowed.
 */
enum dbs_rc undo_new(struct backup_reader *reader, struct conn *conn,
		     const struct unshape *unshape, struct undo **out,
		     struct dbs_error *err);
void undo_drop(struct undo **undo);

/* Goes through the rows, in one view; with force, drift is changed back too. */
enum dbs_rc undo_collect(struct undo *undo, bool force, struct dbs_error *err);

/* One for each table of the manifest. */
const struct undo_table *undo_tables(const struct undo *undo);
struct finding *undo_findings(const struct undo *undo);
const uint64_t *undo_counters(const struct undo *undo);
/* The databases of rows and structures, each once, in arena. */
struct text_list undo_databases(const struct manifest *manifest,
				struct arena *arena);

/*
 * After the rows were changed back: are all as they were?  *left_out is how
 * many are not.
 */
enum dbs_rc undo_check(struct undo *undo, uint64_t *left_out,
		       struct dbs_error *err);
#endif
