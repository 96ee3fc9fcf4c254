/*
 * log_touch.h - which tables the log of a server names between a place and its
 * end, and whether it can be believed.
 *
 * A table is touched when a transaction maps it (also where a foreign key changes
 * its rows and the log has none of them: MariaDB maps such tables, too), or a
 * statement that changes structures may name it.  More tables are touched than
 * were changed, never fewer.  Where the log cannot vouch for all that happened,
 * nothing is known of any table, and that has a reason:
 *
 *	a statement of a session that logs no rows      an incident
 *	the end of a transaction that was prepared      an unknown event
 *	before the place                                a server that died
 */
#ifndef DBSYNC_BINLOG_LOG_TOUCH_H
#define DBSYNC_BINLOG_LOG_TOUCH_H

#include "dbsync/binlog/log_keys.h"
#include "dbsync/binlog/log_reader.h"

/* An event of the log, by which it is known again. */
struct log_witness {
	struct log_point at; /* where it begins; no file: there is none */
	uint32_t birth;      /* of its file */
	uint32_t checksum;
};

struct log_window;

/*
 * Reads from the place to the end of the log, over a connection of its own, and
 * fills keys, which are used no longer.  Rows that are logged from the view on
 * are not counted (log_keys_end_count): the next reading begins there.
 * DBS_OK with a reason (log_window_reason) also where the log cannot be read;
 * an error only when the run is to end.
 */
enum dbs_rc log_window_read(const struct conn_setup *setup,
			    const struct log_place *from,
			    const struct log_point *view, uint32_t server_id,
			    struct log_keys *keys, struct log_window **out,
			    struct dbs_error *err);
void log_window_drop(struct log_window **window);

/*
 * The same by hand, for who reads on and on: the events are those of a reader,
 * in their order, and keys are borrowed.
 */
struct log_window *log_window_new(struct log_keys *keys);
void log_window_event(struct log_window *window,
		      const struct log_reader *reader,
		      const struct log_event *event);
/* It goes on in the files where another one was, with what is prepared there. */
void log_window_go_on(struct log_window *window, const struct log_window *from);
/*
 * What was named in another one, which went on from it, was named in it, too; keys
 * are not moved.
 */
void log_window_absorb(struct log_window *window,
		       const struct log_window *from);
/* Before it is asked what the events were about. */
void log_window_end(struct log_window *window);
/*
 * What was named is forgotten, keys too; what is prepared and has not ended stays,
 * and what has become of the files.
 */
void log_window_clear(struct log_window *window);

/* Why nothing is known of any table, or NULL. */
const char *log_window_reason(const struct log_window *window);
/* How the table is touched; names in any case. */
enum log_touch {
	TOUCH_NONE,
	TOUCH_ROWS,      /* its rows were changed, or might have been */
	TOUCH_STRUCTURE, /* a statement that changes structures names it */
};
enum log_touch log_window_touches(const struct log_window *window,
				  const char *database, const char *table);
/*
 * Transactions, or parts of them, were rolled back, or have not ended: how many
 * rows were inserted and deleted is not what the log has.
 */
bool log_window_took_back(const struct log_window *window);
/*
 * Whether a statement that changes structures is about a database, or something in
 * it: more often than it is, never more seldom.
 */
bool log_window_reshapes(const struct log_window *window, const char *database);
/* Whether anything was written at all. */
bool log_window_is_empty(const struct log_window *window);
/* A transaction is prepared and has not ended: the place must not move on. */
bool log_window_is_held(const struct log_window *window);
/* The server was shut down and started: its settings may be others since. */
bool log_window_was_restarted(const struct log_window *window);
/* The last transaction; no file: there was none. */
const struct log_witness *log_window_last(const struct log_window *window);

/*
 * The end of a transaction shortly before a position of a file; no file in *out:
 * none was found, and that is no error.  Where the last event is none, up to far
 * bytes of the file, or of the one before it, are read for it: events cannot be
 * read backwards.  *birth_out: of the position's file; 0: not known.
 */
enum dbs_rc log_witness_find(const struct conn_setup *setup,
			     const struct log_point *before, uint64_t far,
			     uint32_t server_id, struct log_witness *out,
			     uint32_t *birth_out, struct dbs_error *err);
/* Whether it is still there; *why_out NULL: it is. */
enum dbs_rc log_witness_check(const struct conn_setup *setup,
			      const struct log_witness *witness,
			      uint32_t server_id, const char **why_out,
			      struct dbs_error *err);
#endif
