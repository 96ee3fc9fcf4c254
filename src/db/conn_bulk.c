/*
 * conn_bulk.c - arrays of rows for one prepared statement; see conn.h.
 *
 * Why not mysql_stmt_execute with STMT_ATTR_ARRAY_SIZE: it wants values as C
 * types, in arrays of a column each, and writes them in the very form in which
 * they have come from the other server.  So the payload of the command is put
 * together of the bytes that came, and no value is ever understood and said in
 * other words:
 *
 *	statement id (4) | flags (2) | type, sign of each column
 *	then, for each value of each row:  0 | the value   or  1, which is NULL
 *
 * The packet and its answer are the library's.
 */
#include "client.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"

#include <string.h>

struct bulk {
	struct conn *conn;
	MYSQL_STMT *stmt;
	struct buf sql; /* for its errors and faults */
	struct buf head;
};

/*
 * The server's word for it goes over the 32 flags that all servers know.  The
 * library keeps those above in 32 bits, and writes an unsigned long.
 */
bool conn_takes_bulk(const struct conn *conn)
{
	unsigned long flags = 0;

	if (mariadb_get_infov(conn->mysql,
			      MARIADB_CONNECTION_EXTENDED_SERVER_CAPABILITIES,
			      &flags))
		return false;
	return flags & (MARIADB_CLIENT_STMT_BULK_OPERATIONS >> 32);
}

static enum enum_field_types integer_type(uint8_t size)
{
	switch (size) {
	case 1:
		return MYSQL_TYPE_TINY;
	case 2:
		return MYSQL_TYPE_SHORT;
	case 4:
		return MYSQL_TYPE_LONG;
	case 8:
		return MYSQL_TYPE_LONGLONG;
	default:
		return MYSQL_TYPE_NULL;
	}
}

/* BLOB: bytes, of which no character set makes others. */
static enum enum_field_types type_of(const struct wire_column *column)
{
	if (column->wire == WIRE_STRING)
		return MYSQL_TYPE_BLOB;
	if (column->wire == WIRE_SHORT)
		return column->is_time ? MYSQL_TYPE_TIME : MYSQL_TYPE_DATETIME;
	if (column->is_double)
		return column->size == 4 ? MYSQL_TYPE_FLOAT : MYSQL_TYPE_DOUBLE;
	return integer_type(column->size);
}

static void make_head(struct bulk *bulk, const struct wire_column *columns,
		      size_t count)
{
	enum { UNSIGNED = 128 };
	const unsigned long id = bulk->stmt->stmt_id;

	for (unsigned i = 0; i < 4; i++)
		buf_addc(&bulk->head, (char)(id >> (8 * i)));
	buf_addc(&bulk->head, (char)STMT_BULK_FLAG_CLIENT_SEND_TYPES);
	buf_addc(&bulk->head, 0);
	for (size_t i = 0; i < count; i++) {
		buf_addc(&bulk->head, (char)type_of(&columns[i]));
		buf_addc(&bulk->head,
			 (char)(columns[i].is_unsigned ? UNSIGNED : 0));
	}
}

enum dbs_rc bulk_open(struct conn *conn, const char *sql,
		      const struct wire_column *columns, size_t count,
		      struct bulk **out, struct dbs_error *err)
{
	enum dbs_rc rc = client_begin(conn, sql, err);

	if (rc)
		return rc;
	OWNED(bulk_close) struct bulk *bulk = mem_zero(1, sizeof(*bulk));

	bulk->conn = conn;
	bulk->sql = (struct buf)BUF_INIT;
	bulk->head = (struct buf)BUF_INIT;
	bulk->stmt = mysql_stmt_init(conn->mysql);
	DBS_BUG(!bulk->stmt, "mysql_stmt_init gave nothing");
	if (mysql_stmt_prepare(bulk->stmt, sql, strlen(sql)))
		return client_refuse(conn, mysql_stmt_errno(bulk->stmt),
				     mysql_stmt_error(bulk->stmt), err);
	if (mysql_stmt_param_count(bulk->stmt) != count)
		return client_strange(conn, "another number of parameters",
				      err);
	buf_adds(&bulk->sql, sql);
	make_head(bulk, columns, count);
	*out = own_take(&bulk);
	return DBS_OK;
}

void bulk_begin(const struct bulk *bulk, struct buf *rows)
{
	buf_add(rows, bulk->head.data, bulk->head.length);
}

enum dbs_rc bulk_send(struct bulk *bulk, const struct buf *rows,
		      uint64_t *affected_out, struct dbs_error *err)
{
	struct conn *conn = bulk->conn;
	enum dbs_rc rc = client_begin(conn, bulk->sql.data, err);

	if (rc)
		return rc;
	throttle_pay(conn->setup->throttle, rows->length, conn->setup->cancel);
	/* true: the answer is read apart */
	if (conn->mysql->methods->db_command(conn->mysql, COM_STMT_BULK_EXECUTE,
					     rows->data, rows->length, true,
					     bulk->stmt) ||
	    mysql_read_query_result(conn->mysql))
		return client_fail(conn, err);
	return client_affected(conn, affected_out, err);
}

void bulk_close(struct bulk **bulk)
{
	struct bulk *b = *bulk;

	if (!b)
		return;
	(void)mysql_stmt_close(b->stmt);
	buf_release(&b->sql);
	buf_release(&b->head);
	mem_drop(bulk);
}
