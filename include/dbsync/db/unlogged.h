/*
 * unlogged.h - whether writes may pass a server's binary log by.
 *
 * Views that stand at the same position in the binary log show the same data
 * only where all that is written is logged.  What may speak against that:
 *
 *	log_bin                       nothing is logged
 *	binlog_do_db, -ignore_db      databases are left out
 *	log_slave_updates off         what a replica applies is not logged, nor
 *	                              what a node of Galera gets from others
 *	XA COMMIT                     logged first, and seen a little later
 *	another run of dbsync         with --binlog off
 *
 * A run that itself writes so is no obstacle to its own views: it opens them
 * when it does not write.
 *
 * What nobody can see: a session that has set sql_log_bin to 0.
 */
#ifndef DBSYNC_DB_UNLOGGED_H
#define DBSYNC_DB_UNLOGGED_H

#include "dbsync/db/conn.h"

/*
 * What speaks against it now, in words that follow "the binary log proves
 * nothing: "; or NULL.  Not being allowed to see it speaks against it, too.
 */
enum dbs_rc unlogged_find(struct conn *conn, const char **why_out,
			  struct dbs_error *err);
/* The same but for XA COMMIT, after which the log has everything, too. */
enum dbs_rc unlogged_writes(struct conn *conn, const char **why_out,
			    struct dbs_error *err);
/* MariaDB: whether there was an XA COMMIT, or may have been. */
enum dbs_rc unlogged_commits(struct conn *conn, bool *out,
			     struct dbs_error *err);

/*
 * A run that writes unlogged has one of these names as a GET_LOCK, so that the
 * others know, and on the same connection that of the run (conn_setup), by
 * which its own connections to whichever side tell it from others.
 */
enum { UNLOGGED_RUNS = 8 };
void unlogged_lock_name(struct buf *out, unsigned number);
void unlogged_run_lock_name(struct buf *out, const char *run);
#endif
