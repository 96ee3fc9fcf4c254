/*
 * conn.c - see conn.h: opening, closing, and ending from outside.
 *
 *	closed ──open──▶ idle ──send──▶ waiting ──receive──▶ idle
 *	                   │ ◀──────────end of rows────────┐
 *	                   └──stream──▶ streaming ─────────┘
 *	any ──loss, early stream_close──▶ broken ──reopen──▶ idle
 *
 * TLS: MYSQL_OPT_SSL_ENFORCE asks for TLS but accepts a server without it, so
 * conn_gate.c reads along until the server has let us in.
 *
 * What other threads may touch, with the lock of the group, is id and wire alone:
 * when the library meets a loss it closes its socket and frees what that is in,
 * at any moment that its thread is in a call.
 */
#include "client.h"

#include "dbsync/base/fault.h"
#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/db/backoff.h"

#include "conn_error.h"
#include "conn_gate.h"
#include "conn_group.h"
#include "conn_results.h"
#include "session.h"
#include "sock.h"

#include <errmsg.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ------------------------------------------------------------------------
 * What other threads may touch
 * --------------------------------------------------------------------- */

static void set_wire(struct conn *conn, int wire)
{
	if (conn->wire >= 0)
		(void)close(conn->wire);
	conn->wire = wire;
}

/* Makes mysql (which may be NULL) the handle that a kill would see. */
static void publish(struct conn *conn, MYSQL *mysql, int wire)
{
	conn_group_lock(conn->setup->group);
	conn->mysql = mysql;
	set_wire(conn, wire);
	conn_group_unlock(conn->setup->group);
}

static void set_id(struct conn *conn, uint64_t id)
{
	conn_group_lock(conn->setup->group);
	conn->id = id;
	conn_group_unlock(conn->setup->group);
}

static void cut(const struct conn *conn)
{
	if (conn->wire >= 0)
		sock_cut(conn->wire);
}

void conn_cut(struct conn *conn)
{
	conn_group_lock(conn->setup->group);
	cut(conn);
	conn_group_unlock(conn->setup->group);
}

/* Of a socket that the library has closed, ours is the last descriptor. */
static void lose(struct conn *conn)
{
	conn_group_lock(conn->setup->group);
	cut(conn);
	set_wire(conn, -1);
	conn_group_unlock(conn->setup->group);
	conn->state = STATE_BROKEN;
}

uint64_t conn_shut(struct conn *conn)
{
	cut(conn);
	return conn->mysql ? conn->id : 0;
}

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

enum { MARIADB_NO_SUCH_TRIGGER = 4031 }; /* that another is to follow */

/* What went wrong on a connection that stood: TLS can only have been cut. */
enum dbs_rc client_refuse(struct conn *conn, unsigned number, const char *text,
			  struct dbs_error *err)
{
	enum dbs_rc rc = fail(conn->setup, number, text, err);

	if (rc == DBS_E_CONNECT && number == CR_SSL_CONNECTION_ERROR)
		rc = dbs_error_recode(err, DBS_E_LOST);
	/* to MySQL this is a connection that was idle for too long */
	if (rc == DBS_E_LOST && number == MARIADB_NO_SUCH_TRIGGER &&
	    conn->server.family == SERVER_MARIADB)
		rc = dbs_error_recode(err, DBS_E_SERVER);
	if (rc == DBS_E_LOST || rc == DBS_E_CANCELLED)
		lose(conn);
	return rc;
}

enum dbs_rc client_fail(struct conn *conn, struct dbs_error *err)
{
	return client_refuse(conn, mysql_errno(conn->mysql),
			     mysql_error(conn->mysql), err);
}

void client_origin(const struct conn *conn, struct buf *out)
{
	const char *role = conn_role(conn);

	buf_addf(out, "%s%s", role, *role ? " " : "");
	dsn_show(conn->setup->dsn, out);
	buf_adds(out, ": ");
	text_show(out, conn->asked, strlen(conn->asked), sizeof(conn->asked));
}

enum dbs_rc client_strange(struct conn *conn, const char *why,
			   struct dbs_error *err)
{
	OWNED(buf_release) struct buf origin = BUF_INIT;

	client_origin(conn, &origin);
	(void)dbs_fail(err, DBS_E_STRANGE,
		       "%s: the server's answer does not match this: %s",
		       origin.data, why);
	err->role = conn->setup->role;
	conn_cut(conn);
	conn->state = STATE_BROKEN;
	return DBS_E_STRANGE;
}

/* A test's wish for an error: of this statement, or a loss that it meets. */
static enum dbs_rc stumble(struct conn *conn, const char *sql,
			   struct dbs_error *err)
{
	const unsigned number = fault_sql(sql);

	if (!number)
		return DBS_OK;
	if (conn_error_class(number) == DBS_E_LOST) {
		conn_cut(conn);
		return DBS_OK;
	}
	return client_refuse(conn, number, "fault", err);
}

enum dbs_rc client_begin(struct conn *conn, const char *sql,
			 struct dbs_error *err)
{
	if (conn->setup->cancel && cancel_check(conn->setup->cancel, err))
		return err->code;
	if (conn->state == STATE_BROKEN)
		return fail(conn->setup, CR_SERVER_LOST,
			    "the connection was lost", err);
	DBS_BUG(conn->state != STATE_IDLE, "connection in state %d",
		(int)conn->state);
	(void)snprintf(conn->asked, sizeof(conn->asked), "%s", sql);
	if (fault_error(FAULT_DB_QUERY))
		conn_cut(conn);
	return stumble(conn, sql, err);
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
				  "ssl-mode=%s requires TLS, which the server "
				  "does not support",
				  dsn_tls_name(setup->dsn->tls));

	conn_error_add_server(setup, err);
	return rc;
}

/* Why there is no connection: the gate's reason, or the library's. */
static enum dbs_rc explain(const struct conn_setup *setup,
			   const struct conn_gate *gate, MYSQL *mysql,
			   struct dbs_error *err)
{
	const unsigned number = mysql_errno(mysql);

	if ((setup->cancel && cancel_requested(setup->cancel)) ||
	    !conn_gate_explain(gate, number, err))
		return fail(setup, number, mysql_error(mysql), err);
	conn_error_add_server(setup, err);
	return err->code;
}

static enum dbs_rc greet(const struct conn_setup *setup, const char *database,
			 struct conn_gate *gate, MYSQL *mysql,
			 struct dbs_error *err)
{
	const struct dsn *dsn = setup->dsn;
	enum dbs_rc rc;

	if (fault_error(FAULT_DB_CONNECT)) {
		rc = fail(setup, CR_CONN_HOST_ERROR, "fault", err);
	} else if (!mysql_real_connect(mysql, dsn->host, dsn->user,
				       dsn->password, database, dsn->port,
				       dsn->socket, 0)) {
		rc = explain(setup, gate, mysql, err);
	} else {
		conn_gate_pass(gate);
		rc = check_tls(setup, mysql, err);
	}
	/* while connecting, nothing is lost yet */
	return rc == DBS_E_LOST ? dbs_error_recode(err, DBS_E_CONNECT) : rc;
}

static enum dbs_rc connect_to(const struct conn_setup *setup,
			      const char *database, struct conn_gate *gate,
			      MYSQL **out, struct dbs_error *err)
{
	enum dbs_rc rc = dsn_check_files(setup->dsn, err);

	if (rc) {
		conn_error_add_server(setup, err);
		return rc;
	}
	MYSQL *mysql = mysql_init(NULL);

	DBS_BUG(!mysql, "mysql_init gave nothing");
	set_options(mysql, setup);
	conn_gate_set(gate, setup->dsn, mysql);
	rc = greet(setup, database, gate, mysql, err);
	if (rc) {
		mysql_close(mysql);
		return rc;
	}
	sock_keep_alive(mysql_get_socket(mysql));
	conn_results_guard(mysql);
	*out = mysql;
	return DBS_OK;
}

/* A server tells of a database only those who have a right to it. */
static bool lacks_database(const struct dbs_error *err)
{
	enum { DENIED_DATABASE = 1044, NO_DATABASE = 1049 };

	return err->server_errno == NO_DATABASE ||
	       err->server_errno == DENIED_DATABASE;
}

static enum dbs_rc connect_once(const struct conn_setup *setup,
				struct conn_gate *gate, MYSQL **out,
				struct dbs_error *err)
{
	const char *database = setup->dsn->database;
	enum dbs_rc rc = connect_to(setup, database, gate, out, err);

	if (!rc || !database || !setup->may_lack_database ||
	    !lacks_database(err))
		return rc;
	dbs_error_clear(err);
	return connect_to(setup, NULL, gate, out, err);
}

static enum dbs_rc connect_patiently(const struct conn_setup *setup,
				     struct conn_gate *gate, MYSQL **out,
				     struct dbs_error *err)
{
	for (unsigned attempt = 1;; attempt++) {
		enum dbs_rc rc = connect_once(setup, gate, out, err);

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

static enum dbs_rc learn(struct conn *conn, struct dbs_error *err)
{
	struct session session = {0};
	enum dbs_rc rc = session_pin(conn, &session, err);

	if (rc)
		return rc;
	set_id(conn, session.id);
	conn->packet_limit = session.packet_limit;
	conn->server = session.server;
	conn->lowers_names = session.lowers_names;
	memcpy(conn->name, session.name, sizeof(conn->name));
	return DBS_OK;
}

static enum dbs_rc establish(struct conn *conn, struct dbs_error *err)
{
	MYSQL *mysql = NULL;
	enum dbs_rc rc = connect_patiently(conn->setup, &conn->gate, &mysql,
					   err);

	if (rc)
		return rc;
	const int wire = sock_copy(mysql_get_socket(mysql));

	if (wire < 0) {
		rc = dbs_fail_errno(err, errno, "no descriptor for a socket");
		mysql_close(mysql);
		return rc;
	}
	set_id(conn, 0); /* that of the session before */
	client_set_feed(conn, mysql);
	publish(conn, mysql, wire);
	conn->state = STATE_IDLE;
	return learn(conn, err);
}

/* Forgets the session, in order when nothing is under way. */
static void disconnect(struct conn *conn)
{
	MYSQL *mysql = conn->mysql;

	if (!mysql)
		return;
	if (conn->state != STATE_IDLE)
		conn_cut(conn);
	publish(conn, NULL, -1);
	mysql_close(mysql);
	conn->state = STATE_BROKEN;
}

static void library_begin(void)
{
	DBS_BUG(mysql_library_init(0, NULL, NULL), "libmariadb does not start");
	conn_gate_library();
}

enum dbs_rc conn_open(const struct conn_setup *setup, struct conn **out,
		      struct dbs_error *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)pthread_once(&once, library_begin);
	OWNED(conn_close) struct conn *conn = mem_zero(1, sizeof(*conn));

	conn->setup = setup;
	conn->state = STATE_BROKEN;
	conn->wire = -1;
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

static enum dbs_rc check_same(const struct conn *conn, const char *name,
			      struct dbs_error *err)
{
	if (!strcmp(conn->name, name))
		return DBS_OK;
	enum dbs_rc rc = dbs_fail(err, DBS_E_SERVER,
				  "a connection was lost, and a new one leads "
				  "to another server: %s, before %s",
				  conn->name, name);

	conn_error_add_server(conn->setup, err);
	return rc;
}

bool conn_asks_again(struct conn *conn, enum dbs_rc *rc, struct dbs_error *err)
{
	char name[sizeof(conn->name)];

	if (*rc != DBS_E_LOST)
		return false;
	talk_note(conn->setup->talk, "%s; asking again", err->text);
	dbs_error_clear(err);
	memcpy(name, conn->name, sizeof(name));
	*rc = conn_reopen(conn, err);
	if (!*rc)
		*rc = check_same(conn, name, err);
	return !*rc;
}

bool conn_is_broken(const struct conn *conn)
{
	return conn->state == STATE_BROKEN;
}

bool conn_in_transaction(const struct conn *conn)
{
	return conn->mysql &&
	       (conn->mysql->server_status & SERVER_STATUS_IN_TRANS);
}

const struct server *conn_server(const struct conn *conn)
{
	return &conn->server;
}

const char *conn_role(const struct conn *conn)
{
	return conn->setup->role ? conn->setup->role : "";
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

bool conn_lowers_names(const struct conn *conn)
{
	return conn->lowers_names;
}

const char *conn_tls_cipher(const struct conn *conn)
{
	return conn->mysql ? mysql_get_ssl_cipher(conn->mysql) : NULL;
}

void client_received(struct conn *conn, size_t bytes)
{
	conn->received += bytes;
	throttle_pay(conn->setup->throttle, bytes, conn->setup->cancel);
}

uint64_t conn_bytes_received(const struct conn *conn)
{
	return conn->received;
}

/* ------------------------------------------------------------------------
 * Ending connections from outside
 * --------------------------------------------------------------------- */

void conn_kill_queries(const struct dsn *victims, const uint64_t *ids,
		       size_t count)
{
	struct dsn dsn = *victims;
	const struct conn_setup setup = {
		.dsn = &dsn, .attempts = 1, .net_timeout_s = 1};
	struct dbs_error err;
	struct conn_gate gate;
	MYSQL *mysql = NULL;
	char sql[64];

	dsn.connect_timeout_s = 1;
	if (connect_once(&setup, &gate, &mysql, &err))
		return; /* the sockets are shut anyway */
	for (size_t i = 0; i < count; i++) {
		(void)snprintf(sql, sizeof(sql), "KILL QUERY %llu",
			       (unsigned long long)ids[i]);
		(void)mysql_query(mysql, sql);
	}
	mysql_close(mysql);
}

void conn_thread_end(void)
{
	mysql_thread_end();
}

void conn_library(struct buf *out)
{
	buf_addf(out, "libmariadb %s", mysql_get_client_info());
}
