/* log_book.c - see log_book.h. */
#include "dbsync/binlog/log_book.h"

#include "dbsync/base/own.h"
#include "dbsync/base/vec.h"
#include "dbsync/binlog/statement_class.h"
#include "dbsync/binlog/unpack.h"

#include <string.h>

/* One that changes structures. */
struct statement {
	struct log_point at;
	const char *text;
	size_t length;
};

struct entry {
	struct log_mapped mapped;
	const uint8_t *bytes; /* of the event, to know it again */
	size_t length;
};

struct log_book {
	struct log_book_setup setup;
	struct log_texts *texts;
	struct arena *arena;  /* of all that is given out */
	size_t given;         /* so many bytes, about, since it is new … */
	size_t schemas;       /* … and of the schemas alone */
	struct vec names;     /* char *: of the databases */
	struct vec databases; /* const struct database *: empty: not read */
	struct vec ahead;   /* struct statement: before the schemas were read */
	struct vec behind;  /* likewise: perhaps not in the schemas */
	bool is_stale;      /* the schemas may be of before a statement */
	bool is_read_ahead; /* the log was read, up to: */
	struct log_point known;
	struct vec entries; /* struct entry */
};

struct log_texts *log_book_texts(const struct log_book *book)
{
	return book->texts;
}

const struct database *log_book_database(const struct log_book *book,
					 const char *name)
{
	const struct database *const *items = book->databases.items;

	for (size_t i = 0; i < book->databases.count; i++)
		if (!strcmp(items[i]->name, name))
			return items[i];
	return NULL;
}

/* ------------------------------------------------------------------------
 * Statements that change structures
 * --------------------------------------------------------------------- */

static void keep_statement(struct log_book *book, struct vec *into,
			   const struct log_point *at, const char *text,
			   size_t length)
{
	struct statement *statement = vec_push(into);

	book->given += length;
	statement->at = *at;
	statement->text = arena_strndup(book->arena, text, length);
	statement->length = length;
}

void log_book_statement(struct log_book *book, const struct log_point *at,
			const char *text, size_t length)
{
	/* the maps of before may be of other structures */
	vec_truncate(&book->entries, 0);
	book->is_stale = true;
	if (book->is_read_ahead && log_point_order(at, &book->known) >= 0)
		keep_statement(book, &book->behind, at, text, length);
}

/* The first one after a point that is about a table, or NULL. */
static const struct statement *find_statement(const struct vec *statements,
					      const struct log_point *after,
					      const char *database,
					      const char *table)
{
	const struct statement *items = statements->items;

	for (size_t i = 0; i < statements->count; i++)
		if (log_point_order(&items[i].at, after) > 0 &&
		    statement_is_about(items[i].text, items[i].length, database,
				       table))
			return &items[i];
	return NULL;
}

static enum dbs_rc take_ahead(struct log_book *book,
			      const struct log_reader *reader,
			      const struct log_event *event,
			      struct dbs_error *err)
{
	OWNED(buf_release) struct buf text = BUF_INIT;
	struct log_query query;

	if (event->type != EVENT_QUERY && event->type != EVENT_QUERY_COMPRESSED)
		return DBS_OK;
	if (!unpack_query(event, &text, &query))
		return dbs_fail(err, DBS_E_STRANGE,
				"a statement in the binary log cannot be read");
	if (statement_class(query.text, query.length) == CLASS_STRUCTURE &&
	    !statement_keeps_tables(query.text, query.length))
		keep_statement(book, &book->ahead, log_reader_start(reader),
			       query.text, query.length);
	return DBS_OK;
}

static enum dbs_rc read_to_end(struct log_book *book, struct log_reader *reader,
			       struct dbs_error *err)
{
	struct log_event event;
	bool more = true;
	enum dbs_rc rc = DBS_OK;

	while (!rc) {
		rc = log_reader_next(reader, &event, &more, err);
		if (rc || !more)
			break;
		rc = take_ahead(book, reader, &event, err);
	}
	book->known = *log_reader_end(reader);
	return rc;
}

static enum dbs_rc read_ahead(struct log_book *book,
			      const struct log_place *from,
			      struct dbs_error *err)
{
	OWNED(conn_close) struct conn *conn = NULL;
	OWNED(log_reader_close) struct log_reader *reader = NULL;
	const struct log_reading how = {
		.from = from,
		.server_id = book->setup.server_id,
	};
	enum dbs_rc rc = conn_open(book->setup.setup, &conn, err);

	vec_truncate(&book->ahead, 0);
	vec_truncate(&book->behind, 0);
	book->is_read_ahead = true;
	if (!rc)
		rc = log_reader_open(conn, &how, &reader, err);
	if (!rc)
		rc = read_to_end(book, reader, err);
	return rc;
}

/* ------------------------------------------------------------------------
 * Schemas
 * --------------------------------------------------------------------- */

/* About; to know when there is much of it. */
static size_t size_of(const struct database *database)
{
	enum { OF_TABLE = 2000, OF_COLUMN = 400 };
	size_t size = 0;

	for (size_t i = 0; i < database->table_count; i++)
		size += OF_TABLE + OF_COLUMN * database->tables[i].column_count;
	return size;
}

static void add_name(struct log_book *book, const char *name)
{
	*(char **)vec_push(&book->names) = mem_strdup(name);
}

static enum dbs_rc load_once(struct log_book *book, struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	book->schemas = 0;
	vec_truncate(&book->databases, 0);
	for (size_t i = 0; i < book->names.count && !rc; i++) {
		const char *name = *(char **)vec_at(&book->names, i);
		const struct database *database = NULL;
		bool is_there = false;

		rc = schema_load_if_there(book->setup.conn, name, book->arena,
					  &database, &is_there, err);
		book->schemas += database ? size_of(database) : 0;
		if (!rc)
			*(const struct database **)vec_push(
				&book->databases) = database;
	}
	book->given += book->schemas;
	book->is_stale = false;
	return rc;
}

/* Nothing may have been asked for days. */
static enum dbs_rc load(struct log_book *book, struct dbs_error *err)
{
	enum dbs_rc rc = load_once(book, err);

	if (conn_asks_again(book->setup.conn, &rc, err))
		rc = load_once(book, err);
	return rc;
}

enum dbs_rc log_book_open(const struct log_book_setup *setup,
			  struct log_book **out, struct dbs_error *err)
{
	OWNED(log_book_close) struct log_book *book = mem_zero(1,
							       sizeof(*book));

	book->setup = *setup;
	book->arena = arena_new();
	book->texts = log_texts_new(setup->conn);
	book->names = (struct vec)VEC_INIT(char *);
	book->databases = (struct vec)VEC_INIT(const struct database *);
	book->ahead = (struct vec)VEC_INIT(struct statement);
	book->behind = (struct vec)VEC_INIT(struct statement);
	book->entries = (struct vec)VEC_INIT(struct entry);
	for (size_t i = 0; i < setup->database_count; i++)
		add_name(book, setup->databases[i]);
	enum dbs_rc rc = load(book, err);

	if (!rc)
		*out = own_take(&book);
	return rc;
}

void log_book_close(struct log_book **book)
{
	if (!*book)
		return;
	for (size_t i = 0; i < (*book)->names.count; i++)
		mem_drop((char **)vec_at(&(*book)->names, i));
	vec_release(&(*book)->names);
	log_texts_drop(&(*book)->texts);
	vec_release(&(*book)->databases);
	vec_release(&(*book)->ahead);
	vec_release(&(*book)->behind);
	vec_release(&(*book)->entries);
	arena_drop(&(*book)->arena);
	mem_drop(book);
}

/* ------------------------------------------------------------------------
 * Maps
 * --------------------------------------------------------------------- */

/* Of that number; a server that was restarted counts from the beginning again. */
static struct entry *find_entry(const struct log_book *book, uint64_t id)
{
	struct entry *items = book->entries.items;

	for (size_t i = book->entries.count; i--;)
		if (items[i].mapped.map->id == id)
			return &items[i];
	return NULL;
}

const struct log_mapped *log_book_mapped(const struct log_book *book,
					 uint64_t id)
{
	const struct entry *entry = find_entry(book, id);

	return entry ? &entry->mapped : NULL;
}

/* All that was given out is forgotten, and read again when it is needed. */
static void start_again(struct log_book *book)
{
	vec_truncate(&book->entries, 0);
	vec_truncate(&book->databases, 0);
	vec_truncate(&book->ahead, 0);
	vec_truncate(&book->behind, 0);
	book->is_read_ahead = false;
	book->is_stale = true;
	book->given = 0;
	arena_drop(&book->arena);
	book->arena = arena_new();
}

void log_book_begin(struct log_book *book, bool is_free)
{
	enum { MOST = 256, GIVEN_MOST = 32 * 1024 * 1024 };

	if (book->entries.count > MOST)
		vec_truncate(&book->entries, 0);
	/* of each map and schema that the server has had: for months */
	if (is_free && book->given > GIVEN_MOST + 2 * book->schemas)
		start_again(book);
}

static const struct log_table *unreadable(struct log_book *book,
					  const struct table_map *map,
					  const char *problem)
{
	struct log_table *table = arena_alloc(book->arena, sizeof(*table));

	*table = (struct log_table){
		.database = map->database,
		.name = map->table,
		.problem = problem,
	};
	return table;
}

static enum dbs_rc table_by_names(struct log_book *book,
				  const struct table_map *map,
				  const struct table *hint,
				  const struct log_table **out,
				  struct dbs_error *err)
{
	enum dbs_rc rc = log_texts_learn_collations(book->texts, err);

	return rc ? rc
		  : log_table_of_map(book->arena, map, hint, book->texts, out,
				     err);
}

/* The schemas of today, and what has changed them between here and today. */
static enum dbs_rc look_ahead(struct log_book *book,
			      const struct table_map *map,
			      const struct log_point *at, struct dbs_error *err)
{
	static const struct log_point nowhere = {0};
	struct log_place from = LOG_PLACE_INIT;

	if (book->is_read_ahead &&
	    !find_statement(&book->behind, &nowhere, map->database, map->table))
		return DBS_OK;
	from.at = *at;
	enum dbs_rc rc = load(book, err);

	/* in this order: what changes them meanwhile is seen */
	return rc ? rc : read_ahead(book, &from, err);
}

static const struct table *table_of_today(const struct log_book *book,
					  const struct table_map *map)
{
	const struct database *database = log_book_database(book,
							    map->database);

	return database ? database_find_table(database, map->table) : NULL;
}

static enum dbs_rc table_by_schema(struct log_book *book,
				   const struct table_map *map,
				   const struct log_point *at,
				   const struct log_table **out,
				   struct dbs_error *err)
{
	enum dbs_rc rc = look_ahead(book, map, at, err);

	if (rc)
		return rc;
	const struct statement *later =
		find_statement(&book->ahead, at, map->database, map->table);

	if (!later)
		*out = log_table_of_model(book->arena, map,
					  table_of_today(book, map));
	else
		*out = unreadable(
			book, map,
			arena_printf(book->arena,
				     "its structure was changed later, at "
				     "%s:%llu, and the log has no names of "
				     "columns (binlog_row_metadata=FULL)",
				     later->at.file,
				     (unsigned long long)later->at.position));
	return DBS_OK;
}

/* One that was created meanwhile. */
static void know_database(struct log_book *book, const char *name)
{
	for (size_t i = 0; i < book->names.count; i++)
		if (!strcmp(*(char **)vec_at(&book->names, i), name))
			return;
	add_name(book, name);
	book->is_read_ahead = false;
	book->is_stale = true;
}

static enum dbs_rc find_table(struct log_book *book,
			      const struct table_map *map,
			      const struct log_point *at,
			      const struct log_table **out,
			      struct dbs_error *err)
{
	know_database(book, map->database);
	if (!map->has_names)
		return table_by_schema(book, map, at, out, err);
	enum dbs_rc rc = book->is_stale ? load(book, err) : DBS_OK;

	return rc ? rc
		  : table_by_names(book, map, table_of_today(book, map), out,
				   err);
}

enum dbs_rc log_book_map(struct log_book *book, const struct log_event *event,
			 const struct log_point *at,
			 bool (*of_interest)(void *, const char *database,
					     const char *table),
			 void *self, struct dbs_error *err)
{
	enum { MAP_MOST = 16 * 1024 * 1024, MAP_COPIES = 4 };
	const uint64_t id = event->length >= 6 ? log_number(event->body, 6) : 0;
	struct entry *place = find_entry(book, id);

	if (place && place->length == event->length &&
	    !memcmp(place->bytes, event->body, event->length))
		return DBS_OK;
	if (event->length > MAP_MOST)
		return dbs_fail(err, DBS_E_STRANGE,
				"the binary log describes a table in %zu bytes "
				"(at %s:%llu)",
				event->length, at->file,
				(unsigned long long)at->position);
	book->given += MAP_COPIES * event->length + sizeof(struct table_map);
	struct table_map *map = arena_alloc(book->arena, sizeof(*map));
	struct entry entry = {.mapped.map = map, .length = event->length};

	if (!table_map_read(event, book->arena, map))
		return dbs_fail(
			err, DBS_E_UNKNOWN,
			"the binary log describes a table in a way that "
			"this version cannot read (at %s:%llu)",
			at->file, (unsigned long long)at->position);
	uint8_t *bytes = arena_alloc(book->arena, event->length);

	memcpy(bytes, event->body, event->length);
	entry.bytes = bytes;
	if (of_interest(self, map->database, map->table)) {
		enum dbs_rc rc = find_table(book, map, at, &entry.mapped.table,
					    err);

		if (rc)
			return rc;
	}
	if (!place)
		place = vec_push(&book->entries);
	*place = entry;
	return DBS_OK;
}
