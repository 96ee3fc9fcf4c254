/*
 * conn_error.h - what a server's or the client library's error number means
 * for the caller.  Pure; internal to the db floor.
 */
#ifndef DBSYNC_DB_CONN_ERROR_H
#define DBSYNC_DB_CONN_ERROR_H

#include "dbsync/db/conn.h"

#include <stdbool.h>

enum dbs_rc conn_error_class(unsigned server_errno);

/* Whether a refused connection may be accepted a moment later. */
bool conn_error_may_pass(unsigned server_errno);

/* The same of a connection that failed, by its error. */
bool conn_error_passes(const struct dbs_error *err);

/* Whose error it is, in front of its text. */
void conn_error_add_server(const struct conn_setup *setup,
			   struct dbs_error *err);
#endif
