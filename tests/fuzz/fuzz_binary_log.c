/*
 * fuzz_binary_log.c - any bytes as events of a binary log: refused, or rows whose
 * lines are JSON.
 *
 * An input is events, one behind the other: type, flags, length (2), body.  They
 * are also read as what is compressed in a log, and as the text of a statement.
 */
#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/binlog/event.h"
#include "dbsync/binlog/log_keys.h"
#include "dbsync/binlog/log_value.h"
#include "dbsync/binlog/row_event.h"
#include "dbsync/binlog/statement_class.h"
#include "dbsync/binlog/table_map.h"
#include "dbsync/binlog/unpack.h"
#include "dbsync/data/json_value.h"

#include "changes_lines.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OLD_FLAG = 2, ALL_MOST = 16 * 1024 * 1024 };

struct log {
	struct arena *arena;
	struct log_texts *texts;
	struct log_format format;
	struct table_map map;
	const struct log_table *table; /* NULL: no map yet */
	struct row_event row;
	struct buf images[IMAGES];
	struct buf line;
	struct log_keys_wish wish; /* the first columns of the last map */
	size_t key[4];
	struct table model;
	struct key_set *set;
	struct log_keys *keys;
};

/* ------------------------------------------------------------------------
 * Rows
 * --------------------------------------------------------------------- */

/* Bytes may be a UUID or an address, which the schema alone knows. */
static void complete(const struct log *log, uint8_t flags)
{
	struct log_column *columns =
		(struct log_column *)(uintptr_t)log->table->columns;

	for (size_t i = 0; i < log->table->count; i++) {
		if (!columns[i].name)
			columns[i].name = "c";
		if (columns[i].type != TYPE_BINARY)
			continue;
		if (flags & 0x10)
			columns[i].type = flags & 0x20 ? TYPE_INET : TYPE_UUID;
		columns[i].is_inet6 = flags & 0x40;
	}
}

/* A column whose rows are logged so. */
static enum type type_of(uint8_t logged, uint8_t flags)
{
	switch (logged) {
	case LOG_NEWDECIMAL:
		return TYPE_DECIMAL;
	case LOG_BIT:
		return TYPE_BIT;
	case LOG_YEAR:
		return TYPE_YEAR;
	case LOG_DATE:
		return TYPE_DATE;
	case LOG_DATETIME:
	case LOG_DATETIME2:
		return TYPE_DATETIME;
	case LOG_TIMESTAMP:
	case LOG_TIMESTAMP2:
		return TYPE_TIMESTAMP;
	case LOG_TIME:
	case LOG_TIME2:
		return TYPE_TIME;
	case LOG_STRING:
		if (flags & 0x10)
			return flags & 0x20 ? TYPE_INET : TYPE_UUID;
		return flags & 0x20 ? TYPE_BINARY : TYPE_CHAR;
	case LOG_VARCHAR:
		return flags & 0x20 ? TYPE_BINARY : TYPE_CHAR;
	default:
		return TYPE_INTEGER;
	}
}

/* The keys of the table are wished for; they are tuples, whatever it is. */
static void wish(struct log *log, const struct log_event *event)
{
	const size_t count = log->map.count;
	const size_t size = count * sizeof(struct column);
	struct column *columns = arena_alloc(log->arena, size);

	memset(columns, 0, size);
	for (size_t i = 0; i < count; i++)
		columns[i] = (struct column){
			.name = log->map.columns[i].name
					? log->map.columns[i].name
					: "c",
			.type_text = event->flags & 0x40 ? "inet6"
							 : "binary(4)",
			.charset = event->flags & 0x80 ? "sjis" : "utf8mb4",
			.type = type_of(log->map.columns[i].type,
					(uint8_t)event->flags),
			.max_bytes = 4,
		};
	log_keys_drop(&log->keys);
	log->model = (struct table){.name = log->map.table,
				    .columns = columns,
				    .column_count = count,
				    .engine = "InnoDB"};
	for (size_t i = 0; i < sizeof(log->key) / sizeof(*log->key); i++)
		log->key[i] = i < count ? i : 0;
	log->wish = (struct log_keys_wish){
		.database = log->map.database,
		.table = &log->model,
		.key = log->key,
		.key_count = 1 + (event->flags & 3),
		.keys = log->set,
		.most = 1000000,
	};
	log->keys = log_keys_new(&log->wish, 1);
	log_keys_map(log->keys, event);
}

static void take_keys(struct log *log, const struct log_event *event)
{
	struct slice parts[4];

	if (!log->keys || !log_keys_rows(log->keys, event, &log->format))
		return;
	for (size_t i = key_set_count(log->set); i > 0; i--)
		if (!literal_split(key_set_at(log->set, i - 1), parts,
				   log->wish.key_count))
			abort();
	key_set_clear(log->set);
}

static void take_map(struct log *log, const struct log_event *event)
{
	struct dbs_error err = {0};

	log->table = NULL;
	if (!table_map_read(event, log->arena, &log->map))
		return;
	wish(log, event);
	if (log_table_of_map(log->arena, &log->map, NULL, log->texts,
			     &log->table, &err)) {
		if (!*err.text)
			abort();
		log->table = NULL;
		return;
	}
	complete(log, (uint8_t)event->flags);
}

static void must_be_json(const struct buf *line)
{
	OWNED(buf_release) struct buf canonical = BUF_INIT;
	struct dbs_error err = {0};

	if (!line->length || line->data[line->length - 1] != '\n' ||
	    memchr(line->data, '\n', line->length - 1))
		abort();
	if (text_is_utf8(line->data, line->length) &&
	    json_canonical(line->data, line->length - 1, &canonical, &err))
		abort();
}

static void write_line(struct log *log)
{
	struct change_item item = {
		.kind = ITEM_ROW,
		.transaction = "",
		.place = "a:4",
		.change = {.kind = LOGGED_UPDATE, .table = log->table},
	};

	item.change.before = (struct values){log->images[IMAGE_BEFORE].data,
					     log->images[IMAGE_BEFORE].length};
	item.change.after = (struct values){log->images[IMAGE_AFTER].data,
					    log->images[IMAGE_AFTER].length};
	buf_clear(&log->line);
	changes_line(&log->line, &item);
	must_be_json(&log->line);
}

/* False: a value is none. */
static bool take_row(struct log *log)
{
	struct dbs_error err = {0};

	for (unsigned i = 0; i < IMAGES; i++) {
		buf_clear(&log->images[i]);
		if (!log->row.has[i])
			continue;
		if (log_row_values(&log->images[i], log->table, &log->map,
				   log->row.cells[i], log->texts, &err)) {
			if (!*err.text)
				abort();
			return false;
		}
	}
	write_line(log);
	return true;
}

static void take_rows(struct log *log, const struct log_event *event)
{
	enum { TAKEN_MOST = 100 };
	uint64_t id = 0;
	unsigned count = 0;

	take_keys(log, event);
	if (!log->table || !row_event_table(event, &log->format, &id) ||
	    !row_event_open(&log->row, event, &log->format, &log->map))
		return;
	while (count++ < TAKEN_MOST && row_event_next(&log->row))
		if (!take_row(log))
			return;
}

/* ------------------------------------------------------------------------
 * All else
 * --------------------------------------------------------------------- */

static void take_text(const char *text, size_t length)
{
	OWNED(buf_release) struct buf name = BUF_INIT;
	OWNED(buf_release) struct buf xid = BUF_INIT;

	(void)statement_class(text, length);
	(void)statement_keeps_tables(text, length);
	(void)statement_savepoint(text, length, &name);
	(void)statement_xid(text, length, &xid);
	(void)statement_names(text, length, "orders");
}

static void take_query(const struct log_event *event)
{
	struct log_query query;

	if (!log_query_read(event, &query))
		return;
	if (query.text + query.length !=
	    (const char *)event->body + event->length)
		abort();
	take_text(query.text, query.length);
}

static void take_payload(const uint8_t *data, size_t length)
{
	struct payload *payload = payload_open(data, length);
	const uint8_t *event = NULL;
	size_t size = 0;
	size_t all = 0;
	bool is_damaged = false;
	struct log_event head;

	if (!payload)
		return;
	while (all < ALL_MOST &&
	       payload_next(payload, &event, &size, &is_damaged)) {
		if (!log_event_read(event, size, false, &head))
			abort();
		all += size;
	}
	payload_drop(&payload);
}

static void take_others(const struct log_event *event)
{
	OWNED(buf_release) struct buf xid = BUF_INIT;
	struct log_gtid gtid;
	uint64_t position = 0;
	const char *name = NULL;
	size_t length = 0;
	bool is_one = false;

	if (log_gtid_read(event, &gtid) &&
	    !memchr(gtid.text, 0, sizeof(gtid.text)))
		abort();
	(void)log_rotate_read(event, &position, &name, &length);
	(void)log_xa_prepare_read(event, &is_one, &xid);
	take_query(event);
	take_payload(event->body, event->length);
}

static void take_bytes(const uint8_t *data, size_t size)
{
	OWNED(buf_release) struct buf out = BUF_INIT;
	struct log_event event;
	struct log_format format;

	(void)log_event_read(data, size, size & 1, &event);
	(void)log_event_is_intact(data, size);
	(void)log_format_read(data, size, &format);
	if (size < 10 || log_number(data, 4) < ALL_MOST)
		(void)unpack_value(data, size, &out);
	take_text((const char *)data, size);
}

/* ------------------------------------------------------------------------
 * The whole
 * --------------------------------------------------------------------- */

static void take_event(struct log *log, uint8_t type, uint8_t flags,
		       const uint8_t *body, size_t length)
{
	const struct log_event event = {
		.type = type,
		.flags = flags,
		.body = body,
		.length = length,
	};

	log->format.post_header[type] = flags & OLD_FLAG ? 6 : 8;
	if (type == EVENT_TABLE_MAP)
		take_map(log, &event);
	else if (row_event_is(type))
		take_rows(log, &event);
	else
		take_others(&event);
}

static void take_all(struct log *log, const uint8_t *data, size_t size)
{
	enum { HEAD = 4 };

	while (size >= HEAD) {
		const size_t said = (size_t)log_number(data + 2, 2);
		const size_t length = said < size - HEAD ? said : size - HEAD;
		/* of its own, so that nothing behind it can be read */
		uint8_t *body = malloc(length ? length : 1);

		if (!body)
			abort();
		memcpy(body, data + HEAD, length);
		take_event(log, data[0], data[1], body, length);
		free(body);
		data += HEAD + length;
		size -= HEAD + length;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct log log = {
		.arena = arena_new(),
		.texts = log_texts_new(NULL),
		.row = ROW_EVENT_INIT,
		.images = {BUF_INIT, BUF_INIT},
		.line = BUF_INIT,
		.set = key_set_new(),
	};

	take_bytes(data, size);
	take_all(&log, data, size);
	row_event_release(&log.row);
	for (unsigned i = 0; i < IMAGES; i++)
		buf_release(&log.images[i]);
	buf_release(&log.line);
	log_keys_drop(&log.keys);
	key_set_drop(&log.set);
	log_texts_drop(&log.texts);
	arena_drop(&log.arena);
	return 0;
}
