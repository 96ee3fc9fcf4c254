/*
 * log_tail.c - see log_tail.h.
 *
 *	            id, BEGIN            XID, COMMIT, XA PREPARE, one statement alone
 *	between ──────────────▶ open ──────────────────────────▶ between
 *
 * A transaction without its end (the server died) ends with its file.
 */
#include "dbsync/binlog/log_tail.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/base/vec.h"
#include "dbsync/binlog/row_event.h"
#include "dbsync/binlog/statement_class.h"
#include "dbsync/binlog/unpack.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { IDLE_MS = 100 };

/* "UUID" or "UUID:tag", and numbers of it that follow each other. */
struct run_of_ids {
	char *name;
	uint64_t first;
	uint64_t last;
};

struct log_tail {
	struct conn *conn;
	struct log_reader *reader;
	struct log_point end;
	uint32_t birth; /* of its file; 0: not read yet */
	uint32_t time;
	uint64_t transactions;
	bool is_open;
	bool has_begun; /* it ends with an end of its own */
	struct log_gtid gtid;
	struct vec ids; /* struct run_of_ids */
	bool lacks_ids;
	struct vec ended; /* char *: xids */
};

static void forget_ids(struct log_tail *tail)
{
	for (size_t i = 0; i < tail->ids.count; i++)
		mem_drop(&((struct run_of_ids *)vec_at(&tail->ids, i))->name);
	vec_truncate(&tail->ids, 0);
	tail->lacks_ids = false;
}

void log_tail_close(struct log_tail **tail)
{
	if (!*tail)
		return;
	forget_ids(*tail);
	log_tail_forget_ended(*tail);
	vec_release(&(*tail)->ids);
	vec_release(&(*tail)->ended);
	log_reader_close(&(*tail)->reader);
	conn_close(&(*tail)->conn);
	mem_drop(tail);
}

enum dbs_rc log_tail_open(const struct conn_setup *setup,
			  const struct log_place *from, uint32_t server_id,
			  struct log_tail **out, struct dbs_error *err)
{
	OWNED(log_tail_close) struct log_tail *tail = mem_zero(1,
							       sizeof(*tail));
	const struct log_reading how = {
		.from = from,
		.server_id = server_id,
		.follows = true,
		.heartbeat_ms = IDLE_MS,
	};

	tail->ids = (struct vec)VEC_INIT(struct run_of_ids);
	tail->ended = (struct vec)VEC_INIT(char *);
	tail->end = from->at;
	enum dbs_rc rc = conn_open(setup, &tail->conn, err);

	if (!rc)
		rc = log_reader_open(tail->conn, &how, &tail->reader, err);
	if (!rc)
		*out = own_take(&tail);
	return rc;
}

const struct log_point *log_tail_end(const struct log_tail *tail)
{
	return &tail->end;
}

uint32_t log_tail_birth(const struct log_tail *tail)
{
	return tail->birth;
}

uint32_t log_tail_time(const struct log_tail *tail)
{
	return tail->time;
}

uint64_t log_tail_transactions(const struct log_tail *tail)
{
	return tail->transactions;
}

/* ------------------------------------------------------------------------
 * Ids
 * --------------------------------------------------------------------- */

static void add_id(struct log_tail *tail)
{
	const char *colon = strrchr(tail->gtid.text, ':');

	if (!colon) {
		tail->lacks_ids = true;
		return;
	}
	const size_t length = (size_t)(colon - tail->gtid.text);
	const uint64_t number = strtoull(colon + 1, NULL, 10);
	struct run_of_ids *last = tail->ids.count ? vec_at(&tail->ids,
							   tail->ids.count - 1)
						  : NULL;

	if (last && last->last + 1 == number && strlen(last->name) == length &&
	    !memcmp(last->name, tail->gtid.text, length)) {
		last->last = number;
		return;
	}
	*(struct run_of_ids *)vec_push(&tail->ids) = (struct run_of_ids){
		.name = mem_strndup(tail->gtid.text, length),
		.first = number,
		.last = number,
	};
}

bool log_tail_take_ids(struct log_tail *tail, struct buf *out)
{
	const bool has_all = !tail->lacks_ids;

	for (size_t i = 0; i < tail->ids.count; i++) {
		const struct run_of_ids *ids = vec_at(&tail->ids, i);

		buf_addf(out, "%s%s:%" PRIu64 "-%" PRIu64, i ? "," : "",
			 ids->name, ids->first, ids->last);
	}
	forget_ids(tail);
	return has_all;
}

bool log_tail_has_ended(const struct log_tail *tail, const char *xid)
{
	for (size_t i = 0; i < tail->ended.count; i++)
		if (!xid || !strcmp(xid, *(char **)vec_at(&tail->ended, i)))
			return true;
	return false;
}

void log_tail_forget_ended(struct log_tail *tail)
{
	for (size_t i = 0; i < tail->ended.count; i++)
		mem_drop((char **)vec_at(&tail->ended, i));
	vec_truncate(&tail->ended, 0);
}

static void end_prepared(struct log_tail *tail, const struct log_query *query)
{
	OWNED(buf_release) struct buf xid = BUF_INIT;

	if (statement_xid(query->text, query->length, &xid))
		*(char **)vec_push(&tail->ended) = buf_detach(&xid);
}

/* ------------------------------------------------------------------------
 * Transactions
 * --------------------------------------------------------------------- */

static void begin(struct log_tail *tail)
{
	tail->is_open = true;
	tail->has_begun = false;
	tail->gtid = (struct log_gtid){0};
}

static void begin_by_id(struct log_tail *tail, const struct log_event *event)
{
	begin(tail);
	/* one that cannot be read has no id, and that is seen later */
	if (log_gtid_read(event, &tail->gtid))
		tail->has_begun = event->type == EVENT_MARIADB_GTID &&
				  !tail->gtid.is_standalone;
}

static void finish(struct log_tail *tail, const struct log_event *event)
{
	if (!tail->is_open)
		return;
	tail->is_open = false;
	tail->time = event->time;
	tail->transactions++;
	add_id(tail);
}

static void take_query(struct log_tail *tail, const struct log_event *event)
{
	OWNED(buf_release) struct buf text = BUF_INIT;
	struct log_query query;
	const enum statement_class kind =
		unpack_query(event, &text, &query)
			? statement_class(query.text, query.length)
			: CLASS_ROWS;

	if (!tail->is_open)
		begin(tail);
	switch (kind) {
	case CLASS_BEGIN:
		tail->has_begun = true;
		return;
	case CLASS_COMMIT:
	case CLASS_ROLLBACK:
		finish(tail, event);
		return;
	case CLASS_XA_COMMIT:
	case CLASS_XA_ROLLBACK:
		end_prepared(tail, &query);
		finish(tail, event);
		return;
	case CLASS_SAVEPOINT:
	case CLASS_ROLLBACK_TO:
	case CLASS_XA_PREPARE: /* an event of its own ends it */
	case CLASS_NOTHING:
	case CLASS_STRUCTURE:
	case CLASS_ROWS:
		break;
	}
	if (!tail->has_begun)
		finish(tail, event);
}

static void take(struct log_tail *tail, const struct log_event *event)
{
	switch (event->type) {
	case EVENT_GTID:
	case EVENT_ANONYMOUS_GTID:
	case EVENT_TAGGED_GTID:
	case EVENT_MARIADB_GTID:
		begin_by_id(tail, event);
		break;
	case EVENT_QUERY:
	case EVENT_QUERY_COMPRESSED:
		take_query(tail, event);
		break;
	case EVENT_XID:
	case EVENT_XA_PREPARE:
		finish(tail, event);
		break;
	case EVENT_ROTATE:
		tail->birth = 0;
		tail->is_open = false; /* no transaction goes on behind it */
		break;
	case EVENT_FORMAT:
		tail->birth = log_reader_format(tail->reader)->birth;
		tail->is_open = false;
		break;
	case EVENT_STOP:
		tail->is_open = false;
		break;
	default:
		break;
	}
	if (!tail->is_open)
		tail->end = *log_reader_end(tail->reader);
}

static bool is_heartbeat(const struct log_event *event)
{
	return event->type == EVENT_HEARTBEAT ||
	       event->type == EVENT_HEARTBEAT_2;
}

static enum dbs_rc next(struct log_tail *tail, struct log_window *into,
			bool *idle_out, struct dbs_error *err)
{
	struct log_event event;
	bool more = true;
	enum dbs_rc rc = log_reader_next(tail->reader, &event, &more, err);

	if (rc)
		return rc;
	if (!more)
		return dbs_fail(err, DBS_E_LOST,
				"the server has ended the stream of its "
				"binary log");
	*idle_out = is_heartbeat(&event);
	if (*idle_out)
		return DBS_OK;
	log_window_event(into, tail->reader, &event);
	take(tail, &event);
	return DBS_OK;
}

enum dbs_rc log_tail_wait(struct log_tail *tail, struct log_window *into,
			  bool *any_out, struct dbs_error *err)
{
	const uint64_t before = tail->transactions;
	bool is_idle = false;
	enum dbs_rc rc = DBS_OK;

	while (!rc && tail->transactions == before && !is_idle)
		rc = next(tail, into, &is_idle, err);
	*any_out = tail->transactions != before;
	return rc;
}

enum dbs_rc log_tail_reach(struct log_tail *tail, struct log_window *into,
			   const struct log_point *to, struct dbs_error *err)
{
	enum { SILENCES = 300 }; /* of IDLE_MS each */
	bool is_idle = false;
	unsigned silences = 0;
	enum dbs_rc rc = DBS_OK;

	while (!rc && log_point_order(&tail->end, to) < 0) {
		rc = next(tail, into, &is_idle, err);
		silences = is_idle ? silences + 1 : 0;
		if (!rc && silences == SILENCES)
			return dbs_fail(
				err, DBS_E_LOST,
				"the server has logged up to %s:%" PRIu64
				", and sends no more than up to "
				"%s:%" PRIu64,
				to->file, to->position, tail->end.file,
				tail->end.position);
	}
	return rc;
}
