/*
 * follow_moment.h - views of a source, and where they are in its log.
 * Internal to run.
 *
 * All that is logged before safe is in the view, and nothing that is logged behind
 * seen.  MariaDB tells the one place of a view.  MySQL does not, but a transaction
 * can be seen only when it was logged, and is surely seen once it is in
 * gtid_executed: so the log is read to where it ends now, those transactions are
 * waited for, the view is opened, and where the log ends then is behind it.
 */
#ifndef DBSYNC_RUN_FOLLOW_MOMENT_H
#define DBSYNC_RUN_FOLLOW_MOMENT_H

#include "dbsync/binlog/log_tail.h"

struct follow_moment {
	struct log_point safe;
	struct log_point seen;
};

/*
 * A place such that all that is logged before it is in every view from now on; with
 * file, birth and server.
 */
enum dbs_rc follow_place_now(struct conn *conn, const struct conn_setup *setup,
			     uint32_t server_id, struct log_place *out,
			     struct dbs_error *err);
/* Where the log ends. */
enum dbs_rc follow_end(struct conn *conn, struct log_point *out,
		       struct dbs_error *err);

/*
 * Opens a view on conn that has all that the tail has read.  What the tail reads on
 * its way, up to safe, goes to window.
 */
enum dbs_rc follow_view(struct conn *conn, struct log_tail *tail,
			struct log_window *window, struct follow_moment *out,
			struct dbs_error *err);
#endif
