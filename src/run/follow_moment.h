/*
 * follow_moment.h - views of a source, and where they are in its log.
 * Internal to run.
 *
 * All that is logged before safe is in the view, and nothing that is logged behind
 * seen.  MariaDB tells the one place of a view.  MySQL does not, but a transaction
 * can be seen only when it was logged, and is surely seen once it is in
 * gtid_executed: so the log is read to where it ends now, those transactions are
 * waited for, the view is opened, and where the log ends then is behind it.
 *
 * MariaDB logs the end of an XA transaction before it can be seen, and places views
 * behind what they do not have.  XA RECOVER has it until it can be seen: so those
 * that have ended by the log are waited for, and what the log has before the wait
 * is safe.
 */
#ifndef DBSYNC_RUN_FOLLOW_MOMENT_H
#define DBSYNC_RUN_FOLLOW_MOMENT_H

#include "dbsync/binlog/log_tail.h"

struct follow_moment {
	struct log_point safe;
	struct log_point seen;
	uint32_t birth; /* of the file of safe; 0: not known */
};

/*
 * A place such that all that is logged before it is in every view from now on; with
 * file, birth and server.
 */
enum dbs_rc follow_place_now(struct conn *conn, const struct conn_setup *setup,
			     uint32_t server_id, struct log_place *out,
			     struct dbs_error *err);
/* Where the log ends: what is committed now is before it. */
enum dbs_rc follow_end(struct conn *conn, struct log_point *out,
		       struct dbs_error *err);

/* MySQL: its transactions have ids; else DBS_E_SERVER says what to do. */
enum dbs_rc follow_check_ids(struct conn *conn, struct dbs_error *err);

/* What the tail has read is in the log still, which may be longer. */
enum dbs_rc follow_check_log(struct conn *conn, const struct log_tail *tail,
			     struct log_point *end, struct dbs_error *err);

/* All that the tail has read can be seen from now on, on this connection. */
enum dbs_rc follow_settle(struct conn *conn, struct log_tail *tail,
			  struct dbs_error *err);

/*
 * Opens a view on conn that has all that the tail has read.  What the tail reads on
 * its way, up to safe, goes to window.
 */
enum dbs_rc follow_view(struct conn *conn, struct log_tail *tail,
			struct log_window *window, struct follow_moment *out,
			struct dbs_error *err);
#endif
