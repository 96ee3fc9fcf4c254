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
#include "dbsync/schema/load.h"

struct follow_mark {
	const char *id;           /* of the source, the target and the tables */
	const char *scope;        /* the same, for people */
	const char *server;       /* of the source: whose places these are */
	const char *place;        /* of its log */
	const char *target_place; /* of the target's; "": none is known */
	uint64_t windows;         /* that were written, and first copies */
	bool lacks_target_place;  /* its table is of a version that had none */
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

/* Makes what the table lacks of target_place, and the table of drift. */
enum dbs_rc follow_mark_extend(struct conn *conn,
			       const struct follow_mark *mark,
			       struct dbs_error *err);

#define DRIFT_TABLE "`" SCHEMA_OF_OURS "`.`drift`"

struct window_part {
	size_t table;           /* of the plan */
	struct segment segment; /* its changes */
	struct table_result *result;
};

/* Whatever else belongs to the transaction; it comes first. */
struct window_statement {
	const char *sql;
	bool is_one; /* about one row: none, or more, is DBS_E_CHANGED */
};

struct window_content {
	const struct window_part *parts;
	size_t count;
	const struct window_statement *first;
	size_t first_count;
	const char *place;
	const char *target_place; /* NULL: stays */
};

struct window_writer;

/* The request is borrowed: its plan has all tables that may come. */
struct window_writer *window_writer_new(const struct apply_request *request);
void window_writer_drop(struct window_writer **writer);

/*
 * All of it, or nothing.  mark->windows moves on with it.  DBS_E_CHANGED: somebody
 * else has changed a row since it was compared, or the mark.
 */
enum dbs_rc window_write(struct window_writer *writer,
			 const struct window_content *content,
			 struct follow_mark *mark, struct dbs_error *err);
#endif
