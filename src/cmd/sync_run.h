/*
 * sync_run.h - from a plan to a changed target: what incremental and rollback
 * have in common.  Internal to cmd.
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
#ifndef DBSYNC_CMD_SYNC_RUN_H
#define DBSYNC_CMD_SYNC_RUN_H

#include "shape_run.h"
#include "walk_options.h"

#include "dbsync/apply/apply.h"
#include "dbsync/apply/orphans.h"
#include "dbsync/backup/point.h"
#include "dbsync/cmd/progress.h"
#include "dbsync/run/full_run.h"

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

extern const char *const binlog_words[];

#define WRITE_AT(base, field) ((base) + offsetof(struct write_options, field))

/* clang-format off */
#define WRITE_ROWS(base) \
	{"backup-dir", '\0', OPTION_TEXT, WRITE_AT(base, backup_dir), "FOLDER", \
	 "where backup points go (default backups/database)", \
	 "Backup point", 0, 0, NULL, NULL}, \
	{"backup-level", '\0', OPTION_UNSIGNED, WRITE_AT(base, backup_level), \
	 "N", "of zstd (default 1)", NULL, 1, 19, NULL, NULL}, \
	{"backup-threads", '\0', OPTION_UNSIGNED, \
	 WRITE_AT(base, backup_threads), "N", \
	 "that compress, besides its own (default 1)", \
	 NULL, 0, 64, NULL, NULL}, \
	{"no-backup", '\0', OPTION_FLAG, WRITE_AT(base, no_backup), NULL, \
	 "write none: nothing can be undone (needs --yes)", \
	 NULL, 0, 0, NULL, NULL}, \
	{"allow", '\0', OPTION_LIST, WRITE_AT(base, allow), "KINDS", \
	 "guards that may be passed: read-only, replica,\n" \
	 "triggers, cascade, non-transactional, no-key,\n" \
	 "versioned, where, foreign-data, privileges,\n" \
	 "empty-source, delete-percent, max-changes", \
	 "Safety", 0, 0, NULL, NULL}, \
	{"yes", 'y', OPTION_FLAG, WRITE_AT(base, yes), NULL, \
	 "do not ask; needed without a terminal when rows\n" \
	 "would be deleted", NULL, 0, 0, NULL, NULL}, \
	{"state-dir", '\0', OPTION_TEXT, WRITE_AT(base, state_dir), "FOLDER", \
	 "for sync-state.json and locks\n" \
	 "(default: docs/operations.md)", \
	 NULL, 0, 0, NULL, NULL}, \
	{"binlog", '\0', OPTION_CHOICE, WRITE_AT(base, binlog), "HOW", \
	 "on (default); off: sql_log_bin=0 where allowed", \
	 NULL, 0, 0, binlog_words, NULL}
/* clang-format on */

void write_options_defaults(struct write_options *options);
/* Words of --allow that are no guards. */
enum dbs_rc write_options_check(const struct write_options *options,
				struct dbs_error *err);

/* A run that writes; made by the command, which owns what it points to. */
struct sync_run {
	const char *command;
	const char *id;
	const struct walk_options *walk_options;
	const struct write_options *options;
	const struct conn_setup *setup; /* of the target */
	struct progress *progress;
	const struct target_facts *facts;
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
/* After a failed rollback: triggers that were away come back, or are named. */
void sync_run_rearm(struct sync_run *run);
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
 * before are made good.
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
