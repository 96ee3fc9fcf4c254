/*
 * sync.h - incremental, as another command that does the same its own way calls it.
 * Internal to cmd.
 */
#ifndef DBSYNC_CMD_SYNC_H
#define DBSYNC_CMD_SYNC_H

#include "walk_options.h"

#include "dbsync/cmd/endpoints.h"
#include "dbsync/run/sync_job.h"

struct invocation;

struct sync_options {
	struct walk_options walk;
	struct write_options write;
	struct shape_options shape;
	unsigned max_delete_percent;
	unsigned max_changes;
	struct vec allow_empty;
	struct vec forced;
	unsigned copy_min_rows;
	int verify;   /* enum again */
	int triggers; /* the order of trigger_words */
	bool proves;
	const char *sql;
};

extern const char *const sync_trigger_words[];

#define SYNC_AT(base, field) ((base) + offsetof(struct sync_options, field))
#define SYNC_MOST_NUMBER 4000000000u

/* What may be too much; base is the offset of a struct sync_options. */
/* clang-format off */
#define SYNC_ROWS_LIMITS(base) \
	{"triggers", '\0', OPTION_CHOICE, SYNC_AT(base, triggers), "HOW", \
	 "triggers of the target on tables whose rows are\n" \
	 "written: refuse (default; --allow triggers lets\n" \
	 "them fire), suspend (drop them during the run and\n" \
	 "create them again)", NULL, 0, 0, sync_trigger_words, NULL}, \
	{"max-delete-percent", '\0', OPTION_UNSIGNED, SYNC_AT(base, max_delete_percent), \
	 "N", "of the rows of a table with more than 1,000, or of\n" \
	 "any that is empty on the source (default 30; 100:\n" \
	 "unlimited)", NULL, 0, 100, NULL, NULL}, \
	{"max-changes", '\0', OPTION_UNSIGNED, SYNC_AT(base, max_changes), "N", \
	 "total number of rows (default: unlimited)", \
	 NULL, 1, SYNC_MOST_NUMBER, NULL, NULL}, \
	{"allow-empty", '\0', OPTION_LIST, SYNC_AT(base, allow_empty), "GLOBS", \
	 "tables that may be empty on the source", NULL, 0, 0, NULL, NULL}, \
	{"copy-min-rows", '\0', OPTION_UNSIGNED, SYNC_AT(base, copy_min_rows), "N", \
	 "copy tables with N rows or more, and swap them in as\n" \
	 "full-sync does, if they are new or differ in three\n" \
	 "quarters of their rows (default 10000; 0: never)", \
	 "Tables as a whole", 0, SYNC_MOST_NUMBER, NULL, NULL}, \
	{"force-full-sync", '\0', OPTION_LIST, SYNC_AT(base, forced), "GLOBS", \
	 "tables to copy in this way whenever they differ", \
	 NULL, 0, 0, NULL, NULL}
/* clang-format on */

void sync_options_defaults(void *options);
/* What they ask for; it borrows from them. */
struct sync_request sync_request_of(const struct sync_options *sync,
				    const char *command);

/* Exit status; everything was said. */
int sync_run_command(struct invocation *invocation,
		     const struct sync_options *sync,
		     const struct endpoints *endpoints, const char *command,
		     bool is_dry);
#endif
