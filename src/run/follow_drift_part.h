/*
 * follow_drift_part.h - what the files of follow_drift.h share.  Internal to run.
 *
 *	follow_drift.c       the target's log, and which rows are suspect
 *	follow_drift_rows.c  suspects are compared, and what differs is taken out
 *	follow_drift_keep.c  `dbsync_state`.`drift`
 */
#ifndef DBSYNC_RUN_FOLLOW_DRIFT_PART_H
#define DBSYNC_RUN_FOLLOW_DRIFT_PART_H

#include "follow_drift.h"
#include "follow_session.h"

struct drift_table {
	struct key_set *strong;  /* of rows that others have written */
	struct key_set *weak;    /* … or an incremental run */
	struct key_set *held;    /* keys of rows that are left alone */
	struct key_set *taken;   /* that were held, and are suspects now */
	struct key_set *drifted; /* found by this sifting */
	struct key_set *freed;   /* likewise: equal again */
	bool is_all;             /* any row may have been written */
	bool owes;    /* it was touched since its held rows were looked at */
	bool is_seen; /* this sifting has looked at them */
	const char *first;   /* of drifted, for people; in words */
	uint64_t overwrites; /* of drifted: that are written over */
};

struct follow_drift {
	enum follow_drift_how how; /* not _AUTO */
	struct vec tables;         /* struct drift_table, as in the session */
	struct log_tail *tail;     /* NULL: the log cannot be read */
	struct log_window *window;
	struct log_keys *keys;
	struct vec sets; /* struct key_set *, of the transaction that is read */
	const char *server;
	struct log_point until; /* up to there it may be an incremental run */
	struct follow_spot read;
	uint64_t glanced_ns;
	uint64_t looked_ns; /* at held rows */
	bool has_suspects;  /* that were not compared yet */
	bool was_lost;      /* what the log has up to read is not known */
	uint64_t held;      /* rows of all tables */
	/* of this sifting */
	struct arena *words;
	struct vec first; /* struct window_statement */
	const char *place;
	const char *trim; /* statements for what is old; NULL: none is */
};

/* Behind a place: an incremental run has begun, and nobody knows of its end. */
#define DRIFT_OPEN "open"

/* Rows of a table without a key are held together, under this one. */
#define DRIFT_KEYLESS "()"

enum { DRIFT_MOST = 100000 }; /* rows that are held, or kept */

static inline struct drift_table *drift_table(const struct follow_drift *drift,
					      size_t number)
{
	return vec_at(&drift->tables, number);
}

static inline bool drift_has_key(const struct follow_table *table)
{
	return table->subject->pair->identity != IDENTITY_ROWS;
}

/* Whether what drifts is written over, and not held. */
static inline bool drift_overwrites(const struct follow_drift *drift,
				    const struct follow_table *table)
{
	return drift->how == FOLLOW_DRIFT_OVERWRITE && drift_has_key(table);
}

/* How much is held, to whoever looks. */
void drift_tell(const struct follow_session *session);

/* Reads the log to where it ends now, if there is one. */
enum dbs_rc drift_catch_up(struct follow_session *session,
			   const char **copy_out, struct dbs_error *err);

/* What is held, and what is old; makes the table where it lacks. */
enum dbs_rc drift_keep_load(struct follow_session *session,
			    struct dbs_error *err);
/* Appends a statement that records a row as it is. */
void drift_keep_row(struct follow_session *session, size_t number,
		    enum change_kind kind, struct slice key);
/* … those that take freed and taken keys off the list, and what is old. */
void drift_keep_freed(struct follow_session *session);
#endif
