/*
 * client.h - libmariadb, as the files of conn.h share it: conn.c opens and
 * closes, conn_talk.c has statements and their answers, conn_stream.c and
 * conn_bulk.c rows in the binary protocol, from and to a server.  The only file that includes mysql.h, and nobody else
 * includes this.
 */
#ifndef DBSYNC_DB_CLIENT_H
#define DBSYNC_DB_CLIENT_H

#include "dbsync/db/conn.h"

#include "greeting.h"
#include "session.h"

#include <mysql.h>

enum state { STATE_IDLE, STATE_WAITING, STATE_STREAMING, STATE_BROKEN };

/* See conn_gate.h. */
enum conn_gate_state {
	GATE_GREETING, /* which is still to come, or to end */
	GATE_TALK,     /* the library may go on */
	GATE_PASSED,   /* connected */
	GATE_NO_TLS,   /* shut, and why */
	GATE_STRANGE,
	GATE_ERROR, /* of the server, which the library tells */
};

struct conn_gate {
	enum dsn_tls tls;
	enum conn_gate_state state;
	uint8_t bytes[GREETING_MOST + 1];
	size_t count;
	char plugin[64]; /* that was asked for last, or "" */
};

struct conn {
	MYSQL *mysql; /* NULL between a loss and conn_reopen; set under lock */
	int wire; /* a descriptor of our own for its socket, likewise; or -1 */
	struct conn_gate gate;
	const struct conn_setup *setup;
	enum state state;
	struct server server;
	uint64_t id;
	uint64_t packet_limit;
	bool lowers_names;
	char name[SERVER_NAME_SIZE]; /* of the server (session.h) */
	uint64_t received;
	struct feeder *feeder; /* of the LOAD that is under way, or NULL */
	char asked[64];        /* how the last statement begins */
};

/* What feeds a LOAD DATA LOCAL, and what it met. */
struct feeder {
	conn_feed *feed;
	void *self;
	const struct conn_setup *setup;
	struct dbs_error error;
};

/* What went wrong, by the library's number and text; a loss breaks conn. */
enum dbs_rc client_refuse(struct conn *conn, unsigned number, const char *text,
			  struct dbs_error *err);
/* The same, of what the library has just said. */
enum dbs_rc client_fail(struct conn *conn, struct dbs_error *err);
/*
 * DBS_E_STRANGE: what came is no answer to the last statement, and why.  Nothing
 * more is read from such a connection.
 */
enum dbs_rc client_strange(struct conn *conn, const char *why,
			   struct dbs_error *err);
/* "source HOST/DATABASE: SELECT …" of the last statement. */
void client_origin(const struct conn *conn, struct buf *out);

/* Every statement starts here: state, cancel, faults. */
enum dbs_rc client_begin(struct conn *conn, const char *sql,
			 struct dbs_error *err);

/* What a statement without rows has done; rows are DBS_E_STRANGE. */
enum dbs_rc client_affected(struct conn *conn, uint64_t *out,
			    struct dbs_error *err);

/*
 * Of mysql_net_read_packet: the library's own mark, (unsigned)-1 in an unsigned
 * long.  No packet is as long as that (the protocol ends at 1 GiB).
 */
static inline bool client_is_packet_error(unsigned long length)
{
	return length >= (unsigned)-1;
}

/* Bytes that came; may wait. */
void client_received(struct conn *conn, size_t bytes);

/* conn_talk.c: who is asked when the server asks for a file. */
void client_set_feed(struct conn *conn, MYSQL *mysql);
#endif
