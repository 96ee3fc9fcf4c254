/* dump.c - see dump.h. */
#include "dump_part.h"

#include "dbsync/base/own.h"
#include "dbsync/data/wires.h"
#include "dbsync/db/quote.h"

#include <xxhash.h>

/* A row above this, as it came, is written as a tuple by one at a time. */
enum { LARGE_ROW = 1024 * 1024 };

struct dump {
	const struct table *table;
	const char *database;
	const struct server *server;
	const struct image *image;
	const struct row_sql *sql;
	const char *select;
};

static const char *select_of(const struct image *image, const char *database,
			     const char *table, struct arena *arena)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;

	buf_addf(&sql, "%s FROM ", image_select(image, TARGET));
	quote_table(&sql, database, table);
	return arena_strdup(arena, sql.data);
}

/* The same columns, under the name that it has where its rows go. */
static const struct table *table_into(const struct dump_way *way,
				      struct arena *arena)
{
	struct table *table = arena_alloc(arena, sizeof(*table));

	*table = *way->table;
	table->name = way->into_table;
	return table;
}

enum dbs_rc dump_make_way(const struct dump_way *way,
			  const struct server *server, struct arena *arena,
			  const struct dump **out, struct dbs_error *err)
{
	const struct table *table = table_into(way, arena);
	struct pair_form *forms = arena_alloc(arena, (table->column_count + 1) *
							     sizeof(*forms));
	struct dump *dump = arena_alloc(arena, sizeof(*dump));

	for (size_t i = 0; i < table->column_count; i++)
		forms[i] = (struct pair_form){.name = table->columns[i].name};
	const struct pair *pair = pair_make_again(arena, table,
						  way->into_database, forms,
						  table->column_count, NULL, 0);

	if (!pair)
		return dbs_fail(err, DBS_E_UNKNOWN,
				"it has a column of a type that this version "
				"does not know");
	dump->table = way->table;
	dump->database = way->database;
	dump->server = server;
	dump->image = image_make(pair);
	if (image_has_broken_name(dump->image))
		return dbs_fail(
			err, DBS_E_UNKNOWN,
			"its name or that of a column contains a line break, "
			"which backup points cannot store");
	dump->sql = row_sql_make(dump->image, way->into_database, server,
				 arena);
	dump->select = select_of(dump->image, way->database, way->table->name,
				 arena);
	*out = dump;
	return DBS_OK;
}

enum dbs_rc dump_make(const struct table *table, const char *database,
		      const struct server *server, struct arena *arena,
		      const struct dump **out, struct dbs_error *err)
{
	const struct dump_way way = {table, database, database, table->name};

	return dump_make_way(&way, server, arena, out, err);
}

const struct row_sql *dump_sql(const struct dump *dump)
{
	return dump->sql;
}

size_t dump_width(const struct dump *dump)
{
	return dump->image->count;
}

const struct table *dump_table(const struct dump *dump)
{
	return dump->table;
}

const struct subject *dump_subject(const struct dump *dump, struct arena *arena)
{
	const struct pair_wish wish = {
		.server[SOURCE] = dump->server,
		.server[TARGET] = dump->server,
		.database[SOURCE] = dump->database,
		.database[TARGET] = dump->database,
	};
	const struct pair *pair = pair_make(arena, dump->table, dump->table,
					    &wish);
	struct subject *subject = arena_alloc(arena, sizeof(*subject));

	if (pair->unknown || !pair->key_count)
		return NULL;
	*subject = (struct subject){
		.pair = pair,
		.projection[SOURCE] = projection_make(pair, SOURCE, "", 0),
		.projection[TARGET] = projection_make(pair, TARGET, "", 0),
	};
	return subject;
}

void dump_count(struct dump_total *total, struct slice tuple)
{
	total->rows++;
	total->sum += XXH3_64bits(tuple.data, tuple.length);
}

/* ------------------------------------------------------------------------
 * Reading
 * --------------------------------------------------------------------- */

struct reading {
	const struct dump *dump;
	struct dump_part part;
	bool has_tuples;
	const struct conn_setup *setup;
	dump_take *take; /* or NULL */
	void *self;
	struct dump_total *total;
	struct row row;
	struct buf text; /* a tuple */
};

static void reading_release(struct reading *reading)
{
	row_release(&reading->row);
	buf_release(&reading->text);
}

static enum dbs_rc give_tuple(struct reading *reading, struct dbs_error *err)
{
	buf_clear(&reading->text);
	enum dbs_rc rc = image_whole(reading->dump->image, &reading->row,
				     TARGET, &reading->text, err);

	if (rc)
		return rc;
	const struct slice tuple = {reading->text.data, reading->text.length};

	dump_count(reading->total, tuple);
	return reading->take ? reading->take(reading->self, tuple, err)
			     : DBS_OK;
}

static enum dbs_rc add_row(struct reading *reading, struct stream *stream,
			   const struct packet *packet, struct dbs_error *err)
{
	enum dbs_rc rc = cancel_check(reading->setup->cancel, err);

	if (rc)
		return rc;
	reading->total->packets += XXH3_64bits(packet->data, packet->length);
	if (!reading->has_tuples) {
		reading->total->rows++;
		return DBS_OK;
	}
	rc = row_read(&reading->row, stream, packet, err);
	if (rc || packet->length <= LARGE_ROW)
		return rc ? rc : give_tuple(reading, err);
	struct gate *gate = &reading->setup->workers->large_rows;

	rc = gate_enter(gate, reading->setup->cancel, err);
	if (rc)
		return rc;
	rc = give_tuple(reading, err);
	buf_release(&reading->text);
	gate_leave(gate);
	return rc;
}

static void add_select(const struct reading *reading, struct buf *sql)
{
	const struct range *range = reading->part.range;

	buf_adds(sql, reading->dump->select);
	if (!range || (!range->low && !range->high))
		return;
	buf_adds(sql, " WHERE ");
	range_condition(sql, reading->part.subject->projection[TARGET], range);
}

static enum dbs_rc read_all(struct reading *reading, struct conn *conn,
			    struct dbs_error *err)
{
	OWNED(stream_close) struct stream *stream = NULL;
	OWNED(buf_release) struct buf sql = BUF_INIT;
	struct packet packet;
	bool more = true;

	add_select(reading, &sql);
	reading->setup = conn_setup(conn);
	const struct image *image = reading->dump->image;
	enum dbs_rc rc = conn_stream(conn, sql.data, image_width(image, TARGET),
				     &stream, err);

	*reading->total = (struct dump_total){0};
	if (!rc)
		rc = wires_check_image(stream, image, TARGET, err);
	if (rc)
		return rc;
	row_begin(&reading->row, stream);
	for (;;) {
		rc = stream_next(stream, &packet, &more, err);
		if (!rc && more)
			rc = add_row(reading, stream, &packet, err);
		if (rc || !more)
			return rc;
	}
}

enum dbs_rc dump_some(const struct dump *dump, struct conn *conn,
		      struct dump_part part, dump_take *take, void *self,
		      struct dump_total *total_out, struct dbs_error *err)
{
	OWNED(reading_release) struct reading reading = {
		.dump = dump,
		.part = part,
		.has_tuples = true,
		.take = take,
		.self = self,
		.total = total_out,
		.text = BUF_INIT,
	};

	return read_all(&reading, conn, err);
}

enum dbs_rc dump_rows(const struct dump *dump, struct conn *conn,
		      dump_take *take, void *self, struct dump_total *total_out,
		      struct dbs_error *err)
{
	return dump_some(dump, conn, DUMP_ALL, take, self, total_out, err);
}

enum dbs_rc dump_look(const struct dump *dump, struct conn *conn,
		      struct dump_total *total_out, struct dbs_error *err)
{
	OWNED(reading_release) struct reading reading = {
		.dump = dump, .total = total_out, .text = BUF_INIT};

	return read_all(&reading, conn, err);
}
