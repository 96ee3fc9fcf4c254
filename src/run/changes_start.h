/*
 * changes_start.h - where a stream of changes begins, and whether the server
 * logs what it takes.  Internal to run.
 */
#ifndef DBSYNC_RUN_CHANGES_START_H
#define DBSYNC_RUN_CHANGES_START_H

#include "dbsync/binlog/place.h"
#include "dbsync/db/conn.h"

/* DBS_E_SERVER: it logs nothing, or no rows; the text says what to set. */
enum dbs_rc changes_check_server(struct conn *conn, struct dbs_error *err);

/* @@server_uuid, or @@server_id: whose places these are. */
enum dbs_rc changes_server_name(struct conn *conn, char *out, size_t size,
				struct dbs_error *err);

/* The end of the log. */
enum dbs_rc changes_now(struct conn *conn, struct log_place *out,
			struct dbs_error *err);
/* The same as what is written by now, committed or not. */
enum dbs_rc changes_end(struct conn *conn, struct log_point *out,
			struct dbs_error *err);
/*
 * Opens a view on conn, and the place at which it stands: what is before it in the
 * log is in the view, and what is behind it is not.
 */
enum dbs_rc changes_view(struct conn *conn, struct log_place *out,
			 struct dbs_error *err);
/* When the file of a place was begun; of a place by transactions, nothing. */
enum dbs_rc changes_learn_birth(const struct conn_setup *setup,
				uint32_t server_id, struct log_place *place,
				struct dbs_error *err);
#endif
