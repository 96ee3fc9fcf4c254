/*
 * sync_run.h - from a plan to a changed target: what incremental and rollback
 * have in common.
 *
 *	plan ─▶ guards ─▶ question ─▶ backup point ─▶ state ═▶ apply ─▶ state
 *
 * (═▶ is the point of no return: nothing was written before it.)
 *
 * Where structures change, rows can be compared as a whole only afterwards.  So
 * there are two such passages, of one run, with one question: the first has a
 * backup point of structures, and the second replaces it by one of both.
 *
 *	plan of structures, and of the rows as far as they can be compared
 *	   ─▶ guards ─▶ question ─▶ backup point ─▶ state ═▶ structures
 *	plan of the rows ─▶ guards ─▶ backup point of both ═▶ rows ═▶ foreign
 *	keys ─▶ state
 */
#ifndef DBSYNC_RUN_SYNC_RUN_H
#define DBSYNC_RUN_SYNC_RUN_H

#include "dbsync/apply/apply.h"
#include "dbsync/apply/orphans.h"
#include "dbsync/backup/point.h"
#include "dbsync/run/audience.h"
#include "dbsync/run/full_run.h"
#include "dbsync/run/moment_defaults.h"
#include "dbsync/run/shape_run.h"

/* Options of all commands that write. */
struct write_options {
	struct vec allow;
	const char *backup_dir;
	unsigned backup_level;
	unsigned backup_threads;
	bool no_backup;
	bool yes;
	int binlog;
	const char *state_dir;
};

void write_options_defaults(struct write_options *options);

/* A run that writes; made by the command, which owns what it points to. */
struct sync_run {
	const char *command;
	const char *id;
	const struct walk_request
		*request; /* of both sides, or of the target alone */
	const struct write_options *options;
	const struct conn_setup *setup; /* of the target */
	const struct audience *audience;
	const struct target_facts *facts;
	struct moment_run noted; /* where its state is */
	const struct plan *plan;
	const char *source_name;
	const char *target_name;
	const struct server *target_server;
	const char *const *databases; /* of the target */
	size_t database_count;
	struct target_lock *lock;
	struct shape_run *shapes;        /* NULL: structures are left alone */
	const struct conn_setup *source; /* NULL: the source is a file */
	bool is_disarmed;                /* triggers are away: sync_run_rearm */
	bool has_disarmed;               /* they were; as they are now or not */
	bool is_second;        /* passage: structures have changed already */
	const char *joined;    /* backup point of the first, or NULL */
	const char *undoes;    /* path; a rollback: of its backup point */
	bool is_forced;        /* rollback --force */
	bool takes_any_server; /* rollback --any-server */
	bool takes_unsigned;   /* rollback --trust-file */
	bool is_unsigned;      /* its backup point has no MAC */
	struct full_run *full; /* NULL: rows are not copied as a whole */

	/* what came of it */
	const struct row_sql **sqls; /* of each table of the plan */
	struct table_result *results;
	struct orphans *orphans; /* of each doubtful key of the plan */
	bool has_counted;        /* them */
	char *backup;            /* path; NULL: none */
	uint64_t backup_bytes;
	double backup_seconds;
	double apply_seconds;
};

/* "20261121-041122-1a2b3c", in a static buffer of the caller. */
void sync_run_name(char id[40]);
void sync_run_release(struct sync_run *run);

/* Statements of the plan's tables; part of carrying it out and of printing. */
void sync_run_prepare(struct sync_run *run);

bool sync_run_is_refused(const struct sync_run *run);
/* DBS_E_REFUSED by the first guard that is in the way. */
enum dbs_rc sync_run_refuse(const struct sync_run *run, struct dbs_error *err);
/* Guards, then the question: DBS_E_REFUSED or DBS_E_CANCELLED. */
enum dbs_rc sync_run_allowed(const struct sync_run *run, struct dbs_error *err);

/* Backup point of structures, state, their statements but the late ones. */
enum dbs_rc sync_run_reshape(struct sync_run *run, struct dbs_error *err);
/* The statements alone, in a run that is safe already. */
enum dbs_rc sync_run_reshape_early(struct sync_run *run, struct dbs_error *err);
/* Foreign keys that copies were in the way of; once. */
enum dbs_rc sync_run_return_keys(struct sync_run *run, struct dbs_error *err);
/*
 * After a failure between early and late statements, also when the user has
 * stopped the run: foreign keys that were lifted come back, or are named.
 */
void sync_run_bring_back(struct sync_run *run);
/* After a failure: triggers that were away come back, or are named. */
void sync_run_rearm(struct sync_run *run);
/*
 * The rows are written: triggers that were away come back at once.  What concerns
 * one stands in the results of the structures.
 */
enum dbs_rc sync_run_return_triggers(struct sync_run *run,
				     struct dbs_error *err);
struct reform_request sync_run_reform(const struct sync_run *run);
/* Foreign keys that come last, and a look at all structures that changed. */
enum dbs_rc sync_run_reshape_late(struct sync_run *run, struct dbs_error *err);

/* Backup point, state, apply. */
enum dbs_rc sync_run_write(struct sync_run *run, struct dbs_error *err);

/* The run stops here: notes it, and says how to undo what was written. */
enum dbs_rc sync_run_failed(struct sync_run *run, enum dbs_rc rc,
			    struct dbs_error *err);

/* Looks for rows without their parents, after all is written. */
enum dbs_rc sync_run_count_orphans(struct sync_run *run, struct dbs_error *err);

/*
 * The end of a run that was written.  is_done: nothing was left out; is_all:
 * and it was about the whole database, so that runs that were interrupted
 * before are resolved.
 */
enum dbs_rc sync_run_end(struct sync_run *run, bool is_done, bool is_all,
			 struct dbs_error *err);
/* There was nothing to write, and so nothing is left of interrupted runs. */
enum dbs_rc sync_run_repaired(const struct sync_run *run,
			      struct dbs_error *err);

uint64_t sync_run_written(const struct sync_run *run);
/* Whether something failed, drifted, was refused, or has no parent. */
bool sync_run_is_partial(const struct sync_run *run);
#endif
