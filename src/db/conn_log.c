/* conn_log.c - see log.h. */
#include "client.h"

#include "dbsync/base/clock.h"
#include "dbsync/base/fault.h"
#include "dbsync/base/own.h"
#include "dbsync/db/log.h"
#include "dbsync/db/quote.h"

/* ------------------------------------------------------------------------
 * What the session has to say before
 * --------------------------------------------------------------------- */

/* Two readers with one name, and the server ends the older one. */
static void add_uuid(struct buf *out)
{
	buf_addf(out, "'%08x-%04x-%04x-%04x-%08x%04x'",
		 clock_jitter(UINT32_MAX), clock_jitter(0xffff),
		 clock_jitter(0xffff), clock_jitter(0xffff),
		 clock_jitter(UINT32_MAX), clock_jitter(0xffff));
}

static void add_names_of_mysql(struct buf *sql)
{
	OWNED(buf_release) struct buf uuid = BUF_INIT;

	add_uuid(&uuid);
	buf_addf(sql,
		 ", @source_binlog_checksum = @@GLOBAL.binlog_checksum"
		 ", @slave_uuid = %s, @replica_uuid = %s",
		 uuid.data, uuid.data);
}

static void add_names_of_mariadb(const struct log_start *start, struct buf *sql)
{
	/* global transaction ids are sent as such */
	buf_adds(sql, ", @mariadb_slave_capability = 4");
	if (start->file)
		return;
	buf_adds(sql, ", @slave_connect_state = ");
	quote_string(sql, "ascii", start->gtids, start->gtids_length);
	/* one that a purged log would have told of is an error, not a gap */
	buf_adds(sql, ", @slave_gtid_strict_mode = 1");
}

static enum dbs_rc introduce(struct conn *conn, const struct log_start *start,
			     struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;

	buf_adds(&sql, "SET @master_binlog_checksum = "
		       "@@GLOBAL.binlog_checksum");
	if (start->heartbeat_ms) {
		const unsigned long long ns = start->heartbeat_ms * 1000000ULL;

		buf_addf(&sql,
			 ", @master_heartbeat_period = %llu"
			 ", @source_heartbeat_period = %llu",
			 ns, ns);
	}
	if (conn->server.family == SERVER_MYSQL)
		add_names_of_mysql(&sql);
	else
		add_names_of_mariadb(start, &sql);
	return conn_run(conn, sql.data, err);
}

/* ------------------------------------------------------------------------
 * The command
 * --------------------------------------------------------------------- */

enum { DUMP = 18, DUMP_GTID = 30 };
enum { FLAG_NON_BLOCK = 1, FLAG_THROUGH_GTID = 4 };

static void add_number(struct buf *out, uint64_t number, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		buf_addc(out, (char)(number >> (8 * i)));
}

/* position (4), flags (2), server id (4), name of the file */
static void write_dump(const struct log_start *start, struct buf *out)
{
	add_number(out, start->file ? start->position : 4, 4);
	add_number(out, start->follows ? 0 : FLAG_NON_BLOCK, 2);
	add_number(out, start->server_id, 4);
	buf_adds(out, start->file ? start->file : "");
}

/* flags (2), server id (4), no name (4), position (8), length (4), the set */
static void write_dump_gtid(const struct log_start *start, struct buf *out)
{
	const unsigned wait = start->follows ? 0 : FLAG_NON_BLOCK;

	add_number(out, wait | FLAG_THROUGH_GTID, 2);
	add_number(out, start->server_id, 4);
	add_number(out, 0, 4);
	add_number(out, 4, 8);
	add_number(out, start->gtids_length, 4);
	buf_add(out, start->gtids, start->gtids_length);
}

enum dbs_rc conn_log_open(struct conn *conn, const struct log_start *start,
			  struct dbs_error *err)
{
	OWNED(buf_release) struct buf body = BUF_INIT;
	const bool by_set = !start->file && conn->server.family == SERVER_MYSQL;
	enum dbs_rc rc = introduce(conn, start, err);

	if (!rc)
		rc = client_begin(conn, "(reading the binary log)", err);
	if (rc)
		return rc;
	if (by_set)
		write_dump_gtid(start, &body);
	else
		write_dump(start, &body);
	const enum enum_server_command command = (enum enum_server_command)(
		by_set ? DUMP_GTID : DUMP);

	if (conn->mysql->methods->db_command(conn->mysql, command, body.data,
					     body.length, 1, NULL))
		return client_fail(conn, err);
	conn->state = STATE_STREAMING;
	return DBS_OK;
}

/* ------------------------------------------------------------------------
 * Events
 * --------------------------------------------------------------------- */

enum { EVENT = 0x00, END = 0xfe, END_MOST = 8 };

enum dbs_rc conn_log_next(struct conn *conn, struct packet *out, bool *more_out,
			  struct dbs_error *err)
{
	DBS_BUG(conn->state != STATE_STREAMING, "no log is being read");
	if (fault_error(FAULT_DB_STREAM))
		conn_cut(conn);
	const unsigned long length = mysql_net_read_packet(conn->mysql);

	if (client_is_packet_error(length)) {
		conn->state = STATE_IDLE;
		conn->mysql->status = MYSQL_STATUS_READY;
		return client_fail(conn, err);
	}
	const uint8_t *data = conn->mysql->net.read_pos;

	client_received(conn, length + 4);
	*more_out = length && data[0] == EVENT;
	if (*more_out) {
		*out = (struct packet){data + 1, length - 1};
		return DBS_OK;
	}
	if (!length || data[0] != END || length > END_MOST)
		return client_strange(conn,
				      "a packet that is neither an event nor "
				      "the end of the log",
				      err);
	conn->state = STATE_IDLE;
	conn->mysql->status = MYSQL_STATUS_READY;
	return DBS_OK;
}

void conn_log_close(struct conn *conn)
{
	if (conn->state != STATE_STREAMING)
		return;
	conn_cut(conn);
	conn->state = STATE_BROKEN;
}
