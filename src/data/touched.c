/* touched.c - see touched.h. */
#include "dbsync/data/touched.h"

#include "by_keys.h"
#include "recorder.h"

#include "dbsync/base/own.h"
#include "dbsync/data/row_count.h"
#include "dbsync/data/value.h"
#include "dbsync/db/quote.h"

static const struct range all_rows = {NULL, NULL, 0};

static enum dbs_rc take(void *self, const struct subject *subject,
			const struct change *change, struct dbs_error *err)
{
	(void)subject;
	return recorder_take(self, change, err);
}

static struct key_span span_of(struct key_set *keys)
{
	return (struct key_span){keys, 0, key_set_count(keys)};
}

static enum dbs_rc compare_rows_of(struct compare *compare,
				   const struct touched_wish *wish,
				   struct dbs_error *err)
{
	if (wish->keys)
		return by_keys_named(compare, wish->sql, span_of(wish->keys),
				     err);
	if (wish->subject->pair->identity == IDENTITY_ROWS)
		return compare_rows(compare, false, err);
	return compare_stream(compare, &all_rows, err);
}

/* Rows that are to be deleted: does the source really have none? */
static enum dbs_rc count_missing(struct compare *compare,
				 const struct touched_wish *wish,
				 struct dbs_error *err)
{
	if (wish->keys)
		return by_keys_count(compare, wish->sql, span_of(wish->keys),
				     err);
	return row_count_range(compare->link->conn[SOURCE],
			       wish->subject->projection[SOURCE], &all_rows,
			       compare->tally.seen[SOURCE], err);
}

enum dbs_rc touched_compare(const struct link *link,
			    const struct touched_wish *wish,
			    struct touched_found *out, struct dbs_error *err)
{
	enum { LEAF = 256 * 1024 };
	OWNED(recorder_release) struct recorder recorder = {
		.new_row = BUF_INIT, .old_row = BUF_INIT, .scratch = BUF_INIT};
	const struct sink sink = {
		.take = take, .self = &recorder, .rows_wanted = SIZE_MAX};
	struct compare compare = {
		.link = link,
		.subject = wish->subject,
		.sink = &sink,
		.meter = wish->meter,
		.cancel = wish->cancel,
		.leaf_bytes = LEAF,
	};

	*out = (struct touched_found){.segment = {.file = NULL}};
	recorder_begin(&recorder, link, wish->subject);
	enum dbs_rc rc = compare_rows_of(&compare, wish, err);

	if (!rc)
		rc = recorder_end(&recorder, link, &out->segment, err);
	if (!rc && out->segment.changes[CHANGE_DELETE])
		rc = count_missing(&compare, wish, err);
	out->rows = compare.tally;
	out->unwritable = recorder.unwritable;
	return rc;
}

/* ------------------------------------------------------------------------
 * Rows that refer to others
 * --------------------------------------------------------------------- */

static void begin_select(const struct touched_reference *reference,
			 struct buf *sql)
{
	const struct pair *pair = reference->child->pair;
	const enum side side = reference->side;

	buf_clear(sql);
	buf_adds(sql, "SELECT ");
	for (size_t i = 0; i < pair->key_count; i++) {
		if (i)
			buf_adds(sql, ", ");
		quote_name(sql,
			   pair->columns[pair->key[i].column].on[side]->name);
	}
	buf_adds(sql, " FROM ");
	quote_table(sql, pair->database[side], pair->table[side]->name);
	buf_adds(sql, " WHERE (");
	for (size_t i = 0; i < reference->column_count; i++) {
		if (i)
			buf_adds(sql, ", ");
		quote_name(sql, reference->columns[i]);
	}
	buf_adds(sql, ") IN (");
}

static void add_row(const struct touched_reference *reference,
		    const struct row *row, struct buf *tuple,
		    struct key_set *out)
{
	const struct pair *pair = reference->child->pair;

	buf_clear(tuple);
	for (size_t i = 0; i < pair->key_count; i++) {
		const struct column *column =
			pair->columns[pair->key[i].column].on[reference->side];

		buf_addc(tuple, i ? ',' : '(');
		/* a text is the bytes that are stored */
		literal_write(tuple,
			      column->type == TYPE_CHAR ? column->charset : "",
			      (struct value){column->type, &row->wires[i],
					     row->cells[i]});
	}
	buf_addc(tuple, ')');
	key_set_add(out, (struct slice){tuple->data, tuple->length});
}

static enum dbs_rc read_keys(struct conn *conn,
			     const struct touched_reference *reference,
			     const char *sql, struct key_set *out,
			     struct dbs_error *err)
{
	OWNED(stream_close) struct stream *stream = NULL;
	OWNED(row_release) struct row row = {0};
	OWNED(buf_release) struct buf tuple = BUF_INIT;
	struct packet packet;
	bool more = true;
	enum dbs_rc rc = conn_stream(
		conn, sql, reference->child->pair->key_count, &stream, err);

	if (rc)
		return rc;
	row_begin(&row, stream);
	for (;;) {
		rc = stream_next(stream, &packet, &more, err);
		if (rc || !more)
			return rc;
		rc = row_read(&row, stream, &packet, err);
		if (rc)
			return rc;
		add_row(reference, &row, &tuple, out);
	}
}

enum dbs_rc touched_references(struct conn *conn,
			       const struct touched_reference *reference,
			       struct key_set *parents, struct key_set *out,
			       struct dbs_error *err)
{
	enum { AT_ONCE = 500 };
	OWNED(buf_release) struct buf sql = BUF_INIT;
	const size_t count = key_set_count(parents);
	enum dbs_rc rc = DBS_OK;

	for (size_t from = 0; from < count && !rc; from += AT_ONCE) {
		begin_select(reference, &sql);
		for (size_t i = from; i < count && i < from + AT_ONCE; i++) {
			const struct slice key = key_set_at(parents, i);

			if (i > from)
				buf_addc(&sql, ',');
			buf_add(&sql, key.data, key.length);
		}
		buf_addc(&sql, ')');
		rc = read_keys(conn, reference, sql.data, out, err);
	}
	return rc;
}
