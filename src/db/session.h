/*
 * session.h - the session that every connection must have (design D11).
 * Internal to the db floor.
 */
#ifndef DBSYNC_DB_SESSION_H
#define DBSYNC_DB_SESSION_H

#include "dbsync/db/conn.h"

/* Sets the pins, reads them back, and fails when one did not hold. */
enum dbs_rc session_pin(struct conn *conn, struct dbs_error *err);
#endif
