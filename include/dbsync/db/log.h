/*
 * log.h - the binary log of a server, packet by packet, as a replica gets it.
 *
 * After conn_log_open the connection does nothing else: conn_log_next gives the
 * events, and after the last one of a log that is not followed the connection is
 * as before.  What the events mean is the matter of the binlog floor.
 *
 * Why not the library's own functions for replicas: they refuse tables with two
 * INTs, bend times and years, know no compressed transactions, and have the same
 * result for the end of the log and for an error.
 */
#ifndef DBSYNC_DB_LOG_H
#define DBSYNC_DB_LOG_H

#include "dbsync/db/conn.h"

struct log_start {
	const char *file; /* and position in it; NULL: by transactions */
	uint32_t position;
	/*
	 * Without a file: those that are not to be sent.  Of MariaDB
	 * "0-1-27,2-7-4", of MySQL the bytes of a set (gtid_set_encode).
	 */
	const void *gtids;
	size_t gtids_length;
	uint32_t server_id;    /* as which we ask; must be nobody else's */
	bool follows;          /* at the end of the log: waits for more */
	unsigned heartbeat_ms; /* a sign of life after so long, or 0 */
};

enum dbs_rc conn_log_open(struct conn *conn, const struct log_start *start,
			  struct dbs_error *err);

/*
 * The next event, from its header on; valid until the next call.  *more_out is
 * false at the end of a log that is not followed.
 */
enum dbs_rc conn_log_next(struct conn *conn, struct packet *out, bool *more_out,
			  struct dbs_error *err);
/* Before the end, this ends the connection. */
void conn_log_close(struct conn *conn);
#endif
