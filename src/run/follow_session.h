/*
 * follow_session.h - what follow has while it follows: both servers, the lock on the
 * target, the tables and what their rows are written with, and the log.
 * Internal to run.
 *
 * All of it is opened together and closed together: whatever is lost, another
 * session goes on from the place that the target has.
 *
 *	follow_session_open ─▶ follow_session_step … ─▶ follow_session_close
 */
#ifndef DBSYNC_RUN_FOLLOW_SESSION_H
#define DBSYNC_RUN_FOLLOW_SESSION_H

#include "follow_cascade.h"
#include "follow_drift.h"
#include "follow_moment.h"
#include "run_base.h"

#include "dbsync/apply/window.h"
#include "dbsync/run/follow_job.h"

/* What the log says of a stretch of it. */
struct follow_stretch {
	struct log_window *window;
	struct log_keys *keys;
	struct vec sets;  /* struct key_set *, one for each table; NULL: none */
	struct vec moved; /* likewise: of rows that went, or had another key */
};

/* DBS_E_REFUSED: so many rows of the table cannot be written. */
enum dbs_rc follow_refuse_unwritable(const struct pair *pair, uint64_t count,
				     struct dbs_error *err);

/* Of a table, by its number. */
static inline struct key_set *follow_keys(const struct vec *sets, size_t number)
{
	return *(struct key_set **)vec_at(sets, number);
}

/* What the view has, and what it may have besides. */
enum { FOLLOW_NOW, FOLLOW_BEYOND, FOLLOW_STRETCHES };

/* What of a table is compared in a step. */
enum follow_touch { FOLLOW_UNTOUCHED, FOLLOW_KEYS, FOLLOW_WHOLE };

struct follow_spot {
	struct log_point at;
	uint32_t birth; /* of its file */
};

struct follow_table {
	const struct subject *subject;
	size_t plan;       /* its place in the plan */
	const char *whole; /* why all of it is compared when it is touched */
	enum follow_touch touch;
};

struct follow_session {
	const struct follow_request *request;
	struct follow_result *result;
	struct run_base base;
	struct walk *walk;
	struct arena *arena;
	struct finding *findings; /* as if a row of each table had changed */
	struct plan *plan;
	const struct row_sql **sqls;
	struct apply_request apply;
	struct meter meter;
	struct window_writer *writer;
	struct vec sources;  /* const char *: databases of the source */
	struct vec tables;   /* struct follow_table */
	struct vec cascades; /* struct follow_cascade */
	struct log_tail *tail;
	struct follow_drift *drift;
	struct follow_stretch stretch[FOLLOW_STRETCHES];
	struct follow_mark mark;
	struct follow_spot
		place; /* up to which the target is what the source was */
	struct follow_spot written; /* of the mark */
	uint64_t counted;    /* transactions of the tail, in the result */
	uint64_t written_ns; /* when it was */
	bool has_read;       /* the log: the place is of this log, as it says */
	bool is_due;         /* what is named may not have been in the view */
	uint64_t checked_ns; /* when it was asked where the log ends */
	struct log_point stuck_at;  /* the tail, … */
	struct log_point longer_to; /* … when the log was longer than that */
	struct log_point goal;      /* where the log ended at the start */
	uint32_t server_id;
	bool is_unreadable; /* the log: copies may not help */
	bool is_refused;    /* by what the structures are now */
	double ahead_s;     /* our clock, of the source's */
};

/* Whether its log has all that is written to it, and may be read. */
enum dbs_rc follow_check_source(struct conn *conn, struct dbs_error *err);

/*
 * mark: where to go on; its texts outlive the session.  *copy_out: its place is of
 * no log of this source; NULL: it is.  Whatever comes, follow_session_close.
 */
enum dbs_rc follow_session_open(struct follow_session *session,
				const struct follow_request *request,
				const struct follow_mark *mark,
				uint32_t server_id,
				struct follow_result *result,
				const char **copy_out, struct dbs_error *err);
void follow_session_close(struct follow_session *session);

/*
 * Waits for a transaction, and writes what it and those behind it have changed.
 * *copy_out: why the databases have to be compared again; NULL: go on.
 */
enum dbs_rc follow_session_step(struct follow_session *session,
				const char **copy_out, struct dbs_error *err);
/* The place is stored, also when nothing of the databases has changed since. */
enum dbs_rc follow_session_store(struct follow_session *session,
				 struct dbs_error *err);
/* Up to where the target is written, as a place; nothing: no session was opened. */
void follow_session_place(const struct follow_session *session,
			  struct buf *out);
/* Whether one of the stretches names the table of the source. */
bool follow_session_names(const struct follow_session *session,
			  const char *database, const char *table);
/* Everything that was committed when the session began is on the target. */
bool follow_session_is_caught_up(const struct follow_session *session);
/* Everything that is committed now is what is to be caught up with. */
enum dbs_rc follow_session_aim(struct follow_session *session,
			       struct dbs_error *err);
#endif
