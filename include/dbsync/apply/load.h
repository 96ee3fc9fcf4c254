/*
 * load.h - fill copies of tables with the rows of the source.
 *
 *	load_stage ─▶ load_run ─▶ (swap.h)
 *
 * Workers, each with a connection to both sides, take tables, the largest
 * first; a table that is most of the whole is cut into ranges, for all.  Rows
 * go straight from the source's stream into statements of the target (arrays of
 * a prepared INSERT, LOAD DATA, or INSERT): the sockets between are the queue,
 * and their sizes its bound.
 *
 * A copy is read back when it is whole, and must have the same rows.  What is
 * in doubt (a connection was lost) is emptied and begun again: nobody else
 * sees these tables.  When the source's moment was lost with a connection, that
 * is all of them.
 */
#ifndef DBSYNC_APPLY_LOAD_H
#define DBSYNC_APPLY_LOAD_H

#include "dbsync/apply/reform.h"
#include "dbsync/data/copy.h"
#include "dbsync/data/walk.h"
#include "dbsync/db/snapshot.h"
#include "dbsync/plan/stage.h"

/* How rows get into the target: LOAD_AUTO is the first that it takes. */
enum load_way { LOAD_AUTO, LOAD_BULK, LOAD_INFILE, LOAD_INSERT };

struct load_request {
	const struct stage *stage;
	const struct walk *walk; /* has the models of the source */
	const struct conn_setup *source;
	const struct conn_setup *target;
	struct target_lock *lock;
	const char *run; /* in a comment of each statement */
	unsigned workers;
	unsigned attempts;
	bool no_snapshot;
	bool no_binlog;
	bool is_unchecked; /* copies are not read back */
	enum load_way way;
	struct meter *meter;
};

/* Of one table of the stage. */
struct load_result {
	struct copy_total total;
	enum load_way way; /* that all ranges took; else the last in order */
	bool was_checked;
	size_t ranges;
	double load_seconds;
	double check_seconds;
};

struct load_summary {
	struct load_result *results; /* of each table of the stage */
	enum consistency consistency;
	unsigned workers;
	double seconds;
	/* it failed, and may pass when the copies are emptied and begun again:
	 * the source's moment was lost, or what became of a COMMIT */
	bool may_pass;
};

/* The databases of a stage, with empty tables; ended by load_unstage. */
struct load_ground;

/*
 * A table that cannot be made, or does not become what it should, is left out
 * of the reshape, with the reason: then *refused_out, and the stage is to be
 * created again.
 */
enum dbs_rc load_stage(const struct stage *stage, struct reshape *reshape,
		       const struct conn_setup *target, bool no_binlog,
		       struct load_ground **out, bool *refused_out,
		       struct dbs_error *err);
/*
 * Whether the target takes such databases, for once; refused as load_stage.
 * database: one of those that copies are for.
 */
enum dbs_rc load_try(const struct conn_setup *target, const char *database,
		     const char *run, bool no_binlog, struct dbs_error *err);
/* Empties the copies, for another load_run. */
enum dbs_rc load_empty(struct load_ground *ground, struct dbs_error *err);
/* Drops what is left of them; says so when it cannot. */
void load_unstage(struct load_ground **ground);

/*
 * What fails for one table fails all: nothing has take effect yet.
 * summary->results is the caller's (mem_drop), also then.
 */
enum dbs_rc load_run(const struct load_request *request,
		     struct load_summary *summary, struct dbs_error *err);
#endif
