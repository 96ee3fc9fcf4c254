/*
 * log_keys.c - see log_keys.h.
 *
 * A statement maps its tables before its rows, again each time; what a map says
 * is read once for each table, as long as it says the same.
 *
 * Texts are taken as their bytes, in the character set of their column: a text
 * in UTF-8 of what sjis or gbk has is not always that text again.
 */
#include "dbsync/binlog/log_keys.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/base/vec.h"
#include "dbsync/binlog/log_table.h"
#include "dbsync/binlog/log_value.h"
#include "dbsync/binlog/row_event.h"
#include "dbsync/binlog/table_map.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
	ID = 6,                         /* bytes of a table's number */
	LOOK_EVERY = 16384,             /* keys */
	BYTES_MOST = 128 * 1024 * 1024, /* of all keys */
	BYTES_EACH = BYTES_MOST / 8,    /* after which they are measured */
	MAPS_MOST = 100000,             /* of one statement */
};

static const char no_key[] = "the log has rows of it without their key "
			     "(binlog_row_image)";

/* A wish, and the map by which rows are read. */
struct taker {
	struct log_keys_wish *wish;
	struct buf body; /* of the map, behind its number */
	struct arena *arena;
	struct table_map map;
	const struct log_table *table; /* NULL: none was read yet */
	uint64_t added;
	uint64_t next_look;
};

struct mapped {
	uint64_t id;
	struct taker *taker; /* NULL: nobody wants its keys */
};

struct log_keys {
	struct log_keys_wish *wishes;
	struct taker *takers; /* in the order of the names of their tables */
	size_t count;
	struct vec mapped;  /* struct mapped: of this statement */
	size_t bytes_added; /* since all keys were measured */
	bool has_counted;   /* what was inserted and deleted, up to the view */
	struct row_event row;
	struct buf value;
	struct buf tuple;
	struct buf before;
};

/* ------------------------------------------------------------------------
 * Tables
 * --------------------------------------------------------------------- */

bool log_keys_can_read(const struct column *column)
{
	switch (column->type) {
	case TYPE_INTEGER:
	case TYPE_DECIMAL:
	case TYPE_BIT:
	case TYPE_YEAR:
	case TYPE_DATE:
	case TYPE_DATETIME:
	case TYPE_TIMESTAMP:
	case TYPE_TIME:
	case TYPE_CHAR:
	case TYPE_BINARY:
	case TYPE_UUID:
	case TYPE_INET:
		/* which changes of others change is not always in an image */
		return !column->is_generated;
	case TYPE_UNKNOWN:
	case TYPE_FLOAT:
	case TYPE_DOUBLE:
	case TYPE_TEXT:
	case TYPE_BLOB:
	case TYPE_ENUM:
	case TYPE_SET:
	case TYPE_JSON:
	case TYPE_GEOMETRY:
	case TYPE_VECTOR:
		break;
	}
	return false;
}

static int order_names(const char *database, const char *table,
		       const struct log_keys_wish *wish)
{
	const int databases = strcasecmp(database, wish->database);

	return databases ? databases : strcasecmp(table, wish->table->name);
}

static int order_wishes(const void *a, const void *b)
{
	const struct log_keys_wish *left = a;

	return order_names(left->database, left->table->name, b);
}

/* The log of some servers has names in lower case: then these are one. */
static void refuse_twins(struct log_keys_wish *wishes, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (!order_wishes(&wishes[i - 1], &wishes[i]))
			wishes[i - 1].problem = wishes[i].problem =
				"another table has its name in other letter "
				"case";
}

struct log_keys *log_keys_new(const struct log_keys_wish *wishes, size_t count)
{
	struct log_keys *keys = mem_zero(1, sizeof(*keys));

	keys->wishes = mem_zero(count + 1, sizeof(*wishes));
	if (count) {
		memcpy(keys->wishes, wishes, count * sizeof(*wishes));
		qsort(keys->wishes, count, sizeof(*wishes), order_wishes);
	}
	refuse_twins(keys->wishes, count);
	keys->takers = mem_zero(count + 1, sizeof(*keys->takers));
	keys->count = count;
	for (size_t i = 0; i < count; i++)
		keys->takers[i] = (struct taker){
			.wish = &keys->wishes[i],
			.body = BUF_INIT,
			.next_look = LOOK_EVERY,
		};
	keys->mapped = (struct vec)VEC_INIT(struct mapped);
	keys->row = (struct row_event)ROW_EVENT_INIT;
	keys->value = keys->tuple = keys->before = (struct buf)BUF_INIT;
	return keys;
}

void log_keys_drop(struct log_keys **keys)
{
	struct log_keys *it = *keys;

	if (!it)
		return;
	for (size_t i = 0; i < it->count; i++) {
		buf_release(&it->takers[i].body);
		arena_drop(&it->takers[i].arena);
	}
	mem_drop(&it->takers);
	mem_drop(&it->wishes);
	vec_release(&it->mapped);
	row_event_release(&it->row);
	buf_release(&it->value);
	buf_release(&it->tuple);
	buf_release(&it->before);
	mem_drop(keys);
}

static struct taker *find_taker(const struct log_keys *keys,
				const char *database, const char *table)
{
	size_t low = 0;
	size_t high = keys->count;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		const int order = order_names(database, table,
					      keys->takers[middle].wish);

		if (!order)
			return &keys->takers[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

const struct log_keys_wish *log_keys_of(const struct log_keys *keys,
					const char *database, const char *table)
{
	const struct taker *taker = find_taker(keys, database, table);

	return taker ? taker->wish : NULL;
}

/* What kept one from being read may be over; its map is read again. */
static void clear_taker(struct taker *taker)
{
	struct log_keys_wish *wish = taker->wish;

	if (wish->problem) {
		arena_drop(&taker->arena);
		taker->table = NULL;
	}
	key_set_clear(wish->keys);
	if (wish->moved)
		key_set_clear(wish->moved);
	taker->added = 0;
	taker->next_look = LOOK_EVERY;
	wish->problem = NULL;
	wish->inserted = wish->deleted = 0;
}

void log_keys_clear(struct log_keys *keys)
{
	for (size_t i = 0; i < keys->count; i++)
		clear_taker(&keys->takers[i]);
	refuse_twins(keys->wishes, keys->count);
	vec_truncate(&keys->mapped, 0);
	keys->bytes_added = 0;
	keys->has_counted = false;
}

void log_keys_absorb(struct log_keys *keys, const struct log_keys *from)
{
	for (size_t i = 0; i < keys->count; i++)
		if (!keys->wishes[i].problem)
			keys->wishes[i].problem = from->wishes[i].problem;
}

void log_keys_end_count(struct log_keys *keys)
{
	keys->has_counted = true;
}

static void give_up(struct taker *taker, const char *why)
{
	taker->wish->problem = why;
	key_set_clear(taker->wish->keys);
	if (taker->wish->moved)
		key_set_clear(taker->wish->moved);
}

/* ------------------------------------------------------------------------
 * Maps
 * --------------------------------------------------------------------- */

static void read_map(struct taker *taker, const struct log_event *event)
{
	arena_drop(&taker->arena);
	taker->arena = arena_new();
	taker->table = NULL;
	buf_clear(&taker->body);
	buf_add(&taker->body, event->body + ID, event->length - ID);
	if (!table_map_read(event, taker->arena, &taker->map)) {
		give_up(taker, "a map of its rows cannot be read");
		return;
	}
	taker->table = log_table_of_model(taker->arena, &taker->map,
					  taker->wish->table);
	if (taker->table->problem)
		give_up(taker, "the log has rows of it that do not fit the "
			       "table of today");
}

static bool is_same_map(const struct taker *taker,
			const struct log_event *event)
{
	return taker->table && taker->body.length == event->length - ID &&
	       !memcmp(taker->body.data, event->body + ID, event->length - ID);
}

/* id (6)  flags (2)  length (1) database 0  length (1) table 0 … */
static struct taker *taker_of(const struct log_keys *keys,
			      const struct log_event *event)
{
	enum { DATABASE = ID + 2 };
	const size_t length = event->length > DATABASE ? event->body[DATABASE]
						       : 0;
	const size_t table = DATABASE + 1 + length + 1;

	if (event->length <= table || event->body[table - 1] ||
	    event->length - table < (size_t)event->body[table] + 2 ||
	    event->body[table + 1 + event->body[table]])
		return NULL;
	return find_taker(keys, (const char *)event->body + DATABASE + 1,
			  (const char *)event->body + table + 1);
}

void log_keys_map(struct log_keys *keys, const struct log_event *event)
{
	struct taker *taker = taker_of(keys, event);

	if (event->length < ID)
		return;
	if (keys->mapped.count >= MAPS_MOST)
		vec_truncate(&keys->mapped, 0);
	*(struct mapped *)vec_push(&keys->mapped) =
		(struct mapped){log_number(event->body, ID), taker};
	if (taker && !taker->wish->problem && !is_same_map(taker, event))
		read_map(taker, event);
}

/* The latest of that number. */
static const struct mapped *find_mapped(const struct log_keys *keys,
					uint64_t id)
{
	const struct mapped *items = keys->mapped.items;

	for (size_t i = keys->mapped.count; i > 0; i--)
		if (items[i - 1].id == id)
			return &items[i - 1];
	return NULL;
}

/* ------------------------------------------------------------------------
 * Keys
 * --------------------------------------------------------------------- */

static bool add_literal(struct log_keys *keys, const struct taker *taker,
			size_t column, const struct log_cell *cell)
{
	static const struct wire_column text = {.wire = WIRE_STRING};
	const struct log_column *of = &taker->table->columns[column];
	struct dbs_error ignored = {0};
	struct one_value one;

	if (of->type == TYPE_CHAR) {
		literal_write(&keys->tuple, of->charset,
			      (struct value){of->type,
					     &text,
					     {cell->data, cell->length}});
		return true;
	}
	buf_clear(&keys->value);
	if (log_cell_value(&keys->value,
			   &(struct log_cell_source){taker->table, &taker->map,
						     column, cell, NULL},
			   &ignored))
		return false;
	struct values rest = {keys->value.data, keys->value.length};

	if (!values_next(&rest, &one))
		return false;
	literal_write(&keys->tuple, "",
		      (struct value){of->type, &one.wire, one.cell});
	return true;
}

/* Into tuple; what is absent after is what it was before. */
static const char *make_tuple(struct log_keys *keys, const struct taker *taker,
			      const struct log_cell *cells,
			      const struct log_cell *before)
{
	const struct log_keys_wish *wish = taker->wish;

	buf_clear(&keys->tuple);
	for (size_t i = 0; i < wish->key_count; i++) {
		const size_t column = wish->key[i];
		const struct log_cell *cell = &cells[column];

		if (cell->presence == CELL_ABSENT && before)
			cell = &before[column];
		if (cell->presence != CELL_PRESENT)
			return no_key;
		buf_addc(&keys->tuple, i ? ',' : '(');
		if (!add_literal(keys, taker, column, cell))
			return "a key of it cannot be read out of the log";
	}
	buf_addc(&keys->tuple, ')');
	return NULL;
}

static bool is_too_large(const struct log_keys *keys)
{
	size_t bytes = 0;

	for (size_t i = 0; i < keys->count; i++)
		bytes += key_set_bytes(keys->takers[i].wish->keys);
	return bytes > BYTES_MOST;
}

/* Also of many tables with a few keys each. */
static const char *measure(struct log_keys *keys)
{
	keys->bytes_added += keys->tuple.length;
	if (keys->bytes_added < BYTES_EACH)
		return NULL;
	keys->bytes_added = 0;
	return is_too_large(keys) ? "the keys that the logs name need too much "
				    "memory"
				  : NULL;
}

static const char *add_tuple(struct log_keys *keys, struct taker *taker)
{
	struct key_set *set = taker->wish->keys;

	key_set_add(set, (struct slice){keys->tuple.data, keys->tuple.length});
	if (++taker->added < taker->next_look)
		return measure(keys);
	const size_t count = key_set_count(set);

	taker->next_look = taker->added +
			   (count > LOOK_EVERY ? count : LOOK_EVERY);
	return count > taker->wish->most ? "the logs name many of its rows"
					 : measure(keys);
}

static void add_moved(const struct taker *taker, const struct buf *tuple)
{
	if (taker->wish->moved)
		key_set_add(taker->wish->moved,
			    (struct slice){tuple->data, tuple->length});
}

static const char *take_insert(struct log_keys *keys, struct taker *taker)
{
	const char *why = make_tuple(keys, taker, keys->row.cells[IMAGE_AFTER],
				     NULL);

	taker->wish->inserted += !keys->has_counted;
	return why ? why : add_tuple(keys, taker);
}

static const char *take_delete(struct log_keys *keys, struct taker *taker)
{
	const char *why = make_tuple(keys, taker, keys->row.cells[IMAGE_BEFORE],
				     NULL);

	taker->wish->deleted += !keys->has_counted;
	if (!why)
		add_moved(taker, &keys->tuple);
	return why ? why : add_tuple(keys, taker);
}

static const char *take_update(struct log_keys *keys, struct taker *taker)
{
	const struct log_cell *before = keys->row.cells[IMAGE_BEFORE];
	const char *why = make_tuple(keys, taker, before, NULL);

	if (why)
		return why;
	buf_clear(&keys->before);
	buf_add(&keys->before, keys->tuple.data, keys->tuple.length);
	why = add_tuple(keys, taker);
	if (!why)
		why = make_tuple(keys, taker, keys->row.cells[IMAGE_AFTER],
				 before);
	if (why ||
	    (keys->tuple.length == keys->before.length &&
	     !memcmp(keys->tuple.data, keys->before.data, keys->before.length)))
		return why;
	add_moved(taker, &keys->before);
	add_moved(taker, &keys->tuple);
	return add_tuple(keys, taker);
}

static void take_rows(struct log_keys *keys, struct taker *taker,
		      const struct log_event *event,
		      const struct log_format *format)
{
	static const char *(*const take[])(struct log_keys *,
					   struct taker *) = {
		[ROW_INSERT] = take_insert,
		[ROW_UPDATE] = take_update,
		[ROW_DELETE] = take_delete,
	};
	const char *why = NULL;

	if (!row_event_open(&keys->row, event, format, &taker->map)) {
		give_up(taker, "rows of it in the log cannot be read");
		return;
	}
	while (!why && row_event_next(&keys->row))
		why = take[keys->row.change](keys, taker);
	if (!why && !keys->row.at_end)
		why = "rows of it in the log cannot be read";
	if (why)
		give_up(taker, why);
}

/* Behind the number: the last event of a statement. */
static bool ends_statement(const struct log_event *event, size_t id_size)
{
	return event->length > id_size && (event->body[id_size] & 1);
}

bool log_keys_rows(struct log_keys *keys, const struct log_event *event,
		   const struct log_format *format)
{
	const size_t id_size = format->post_header[event->type] == 6 ? 4 : ID;
	uint64_t id = 0;

	if (!row_event_table(event, format, &id))
		return false;
	const struct mapped *mapped = find_mapped(keys, id);

	if (!mapped)
		return false;
	if (mapped->taker && !mapped->taker->wish->problem)
		take_rows(keys, mapped->taker, event, format);
	if (ends_statement(event, id_size))
		vec_truncate(&keys->mapped, 0);
	return true;
}
