/* dump.c - see dump.h. */
#include "dbsync/data/dump.h"

#include "dbsync/base/own.h"
#include "dbsync/db/quote.h"

#include <xxhash.h>

struct dump {
	const struct image *image;
	const struct row_sql *sql;
	const char *select;
};

static const char *select_of(const struct image *image, const char *database,
			     const char *table, struct arena *arena)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;

	buf_addf(&sql, "%s FROM ", image_select(image, false));
	quote_table(&sql, database, table);
	return arena_strdup(arena, sql.data);
}

enum dbs_rc dump_make(const struct table *table, const char *database,
		      const struct server *server, struct arena *arena,
		      const struct dump **out, struct dbs_error *err)
{
	struct pair_form *forms = arena_alloc(arena, (table->column_count + 1) *
							     sizeof(*forms));
	struct dump *dump = arena_alloc(arena, sizeof(*dump));

	for (size_t i = 0; i < table->column_count; i++)
		forms[i] = (struct pair_form){.name = table->columns[i].name};
	const struct pair *pair = pair_make_again(arena, table, database, forms,
						  table->column_count, NULL, 0);

	if (!pair)
		return dbs_fail(err, DBS_E_UNKNOWN,
				"it has a column of a type that this version "
				"does not know");
	dump->image = image_make(pair);
	if (image_has_broken_name(dump->image))
		return dbs_fail(
			err, DBS_E_UNKNOWN,
			"there is a line break in its name or that of a "
			"column, which backup points cannot hold");
	if (!dump->image->count)
		return dbs_fail(err, DBS_E_UNKNOWN,
				"it has no columns that hold values");
	dump->sql = row_sql_make(dump->image, database, server, arena);
	dump->select = select_of(dump->image, database, table->name, arena);
	*out = dump;
	return DBS_OK;
}

const struct row_sql *dump_sql(const struct dump *dump)
{
	return dump->sql;
}

size_t dump_width(const struct dump *dump)
{
	return dump->image->count;
}

void dump_count(struct dump_total *total, struct slice tuple)
{
	total->rows++;
	total->sum += XXH3_64bits(tuple.data, tuple.length);
}

enum dbs_rc dump_rows(const struct dump *dump, struct conn *conn,
		      dump_take *take, void *self, struct dump_total *total_out,
		      struct dbs_error *err)
{
	OWNED(stream_close) struct stream *stream = NULL;
	OWNED(row_release) struct row row = {0};
	OWNED(buf_release) struct buf text = BUF_INIT;
	struct packet packet;
	size_t count = 0;
	bool more = true;
	enum dbs_rc rc = conn_stream(conn, dump->select, &stream, err);

	*total_out = (struct dump_total){0, 0};
	if (rc)
		return rc;
	const struct wire_column *wires = stream_columns(stream, &count);

	row_init(&row, wires, count);
	for (;;) {
		rc = stream_next(stream, &packet, &more, err);
		if (!rc && more)
			rc = row_split(&row, &packet, err);
		if (rc || !more)
			return rc;
		buf_clear(&text);
		image_whole(dump->image, &row, false, &text);
		const struct slice tuple = {text.data, text.length};

		dump_count(total_out, tuple);
		rc = take ? take(self, tuple, err) : DBS_OK;
		if (rc)
			return rc;
	}
}
