/*
 * walk_options.h - the options of all commands that compare, once.
 * Internal to cmd.
 *
 * A command has a struct walk_options in its own struct, and puts the rows
 * into its table with the macros below; base is the offset of the former in
 * the latter.
 */
#ifndef DBSYNC_CMD_WALK_OPTIONS_H
#define DBSYNC_CMD_WALK_OPTIONS_H

#include "dbsync/cmd/endpoints.h"
#include "dbsync/cmd/options.h"
#include "dbsync/cmd/progress.h"
#include "dbsync/run/by_log.h"

#include "write_rows.h"

struct invocation;

enum { MOST_WORKERS = 64 };

struct walk_options {
	struct endpoint_options endpoints;
	struct vec databases;
	struct vec tables;
	struct vec exclude;
	struct vec where;
	struct vec ignore;
	struct vec renames;
	int digest;
	int changes_from;       /* enum changes_source */
	const char *scan_every; /* "7d" */
	const char *state_dir;  /* of those that have no other */
	bool no_snapshot;
	unsigned max_snapshot_age_s;
	unsigned parallel;
	unsigned recheck;
	unsigned recheck_pause_ms;
	unsigned wait_replica_s;
	unsigned details;
	bool data_only;
	bool schema_only;
	struct vec objects;
	unsigned retries;
	unsigned net_timeout_s;
	struct brake_options brake;
	bool json;
	int progress;
	bool quiet;
	bool help; /* cmd_main sees to it */
};

extern const char *const changes_words[];
extern const char *const digest_words[];
extern const char *const progress_words[];
extern const char *const objects_words[];

#define WALK_AT(base, field) ((base) + offsetof(struct walk_options, field))

/* clang-format off */
#define WALK_ROWS_DATABASES(base) \
	{"databases", '\0', OPTION_LIST, WALK_AT(base, databases), "LIST", \
	 "a,b,c*,src:dst instead of the URLs' databases", \
	 "What to compare", 1, 0, NULL, NULL}

#define WALK_ROWS_CHOICE(base) \
	WALK_ROWS_DATABASES(base), \
	WALK_ROWS_TABLES(base)

#define WALK_ROWS_TABLES(base) \
	{"tables", 't', OPTION_LIST, WALK_AT(base, tables), "GLOBS", \
	 "only these: orders,temp_*,shop.items", NULL, 1, 0, NULL, NULL}, \
	{"exclude-tables", 'x', OPTION_LIST, WALK_AT(base, exclude), "GLOBS", \
	 "but not these", NULL, 0, 0, NULL, NULL}

#define WALK_ROWS_WHAT(base) WALK_ROWS_CHOICE(base), WALK_ROWS_PARTS(base)

/* What of a table. */
#define WALK_ROWS_PARTS(base) \
	{"where", '\0', OPTION_WHERE, WALK_AT(base, where), "TABLE:EXPR", \
	 "only rows of TABLE for which EXPR is true", NULL, 0, 0, NULL, NULL}, \
	{"ignore-columns", '\0', OPTION_COLUMNS, WALK_AT(base, ignore), \
	 "TABLE.COLUMN", \
	 "leave columns out (the report names them)", NULL, 0, 0, NULL, NULL}, \
	{"renames", '\0', OPTION_WHERE, WALK_AT(base, renames), \
	 "TABLE.OLD:NEW", "column OLD of the target is the source's NEW:\n" \
	 "rename it unless that is done already", NULL, 0, 0, NULL, NULL}

#define WALK_ROWS_OBJECTS(base) \
	{"objects", '\0', OPTION_LIST, WALK_AT(base, objects), "KINDS", \
	 "tables,views (default), routines, triggers, events;\n" \
	 "all", NULL, 1, 0, objects_words, NULL}

#define WALK_ROWS_SCOPE(base) \
	{"data-only", '\0', OPTION_FLAG, WALK_AT(base, data_only), NULL, \
	 "only rows, of the columns that both sides have", NULL, 0, 0, \
	 NULL, NULL}, \
	{"schema-only", '\0', OPTION_FLAG, WALK_AT(base, schema_only), NULL, \
	 "only structures: read no rows", NULL, 0, 0, NULL, NULL}, \
	WALK_ROWS_OBJECTS(base)

#define WALK_ROWS_PARALLEL(base) \
	{"parallel", 'p', OPTION_UNSIGNED, WALK_AT(base, parallel), "N", \
	 "workers; each has a connection to both sides\n" \
	 "(default: the cores of this machine, at most 8)", \
	 NULL, 1, MOST_WORKERS, NULL, NULL}, \
	{"no-snapshot", '\0', OPTION_FLAG, WALK_AT(base, no_snapshot), NULL, \
	 "read without a consistent view (long runs on busy\n" \
	 "servers); differences may only be due to timing", \
	 NULL, 0, 0, NULL, NULL}

#define WALK_ROWS_CHANGES(base) \
	{"changes-from", '\0', OPTION_CHOICE, WALK_AT(base, changes_from), \
	 "HOW", \
	 "scan (default): read all rows; binlog: only tables\n" \
	 "that the binary logs name since both sides were\n" \
	 "equal (docs/changes.md); auto: likewise, but all\n" \
	 "rows when that was too long ago (--scan-every)", \
	 NULL, 0, 0, changes_words, NULL}, \
	{"scan-every", '\0', OPTION_TEXT, WALK_AT(base, scan_every), "TIME", \
	 "with auto: 12h, 7d (default), 4w", NULL, 0, 0, NULL, NULL}

#define WALK_ROWS_HOW(base) \
	{"digest", '\0', OPTION_CHOICE, WALK_AT(base, digest), "HOW", \
	 "stream: read all rows; server: let servers compute\n" \
	 "digests; auto (default): whichever is faster here", \
	 "How to compare", 0, 0, digest_words, NULL}, \
	WALK_ROWS_PARALLEL(base), \
	{"recheck", '\0', OPTION_UNSIGNED, WALK_AT(base, recheck), "N", \
	 "compare rows that differ N more times; only those\n" \
	 "that still differ count", NULL, 0, 100, NULL, NULL}, \
	{"recheck-pause", '\0', OPTION_MILLIS, WALK_AT(base, recheck_pause_ms), \
	 "SECONDS", "before each recheck (default 1)", \
	 NULL, 0, 3600, NULL, NULL}, \
	{"max-snapshot-age", '\0', OPTION_UNSIGNED, \
	 WALK_AT(base, max_snapshot_age_s), "SECONDS", \
	 "renew views that are older, so that servers need not\n" \
	 "keep old rows; the report says so", \
	 NULL, 0, 604800, NULL, NULL}, \
	WALK_ROWS_CHANGES(base)

#define WALK_ROWS_BRAKE(base) BRAKE_ROWS(WALK_AT(base, brake))

#define WALK_ROWS_OUTPUT(base) \
	{"details", 'd', OPTION_UNSIGNED, WALK_AT(base, details), "N", \
	 "show the first N differing rows of each table", \
	 "Output", 0, 100000, NULL, NULL}, \
	{"json", '\0', OPTION_FLAG, WALK_AT(base, json), NULL, \
	 "one JSON object on stdout (docs/json.md)", NULL, 0, 0, NULL, NULL}, \
	{"progress", '\0', OPTION_CHOICE, WALK_AT(base, progress), "HOW", \
	 "auto (default): on a terminal; none; json: lines on\n" \
	 "stderr", NULL, 0, 0, progress_words, NULL}, \
	{"quiet", 'q', OPTION_FLAG, WALK_AT(base, quiet), NULL, \
	 "only what is not equal, and the verdict", NULL, 0, 0, NULL, NULL}

#define WALK_ROWS_SERVERS(base) \
	{"env-file", '\0', OPTION_TEXT, WALK_AT(base, endpoints.env_file), \
	 "FILE", "DB_HOST … and BACKUP_DB_HOST … (default ./.env)", \
	 "Servers", 0, 0, NULL, NULL}, \
	{"defaults-file", '\0', OPTION_TEXT, \
	 WALK_AT(base, endpoints.defaults_file), "FILE", \
	 "option file in the format of my.cnf", NULL, 0, 0, NULL, NULL}, \
	{"defaults-group", '\0', OPTION_TEXT, \
	 WALK_AT(base, endpoints.defaults_group), \
	 "NAME", "its section, besides [client] (file: ~/.my.cnf)", \
	 NULL, 0, 0, NULL, NULL}, \
	{"retries", '\0', OPTION_UNSIGNED, WALK_AT(base, retries), "N", \
	 "attempts to connect, and to read a range (default 4)", \
	 NULL, 1, 100, NULL, NULL}, \
	{"net-timeout", '\0', OPTION_UNSIGNED, WALK_AT(base, net_timeout_s), \
	 "SECONDS", "time without an answer after which a server\n" \
	 "counts as lost (default 3600; 0: unlimited)", \
	 NULL, 0, 604800, NULL, NULL}, \
	{"help", 'h', OPTION_FLAG, WALK_AT(base, help), NULL, "this text", \
	 NULL, 0, 0, NULL, NULL}
/* clang-format on */

void walk_options_defaults(struct walk_options *options);

/* Options that exclude each other, or are none: DBS_E_USAGE. */
enum dbs_rc walk_options_check(const struct walk_options *options,
			       struct dbs_error *err);

/* Of it, the conditions of --where. */
enum dbs_rc walk_options_check_where(const struct walk_options *options,
				     struct dbs_error *err);

/* All of a request but endpoints, talk, cancel and group. */
struct walk_request walk_options_request(const struct walk_options *options);
/* Likewise of the request of a run; checked by walk_options_check. */
struct by_log_options walk_options_by_log(const struct walk_options *options,
					  const char *state_dir);
/* A further option whose patterns may fit nothing: --NAME. */
void walk_options_loose(const struct walk_options *options, const char *option,
			const struct vec *patterns,
			struct walk_request *request);

/*
 * What --objects asks for, an object_set; without it the defaults: tables and
 * views, or with --data-only tables alone.
 */
enum dbs_rc walk_options_objects(const struct walk_options *options,
				 unsigned *out, struct dbs_error *err);

/* Prints an error, in JSON as well when that was asked for; exit status. */
int walk_options_fail(const struct walk_options *options,
		      struct invocation *invocation, const char *command,
		      struct dbs_error *err);
#endif
