/*
 * follow_drift.h - what somebody else has written to the target.
 * Internal to run.
 *
 * The target's own log says which rows others have written: its transactions that
 * have a row of `dbsync_state`.`follow` are those of follow, and all others are
 * somebody else's.  Their keys are suspects.  A suspect that is what the source has
 * is forgotten; one that differs is drift: it is held (left as it is, and listed in
 * `dbsync_state`.`drift`), or saved there and overwritten, or an end of it all.
 *
 *	        log of the source ─▶ keys ─▶ compare ─▶ what is to be written ─┐
 *	                                        │                              ▼
 *	log of the target ─▶ (all up to now) ───┴▶ suspects ─▶ compare ─▶ drift is taken
 *	                                                                  out of it
 *
 * The target's log is read after the rows were: what could be seen there was logged
 * by then.  What is written to the target later is seen at the row (exchange.h).
 *
 * What was logged during an incremental run may be its own: such suspects are drift
 * only where the source's log does not name the row, too.  The same where a whole
 * table is suspect because the log does not say which rows of it.
 */
#ifndef DBSYNC_RUN_FOLLOW_DRIFT_H
#define DBSYNC_RUN_FOLLOW_DRIFT_H

#include "dbsync/apply/window.h"
#include "dbsync/run/follow_job.h"

struct follow_session;
struct follow_drift;

/* A table of which rows are to be written, by its number. */
struct follow_found {
	size_t table;
	struct segment segment;
};

/*
 * Where the log of the target is.  *why_out, in arena: why it cannot be read, and
 * what is lacking; NULL: it can.
 */
enum dbs_rc follow_drift_place(const struct conn_setup *setup,
			       uint32_t server_id, struct arena *arena,
			       struct buf *out, const char **why_out,
			       struct dbs_error *err);
/* DBS_E_REFUSED where it was asked for by name; else a note. */
enum dbs_rc follow_drift_lack(const struct follow_request *request,
			      const char *why, struct dbs_error *err);

/*
 * Before the databases are compared: DBS_E_REFUSED when that would overwrite rows
 * that are held.  id NULL: those of whoever has followed to the database ("": any).
 */
enum dbs_rc follow_drift_guard(struct conn *conn, const char *id,
			       const char *database, struct dbs_error *err);
/*
 * The databases are about to be compared: what is logged from now on, up to the next
 * session, may be of that run, also if it dies.
 */
enum dbs_rc follow_drift_begin_copy(struct conn *conn, const char *id,
				    struct dbs_error *err);
/* They were compared and are equal: nothing is held any more. */
enum dbs_rc follow_drift_forget(struct conn *conn, const char *id,
				struct dbs_error *err);

/* The tables are known; reads the log from the mark's place to its end. */
enum dbs_rc follow_drift_open(struct follow_session *session,
			      const char **copy_out, struct dbs_error *err);
void follow_drift_close(struct follow_drift **drift);

/* Now and then, when the source has nothing to say. */
enum dbs_rc follow_drift_glance(struct follow_session *session,
				const char **copy_out, struct dbs_error *err);
/* Something is suspect, or held and to be looked at again. */
bool follow_drift_is_due(const struct follow_session *session);
/* Nothing that was read of the log is to be looked at. */
bool follow_drift_is_settled(const struct follow_session *session);

/*
 * What was found on behalf of the source's log: takes out what is drift, in the
 * same view.  found: struct follow_found; the link has a change file.
 */
enum dbs_rc follow_drift_sift(struct follow_session *session, struct link *link,
			      struct vec *found, const char **copy_out,
			      struct dbs_error *err);
/* What is to be recorded with it, and the place; valid until the next sifting. */
void follow_drift_add_content(struct follow_session *session,
			      struct window_content *content);
/* Nothing is to be recorded. */
void follow_drift_reset(struct follow_session *session);
bool follow_drift_has_content(const struct follow_session *session);
/* All of that is written: what is suspect no more is forgotten, and it is said. */
void follow_drift_written(struct follow_session *session);

/* Rows are held, or are to be: another comparison would overwrite them. */
bool follow_drift_holds(const struct follow_session *session);
/* What is held, for the result. */
void follow_drift_report(const struct follow_session *session,
			 struct follow_result *result);
#endif
