/* changes_snapshot.c - see changes_snapshot.h. */
#include "changes_snapshot.h"

#include "dbsync/base/own.h"
#include "dbsync/data/row.h"
#include "dbsync/db/quote.h"

const struct log_table *changes_table(struct arena *arena, const char *database,
				      const struct table *table)
{
	struct log_table *out = arena_alloc(arena, sizeof(*out));

	*out = (struct log_table){.database = database, .name = table->name};
	log_table_fill(arena, table, out);
	return out;
}

static void write_select(const struct log_table *table, struct buf *sql)
{
	buf_adds(sql, "SELECT ");
	for (size_t i = 0; i < table->count; i++) {
		if (i)
			buf_adds(sql, ", ");
		quote_name(sql, table->columns[i].name);
	}
	buf_adds(sql, " FROM ");
	quote_table(sql, table->database, table->name);
}

static enum dbs_rc read_rows(struct stream *stream, struct row *row,
			     const struct log_table *table, struct buf *values,
			     changes_put_row *put, void *self,
			     struct dbs_error *err)
{
	struct packet packet;
	bool more = true;
	enum dbs_rc rc = DBS_OK;

	for (;;) {
		rc = stream_next(stream, &packet, &more, err);
		if (rc || !more)
			return rc;
		rc = row_read(row, stream, &packet, err);
		if (rc)
			return rc;
		buf_clear(values);
		rc = buf_try(values, packet.length * 2 + 16 * row->count + 16,
			     "a row", err);
		if (rc)
			return rc;
		values_begin(values, row->count);
		for (size_t i = 0; i < row->count; i++)
			values_add(values, &row->wires[i], row->cells[i]);
		rc = put(self, table,
			 (struct values){values->data, values->length}, err);
		if (rc)
			return rc;
	}
}

enum dbs_rc changes_read_as_utf8(struct conn *conn, struct dbs_error *err)
{
	return conn_run(conn, "SET character_set_results = utf8mb4", err);
}

enum dbs_rc changes_read_table(struct conn *conn, const struct log_table *table,
			       changes_put_row *put, void *self,
			       struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	OWNED(buf_release) struct buf values = BUF_INIT;
	OWNED(stream_close) struct stream *stream = NULL;
	OWNED(row_release) struct row row = {0};

	write_select(table, &sql);
	enum dbs_rc rc = conn_stream(conn, sql.data, table->count, &stream,
				     err);

	if (rc)
		return rc;
	row_begin(&row, stream);
	return read_rows(stream, &row, table, &values, put, self, err);
}
