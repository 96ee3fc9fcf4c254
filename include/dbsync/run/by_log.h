/*
 * by_log.h - a comparison that reads only tables that the logs of both servers
 * name since the databases were last found equal (agreement.h).
 *
 * Why it is right: at the places A and B all rows were equal.  A row that neither
 * log names since is on each side what it was, so it is equal still.  What the
 * logs cannot vouch for is read; what nobody can see (sessions with
 * sql_log_bin=0) is seen by the next comparison of all rows, and that is said.
 *
 *	by_log_begin ─▶ (the walk asks, once its views are open) ─▶ by_log_keep
 */
#ifndef DBSYNC_RUN_BY_LOG_H
#define DBSYNC_RUN_BY_LOG_H

#include "dbsync/base/vec.h"
#include "dbsync/binlog/log_touch.h"
#include "dbsync/data/walk.h"
#include "dbsync/run/agreement.h"

enum changes_source {
	CHANGES_SCAN,   /* all rows are read */
	CHANGES_BINLOG, /* the logs are used where they can be */
	CHANGES_AUTO,   /* likewise, but all rows are read every so often */
};

struct by_log_options {
	int from; /* enum changes_source */
	unsigned scan_every_s;
	const char *state_dir; /* where agreements are; NULL: nowhere */
};

/* What a report says of it. */
struct by_log_result {
	bool is_used;          /* else all rows were read */
	uint64_t agreed_since; /* when all were; seconds since 1970 */
	size_t unread;         /* tables with rows that were not read */
	uint64_t rows_unread;
};

enum { BY_PLACE, BY_POSITION, WAYS };

struct by_log {
	struct by_log_options options;
	struct walk_hint hint;
	const struct walk_request *request; /* of the walk that asks */
	struct arena *arena;
	const char *scope;
	const char *generation;            /* of agreements, when it began */
	const struct agreement *agreement; /* NULL: none that holds */
	/* since then; of MySQL by transactions, and by position */
	struct log_window *window[SIDES][WAYS];
	struct log_keys *keys[SIDES][WAYS];
	struct vec sets; /* struct key_set *: of both sides */
	uint32_t server_id;
	struct by_log_result result;
};

/* Sets request->hint; both outlive the walk. */
void by_log_begin(struct by_log *by_log, const struct by_log_options *options,
		  struct walk_request *request);
/*
 * The walk, or what was written and compared again after it, has found all equal:
 * the agreement moves on, if both places are known.  Nothing that goes wrong here
 * is an error of the run.
 */
void by_log_keep(struct by_log *by_log, const struct walk *walk);
void by_log_release(struct by_log *by_log);
/* What a report says, once the walk has ended. */
struct by_log_result by_log_sum(const struct by_log *by_log,
				const struct walk *walk);
#endif
