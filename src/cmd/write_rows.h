/*
 * write_rows.h - the options of commands that write, as rows of their tables.
 * Internal to cmd.
 *
 * A command has a struct write_options, shape_options or brake_options in its own
 * struct; base is the offset of the former in the latter.
 */
#ifndef DBSYNC_CMD_WRITE_ROWS_H
#define DBSYNC_CMD_WRITE_ROWS_H

#include "dbsync/cmd/options.h"
#include "dbsync/run/brake.h"
#include "dbsync/run/sync_run.h"

extern const char *const binlog_words[];
extern const char *const allow_words[];
extern const char *const unsafe_words[];

#define WRITE_AT(base, field) ((base) + offsetof(struct write_options, field))

/* clang-format off */
#define WRITE_ROWS(base) \
	{"backup-dir", '\0', OPTION_TEXT, WRITE_AT(base, backup_dir), "FOLDER", \
	 "where backup points are stored\n" \
	 "(default backups/database)", \
	 "Backup point", 0, 0, NULL, NULL}, \
	{"backup-level", '\0', OPTION_UNSIGNED, WRITE_AT(base, backup_level), \
	 "N", "zstd compression level (default 1)", NULL, 1, 19, NULL, NULL}, \
	{"backup-threads", '\0', OPTION_UNSIGNED, \
	 WRITE_AT(base, backup_threads), "N", \
	 "additional compression threads (default 1)", \
	 NULL, 0, 64, NULL, NULL}, \
	{"no-backup", '\0', OPTION_FLAG, WRITE_AT(base, no_backup), NULL, \
	 "write none: the run cannot be undone (requires --yes)", \
	 NULL, 0, 0, NULL, NULL}, \
	{"allow", '\0', OPTION_LIST, WRITE_AT(base, allow), "KINDS", \
	 "guards that may be passed: read-only, replica,\n" \
	 "triggers, cascade, non-transactional, no-key,\n" \
	 "versioned, where, foreign-data, definers,\n" \
	 "privileges, empty-source, delete-percent,\n" \
	 "max-changes", \
	 "Safety", 0, 0, allow_words, NULL}, \
	{"yes", 'y', OPTION_FLAG, WRITE_AT(base, yes), NULL, \
	 "do not ask; required without a terminal if rows\n" \
	 "would be deleted", NULL, 0, 0, NULL, NULL}, \
	{"state-dir", '\0', OPTION_TEXT, WRITE_AT(base, state_dir), "FOLDER", \
	 "for sync-state.json and locks\n" \
	 "(default: docs/operations.md)", \
	 NULL, 0, 0, NULL, NULL}, \
	{"binlog", '\0', OPTION_CHOICE, WRITE_AT(base, binlog), "HOW", \
	 "on (default); off: sql_log_bin=0 if permitted", \
	 NULL, 0, 0, binlog_words, NULL}
/* clang-format on */

/* at: of an int */
/* clang-format off */
#define EXTRA_TABLES_ROW(at, group) \
	{"extra-tables", '\0', OPTION_CHOICE, (at), "HOW", \
	 "tables that only the target has: error (default:\n" \
	 "kept, and the exit status is 6), keep (only named),\n" \
	 "drop (with their rows in the backup point)", \
	 (group), 0, 0, extra_words, NULL}
/* clang-format on */

#define SHAPE_AT(base, field) ((base) + offsetof(struct shape_options, field))

/* clang-format off */
#define SHAPE_ROWS_EXTRA(base) \
	EXTRA_TABLES_ROW(SHAPE_AT(base, extra_tables), NULL), \
	{"drop-extra-tables", '\0', OPTION_PRESET, \
	 SHAPE_AT(base, extra_tables), NULL, \
	 "old name of --extra-tables drop", NULL, EXTRA_DROP, 0, NULL, NULL}, \
	{"drop-extra-objects", '\0', OPTION_FLAG, \
	 SHAPE_AT(base, drops_objects), NULL, \
	 "drop views, routines, triggers, events that only the\n" \
	 "target has (of the kinds of --objects)", \
	 NULL, 0, 0, NULL, NULL}, \
	{"enable-events", '\0', OPTION_FLAG, \
	 SHAPE_AT(base, enables_events), NULL, \
	 "enable events that are enabled on the source\n" \
	 "(default: create them disabled)", NULL, 0, 0, NULL, NULL}, \
	{"no-create-database", '\0', OPTION_FLAG, \
	 SHAPE_AT(base, keeps_databases), NULL, \
	 "do not create a database that the target lacks", \
	 NULL, 0, 0, NULL, NULL}, \
	{"lock-wait", '\0', OPTION_UNSIGNED, SHAPE_AT(base, lock_wait_s), \
	 "SECONDS", \
	 "how long to wait for a table in use before it is\n" \
	 "left unchanged (default 60)", NULL, 1, 86400, NULL, NULL}

#define SHAPE_ROWS(base) \
	{"allow-unsafe", '\0', OPTION_LIST, SHAPE_AT(base, allow_unsafe), \
	 "KINDS", \
	 "ALTERs that may lose values: drop-column, narrow,\n" \
	 "type, charset, ... (dry-run names them), or all", \
	 "Structures", 0, 0, unsafe_words, NULL}, \
	{"allow-unproven", '\0', OPTION_FLAG, \
	 SHAPE_AT(base, allow_unproven), NULL, \
	 "ALTERs that could not be tried on an empty table\n" \
	 "first (no CREATE privilege)", NULL, 0, 0, NULL, NULL}, \
	SHAPE_ROWS_EXTRA(base), \
	{"alter-algorithm", '\0', OPTION_CHOICE, SHAPE_AT(base, algorithm), \
	 "HOW", "for ALTER TABLE: default, instant, inplace, copy", \
	 NULL, 0, 0, algorithm_words, NULL}, \
	{"alter-lock", '\0', OPTION_CHOICE, SHAPE_AT(base, lock), "HOW", \
	 "for ALTER TABLE: default, none, shared, exclusive", \
	 NULL, 0, 0, lock_words, NULL}
/* clang-format on */

#define BRAKE_AT(base, field) ((base) + offsetof(struct brake_options, field))

/* clang-format off */
#define BRAKE_ROWS(base) \
	{"max-lag", '\0', OPTION_UNSIGNED, BRAKE_AT(base, max_lag_s), "SECONDS", \
	 "pause while one of --replicas lags by more, or has\n" \
	 "stopped", \
	 "Throttling", 0, 86400, NULL, NULL}, \
	{"replicas", '\0', OPTION_LIST, BRAKE_AT(base, replicas), \
	 "HOSTS", "of the target: db3,db4:3307; uses the target's user", \
	 NULL, 0, 0, NULL, NULL}, \
	{"max-load", '\0', OPTION_LIST, BRAKE_AT(base, max_load), \
	 "LIMITS", "pause while a status variable of either server is\n" \
	 "above one of these: Threads_running=50", NULL, 0, 0, NULL, NULL}, \
	{"pause-file", '\0', OPTION_TEXT, BRAKE_AT(base, pause_file), "FILE", \
	 "pause while this file exists", NULL, 0, 0, NULL, NULL}, \
	{"rate", '\0', OPTION_MILLIS, BRAKE_AT(base, rate_kb), "MB/S", \
	 "limit for all connections together, in both\n" \
	 "directions: 2.5", \
	 NULL, 0, 1000000, NULL, NULL}, \
	{"nice", '\0', OPTION_UNSIGNED, BRAKE_AT(base, nice), "N", \
	 "lower CPU and disk priority on this machine\n" \
	 "(--nice without N: 10)", NULL, 0, 19, NULL, "10"}
/* clang-format on */

/* Words of --allow that are no guards; --no-backup without --yes. */
enum dbs_rc write_options_check(const struct write_options *options,
				struct dbs_error *err);
/* Words of --allow-unsafe that are no hazards. */
enum dbs_rc shape_options_check(const struct shape_options *options,
				struct dbs_error *err);
#endif
