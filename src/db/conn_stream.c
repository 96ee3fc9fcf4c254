/*
 * conn_stream.c - rows in the binary protocol; see conn.h.
 *
 * Why rows are not fetched through mysql_stmt_fetch: it copies column by
 * column, which costs more than all the rest of the client together.  Two rows
 * of the same column types are equal if and only if their binary packets are,
 * so a stream hands out the packet itself (mysql_net_read_packet, which the
 * library exports for readers of the binary log).  The price is that the end
 * of the rows must be recognised here and the handle set back to ready, as
 * mysql_stmt_fetch would have done.
 */
#include "client.h"

#include "dbsync/base/clock.h"
#include "dbsync/base/fault.h"
#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"

#include "conn_error.h"
#include "conn_group.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct stream {
	struct conn *conn;
	MYSQL_STMT *stmt;
	struct wire_column *columns;
	size_t count;
	bool at_end;
};

static enum dbs_rc stmt_fail(struct conn *conn, MYSQL_STMT *stmt,
			     struct dbs_error *err)
{
	return client_refuse(conn, mysql_stmt_errno(stmt),
			     mysql_stmt_error(stmt), err);
}

enum dbs_rc stream_refuse(struct stream *stream, const char *why,
			  struct dbs_error *err)
{
	stream->at_end = true;
	return client_strange(stream->conn, why, err);
}

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
	case MYSQL_TYPE_DECIMAL:
	case MYSQL_TYPE_NEWDECIMAL:
		column.is_decimal = true;
		column.wire = WIRE_STRING;
		break;
	case MYSQL_TYPE_JSON:
		column.is_json = true;
		column.wire = WIRE_STRING;
		break;
	default:
		column.wire = WIRE_STRING;
		break;
	}
	return column;
}

/* The server has said twice how many there are: it keeps to it, or else. */
static enum dbs_rc learn_columns(struct stream *stream, size_t width,
				 struct dbs_error *err)
{
	const size_t count = mysql_stmt_field_count(stream->stmt);
	MYSQL_RES *meta = mysql_stmt_result_metadata(stream->stmt);
	char why[64];

	if (!meta || count != width || mysql_num_fields(meta) != width) {
		if (meta)
			mysql_free_result(meta);
		(void)snprintf(why, sizeof(why), "%zu columns, expected %zu",
			       count, width);
		return stream_refuse(stream, why, err);
	}
	stream->count = width;
	stream->columns = mem_alloc(width * sizeof(*stream->columns));
	for (unsigned i = 0; i < width; i++)
		stream->columns[i] = wire_of(mysql_fetch_field_direct(meta, i));
	mysql_free_result(meta);
	return DBS_OK;
}

enum dbs_rc conn_stream(struct conn *conn, const char *sql, size_t width,
			struct stream **out, struct dbs_error *err)
{
	enum dbs_rc rc = client_begin(conn, sql, err);

	if (rc)
		return rc;
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
	rc = learn_columns(stream, width, err);
	if (!rc)
		*out = own_take(&stream);
	return rc;
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

/*
 * A row begins with 0x00.  Behind the last one comes 0xfe, the number of
 * warnings and the status (in it nothing of another result, for none was asked
 * for): whatever else begins so is none of ours, and rows may be missing.
 */
enum { ROW = 0x00, END = 0xfe, END_LENGTH = 5 };

static bool is_end(const uint8_t *data, unsigned long length)
{
	return length == END_LENGTH && data[0] == END &&
	       !(data[3] & SERVER_MORE_RESULTS_EXIST);
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
		conn_cut(conn);
	const unsigned long length = mysql_net_read_packet(conn->mysql);

	if (client_is_packet_error(length)) {
		end_of_rows(stream);
		return client_fail(conn, err);
	}
	const uint8_t *data = conn->mysql->net.read_pos;

	if (is_end(data, length)) {
		end_of_rows(stream);
		give_memory_back(&conn->mysql->net);
		*more_out = false;
		return DBS_OK;
	}
	if (!length || data[0] != ROW)
		return stream_refuse(
			stream,
			"a packet that is neither a row nor the end of "
			"rows",
			err);
	client_received(conn, length + 4);
	out->data = data + 1;
	out->length = length - 1;
	*more_out = true;
	return DBS_OK;
}

/*
 * A query that had ended when KILL QUERY came: the session is still to be
 * interrupted, which MySQL 5.6 keeps in mind for every PREPARE until another
 * command has been told so.
 */
static bool take_the_kill(struct conn *conn)
{
	return !mysql_query(conn->mysql, "DO 0") ||
	       conn_error_class(mysql_errno(conn->mysql)) != DBS_E_LOST;
}

/*
 * Reads and drops what is left of a query that was killed; false when the
 * connection has died.
 */
static bool drain(struct conn *conn)
{
	enum { PATIENCE_S = 30 }; /* a server that was killed stops */
	const uint64_t start = clock_ns();

	for (;;) {
		if (clock_since(start) > PATIENCE_S)
			return false;
		const unsigned long length = mysql_net_read_packet(conn->mysql);

		if (client_is_packet_error(length))
			return conn_error_class(mysql_errno(conn->mysql)) !=
			       DBS_E_LOST;
		if (is_end(conn->mysql->net.read_pos, length))
			break;
	}
	conn->mysql->status = MYSQL_STATUS_READY;
	return take_the_kill(conn);
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
	conn_cut(conn);
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
