/*
 * conn.c - see conn.h; the only file that speaks to libmariadb.
 *
 *	closed ──open──▶ idle ──send──▶ waiting ──receive──▶ idle
 *	                   │ ◀──────────end of rows────────┐
 *	                   └──stream──▶ streaming ─────────┘
 *	any ──loss, early stream_close──▶ broken ──reopen──▶ idle
 *
 * Why rows are not fetched through mysql_stmt_fetch: it copies column by
 * column, which costs more than all the rest of the client together.  Two rows
 * of the same column types are equal if and only if their binary packets are,
 * so a stream hands out the packet itself (mysql_net_read_packet, which the
 * library exports for readers of the binary log).  The price is that the end
 * of the rows must be recognised here and the handle set back to ready, as
 * mysql_stmt_fetch would have done.
 *
 * TLS: MYSQL_OPT_SSL_ENFORCE asks for TLS but accepts a server without it, so
 * the cipher is looked at after connecting.
 */
#include "dbsync/db/conn.h"

#include "dbsync/base/fault.h"
#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/db/backoff.h"

#include "conn_error.h"
#include "conn_group.h"
#include "load_answer.h"
#include "session.h"
#include "sock.h"

#include <errmsg.h>
#include <errno.h>
#include <mysql.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum state { STATE_IDLE, STATE_WAITING, STATE_STREAMING, STATE_BROKEN };

struct conn {
	MYSQL *mysql; /* NULL between a loss and conn_reopen; set under lock */
	const struct conn_setup *setup;
	enum state state;
	struct server server;
	uint64_t id;
	uint64_t packet_limit;
	uint64_t received;
	struct feeder *feeder; /* of the LOAD that is under way, or NULL */
};

struct stream {
	struct conn *conn;
	MYSQL_STMT *stmt;
	struct wire_column *columns;
	size_t count;
	bool at_end;
};

/* ------------------------------------------------------------------------
 * Errors
 * --------------------------------------------------------------------- */

static enum dbs_rc fail(const struct conn_setup *setup, unsigned number,
			const char *text, struct dbs_error *err)
{
	if (setup->cancel && cancel_requested(setup->cancel))
		return dbs_fail(err, DBS_E_CANCELLED, "cancelled");
	enum dbs_rc rc = dbs_fail(err, conn_error_class(number), "%s (%u)",
				  *text ? text : "no reason given", number);

	err->server_errno = number;
	conn_error_add_server(setup, err);
	return rc;
}

/* What went wrong on a connection that stood: TLS can only have been cut. */
static enum dbs_rc fail_open(struct conn *conn, unsigned number,
			     const char *text, struct dbs_error *err)
{
	enum dbs_rc rc = fail(conn->setup, number, text, err);

	if (rc == DBS_E_CONNECT && number == CR_SSL_CONNECTION_ERROR)
		rc = dbs_error_recode(err, DBS_E_LOST);
	if (rc == DBS_E_LOST || rc == DBS_E_CANCELLED)
		conn->state = STATE_BROKEN;
	return rc;
}

static enum dbs_rc conn_fail(struct conn *conn, struct dbs_error *err)
{
	return fail_open(conn, mysql_errno(conn->mysql),
			 mysql_error(conn->mysql), err);
}

static enum dbs_rc stmt_fail(struct conn *conn, MYSQL_STMT *stmt,
			     struct dbs_error *err)
{
	return fail_open(conn, mysql_stmt_errno(stmt), mysql_stmt_error(stmt),
			 err);
}

/* Every statement starts here: state, cancel, fault. */
static enum dbs_rc begin(struct conn *conn, struct dbs_error *err)
{
	if (conn->setup->cancel && cancel_check(conn->setup->cancel, err))
		return err->code;
	if (conn->state == STATE_BROKEN)
		return fail(conn->setup, CR_SERVER_LOST,
			    "the connection was lost", err);
	DBS_BUG(conn->state != STATE_IDLE, "connection in state %d",
		(int)conn->state);
	if (fault_error(FAULT_DB_QUERY))
		(void)shutdown(mysql_get_socket(conn->mysql), SHUT_RDWR);
	return DBS_OK;
}

/* Makes mysql (which may be NULL) the handle that a kill would see. */
static void publish(struct conn *conn, MYSQL *mysql)
{
	conn_group_lock(conn->setup->group);
	conn->mysql = mysql;
	conn_group_unlock(conn->setup->group);
}

/* ------------------------------------------------------------------------
 * Opening and closing
 * --------------------------------------------------------------------- */

static void set_flag(MYSQL *mysql, enum mysql_option option, bool on)
{
	my_bool value = on;

	(void)mysql_options(mysql, option, &value);
}

static void set_tls(MYSQL *mysql, const struct dsn *dsn)
{
	const char *capath = dsn->ssl_capath;

	set_flag(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT,
		 dsn->tls == DSN_TLS_VERIFY_IDENTITY);
	if (dsn->tls == DSN_TLS_DISABLED)
		return;
	set_flag(mysql, MYSQL_OPT_SSL_ENFORCE, true);
	/* the library checks the chain only against a CA that it was given */
	if (dsn->tls >= DSN_TLS_VERIFY_CA && !dsn->ssl_ca && !capath)
		capath = "/etc/ssl/certs";
	(void)mysql_ssl_set(mysql, dsn->ssl_key, dsn->ssl_cert,
			    dsn->tls >= DSN_TLS_VERIFY_CA ? dsn->ssl_ca : NULL,
			    dsn->tls >= DSN_TLS_VERIFY_CA ? capath : NULL,
			    dsn->ssl_cipher);
}

static void set_options(MYSQL *mysql, const struct conn_setup *setup)
{
	const unsigned protocol = setup->dsn->socket ? MYSQL_PROTOCOL_SOCKET
						     : MYSQL_PROTOCOL_TCP;
	const unsigned long packet = 1ul << 30;
	const unsigned local = setup->can_load;

	(void)mysql_options(mysql, MYSQL_OPT_PROTOCOL, &protocol);
	(void)mysql_options(mysql, MYSQL_OPT_CONNECT_TIMEOUT,
			    &setup->dsn->connect_timeout_s);
	(void)mysql_options(mysql, MYSQL_OPT_READ_TIMEOUT,
			    &setup->net_timeout_s);
	(void)mysql_options(mysql, MYSQL_OPT_WRITE_TIMEOUT,
			    &setup->net_timeout_s);
	(void)mysql_options(mysql, MYSQL_OPT_MAX_ALLOWED_PACKET, &packet);
	(void)mysql_options(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4");
	(void)mysql_options4(mysql, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name",
			     "dbsync");
	(void)mysql_options(mysql, MYSQL_OPT_LOCAL_INFILE, &local);
	set_tls(mysql, setup->dsn);
}

static enum dbs_rc check_tls(const struct conn_setup *setup, MYSQL *mysql,
			     struct dbs_error *err)
{
	if (mysql_get_ssl_cipher(mysql) || setup->dsn->tls < DSN_TLS_REQUIRED)
		return DBS_OK;
	enum dbs_rc rc = dbs_fail(err, DBS_E_CONNECT,
				  "ssl-mode=%s was asked for and the server "
				  "speaks no TLS",
				  dsn_tls_name(setup->dsn->tls));

	conn_error_add_server(setup, err);
	return rc;
}

static enum dbs_rc connect_once(const struct conn_setup *setup, MYSQL **out,
				struct dbs_error *err)
{
	const struct dsn *dsn = setup->dsn;
	enum dbs_rc rc = dsn_check_files(dsn, err);

	if (rc) {
		conn_error_add_server(setup, err);
		return rc;
	}
	MYSQL *mysql = mysql_init(NULL);

	DBS_BUG(!mysql, "mysql_init gave nothing");
	set_options(mysql, setup);
	if (fault_error(FAULT_DB_CONNECT))
		rc = fail(setup, CR_CONN_HOST_ERROR, "fault", err);
	else if (!mysql_real_connect(mysql, dsn->host, dsn->user, dsn->password,
				     dsn->database, dsn->port, dsn->socket, 0))
		rc = fail(setup, mysql_errno(mysql), mysql_error(mysql), err);
	else
		rc = check_tls(setup, mysql, err);
	if (rc == DBS_E_LOST) /* while connecting, nothing is lost yet */
		rc = dbs_error_recode(err, DBS_E_CONNECT);
	if (rc) {
		mysql_close(mysql);
		return rc;
	}
	sock_keep_alive(mysql_get_socket(mysql));
	*out = mysql;
	return DBS_OK;
}

static enum dbs_rc connect_patiently(const struct conn_setup *setup,
				     MYSQL **out, struct dbs_error *err)
{
	for (unsigned attempt = 1;; attempt++) {
		enum dbs_rc rc = connect_once(setup, out, err);

		if (!rc || rc == DBS_E_CANCELLED ||
		    attempt >= setup->attempts || !conn_error_passes(err))
			return rc;
		talk_note(setup->talk, "%s; trying again (%u of %u)", err->text,
			  attempt + 1, setup->attempts);
		rc = backoff_wait(attempt, setup->cancel, err);
		if (rc)
			return rc;
	}
}

static enum dbs_rc learn_limits(struct conn *conn, struct dbs_error *err)
{
	OWNED(rows_drop) struct rows *rows = NULL;
	enum dbs_rc rc = conn_fetch(conn,
				    "SELECT CONNECTION_ID(), "
				    "@@max_allowed_packet, VERSION()",
				    &rows, err);

	if (rc)
		return rc;
	conn->id = strtoull(rows_text(rows, 0, 0), NULL, 10);
	conn->packet_limit = strtoull(rows_text(rows, 0, 1), NULL, 10);
	server_identify(rows_text(rows, 0, 2), &conn->server);
	return DBS_OK;
}

/* ------------------------------------------------------------------------
 * Data for LOAD DATA LOCAL
 * --------------------------------------------------------------------- */

struct feeder {
	conn_feed *feed;
	void *self;
	struct dbs_error error;
};

/* The name of the file is the server's choice, and does not matter. */
static int feed_begin(void **feeder_out, const char *name, void *self)
{
	const struct conn *conn = self;

	(void)name;
	*feeder_out = conn->feeder;
	return conn->feeder ? 0 : 1;
}

static int feed_some(void *self, char *into, unsigned room)
{
	struct feeder *feeder = self;
	size_t count = 0;

	return feeder->feed(feeder->self, into, room, &count, &feeder->error)
		       ? -1
		       : (int)count;
}

static void feed_end(void *self)
{
	(void)self;
}

static int feed_error(void *self, char *text, unsigned room)
{
	const struct feeder *feeder = self;

	(void)snprintf(text, room, "%s",
		       feeder ? feeder->error.text : "no file is sent");
	return CR_UNKNOWN_ERROR;
}

static enum dbs_rc establish(struct conn *conn, struct dbs_error *err)
{
	MYSQL *mysql = NULL;
	enum dbs_rc rc = connect_patiently(conn->setup, &mysql, err);

	if (rc)
		return rc;
	conn->id = 0; /* that of the session before */
	mysql_set_local_infile_handler(mysql, feed_begin, feed_some, feed_end,
				       feed_error, conn);
	publish(conn, mysql);
	conn->state = STATE_IDLE;
	rc = learn_limits(conn, err);
	return rc ? rc : session_pin(conn, err);
}

/* Forgets the session, in order when nothing is under way. */
static void disconnect(struct conn *conn)
{
	MYSQL *mysql = conn->mysql;

	if (!mysql)
		return;
	if (conn->state != STATE_IDLE)
		(void)shutdown(mysql_get_socket(mysql), SHUT_RDWR);
	publish(conn, NULL);
	mysql_close(mysql);
	conn->state = STATE_BROKEN;
}

static void library_begin(void)
{
	DBS_BUG(mysql_library_init(0, NULL, NULL), "libmariadb does not start");
}

enum dbs_rc conn_open(const struct conn_setup *setup, struct conn **out,
		      struct dbs_error *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)pthread_once(&once, library_begin);
	OWNED(conn_close) struct conn *conn = mem_zero(1, sizeof(*conn));

	conn->setup = setup;
	conn->state = STATE_BROKEN;
	conn_group_enter(setup->group, conn);
	enum dbs_rc rc = establish(conn, err);

	if (rc)
		return rc;
	*out = own_take(&conn);
	return DBS_OK;
}

void conn_close(struct conn **conn)
{
	if (!*conn)
		return;
	disconnect(*conn);
	conn_group_leave((*conn)->setup->group, *conn);
	mem_drop(conn);
}

enum dbs_rc conn_reopen(struct conn *conn, struct dbs_error *err)
{
	disconnect(conn);
	return establish(conn, err);
}

bool conn_is_broken(const struct conn *conn)
{
	return conn->state == STATE_BROKEN;
}

const struct server *conn_server(const struct conn *conn)
{
	return &conn->server;
}

enum dbs_side conn_side(const struct conn *conn)
{
	return conn->setup->side;
}

const struct conn_setup *conn_setup(const struct conn *conn)
{
	return conn->setup;
}

uint64_t conn_id(const struct conn *conn)
{
	return conn->id;
}

uint64_t conn_packet_limit(const struct conn *conn)
{
	return conn->packet_limit;
}

const char *conn_tls_cipher(const struct conn *conn)
{
	return conn->mysql ? mysql_get_ssl_cipher(conn->mysql) : NULL;
}

uint64_t conn_bytes_received(const struct conn *conn)
{
	return conn->received;
}

/* ------------------------------------------------------------------------
 * Statements and small results
 * --------------------------------------------------------------------- */

/* A test's wish for an error; true when there was one. */
static bool stumble(struct conn *conn, const char *sql, struct dbs_error *err)
{
	const unsigned number = fault_sql(sql);

	if (!number)
		return false;
	if (conn_error_class(number) == DBS_E_LOST) {
		(void)shutdown(mysql_get_socket(conn->mysql), SHUT_RDWR);
		return false;
	}
	(void)fail_open(conn, number, "fault", err);
	return true;
}

static enum dbs_rc send_text(struct conn *conn, const char *sql, size_t length,
			     struct dbs_error *err)
{
	enum dbs_rc rc = begin(conn, err);

	if (rc)
		return rc;
	if (stumble(conn, sql, err))
		return err->code;
	if (mysql_send_query(conn->mysql, sql, length))
		return conn_fail(conn, err);
	conn->state = STATE_WAITING;
	return DBS_OK;
}

enum dbs_rc conn_send(struct conn *conn, const char *sql, struct dbs_error *err)
{
	return send_text(conn, sql, strlen(sql), err);
}

static enum dbs_rc read_answer(struct conn *conn, struct dbs_error *err)
{
	DBS_BUG(conn->state != STATE_WAITING, "nothing was sent");
	conn->state = STATE_IDLE;
	if (mysql_read_query_result(conn->mysql))
		return conn_fail(conn, err);
	return DBS_OK;
}

/* Reads the rows of the answer, all of them even when take fails. */
static enum dbs_rc read_rows(struct conn *conn, conn_take *take, void *self,
			     struct dbs_error *err)
{
	MYSQL_RES *result = mysql_use_result(conn->mysql);
	enum dbs_rc rc = DBS_OK;

	if (!result)
		return mysql_errno(conn->mysql) ? conn_fail(conn, err) : DBS_OK;
	const unsigned width = mysql_num_fields(result);
	OWNED(mem_drop) size_t *lengths = mem_alloc(width * sizeof(*lengths));
	MYSQL_ROW row;

	while ((row = mysql_fetch_row(result))) {
		const unsigned long *sizes = mysql_fetch_lengths(result);

		for (unsigned i = 0; i < width; i++) {
			lengths[i] = sizes[i];
			conn->received += sizes[i] + 1;
		}
		if (!rc)
			rc = take(self, width, (const char *const *)row,
				  lengths, err);
	}
	if (!rc && mysql_errno(conn->mysql))
		rc = conn_fail(conn, err);
	mysql_free_result(result);
	return rc;
}

enum dbs_rc conn_receive_each(struct conn *conn, conn_take *take, void *self,
			      struct dbs_error *err)
{
	enum dbs_rc rc = read_answer(conn, err);

	return rc ? rc : read_rows(conn, take, self, err);
}

enum dbs_rc conn_write(struct conn *conn, const struct buf *sql,
		       uint64_t *affected_out, struct dbs_error *err)
{
	enum dbs_rc rc = send_text(conn, sql->data, sql->length, err);

	if (!rc)
		rc = read_answer(conn, err);
	if (rc)
		return rc;
	*affected_out = mysql_affected_rows(conn->mysql);
	return DBS_OK;
}

enum dbs_rc conn_load(struct conn *conn, const char *sql, conn_feed *feed,
		      void *self, struct load_answer *out,
		      struct dbs_error *err)
{
	struct feeder feeder = {.feed = feed, .self = self};
	enum dbs_rc rc = send_text(conn, sql, strlen(sql), err);

	if (rc)
		return rc;
	conn->feeder = &feeder;
	rc = read_answer(conn, err);
	conn->feeder = NULL;
	/* a loss is what the session has to know of */
	if (feeder.error.code && rc && rc != DBS_E_LOST) {
		*err = feeder.error;
		return err->code;
	}
	if (!rc)
		load_answer_read(mysql_info(conn->mysql),
				 mysql_warning_count(conn->mysql), out);
	return rc;
}

void conn_cut(struct conn *conn)
{
	if (conn->mysql)
		(void)shutdown(mysql_get_socket(conn->mysql), SHUT_RDWR);
}

void conn_kill_queries(const struct dsn *victims, const uint64_t *ids,
		       size_t count)
{
	struct dsn dsn = *victims;
	const struct conn_setup setup = {
		.dsn = &dsn, .attempts = 1, .net_timeout_s = 1};
	struct dbs_error err;
	MYSQL *mysql = NULL;
	char sql[64];

	dsn.connect_timeout_s = 1;
	if (connect_once(&setup, &mysql, &err))
		return; /* the sockets are shut anyway */
	for (size_t i = 0; i < count; i++) {
		(void)snprintf(sql, sizeof(sql), "KILL QUERY %llu",
			       (unsigned long long)ids[i]);
		(void)mysql_query(mysql, sql);
	}
	mysql_close(mysql);
}

/* ------------------------------------------------------------------------
 * Streams
 * --------------------------------------------------------------------- */

static struct wire_column wire_of(const MYSQL_FIELD *field)
{
	struct wire_column column = {
		.wire = WIRE_FIXED,
		.is_unsigned = (field->flags & UNSIGNED_FLAG) != 0,
	};

	switch ((int)field->type) {
	case MYSQL_TYPE_NULL:
		break;
	case MYSQL_TYPE_TINY:
		column.size = 1;
		break;
	case MYSQL_TYPE_SHORT:
	case MYSQL_TYPE_YEAR:
		column.size = 2;
		break;
	case MYSQL_TYPE_LONG:
	case MYSQL_TYPE_INT24:
		column.size = 4;
		break;
	case MYSQL_TYPE_LONGLONG:
		column.size = 8;
		break;
	case MYSQL_TYPE_FLOAT:
		column.size = 4;
		column.is_double = true;
		break;
	case MYSQL_TYPE_DOUBLE:
		column.size = 8;
		column.is_double = true;
		break;
	case MYSQL_TYPE_TIME:
		column.is_time = true;
		column.wire = WIRE_SHORT;
		break;
	case MYSQL_TYPE_DATE:
	case MYSQL_TYPE_DATETIME:
	case MYSQL_TYPE_TIMESTAMP:
		column.wire = WIRE_SHORT;
		break;
	default:
		column.wire = WIRE_STRING;
		break;
	}
	return column;
}

/*
 * The library's own mark, (unsigned)-1 in an unsigned long.  No packet is as
 * long as that (the protocol ends at 1 GiB).
 */
static bool is_packet_error(unsigned long length)
{
	return length >= (unsigned)-1;
}

static void learn_columns(struct stream *stream)
{
	stream->count = mysql_stmt_field_count(stream->stmt);
	stream->columns = mem_alloc(stream->count * sizeof(*stream->columns));
	MYSQL_RES *meta = mysql_stmt_result_metadata(stream->stmt);

	DBS_BUG(!meta, "a SELECT without columns");
	for (unsigned i = 0; i < stream->count; i++)
		stream->columns[i] = wire_of(mysql_fetch_field_direct(meta, i));
	mysql_free_result(meta);
}

enum dbs_rc conn_stream(struct conn *conn, const char *sql, struct stream **out,
			struct dbs_error *err)
{
	enum dbs_rc rc = begin(conn, err);

	if (rc)
		return rc;
	if (stumble(conn, sql, err))
		return err->code;
	OWNED(stream_close) struct stream *stream = mem_zero(1,
							     sizeof(*stream));

	stream->conn = conn;
	stream->at_end = true; /* nothing to read until it has started */
	stream->stmt = mysql_stmt_init(conn->mysql);
	DBS_BUG(!stream->stmt, "mysql_stmt_init gave nothing");
	if (mariadb_stmt_execute_direct(stream->stmt, sql, strlen(sql)))
		return stmt_fail(conn, stream->stmt, err);
	stream->at_end = false;
	conn->state = STATE_STREAMING;
	learn_columns(stream);
	*out = own_take(&stream);
	return DBS_OK;
}

const struct wire_column *stream_columns(const struct stream *stream,
					 size_t *count_out)
{
	*count_out = stream->count;
	return stream->columns;
}

/*
 * The library's buffer grows to the largest packet and stays so; rows of 32 MiB
 * on all connections of a run would be most of its memory.  It is made smaller
 * the way in which the library makes it larger (net_realloc).
 */
static void give_memory_back(NET *net)
{
	enum { KEPT = 1024 * 1024, HEADERS = 16 };

	if (net->max_packet <= KEPT)
		return;
	unsigned char *smaller = realloc(net->buff, KEPT + HEADERS);

	if (!smaller)
		return;
	net->buff = smaller;
	net->write_pos = smaller;
	net->read_pos = smaller;
	net->max_packet = KEPT;
	net->buff_end = smaller + KEPT;
}

static void end_of_rows(struct stream *stream)
{
	stream->at_end = true;
	stream->conn->mysql->status = MYSQL_STATUS_READY;
	if (stream->conn->state == STATE_STREAMING)
		stream->conn->state = STATE_IDLE;
}

enum dbs_rc stream_next(struct stream *stream, struct packet *out,
			bool *more_out, struct dbs_error *err)
{
	struct conn *conn = stream->conn;

	DBS_BUG(stream->at_end, "reading past the end of a stream");
	if (fault_error(FAULT_DB_STREAM))
		(void)shutdown(mysql_get_socket(conn->mysql), SHUT_RDWR);
	const unsigned long length = mysql_net_read_packet(conn->mysql);

	if (is_packet_error(length)) {
		end_of_rows(stream);
		return conn_fail(conn, err);
	}
	const uint8_t *data = conn->mysql->net.read_pos;

	if (length && data[0] == 0xfe) { /* rows begin with 0x00 */
		end_of_rows(stream);
		give_memory_back(&conn->mysql->net);
		*more_out = false;
		return DBS_OK;
	}
	conn->received += length + 4;
	out->data = data + 1;
	out->length = length - 1;
	*more_out = true;
	return DBS_OK;
}

/* Reads and drops what is left; false when the connection has died. */
static bool drain(struct conn *conn)
{
	for (;;) {
		const unsigned long length = mysql_net_read_packet(conn->mysql);

		if (is_packet_error(length))
			return conn_error_class(mysql_errno(conn->mysql)) !=
			       DBS_E_LOST;
		if (length && conn->mysql->net.read_pos[0] == 0xfe)
			return true;
	}
}

/*
 * The rest may be gigabytes, and the session (a snapshot) is worth keeping: so
 * the query is killed, and what is in the sockets is read.
 */
static void abandon(struct stream *stream)
{
	struct conn *conn = stream->conn;
	bool alive = !conn->setup->cancel ||
		     !cancel_requested(conn->setup->cancel);

	if (alive) {
		conn_kill_queries(conn->setup->dsn, &conn->id, 1);
		alive = drain(conn);
	}
	end_of_rows(stream);
	if (alive)
		return;
	(void)shutdown(mysql_get_socket(conn->mysql), SHUT_RDWR);
	conn->state = STATE_BROKEN;
}

void stream_close(struct stream **stream)
{
	if (!*stream)
		return;
	struct stream *s = *stream;

	if (!s->at_end)
		abandon(s);
	if (s->stmt)
		(void)mysql_stmt_close(s->stmt);
	mem_drop(&s->columns);
	mem_drop(stream);
}

/* ------------------------------------------------------------------------
 * Ending connections from outside
 * --------------------------------------------------------------------- */

uint64_t conn_shut(struct conn *conn)
{
	conn_cut(conn);
	return conn->mysql ? conn->id : 0;
}

void conn_thread_end(void)
{
	mysql_thread_end();
}

void conn_library(struct buf *out)
{
	buf_addf(out, "libmariadb %s", mysql_get_client_info());
}
