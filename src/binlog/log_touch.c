/*
 * log_touch.c - see log_touch.h.
 *
 * A file that ends with neither ROTATE nor STOP is that of a server that died.
 * What it had promised may be gone, unless it wrote each transaction through to
 * the disk: so nothing is known of any table then.
 */
#include "dbsync/binlog/log_touch.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/base/vec.h"
#include "dbsync/binlog/row_event.h"
#include "dbsync/binlog/statement_class.h"
#include "dbsync/binlog/unpack.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
	NAMES_MOST = 200000, /* more tables than that are all tables */
	TEXTS_MOST = 16 * 1024 * 1024,
};

struct statement {
	const char *database; /* in which it was run */
	const char *text;
	size_t length;
};

struct log_window {
	struct arena *arena;
	const char *reason;
	struct vec names;      /* const char *: "database\0table", lower case */
	size_t sorted;         /* the first so many are in order, each once */
	struct vec statements; /* struct statement */
	struct vec prepared;   /* const char *: xids */
	size_t text_bytes;
	size_t events;
	bool has_ended; /* the file that is read, in order */
	bool is_begun;  /* an event of it was read */
	bool was_restarted;
	bool took_back; /* rows that it has, perhaps, were not changed */
	struct log_witness last;
	struct log_keys *keys;
	const struct log_point *view; /* no file: nobody knows where it is */
};

static const struct log_point nowhere;

struct log_window *log_window_new(struct log_keys *keys)
{
	struct log_window *window = mem_zero(1, sizeof(*window));

	window->keys = keys;
	window->view = &nowhere;
	window->arena = arena_new();
	window->names = (struct vec)VEC_INIT(const char *);
	window->statements = (struct vec)VEC_INIT(struct statement);
	window->prepared = (struct vec)VEC_INIT(const char *);
	return window;
}

void log_window_drop(struct log_window **window)
{
	if (!*window)
		return;
	vec_release(&(*window)->names);
	vec_release(&(*window)->statements);
	vec_release(&(*window)->prepared);
	arena_drop(&(*window)->arena);
	mem_drop(window);
}

const char *log_window_reason(const struct log_window *window)
{
	return window->reason;
}

bool log_window_is_empty(const struct log_window *window)
{
	return !window->reason && !window->names.count &&
	       !window->statements.count;
}

bool log_window_is_held(const struct log_window *window)
{
	return window->prepared.count;
}

bool log_window_took_back(const struct log_window *window)
{
	return window->took_back || window->prepared.count;
}

bool log_window_was_restarted(const struct log_window *window)
{
	return window->was_restarted;
}

const struct log_witness *log_window_last(const struct log_window *window)
{
	return &window->last;
}

static void give_up(struct log_window *window, const struct log_reader *reader,
		    const char *why)
{
	const struct log_point *at = log_reader_start(reader);

	if (!window->reason)
		window->reason = arena_printf(window->arena, "%s (at %s:%llu)",
					      why, at->file,
					      (unsigned long long)at->position);
}

/* ------------------------------------------------------------------------
 * Names
 * --------------------------------------------------------------------- */

enum { NAME_MOST = 255 };

struct name_pair {
	char text[2 * NAME_MOST + 2];
	size_t length;
};

static void add_lower(struct name_pair *pair, const char *text, size_t length)
{
	for (size_t i = 0; i < length && i < NAME_MOST; i++)
		pair->text[pair->length++] = (char)tolower(
			(unsigned char)text[i]);
	pair->text[pair->length++] = '\0';
}

static int order_names(const void *a, const void *b)
{
	const char *left = *(const char *const *)a;
	const char *right = *(const char *const *)b;
	const int databases = strcmp(left, right);

	return databases ? databases
			 : strcmp(left + strlen(left) + 1,
				  right + strlen(right) + 1);
}

/* Each once; how many there are. */
static void sort_names(struct log_window *window)
{
	const char **names = window->names.items;
	size_t kept = 0;

	if (window->names.count)
		qsort(names, window->names.count, sizeof(*names), order_names);
	for (size_t i = 0; i < window->names.count; i++)
		if (!kept || order_names(&names[kept - 1], &names[i]))
			names[kept++] = names[i];
	vec_truncate(&window->names, kept);
	window->sorted = kept;
}

static bool has_name(const struct log_window *window, const char *name)
{
	return window->sorted &&
	       bsearch(&name, window->names.items, window->sorted,
		       sizeof(const char *), order_names);
}

/* "database\0table" */
static size_t name_length(const char *name)
{
	const size_t database = strlen(name) + 1;

	return database + strlen(name + database) + 1;
}

/* One that a window has named for hours needs its memory once. */
static void push_name(struct log_window *window, const char *name)
{
	if (!has_name(window, name))
		*(const char **)vec_push(&window->names) =
			arena_strndup(window->arena, name, name_length(name));
}

static void add_name(struct log_window *window, const struct log_reader *reader,
		     const struct name_pair *pair)
{
	const size_t count = window->names.count;

	const char *text = pair->text;

	/* the same table is mapped again and again, mostly */
	if (count && !order_names(vec_at(&window->names, count - 1), &text))
		return;
	push_name(window, text);
	if (window->names.count < NAMES_MOST)
		return;
	sort_names(window);
	if (window->names.count >= NAMES_MOST / 2)
		give_up(window, reader, "the log names too many tables");
}

/* id (6)  flags (2)  length (1) database 0  length (1) table 0 */
static void take_map(struct log_window *window, const struct log_reader *reader,
		     const struct log_event *event)
{
	enum { DATABASE = 8 };
	struct name_pair pair = {.length = 0};
	const uint8_t *body = event->body;
	const size_t first = event->length > DATABASE ? body[DATABASE] : 0;
	const size_t table = DATABASE + 1 + first + 1;

	if (event->length <= table ||
	    event->length - table < (size_t)body[table] + 1) {
		give_up(window, reader, "the map of a table is damaged");
		return;
	}
	add_lower(&pair, (const char *)body + DATABASE + 1, first);
	add_lower(&pair, (const char *)body + table + 1, body[table]);
	add_name(window, reader, &pair);
	log_keys_map(window->keys, event);
}

static void take_rows(struct log_window *window,
		      const struct log_reader *reader,
		      const struct log_event *event)
{
	if (*window->view->file &&
	    log_point_order(log_reader_start(reader), window->view) >= 0)
		log_keys_end_count(window->keys);
	if (!log_keys_rows(window->keys, event, log_reader_format(reader)))
		give_up(window, reader,
			"rows of a table that was not named before");
}

enum log_touch log_window_touches(const struct log_window *window,
				  const char *database, const char *table)
{
	struct name_pair pair = {.length = 0};
	const struct statement *statements = window->statements.items;
	enum log_touch touch = TOUCH_NONE;

	add_lower(&pair, database, strlen(database));
	add_lower(&pair, table, strlen(table));
	const char *key = pair.text;

	if (has_name(window, key))
		touch = TOUCH_ROWS;
	for (size_t i = 0; i < window->statements.count; i++)
		if (statement_is_about(statements[i].text, statements[i].length,
				       database, table))
			touch = TOUCH_STRUCTURE;
	return touch;
}

/* ------------------------------------------------------------------------
 * Statements
 * --------------------------------------------------------------------- */

static void add_statement(struct log_window *window,
			  const struct log_reader *reader,
			  const struct log_query *query)
{
	struct statement *statement = vec_push(&window->statements);

	statement->database = arena_strndup(window->arena, query->database,
					    query->database_length);
	statement->text = arena_strndup(window->arena, query->text,
					query->length);
	statement->length = query->length;
	window->text_bytes += query->length;
	if (window->text_bytes > TEXTS_MOST)
		give_up(window, reader,
			"the log has too many statements that change "
			"structures");
}

bool log_window_reshapes(const struct log_window *window, const char *database)
{
	const struct statement *statements = window->statements.items;

	for (size_t i = 0; i < window->statements.count; i++)
		if (!strcasecmp(statements[i].database, database) ||
		    statement_names(statements[i].text, statements[i].length,
				    database))
			return true;
	return false;
}

/* It has ended; false: nobody prepared it. */
static bool forget_prepared(struct log_window *window, const char *xid)
{
	const char **items = window->prepared.items;

	for (size_t i = 0; i < window->prepared.count; i++)
		if (!strcmp(items[i], xid)) {
			items[i] = items[window->prepared.count - 1];
			vec_truncate(&window->prepared,
				     window->prepared.count - 1);
			return true;
		}
	return false;
}

static void end_prepared(struct log_window *window,
			 const struct log_reader *reader,
			 const struct log_query *query)
{
	OWNED(buf_release) struct buf xid = BUF_INIT;

	if (!statement_xid(query->text, query->length, &xid) ||
	    !forget_prepared(window, xid.data))
		give_up(window, reader,
			"a transaction has ended that was prepared (XA) before "
			"the last comparison");
}

static void take_prepare(struct log_window *window,
			 const struct log_reader *reader,
			 const struct log_event *event)
{
	OWNED(buf_release) struct buf xid = BUF_INIT;
	bool one_phase = false;

	if (!log_xa_prepare_read(event, &one_phase, &xid))
		give_up(window, reader, "XA PREPARE cannot be read");
	else if (!one_phase)
		*(const char **)vec_push(&window->prepared) =
			arena_strdup(window->arena, xid.data);
}

static void take_statement(struct log_window *window,
			   const struct log_reader *reader,
			   const struct log_query *query)
{
	switch (statement_class(query->text, query->length)) {
	case CLASS_BEGIN:
	case CLASS_COMMIT:
	case CLASS_SAVEPOINT:
	case CLASS_XA_PREPARE:
	case CLASS_NOTHING:
		return;
	case CLASS_ROLLBACK:
	case CLASS_ROLLBACK_TO:
		window->took_back = true;
		return;
	case CLASS_XA_ROLLBACK:
		window->took_back = true;
		end_prepared(window, reader, query);
		return;
	case CLASS_XA_COMMIT:
		end_prepared(window, reader, query);
		return;
	case CLASS_STRUCTURE:
		add_statement(window, reader, query);
		return;
	case CLASS_ROWS:
		break;
	}
	/* whatever its default database is, it may write to any */
	give_up(window, reader,
		"a session that does not log rows (binlog_format) has run a "
		"statement");
}

static void take_query(struct log_window *window,
		       const struct log_reader *reader,
		       const struct log_event *event)
{
	OWNED(buf_release) struct buf text = BUF_INIT;
	struct log_query query;

	if (unpack_query(event, &text, &query))
		take_statement(window, reader, &query);
	else
		give_up(window, reader, "a statement cannot be read");
}

/* ------------------------------------------------------------------------
 * Events
 * --------------------------------------------------------------------- */

static void begin_file(struct log_window *window,
		       const struct log_reader *reader)
{
	if (window->is_begun && !window->has_ended)
		give_up(window, reader,
			"a file of the log ends without its end: the server "
			"died");
	window->is_begun = true;
	window->has_ended = false;
}

static void take_known(struct log_window *window,
		       const struct log_reader *reader,
		       const struct log_event *event)
{
	switch (event->type) {
	case EVENT_TABLE_MAP:
		take_map(window, reader, event);
		break;
	case EVENT_QUERY:
	case EVENT_QUERY_COMPRESSED:
		take_query(window, reader, event);
		break;
	case EVENT_XA_PREPARE:
		take_prepare(window, reader, event);
		break;
	case EVENT_XID:
		window->last = (struct log_witness){
			.at = *log_reader_start(reader),
			.birth = log_reader_format(reader)->birth,
			.checksum = log_reader_checksum(reader),
		};
		break;
	case EVENT_FORMAT:
		begin_file(window, reader);
		break;
	case EVENT_STOP:
		window->has_ended = true;
		window->was_restarted = true;
		break;
	case EVENT_ROTATE:
		/* one that is made for us only says where it begins to read */
		if (!(event->flags & EVENT_FLAG_ARTIFICIAL))
			window->has_ended = true;
		break;
	case EVENT_INCIDENT:
		give_up(window, reader,
			"the server says that changes are missing (an "
			"incident)");
		break;
	case EVENT_BEGIN_LOAD:
	case EVENT_EXECUTE_LOAD:
		give_up(window, reader,
			"a session that does not log rows (binlog_format) has "
			"loaded a file");
		break;
	default:
		if (row_event_is(event->type))
			take_rows(window, reader, event);
		break;
	}
}

static bool is_known(const struct log_event *event)
{
	return (event->flags & EVENT_FLAG_IGNORABLE) ||
	       row_event_is(event->type) ||
	       (event->type >= EVENT_QUERY &&
		event->type <= EVENT_TAGGED_GTID && event->type != 6 &&
		event->type != 7 && event->type != 8 && event->type != 10 &&
		event->type != 12 && (event->type < 20 || event->type > 22)) ||
	       (event->type >= EVENT_ANNOTATE_ROWS &&
		event->type <= EVENT_QUERY_COMPRESSED);
}

void log_window_event(struct log_window *window,
		      const struct log_reader *reader,
		      const struct log_event *event)
{
	window->events++;
	if (window->reason)
		return;
	if (is_known(event))
		take_known(window, reader, event);
	else
		give_up(window, reader,
			"the log has an event of a kind that this version does "
			"not know");
}

static bool has_same_prepared(const struct log_window *a,
			      const struct log_window *b)
{
	const char **left = a->prepared.items;
	const char **right = b->prepared.items;

	for (size_t i = 0; i < a->prepared.count && i < b->prepared.count; i++)
		if (strcmp(left[i], right[i]) != 0)
			return false;
	return a->prepared.count == b->prepared.count;
}

void log_window_go_on(struct log_window *window, const struct log_window *from)
{
	window->is_begun = from->is_begun;
	window->has_ended = from->has_ended;
	if (has_same_prepared(window, from))
		return;
	vec_truncate(&window->prepared, 0);
	for (size_t i = 0; i < from->prepared.count; i++)
		*(const char **)vec_push(&window->prepared) = arena_strdup(
			window->arena,
			*(const char **)vec_at(&from->prepared, i));
}

void log_window_absorb(struct log_window *window, const struct log_window *from)
{
	log_window_go_on(window, from);
	sort_names(window);
	for (size_t i = 0; i < from->names.count; i++)
		push_name(window, *(const char **)vec_at(&from->names, i));
	sort_names(window);
	for (size_t i = 0; i < from->statements.count; i++) {
		struct statement statement = *(
			struct statement *)vec_at(&from->statements, i);

		statement.database = arena_strdup(window->arena,
						  statement.database);
		statement.text = arena_strndup(window->arena, statement.text,
					       statement.length);
		*(struct statement *)vec_push(&window->statements) = statement;
	}
	if (!window->reason && from->reason)
		window->reason = arena_strdup(window->arena, from->reason);
	window->events += from->events;
	window->text_bytes += from->text_bytes;
	window->took_back = window->took_back || from->took_back;
	window->was_restarted = window->was_restarted || from->was_restarted;
}

void log_window_end(struct log_window *window)
{
	sort_names(window);
}

void log_window_clear(struct log_window *window)
{
	struct arena *old = own_take(&window->arena);
	const char **prepared = window->prepared.items;

	window->arena = arena_new();
	for (size_t i = 0; i < window->prepared.count; i++)
		prepared[i] = arena_strdup(window->arena, prepared[i]);
	arena_drop(&old);
	vec_truncate(&window->names, 0);
	window->sorted = 0;
	vec_truncate(&window->statements, 0);
	window->reason = NULL;
	window->text_bytes = 0;
	window->events = 0;
	window->took_back = false;
	window->was_restarted = false;
	log_keys_clear(window->keys);
}

static enum dbs_rc read_all(struct log_window *window,
			    struct log_reader *reader, struct dbs_error *err)
{
	struct log_event event;
	bool more = true;

	while (!window->reason) {
		enum dbs_rc rc = log_reader_next(reader, &event, &more, err);

		if (rc || !more)
			return rc;
		log_window_event(window, reader, &event);
	}
	return DBS_OK;
}

/* What is wrong with the log is no matter of the run; a stop is. */
static enum dbs_rc excuse(struct log_window *window, enum dbs_rc rc,
			  struct dbs_error *err)
{
	if (!rc || rc == DBS_E_CANCELLED)
		return rc;
	window->reason = arena_strdup(window->arena, err->text);
	dbs_error_clear(err);
	return DBS_OK;
}

enum dbs_rc log_window_read(const struct conn_setup *setup,
			    const struct log_place *from,
			    const struct log_point *view, uint32_t server_id,
			    struct log_keys *keys, struct log_window **out,
			    struct dbs_error *err)
{
	OWNED(log_window_drop) struct log_window *window = log_window_new(keys);
	OWNED(conn_close) struct conn *conn = NULL;
	OWNED(log_reader_close) struct log_reader *reader = NULL;
	const struct log_reading how = {.from = from, .server_id = server_id};
	enum dbs_rc rc = conn_open(setup, &conn, err);

	window->view = view;
	if (rc)
		return rc;
	rc = log_reader_open(conn, &how, &reader, err);
	if (!rc)
		rc = read_all(window, reader, err);
	rc = excuse(window, rc, err);
	log_window_end(window);
	if (!rc)
		*out = own_take(&window);
	return rc;
}

/* ------------------------------------------------------------------------
 * Witnesses
 * --------------------------------------------------------------------- */

enum { FIRST = 4, XID_SIZE = 31 };

/*
 * Reads from a point on, and keeps the last XID that begins before another.  What
 * cannot be read has none, and neither has what is more than most bytes.
 */
static enum dbs_rc look_for_xid(const struct conn_setup *setup,
				const struct log_point *from,
				const struct log_point *to, uint64_t most,
				uint32_t server_id, struct log_witness *out,
				struct dbs_error *err)
{
	OWNED(conn_close) struct conn *conn = NULL;
	OWNED(log_reader_close) struct log_reader *reader = NULL;
	struct log_place place = LOG_PLACE_INIT;
	const struct log_reading how = {.from = &place, .server_id = server_id};
	struct log_event event;
	bool more = true;

	place.at = *from;
	enum dbs_rc rc = conn_open(setup, &conn, err);

	if (!rc)
		rc = log_reader_open(conn, &how, &reader, err);
	while (!rc) {
		rc = log_reader_next(reader, &event, &more, err);
		if (rc || !more ||
		    log_point_order(log_reader_start(reader), to) >= 0)
			break;
		if (log_reader_bytes(reader) > most) {
			*out->at.file = '\0';
			break;
		}
		/* also of a file that has no transaction */
		if (!*out->at.file)
			out->birth = log_reader_format(reader)->birth;
		if (event.type == EVENT_XID)
			*out = (struct log_witness){
				.at = *log_reader_start(reader),
				.birth = log_reader_format(reader)->birth,
				.checksum = log_reader_checksum(reader),
			};
	}
	if (rc && rc != DBS_E_CANCELLED) {
		dbs_error_clear(err);
		rc = DBS_OK;
	}
	return rc;
}

/* Its name has the number before; false: there is none. */
static bool file_before(struct log_point *at)
{
	size_t place = strlen(at->file);

	while (place > 0 && at->file[place - 1] == '0')
		at->file[--place] = '9';
	if (!place || at->file[place - 1] < '1' || at->file[place - 1] > '9')
		return false;
	at->file[place - 1]--;
	return true;
}

enum dbs_rc log_witness_find(const struct conn_setup *setup,
			     const struct log_point *before, uint64_t far,
			     uint32_t server_id, struct log_witness *out,
			     uint32_t *birth_out, struct dbs_error *err)
{
	struct log_point from = *before;
	enum dbs_rc rc = DBS_OK;

	*out = (struct log_witness){0};
	*birth_out = 0;
	if (before->position >= FIRST + XID_SIZE) {
		/* mostly the last event is the end of a transaction */
		from.position = before->position - XID_SIZE;
		rc = look_for_xid(setup, &from, before, far, server_id, out,
				  err);
		*birth_out = out->birth;
	}
	if (rc || *out->at.file || before->position > far)
		return rc;
	from.position = FIRST;
	rc = look_for_xid(setup, &from, before, far, server_id, out, err);
	*birth_out = out->birth;
	/* nothing was written since the file was begun */
	if (rc || *out->at.file || !file_before(&from))
		return rc;
	return look_for_xid(setup, &from, before, far, server_id, out, err);
}

enum dbs_rc log_witness_check(const struct conn_setup *setup,
			      const struct log_witness *witness,
			      uint32_t server_id, const char **why_out,
			      struct dbs_error *err)
{
	struct log_witness found = {0};
	struct log_point end = witness->at;

	end.position++;
	enum dbs_rc rc = look_for_xid(setup, &witness->at, &end, UINT64_MAX,
				      server_id, &found, err);

	*why_out = NULL;
	if (rc)
		return rc;
	if (!*found.at.file)
		*why_out = "the transaction before it is no longer in the log";
	else if (found.birth != witness->birth ||
		 found.checksum != witness->checksum ||
		 log_point_order(&found.at, &witness->at))
		*why_out = "the log has another transaction before it: the "
			   "server was restored, or its log was reset";
	return DBS_OK;
}
