/*
 * snapshot.h - several connections of one server that see one moment.
 *
 * snapshot_open starts a read-only transaction on every connection and proves
 * that all of them see the same state, by the least intrusive way that works
 * (design D4).  What was reached is the label that stands in the report.
 *
 * A connection that is lost loses its view.  Nothing proves that a later one
 * shows the same (a writer may write without logging), so the label falls.
 */
#ifndef DBSYNC_DB_SNAPSHOT_H
#define DBSYNC_DB_SNAPSHOT_H

#include "dbsync/db/conn.h"

#include <time.h>

enum consistency {
	CONSISTENCY_NONE,      /* every statement sees what is there then */
	CONSISTENCY_RENEWED,   /* one moment, then another, then … */
	CONSISTENCY_PER_TABLE, /* each connection has a view of its own */
	CONSISTENCY_SNAPSHOT,  /* all connections see one moment */
};

/*
 * Of engines that have views; other tables (table_has_views) are CONSISTENCY_NONE
 * whatever was reached.
 */

struct snapshot {
	enum consistency consistency;
	/*
	 * In the binary log; "" when unknown.  MariaDB: FILE:POSITION, at which
	 * the views are.  MySQL: gtid:SET, which is in the views, perhaps
	 * with more.
	 */
	char position[512];
	/*
	 * MariaDB: all that is logged before it is in the views; else what XA
	 * COMMIT has committed may not be.
	 */
	bool is_placed;
	/*
	 * MySQL: FILE:POSITION where its log ended before that set was asked for;
	 * "" if the user may not ask.
	 */
	char logged[544];
	time_t opened; /* by the clock of this machine */
};

enum dbs_rc snapshot_open(struct conn *const *conns, size_t count,
			  struct snapshot *out, struct dbs_error *err);

/*
 * The same, and is_placed where that is so; may_hold: commits may be held back for
 * a moment for it.
 */
enum dbs_rc snapshot_open_placed(struct conn *const *conns, size_t count,
				 bool may_hold, struct snapshot *out,
				 struct dbs_error *err);

/* MariaDB: where its log ends at this moment, in position; no view stays. */
enum dbs_rc snapshot_now(struct conn *conn, struct snapshot *out,
			 struct dbs_error *err);

/* Ends the transactions; errors do not matter any more. */
void snapshot_close(struct conn *const *conns, size_t count);

/*
 * After snapshot_open; then snapshot_let_go lets others alter the tables that
 * were read, and the views stay.
 */
enum dbs_rc snapshot_mark(struct conn *const *conns, size_t count,
			  struct dbs_error *err);
enum dbs_rc snapshot_let_go(struct conn *const *conns, size_t count,
			    struct dbs_error *err);

/*
 * Asks whether the view that it opened is still there, after an error: it goes
 * with its connection, or when the server ends the transaction.
 */
bool snapshot_is_held(struct conn *conn);

/* A view on one connection; of one that was lost, of another moment, perhaps. */
enum dbs_rc snapshot_rejoin(struct conn *conn, struct dbs_error *err);

/*
 * The global transaction ids that the snapshot contains, as text for
 * snapshot_wait; "" when the server keeps none.  mem_drop it.
 */
enum dbs_rc snapshot_gtid(struct conn *conn, const struct snapshot *snapshot,
			  char **out, struct dbs_error *err);

/*
 * Waits until a replica has applied gtid.  DBS_E_LIMIT after timeout_s,
 * DBS_E_USAGE when the server is not a replica.
 */
enum dbs_rc snapshot_wait(struct conn *conn, const char *gtid,
			  unsigned timeout_s, struct dbs_error *err);

/* "snapshot", "per-table", "renewed", "none" */
const char *consistency_name(enum consistency consistency);
#endif
