/*
 * session.h - the session that every connection must have (design D11).
 * Internal to the db floor.
 */
#ifndef DBSYNC_DB_SESSION_H
#define DBSYNC_DB_SESSION_H

#include "dbsync/db/conn.h"

enum { SERVER_NAME_SIZE = 64 };

/* What a new session says of itself and of its server. */
struct session {
	uint64_t id;
	uint64_t packet_limit; /* max_allowed_packet */
	struct server server;
	bool lowers_names;           /* lower_case_table_names=1 */
	char name[SERVER_NAME_SIZE]; /* server_uuid, or server_id; or "" */
};

/*
 * Sets the pins (pins.h), reads them back, and fails when one did not hold.
 * Needs nothing of conn but the wire.
 */
enum dbs_rc session_pin(struct conn *conn, struct session *out,
			struct dbs_error *err);
#endif
