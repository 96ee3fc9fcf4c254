/*
 * window.h - what a source has changed, written to the target in one transaction
 * with the place up to which that is.
 *
 * The place is a row of `dbsync_state`.`follow` on the target, which no command
 * compares or copies.  Whoever reads it knows exactly what the target has: what
 * was committed without an answer was committed if the row says so.
 *
 *	follow_mark_load ─▶ (first copy) ─▶ follow_mark_begin
 *	─▶ window_writer_new ─▶ window_write …
 */
#ifndef DBSYNC_APPLY_WINDOW_H
#define DBSYNC_APPLY_WINDOW_H

#include "dbsync/apply/apply.h"
#include "dbsync/base/mem.h"

struct follow_mark {
	const char *id;     /* of the source, the target and the tables */
	const char *scope;  /* the same, for people */
	const char *server; /* of the source: whose places these are */
	const char *place;  /* of its log */
	uint64_t windows;   /* that were written, and first copies */
};

/* Texts are in arena.  *found_out false: there is none. */
enum dbs_rc follow_mark_load(struct conn *conn, const char *id,
			     struct arena *arena, struct follow_mark *out,
			     bool *found_out, struct dbs_error *err);
/*
 * The target is what the source was at the place, or later: makes the row, or moves
 * it, and what it is in.  mark->windows is set.
 */
enum dbs_rc follow_mark_begin(struct conn *conn, struct follow_mark *mark,
			      struct dbs_error *err);

struct window_part {
	size_t table;           /* of the plan */
	struct segment segment; /* its changes */
	struct table_result *result;
};

struct window_writer;

/* The request is borrowed: its plan has all tables that may come. */
struct window_writer *window_writer_new(const struct apply_request *request);
void window_writer_drop(struct window_writer **writer);

/*
 * All parts and the place, or nothing.  mark->windows moves on with it.
 * DBS_E_CHANGED: somebody else has changed a row since it was compared, or the
 * mark.
 */
enum dbs_rc window_write(struct window_writer *writer,
			 const struct window_part *parts, size_t count,
			 struct follow_mark *mark, const char *place,
			 struct dbs_error *err);
#endif
