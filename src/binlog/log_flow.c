/*
 * log_flow.c - see log_flow.h.
 *
 *	            GTID, BEGIN            XID, COMMIT, one statement alone
 *	between ──────────────▶ open ──────────────────────────▶ take, between
 *	   ▲                     │ XA PREPARE
 *	   │                     ▼
 *	   └─── XA COMMIT ── prepared, by xid      (XA ROLLBACK forgets it)
 *
 * MariaDB's GTID says whether it is of one statement alone; MySQL's does not, and
 * BEGIN follows where it is of more.
 */
#include "dbsync/binlog/log_flow.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/base/vec.h"
#include "dbsync/binlog/log_value.h"
#include "dbsync/binlog/statement_class.h"
#include "dbsync/binlog/unpack.h"

#include <string.h>

struct prepared {
	char *xid;
	struct log_point start;
	struct log_pending *changes;
};

struct log_flow {
	struct log_book *book;
	const struct log_interest *interest;
	struct log_point silent;
	log_flow_take *take;
	void *self;
	bool is_open;
	bool has_begun; /* it ends with an end of its own */
	struct log_gtid gtid;
	struct log_point start;
	uint32_t time;
	struct log_pending *changes;
	struct vec prepared; /* struct prepared, in their order */
	struct row_event row;
	struct buf before, after;
};

struct log_flow *log_flow_new(struct log_book *book,
			      const struct log_interest *interest,
			      const struct log_point *silent,
			      log_flow_take *take, void *self)
{
	struct log_flow *flow = mem_zero(1, sizeof(*flow));

	*flow = (struct log_flow){
		.book = book,
		.interest = interest,
		.silent = *silent,
		.take = take,
		.self = self,
		.changes = log_pending_new(),
		.prepared = VEC_INIT(struct prepared),
		.row = ROW_EVENT_INIT,
		.before = BUF_INIT,
		.after = BUF_INIT,
	};
	return flow;
}

static void drop_prepared(struct prepared *prepared)
{
	mem_drop(&prepared->xid);
	log_pending_drop(&prepared->changes);
}

void log_flow_drop(struct log_flow **flow)
{
	if (!*flow)
		return;
	for (size_t i = 0; i < (*flow)->prepared.count; i++)
		drop_prepared(vec_at(&(*flow)->prepared, i));
	vec_release(&(*flow)->prepared);
	log_pending_drop(&(*flow)->changes);
	row_event_release(&(*flow)->row);
	buf_release(&(*flow)->before);
	buf_release(&(*flow)->after);
	mem_drop(flow);
}

bool log_flow_is_between(const struct log_flow *flow)
{
	return !flow->is_open;
}

/* ------------------------------------------------------------------------
 * Errors
 * --------------------------------------------------------------------- */

static enum dbs_rc fail_at(const struct log_reader *reader, enum dbs_rc code,
			   const char *what, struct dbs_error *err)
{
	const struct log_point *at = log_reader_start(reader);

	return dbs_fail(err, code, "the binary log at %s:%llu: %s", at->file,
			(unsigned long long)at->position, what);
}

static enum dbs_rc context_at(const struct log_reader *reader,
			      struct dbs_error *err)
{
	const struct log_point *at = log_reader_start(reader);

	return dbs_error_context(err, "the binary log at %s:%llu", at->file,
				 (unsigned long long)at->position);
}

/* What was changed there, only the statement says. */
static enum dbs_rc refuse_statement(const struct log_reader *reader,
				    const char *text, size_t length,
				    struct dbs_error *err)
{
	OWNED(buf_release) struct buf what = BUF_INIT;

	buf_adds(&what, "a session that does not log rows (binlog_format) has "
			"run a statement, and what it changed is not known: ");
	text_show(&what, text, length, 100);
	return fail_at(reader, DBS_E_SERVER, what.data, err);
}

/* ------------------------------------------------------------------------
 * Beginning and ending
 * --------------------------------------------------------------------- */

static void begin(struct log_flow *flow, const struct log_reader *reader,
		  const struct log_event *event)
{
	flow->is_open = true;
	flow->has_begun = false;
	flow->gtid = (struct log_gtid){0};
	flow->start = *log_reader_start(reader);
	flow->time = event->time;
	/* one that the log did not end was never committed */
	log_pending_clear(flow->changes);
	log_book_begin(flow->book, !flow->prepared.count);
}

/*
 * What lies inside of a transaction, and none has begun: its rows before the
 * place would be missing.
 */
static enum dbs_rc check_begun(const struct log_flow *flow,
			       const struct log_reader *reader,
			       struct dbs_error *err)
{
	return flow->is_open && flow->has_begun
		       ? DBS_OK
		       : fail_at(reader, DBS_E_SERVER,
				 "this is in the middle of a transaction, and "
				 "what is before it there is not known; give "
				 "the place where it begins",
				 err);
}

static enum dbs_rc not_ended(const struct log_reader *reader,
			     struct dbs_error *err)
{
	return fail_at(reader, DBS_E_STRANGE,
		       "a transaction begins, and the one before it has not "
		       "ended",
		       err);
}

/* BEGIN or XA START, behind the id if there is one (old servers have none). */
static enum dbs_rc begin_by_word(struct log_flow *flow,
				 const struct log_reader *reader,
				 const struct log_event *event,
				 struct dbs_error *err)
{
	if (!flow->is_open)
		begin(flow, reader, event);
	if (!log_pending_is_empty(flow->changes))
		return not_ended(reader, err);
	flow->has_begun = true;
	return DBS_OK;
}

static enum dbs_rc begin_by_id(struct log_flow *flow,
			       const struct log_reader *reader,
			       const struct log_event *event,
			       struct dbs_error *err)
{
	if (flow->is_open && flow->has_begun)
		return not_ended(reader, err);
	begin(flow, reader, event);
	if (!log_gtid_read(event, &flow->gtid))
		return fail_at(reader, DBS_E_STRANGE,
			       "the id of a transaction cannot be read", err);
	flow->has_begun = event->type == EVENT_MARIADB_GTID &&
			  !flow->gtid.is_standalone;
	return DBS_OK;
}

static bool is_silent(const struct log_flow *flow)
{
	return *flow->silent.file &&
	       log_point_order(&flow->start, &flow->silent) < 0;
}

static enum dbs_rc give(struct log_flow *flow, const struct log_reader *reader,
			struct log_pending *changes, struct dbs_error *err)
{
	struct log_transaction transaction = {
		.id = flow->gtid.text,
		.time = flow->time,
		.start = flow->start,
		.end = *log_reader_end(reader),
		.changes = changes,
	};

	if (flow->prepared.count)
		transaction.held =
			((struct prepared *)vec_at(&flow->prepared, 0))->start;

	return is_silent(flow) ? DBS_OK
			       : flow->take(flow->self, &transaction, err);
}

static enum dbs_rc finish(struct log_flow *flow,
			  const struct log_reader *reader,
			  struct dbs_error *err)
{
	if (!flow->is_open)
		return DBS_OK;
	flow->is_open = false;
	enum dbs_rc rc = give(flow, reader, flow->changes, err);

	log_pending_clear(flow->changes);
	return rc;
}

static enum dbs_rc end_committed(struct log_flow *flow,
				 const struct log_reader *reader,
				 struct dbs_error *err)
{
	enum dbs_rc rc = check_begun(flow, reader, err);

	return rc ? rc : finish(flow, reader, err);
}

/* ------------------------------------------------------------------------
 * Transactions in two phases
 * --------------------------------------------------------------------- */

static size_t find_prepared(const struct log_flow *flow, const char *xid)
{
	const struct prepared *items = flow->prepared.items;

	for (size_t i = 0; i < flow->prepared.count; i++)
		if (!strcmp(items[i].xid, xid))
			return i;
	return SIZE_MAX;
}

static struct prepared take_off(struct log_flow *flow, size_t at)
{
	struct prepared *items = flow->prepared.items;
	const struct prepared found = items[at];

	memmove(items + at, items + at + 1,
		(flow->prepared.count - at - 1) * sizeof(*items));
	vec_truncate(&flow->prepared, flow->prepared.count - 1);
	return found;
}

/* Its changes wait under its xid; the place of it is behind it all the same. */
static enum dbs_rc prepare(struct log_flow *flow,
			   const struct log_reader *reader, const char *xid,
			   struct dbs_error *err)
{
	const size_t before = find_prepared(flow, xid);

	/* there is never more than one: the end of the other was not logged */
	if (before != SIZE_MAX) {
		struct prepared gone = take_off(flow, before);

		drop_prepared(&gone);
	}
	struct prepared *prepared = vec_push(&flow->prepared);

	prepared->xid = mem_strdup(xid);
	prepared->start = flow->start;
	prepared->changes = own_take(&flow->changes);
	flow->changes = log_pending_new();
	return finish(flow, reader, err);
}

static enum dbs_rc take_prepare(struct log_flow *flow,
				const struct log_reader *reader,
				const struct log_event *event,
				struct dbs_error *err)
{
	OWNED(buf_release) struct buf xid = BUF_INIT;
	bool one_phase = false;
	enum dbs_rc rc = check_begun(flow, reader, err);

	if (rc)
		return rc;
	if (!log_xa_prepare_read(event, &one_phase, &xid))
		return fail_at(reader, DBS_E_STRANGE,
			       "XA PREPARE cannot be read", err);
	return one_phase ? finish(flow, reader, err)
			 : prepare(flow, reader, xid.data, err);
}

static enum dbs_rc end_prepared(struct log_flow *flow,
				const struct log_reader *reader,
				const struct log_query *query, bool is_commit,
				struct dbs_error *err)
{
	OWNED(buf_release) struct buf xid = BUF_INIT;

	if (!statement_xid(query->text, query->length, &xid))
		return fail_at(reader, DBS_E_STRANGE,
			       "the end of an XA transaction cannot be read",
			       err);
	const size_t at = find_prepared(flow, xid.data);

	if (at == SIZE_MAX && is_commit && !is_silent(flow))
		return fail_at(reader, DBS_E_SERVER,
			       "a transaction is committed that was prepared "
			       "(XA PREPARE) before the place where reading "
			       "began, so its rows are not known; begin with "
			       "--from snapshot, or at a place before it",
			       err);
	if (at == SIZE_MAX || !is_commit) {
		if (at != SIZE_MAX) {
			struct prepared gone = take_off(flow, at);

			drop_prepared(&gone);
		}
		return finish(flow, reader, err);
	}
	struct prepared found = take_off(flow, at);

	flow->is_open = false;
	enum dbs_rc rc = give(flow, reader, found.changes, err);

	drop_prepared(&found);
	return rc;
}

/* ------------------------------------------------------------------------
 * Statements
 * --------------------------------------------------------------------- */

static enum dbs_rc add_statement(struct log_flow *flow,
				 const struct log_reader *reader,
				 const struct log_event *event,
				 const struct log_query *query,
				 struct dbs_error *err)
{
	const struct logged item = {
		.kind = LOGGED_STATEMENT,
		.time = event->time,
		.database = {query->database, query->database_length},
		.text = {query->text, query->length},
	};

	log_book_statement(flow->book, log_reader_start(reader), query->text,
			   query->length);
	if (flow->gtid.is_start_alter || flow->gtid.is_rollback_alter ||
	    !flow->interest->with_statements ||
	    !flow->interest->is_about(flow->interest->self, query))
		return DBS_OK;
	return log_pending_add(flow->changes, &item, err);
}

/* Of the server's own tables; what is in them nobody compares. */
static bool is_of_system(const struct log_query *query)
{
	char name[256] = "";

	if (query->database_length >= sizeof(name))
		return false;
	memcpy(name, query->database, query->database_length);
	return schema_is_system(name);
}

static enum dbs_rc read_savepoint(const struct log_flow *flow,
				  const struct log_reader *reader,
				  const struct log_query *query,
				  struct buf *name, struct dbs_error *err)
{
	enum dbs_rc rc = check_begun(flow, reader, err);

	if (rc || statement_savepoint(query->text, query->length, name))
		return rc;
	return fail_at(reader, DBS_E_STRANGE,
		       "the name of a savepoint cannot be read", err);
}

static enum dbs_rc go_back(struct log_flow *flow,
			   const struct log_reader *reader,
			   const struct log_query *query, struct dbs_error *err)
{
	OWNED(buf_release) struct buf name = BUF_INIT;
	enum dbs_rc rc = read_savepoint(flow, reader, query, &name, err);

	if (rc)
		return rc;
	rc = log_pending_rollback(flow->changes, name.data, err);
	return rc == DBS_E_STRANGE ? context_at(reader, err) : rc;
}

static enum dbs_rc set_savepoint(struct log_flow *flow,
				 const struct log_reader *reader,
				 const struct log_query *query,
				 struct dbs_error *err)
{
	OWNED(buf_release) struct buf name = BUF_INIT;
	enum dbs_rc rc = read_savepoint(flow, reader, query, &name, err);

	if (!rc)
		log_pending_savepoint(flow->changes, name.data);
	return rc;
}

static enum dbs_rc roll_back(struct log_flow *flow,
			     const struct log_reader *reader,
			     struct dbs_error *err)
{
	enum dbs_rc rc = log_pending_rollback(flow->changes, NULL, err);

	return rc ? rc : finish(flow, reader, err);
}

/* A statement outside of BEGIN is a transaction of its own. */
static enum dbs_rc end_alone(struct log_flow *flow,
			     const struct log_reader *reader,
			     struct dbs_error *err)
{
	return flow->has_begun ? DBS_OK : finish(flow, reader, err);
}

static enum dbs_rc take_statement(struct log_flow *flow,
				  const struct log_reader *reader,
				  const struct log_event *event,
				  const struct log_query *query,
				  struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	switch (statement_class(query->text, query->length)) {
	case CLASS_BEGIN:
		return begin_by_word(flow, reader, event, err);
	case CLASS_COMMIT:
		return end_committed(flow, reader, err);
	case CLASS_ROLLBACK:
		return roll_back(flow, reader, err);
	case CLASS_SAVEPOINT:
		return set_savepoint(flow, reader, query, err);
	case CLASS_ROLLBACK_TO:
		return go_back(flow, reader, query, err);
	case CLASS_XA_COMMIT:
		return end_prepared(flow, reader, query, true, err);
	case CLASS_XA_ROLLBACK:
		return end_prepared(flow, reader, query, false, err);
	case CLASS_NOTHING:
	case CLASS_XA_PREPARE: /* an event of its own has it */
		return end_alone(flow, reader, err);
	case CLASS_STRUCTURE:
		rc = add_statement(flow, reader, event, query, err);
		return rc ? rc : end_alone(flow, reader, err);
	case CLASS_ROWS:
		break;
	}
	return is_of_system(query) && !flow->interest->is_about(
					      flow->interest->self, query)
		       ? end_alone(flow, reader, err)
		       : refuse_statement(reader, query->text, query->length,
					  err);
}

static enum dbs_rc take_query(struct log_flow *flow,
			      const struct log_reader *reader,
			      const struct log_event *event,
			      struct dbs_error *err)
{
	OWNED(buf_release) struct buf text = BUF_INIT;
	struct log_query query;

	if (!unpack_query(event, &text, &query))
		return fail_at(reader, DBS_E_STRANGE,
			       "a statement cannot be read", err);
	if (!flow->is_open &&
	    statement_class(query.text, query.length) != CLASS_BEGIN)
		begin(flow, reader, event);
	return take_statement(flow, reader, event, &query, err);
}

/* ------------------------------------------------------------------------
 * Rows
 * --------------------------------------------------------------------- */

/* Which images of a row are of today: what becomes history is deleted. */
static void choose_images(const struct row_event *row,
			  const struct log_table *table, bool has[IMAGES])
{
	enum row_age age = ROW_TODAY;

	for (unsigned i = 0; i < IMAGES; i++) {
		const enum row_age own =
			row->has[i] ? log_row_age(table, row->cells[i])
				    : ROW_AGE_UNKNOWN;

		age = own == ROW_AGE_UNKNOWN ? age : own;
		has[i] = row->has[i] && age == ROW_TODAY;
	}
}

static enum dbs_rc add_row(struct log_flow *flow,
			   const struct log_mapped *mapped, uint32_t time,
			   struct dbs_error *err)
{
	struct row_event *row = &flow->row;
	struct buf *texts[IMAGES] = {&flow->before, &flow->after};
	bool has[IMAGES];
	enum dbs_rc rc = DBS_OK;

	choose_images(row, mapped->table, has);
	if (!has[IMAGE_BEFORE] && !has[IMAGE_AFTER])
		return DBS_OK;
	for (unsigned i = 0; i < IMAGES && !rc; i++) {
		buf_clear(texts[i]);
		if (has[i])
			rc = log_row_values(texts[i], mapped->table,
					    mapped->map, row->cells[i],
					    log_book_texts(flow->book), err);
	}
	const struct logged item = {
		.kind = !has[IMAGE_BEFORE] ? LOGGED_INSERT
			: has[IMAGE_AFTER] ? LOGGED_UPDATE
					   : LOGGED_DELETE,
		.time = time,
		.table = mapped->table,
		.before = {flow->before.data, flow->before.length},
		.after = {flow->after.data, flow->after.length},
	};

	return rc ? rc : log_pending_add(flow->changes, &item, err);
}

static enum dbs_rc add_rows(struct log_flow *flow,
			    const struct log_reader *reader,
			    const struct log_event *event,
			    const struct log_mapped *mapped,
			    struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	if (!row_event_open(&flow->row, event, log_reader_format(reader),
			    mapped->map))
		return fail_at(reader, DBS_E_STRANGE,
			       "an event does not fit the table that it is of",
			       err);
	while (!rc && row_event_next(&flow->row))
		rc = add_row(flow, mapped, event->time, err);
	if (!rc && !flow->row.at_end)
		rc = fail_at(reader, DBS_E_STRANGE,
			     "the values of a row are cut off", err);
	return rc;
}

static enum dbs_rc take_map(struct log_flow *flow,
			    const struct log_reader *reader,
			    const struct log_event *event,
			    struct dbs_error *err)
{
	enum dbs_rc rc = check_begun(flow, reader, err);

	return rc ? rc
		  : log_book_map(flow->book, event, log_reader_start(reader),
				 flow->interest->in_table, flow->interest->self,
				 err);
}

static enum dbs_rc take_rows(struct log_flow *flow,
			     const struct log_reader *reader,
			     const struct log_event *event,
			     struct dbs_error *err)
{
	uint64_t id = 0;
	const struct log_mapped *mapped = NULL;
	enum dbs_rc rc = check_begun(flow, reader, err);

	if (rc)
		return rc;
	if (row_event_table(event, log_reader_format(reader), &id))
		mapped = log_book_mapped(flow->book, id);
	if (!mapped)
		return fail_at(reader, DBS_E_STRANGE,
			       "rows of a table that was not named before",
			       err);
	if (!mapped->table)
		return DBS_OK; /* of no interest */
	if (!mapped->table->problem)
		return add_rows(flow, reader, event, mapped, err);
	OWNED(buf_release) struct buf what = BUF_INIT;

	buf_addf(&what, "rows of `%s`.`%s` cannot be read: %s",
		 mapped->map->database, mapped->map->table,
		 mapped->table->problem);
	return fail_at(reader, DBS_E_SERVER, what.data, err);
}

/* ------------------------------------------------------------------------
 * Events
 * --------------------------------------------------------------------- */

static enum dbs_rc take_other(const struct log_reader *reader,
			      const struct log_event *event,
			      struct dbs_error *err)
{
	OWNED(buf_release) struct buf what = BUF_INIT;

	if (event->flags & EVENT_FLAG_IGNORABLE)
		return DBS_OK;
	buf_addf(&what, "an event of type %u, which this version does not know",
		 event->type);
	return fail_at(reader, DBS_E_UNKNOWN, what.data, err);
}

enum dbs_rc log_flow_event(struct log_flow *flow,
			   const struct log_reader *reader,
			   const struct log_event *event, struct dbs_error *err)
{
	switch (event->type) {
	case EVENT_GTID:
	case EVENT_ANONYMOUS_GTID:
	case EVENT_TAGGED_GTID:
	case EVENT_MARIADB_GTID:
		return begin_by_id(flow, reader, event, err);
	case EVENT_QUERY:
	case EVENT_QUERY_COMPRESSED:
		return take_query(flow, reader, event, err);
	case EVENT_XID:
		return end_committed(flow, reader, err);
	case EVENT_XA_PREPARE:
		return take_prepare(flow, reader, event, err);
	case EVENT_TABLE_MAP:
		return take_map(flow, reader, event, err);
	case EVENT_INCIDENT:
		return fail_at(reader, DBS_E_SERVER,
			       "the server says that changes are missing here "
			       "(an incident); begin with --from snapshot",
			       err);
	case EVENT_BEGIN_LOAD:
	case EVENT_EXECUTE_LOAD:
		return refuse_statement(reader, "LOAD DATA", 9, err);
	case EVENT_STOP:
	case EVENT_ROTATE:
	case EVENT_FORMAT:
		flow->is_open = false; /* no transaction goes on behind it */
		return DBS_OK;
	case EVENT_INTVAR:
	case EVENT_RAND:
	case EVENT_USER_VAR:
	case EVENT_APPEND_BLOCK:
	case EVENT_DELETE_FILE:
	case EVENT_HEARTBEAT:
	case EVENT_HEARTBEAT_2:
	case EVENT_IGNORABLE:
	case EVENT_ROWS_QUERY:
	case EVENT_PREVIOUS_GTIDS:
	case EVENT_TRANSACTION_CONTEXT:
	case EVENT_VIEW_CHANGE:
	case EVENT_ANNOTATE_ROWS:
	case EVENT_CHECKPOINT:
	case EVENT_GTID_LIST:
	case EVENT_START_ENCRYPTION:
		return DBS_OK;
	default:
		return row_event_is(event->type)
			       ? take_rows(flow, reader, event, err)
			       : take_other(reader, event, err);
	}
}
