/*
 * by_log_part.h - what the files of by_log share.  Internal to run.
 *
 *	by_log.c         the agreement, and whether it still holds
 *	by_log_tables.c  which tables are read, and which rows of them
 *	by_log_keep.c    the agreement that this run leaves
 */
#ifndef DBSYNC_RUN_BY_LOG_PART_H
#define DBSYNC_RUN_BY_LOG_PART_H

#include "dbsync/run/by_log.h"

/* *why_out: what the server does, or did, that no log of its has; NULL: nothing. */
enum dbs_rc by_log_vouches(struct conn *conn, const char **why_out,
			   struct dbs_error *err);

/* Whether it holds for one of the windows of a side. */
bool by_log_any(const struct by_log *by_log, enum side side,
		bool (*holds)(const struct log_window *window));

/*
 * Whether the log of a server lacks rows that a foreign key of the engine
 * changes, and has not even the names of their tables.
 */
enum dbs_rc by_log_hides_cascades(struct conn *conn, bool *out,
				  struct dbs_error *err);

/* Why all rows of it are read whenever it may have changed, or NULL. */
const char *by_log_reason_of(const struct pair *pair);
/* Whether the rows that a log names can be read by their keys. */
bool by_log_can_name(const struct pair *pair);
/* Of such a pair with so many rows; the wish lives in arena. */
struct log_keys_wish by_log_wish_of(struct arena *arena,
				    const struct pair *pair, enum side side,
				    uint64_t rows, struct key_set *keys);

/* Before the logs are read: of which tables the keys are wanted. */
void by_log_wish(struct by_log *by_log, const struct walk *walk);
void by_log_drop_wishes(struct by_log *by_log);
/* Once they were read: tells the walk of each table what to read. */
enum dbs_rc by_log_decide(struct by_log *by_log, struct walk *walk,
			  struct dbs_error *err);
#endif
