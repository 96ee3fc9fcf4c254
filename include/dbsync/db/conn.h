/*
 * conn.h - one connection to one server.
 *
 * The only place where the client library is spoken to.  A connection is
 * opened with retries, its TLS checked, its session pinned (design D11) and
 * the pins read back; reconnecting does all of it again.
 *
 * Ways to talk:
 *	conn_run	a statement whose result does not matter
 *	conn_fetch	a small result, kept in memory as text
 *	conn_stream	any number of rows, binary protocol, one at a time
 *	conn_load	LOAD DATA LOCAL, out of memory
 *	bulk_open	one prepared INSERT, many rows at a time (MariaDB)
 * conn_send/conn_receive split conn_fetch, so that two servers work at once.
 *
 * Who asks says what the answer must be, by a form: a letter for each column.
 *	t	a text		T	a text or NULL
 *	n	digits		N	digits or NULL
 *	w	a word		W	a word (letters, digits, _) or NULL
 *	*	at the end: more columns, of any kind
 * In front of them, 1 is one row, ? one at most; otherwise any number of them.
 * What a server sends is believed as far as its form goes, and anything else is
 * DBS_E_STRANGE, which names the server, the statement, what came and what was
 * expected.  NULL is no form: what comes does not matter.
 *
 * Threads: a connection belongs to one thread from open to close, but for the
 * group, whose conn_group_kill may be called by any thread at any time.
 * Ownership: see each function.  Errors bear the side and the server's code.
 */
#ifndef DBSYNC_DB_CONN_H
#define DBSYNC_DB_CONN_H

#include "dbsync/base/buf.h"
#include "dbsync/base/cancel.h"
#include "dbsync/base/error.h"
#include "dbsync/base/talk.h"
#include "dbsync/base/throttle.h"
#include "dbsync/base/workers.h"
#include "dbsync/db/dsn.h"
#include "dbsync/db/rows.h"
#include "dbsync/db/server.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct conn;
struct conn_group;

/* What all connections of a run have in common; borrowed by each of them. */
struct conn_setup {
	const struct dsn *dsn; /* completed */
	const char *role;      /* what messages call its server, or NULL */
	const struct cancel *cancel;
	const struct talk *talk;
	struct workers *workers;   /* NULL: there is no run */
	struct conn_group *group;  /* may be NULL: cannot be killed */
	const char *run;           /* its name, or NULL (unlogged.h) */
	struct throttle *throttle; /* may be NULL */
	unsigned attempts;         /* to connect, at least 1 */
	unsigned net_timeout_s;    /* silence of the server, 0: no limit */
	bool can_load; /* conn_load will be called; else no file is sent */
	bool cleans;   /* conn_setup_cleaning */
	bool may_lack_database; /* without the dsn's, if that is not there */
};

/*
 * For what has to be taken away after a stop or a failure: such a connection
 * heeds no cancel, and conn_group_kill passes it over.
 */
struct conn_setup conn_setup_cleaning(const struct conn_setup *setup);

/* The sql_mode that every session is pinned to. */
#define CONN_SQL_MODE "NO_AUTO_VALUE_ON_ZERO,ALLOW_INVALID_DATES"
/* That of who writes: what would be bent is refused, an engine too. */
#define CONN_SQL_MODE_STRICT \
	CONN_SQL_MODE ",STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION"

/*
 * The same, as far as it matters, of a file that a plain client runs on a server
 * of any kind: SET statements, rows without their checks.
 */
void pins_script(struct buf *out, const char *sql_mode);

/*
 * What such a file sets, too, when it makes tables, and the session has it
 * otherwise: it takes a privilege on MySQL.
 */
void pins_script_tables(struct buf *out);

/* Opens a connection.  DBS_E_CONNECT when attempts are used up or in vain. */
enum dbs_rc conn_open(const struct conn_setup *setup, struct conn **out,
		      struct dbs_error *err);
void conn_close(struct conn **conn);

/*
 * Throws the old session away and opens a new one: same pins, no snapshot.
 * Nothing of an open stream or result may be in use.
 */
enum dbs_rc conn_reopen(struct conn *conn, struct dbs_error *err);

/*
 * Whether a question that ended with *rc may be asked again: it was lost, and there
 * is a new session, of the same server.  For who keeps nothing in a session; what
 * the caller has taken of the answer is to be forgotten.  Otherwise *rc and err say
 * why the question failed.
 */
bool conn_asks_again(struct conn *conn, enum dbs_rc *rc, struct dbs_error *err);

/* Cuts the wire: the next thing done with it finds the connection lost. */
void conn_cut(struct conn *conn);

/* Whether the connection was lost and needs conn_reopen. */
bool conn_is_broken(const struct conn *conn);
/*
 * Whether the list of sessions was refused for what one of them runs: MySQL shows
 * none while a statement has characters that utf8mb3 lacks.
 */
bool conn_cannot_list(const struct dbs_error *err);

/* Whether it is in a transaction, as the server said with its last answer. */
bool conn_in_transaction(const struct conn *conn);

const struct server *conn_server(const struct conn *conn);
const char *conn_role(const struct conn *conn); /* or "" */
const struct conn_setup *conn_setup(const struct conn *conn);
uint64_t conn_id(const struct conn *conn);           /* CONNECTION_ID() */
uint64_t conn_packet_limit(const struct conn *conn); /* max_allowed_packet */
/* lower_case_table_names=1: tables are called in lower case, all of them. */
bool conn_lowers_names(const struct conn *conn);
const char *conn_tls_cipher(const struct conn *conn); /* NULL: no TLS */
/* Bytes that crossed the wire towards us in rows and results, roughly. */
uint64_t conn_bytes_received(const struct conn *conn);

enum dbs_rc conn_run(struct conn *conn, const char *sql, struct dbs_error *err);

/* The result is the caller's (rows_drop). */
enum dbs_rc conn_fetch(struct conn *conn, const char *sql, const char *form,
		       struct rows **out, struct dbs_error *err);
enum dbs_rc conn_send(struct conn *conn, const char *sql,
		      struct dbs_error *err);
enum dbs_rc conn_receive(struct conn *conn, const char *form, struct rows **out,
			 struct dbs_error *err);
/* A statement that writes: how many rows the server says it affected. */
enum dbs_rc conn_write(struct conn *conn, const struct buf *sql,
		       uint64_t *affected_out, struct dbs_error *err);
/*
 * LOAD DATA LOCAL INFILE, whose data feed gives piece by piece: at most room
 * bytes, 0 at the end.  When feed fails, so does this, and what the server got
 * by then is written: it belongs into a transaction.  With LOCAL, rows that do
 * not fit are cut or passed over with a warning; the answer counts them.
 *
 * Nothing but this ever sends data for a LOAD: a server that asks for a file
 * gets none.
 */
typedef enum dbs_rc conn_feed(void *self, char *into, size_t room,
			      size_t *count_out, struct dbs_error *err);

struct load_answer {
	uint64_t records;
	uint64_t skipped;
	uint64_t warnings;
};

enum dbs_rc conn_load(struct conn *conn, const char *sql, conn_feed *feed,
		      void *self, struct load_answer *out,
		      struct dbs_error *err);

/*
 * As conn_fetch, of a SHOW whose columns are known by their names alone: rows of
 * the first of these columns that there is (NULL ends the names).
 */
enum dbs_rc conn_fetch_column(struct conn *conn, const char *sql,
			      const char *const *names, struct rows **out,
			      struct dbs_error *err);

/*
 * Between two pieces of work: waits as long as the throttle holds it up.  The
 * bytes of a connection are paid for by themselves.
 */
enum dbs_rc conn_pause(const struct conn *conn, struct dbs_error *err);

/*
 * Both at once: sends to a and b, then receives from both.  A failure of one
 * still reads the answer of the other, so that both stay usable.
 */
enum dbs_rc conn_fetch_both(struct conn *a, const char *sql_a,
			    struct rows **out_a, struct conn *b,
			    const char *sql_b, struct rows **out_b,
			    const char *form, struct dbs_error *err);

/*
 * Calls take for each row of a result of any size, as it arrives.  The texts
 * are valid during the call; when take fails, its error is returned and the
 * rest of the rows is read and dropped.
 */
typedef enum dbs_rc conn_take(void *self, size_t width,
			      const char *const *texts, const size_t *lengths,
			      struct dbs_error *err);
enum dbs_rc conn_each(struct conn *conn, const char *sql, const char *form,
		      conn_take *take, void *self, struct dbs_error *err);
enum dbs_rc conn_receive_each(struct conn *conn, const char *form,
			      conn_take *take, void *self,
			      struct dbs_error *err);

/* Fetches a single value as text: mem_drop it; NULL value or no row is NULL. */
enum dbs_rc conn_fetch_text(struct conn *conn, const char *sql,
			    const char *form, char **out,
			    struct dbs_error *err);
/* One number, as of SELECT COUNT(*). */
enum dbs_rc conn_fetch_number(struct conn *conn, const char *sql, uint64_t *out,
			      struct dbs_error *err);

/* How a column of a stream lies in a row packet. */
enum wire {
	WIRE_FIXED,  /* size bytes, little-endian */
	WIRE_SHORT,  /* one length byte, then so many bytes (dates, times) */
	WIRE_STRING, /* length-encoded */
};

struct wire_column {
	enum wire wire;
	uint8_t size; /* of WIRE_FIXED */
	bool is_unsigned;
	bool is_double;  /* WIRE_FIXED holding an IEEE number */
	bool is_time;    /* WIRE_SHORT holding a TIME, not a date */
	bool is_json;    /* WIRE_STRING holding what a server stores parsed */
	bool is_decimal; /* WIRE_STRING holding digits */
};

/* A row as it came: null bitmap and values; valid until the next row. */
struct packet {
	const uint8_t *data; /* from the null bitmap on */
	size_t length;
};

struct stream;

/*
 * Starts a SELECT of width columns in the binary protocol; one stream per
 * connection.
 */
enum dbs_rc conn_stream(struct conn *conn, const char *sql, size_t width,
			struct stream **out, struct dbs_error *err);
const struct wire_column *stream_columns(const struct stream *stream,
					 size_t *count_out);
/* The next row, or *more_out = false at the end. */
enum dbs_rc stream_next(struct stream *stream, struct packet *out,
			bool *more_out, struct dbs_error *err);
/* What came is no row: DBS_E_STRANGE, with why; the stream is over. */
enum dbs_rc stream_refuse(struct stream *stream, const char *why,
			  struct dbs_error *err);
/* Before the end of the rows, this kills the query; the session lives on. */
void stream_close(struct stream **stream);

/*
 * A prepared INSERT that is given many rows at once, whose values are as a
 * stream of these columns gave them.  Not every server takes it.  Rows are put
 * into a buf (row_bulk) behind what bulk_begin writes; the values of one call
 * must fit in the server's max_allowed_packet.  To be closed before the
 * connection is reopened.
 */
struct bulk;

bool conn_takes_bulk(const struct conn *conn);
enum dbs_rc bulk_open(struct conn *conn, const char *sql,
		      const struct wire_column *columns, size_t count,
		      struct bulk **out, struct dbs_error *err);
void bulk_begin(const struct bulk *bulk, struct buf *rows);
enum dbs_rc bulk_send(struct bulk *bulk, const struct buf *rows,
		      uint64_t *affected_out, struct dbs_error *err);
void bulk_close(struct bulk **bulk);

/*
 * All connections of a run, so that they can be ended from outside.  The dsn of
 * their setups must live as long as somebody may do so.  Every
 * kill opens a fresh connection for KILL QUERY and then shuts the socket.
 */
struct conn_group *conn_group_new(void);
void conn_group_drop(struct conn_group **group);
void conn_group_kill(struct conn_group *group);
/* Shuts the sockets alone: of a group whose connections ask small things. */
void conn_group_cut(struct conn_group *group);
/*
 * From now on there is something on a server that has to be taken away, or
 * brought back, before the process ends.  A NULL group is nothing.
 */
void conn_group_owes(struct conn_group *group);
bool conn_group_is_owing(const struct conn_group *group);

/* To be called by a thread that used connections, before it ends. */
void conn_thread_end(void);
/* "libmariadb 3.3.20" */
void conn_library(struct buf *out);
#endif
