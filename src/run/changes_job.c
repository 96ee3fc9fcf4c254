/*
 * changes_job.c - see changes_job.h.
 *
 *	ask       questions: settings, schemas, where the log ends
 *	view      a snapshot, for --from snapshot; closed once its rows are read
 *	stream    the log itself
 *
 * A place is given to the sink when all before it was put, and only then: who
 * goes on from there misses nothing and gets nothing twice.
 */
#include "dbsync/run/changes_job.h"

#include "dbsync/base/clock.h"
#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/binlog/log_flow.h"
#include "dbsync/binlog/statement_class.h"
#include "dbsync/schema/load.h"

#include "changes_snapshot.h"
#include "changes_start.h"
#include "changes_words.h"

#include <string.h>

enum { HEARTBEAT_MS = 200, KEEP_S = 1 };

struct changes_job {
	const struct changes_request *request;
	struct changes_result *result;
	struct conn_setup setup;
	struct conn *ask;
	struct arena *arena;
	struct vec databases; /* const char * */
	uint32_t server_id;
	struct log_place place;   /* behind what was put */
	struct log_point skip_in; /* a transaction that was put in part: */
	uint64_t skip_rows;
	struct log_book *book;
	struct log_flow *flow;
	uint64_t kept_at;        /* when the sink was told a place */
	bool is_kept;            /* it knows the last one */
	bool is_over;            /* the end that was asked for is reached */
	uint32_t birth;          /* of the file that is read now */
	struct log_point silent; /* before it all was put; no file: nothing */
	struct place_words words;
};

/* ------------------------------------------------------------------------
 * What is of interest
 * --------------------------------------------------------------------- */

static bool has_database(const struct changes_request *request,
			 const char *database)
{
	const struct text_list *wanted = &request->databases;

	if (schema_is_system(database))
		return false;
	for (size_t i = 0; i < wanted->count; i++)
		if (text_glob(wanted->items[i], database, false))
			return true;
	return !wanted->count;
}

static bool fits(const struct text_list *patterns, const char *database,
		 const char *table)
{
	for (size_t i = 0; i < patterns->count; i++)
		if (choice_fits(patterns->items[i], database, table))
			return true;
	return false;
}

static bool in_table(void *self, const char *database, const char *table)
{
	const struct changes_job *job = self;
	const struct changes_request *request = job->request;

	return has_database(request, database) &&
	       (!request->tables.count ||
		fits(&request->tables, database, table)) &&
	       !fits(&request->exclude, database, table);
}

static void know_database(struct changes_job *job, const char *name)
{
	for (size_t i = 0; i < job->databases.count; i++)
		if (!strcmp(*(const char **)vec_at(&job->databases, i), name))
			return;
	*(const char **)vec_push(&job->databases) = arena_strdup(job->arena,
								 name);
}

/*
 * One that names a database by its name is about it, whatever is chosen; also one
 * that was created meanwhile, and where all are chosen, one of no database.
 */
static bool is_about(void *self, const struct log_query *query)
{
	struct changes_job *job = self;
	char name[256] = "";

	if (query->database_length < sizeof(name))
		memcpy(name, query->database, query->database_length);
	if (*name && has_database(job->request, name)) {
		know_database(job, name);
		return true;
	}
	for (size_t i = 0; i < job->databases.count; i++)
		if (statement_names(query->text, query->length,
				    *(const char **)vec_at(&job->databases, i)))
			return true;
	return !*name && !job->request->databases.count;
}

static enum dbs_rc choose_databases(struct changes_job *job,
				    struct dbs_error *err)
{
	OWNED(rows_drop) struct rows *rows = NULL;
	enum dbs_rc rc = schema_databases(job->ask, &rows, err);

	for (size_t i = 0; !rc && i < rows_count(rows); i++)
		if (has_database(job->request, rows_text(rows, i, 0)))
			*(const char **)vec_push(&job->databases) =
				arena_strdup(job->arena, rows_text(rows, i, 0));
	if (!rc && !job->databases.count && job->request->databases.count)
		rc = dbs_fail(
			err, DBS_E_USAGE,
			"the source has no database `%s`, or the user may "
			"not see it",
			job->request->databases.items[0]);
	return rc;
}

/* ------------------------------------------------------------------------
 * To the sink
 * --------------------------------------------------------------------- */

static enum dbs_rc put(const struct changes_job *job,
		       const struct change_item *item, struct dbs_error *err)
{
	return job->request->sink->put(job->request->sink->self, item, err);
}

/* In the file that is read now. */
static void set_at(struct changes_job *job, const struct log_point *at)
{
	job->place.at = *at;
	if (job->birth)
		job->place.birth = job->birth;
}

static enum dbs_rc keep_place(struct changes_job *job, struct dbs_error *err)
{
	OWNED(buf_release) struct buf word = BUF_INIT;
	const struct change_sink *sink = job->request->sink;

	log_place_write(&job->place, &word);
	enum dbs_rc rc = sink->flush(sink->self, word.data, err);

	if (rc)
		return rc;
	job->kept_at = clock_ns();
	job->is_kept = true;
	mem_drop(&job->result->place);
	job->result->place = mem_strdup(word.data);
	return DBS_OK;
}

/* A transaction that is being put. */
struct putting {
	struct changes_job *job;
	const struct log_transaction *transaction;
	uint64_t skip;
	uint64_t first; /* 1: its begin and its commit are lines, too */
	uint64_t count; /* of its lines, but for the commit */
};

/* Behind so many of its lines. */
static const char *place_behind(struct putting *putting, uint64_t number)
{
	struct changes_job *job = putting->job;

	return place_words_write(&job->words, &job->place,
				 &putting->transaction->start, number,
				 &job->place.held);
}

static const char *place_at_end(struct putting *putting)
{
	const struct log_transaction *transaction = putting->transaction;
	struct changes_job *job = putting->job;

	return place_words_write(&job->words, &job->place, &transaction->end, 0,
				 &transaction->held);
}

static enum dbs_rc put_change(void *self, const struct logged *change,
			      bool is_last, struct dbs_error *err)
{
	struct putting *putting = self;
	struct changes_job *job = putting->job;

	const uint64_t number = change->number + putting->first;

	putting->count = number;
	if (number <= putting->skip)
		return DBS_OK;
	const struct change_item item = {
		.kind = change->kind == LOGGED_STATEMENT ? ITEM_STATEMENT
							 : ITEM_ROW,
		.change = *change,
		.transaction = putting->transaction->id,
		.place = is_last && !putting->first
				 ? place_at_end(putting)
				 : place_behind(putting, number),
		.time = change->time,
	};
	enum dbs_rc rc = put(job, &item, err);

	if (rc)
		return rc;
	job->place.rows = number;
	if (item.kind == ITEM_ROW)
		job->result->rows++;
	else
		job->result->statements++;
	return DBS_OK;
}

static enum dbs_rc put_end(const struct putting *putting,
			   enum change_item_kind kind, const char *place,
			   struct dbs_error *err)
{
	const struct change_item item = {
		.kind = kind,
		.transaction = putting->transaction->id,
		.place = place,
		.time = putting->transaction->time,
	};

	return put(putting->job, &item, err);
}

/* More lines than it has: the place is not one that was printed like this. */
static enum dbs_rc check_skipped(const struct putting *putting,
				 struct dbs_error *err)
{
	const struct log_point *at = &putting->transaction->start;

	if (putting->skip <= putting->count)
		return DBS_OK;
	return dbs_fail(err, DBS_E_USAGE,
			"the place is behind line %llu of the transaction at "
			"%s:%llu, which has %llu with these options: go on "
			"with those that the place was printed with",
			(unsigned long long)putting->skip, at->file,
			(unsigned long long)at->position,
			(unsigned long long)putting->count);
}

static enum dbs_rc put_all(struct putting *putting, struct dbs_error *err)
{
	const struct log_transaction *transaction = putting->transaction;
	struct changes_job *job = putting->job;
	enum dbs_rc rc = DBS_OK;

	if (log_pending_is_empty(transaction->changes))
		return check_skipped(putting, err);
	job->result->transactions++;
	set_at(job, &transaction->start); /* also the file, for what follows */
	job->place.rows = putting->skip;
	if (!putting->skip && putting->first)
		rc = put_end(putting, ITEM_BEGIN, place_behind(putting, 1),
			     err);
	if (!rc)
		rc = log_pending_each(transaction->changes, put_change, putting,
				      err);
	if (!rc)
		rc = check_skipped(putting, err);
	return rc || !putting->first ? rc
				     : put_end(putting, ITEM_COMMIT,
					       place_at_end(putting), err);
}

/* ------------------------------------------------------------------------
 * The log
 * --------------------------------------------------------------------- */

static bool is_behind_end(const struct changes_job *job,
			  const struct log_transaction *transaction)
{
	const struct changes_request *request = job->request;

	switch (request->until) {
	case UNTIL_PLACE:
		return log_point_order(&transaction->start,
				       &request->end->at) >= 0;
	case UNTIL_TIME:
		return transaction->time > request->end_time;
	case UNTIL_END:
	case UNTIL_STOPPED:
		break;
	}
	return false;
}

static enum dbs_rc no_transaction_there(const struct changes_job *job,
					struct dbs_error *err)
{
	return dbs_fail(err, DBS_E_USAGE,
			"the place is in a transaction at %s:%llu, and none "
			"begins there",
			job->skip_in.file,
			(unsigned long long)job->skip_in.position);
}

static enum dbs_rc take_transaction(void *self,
				    const struct log_transaction *transaction,
				    struct dbs_error *err)
{
	struct changes_job *job = self;
	struct putting putting = {
		.job = job,
		.transaction = transaction,
		.first = job->request->with_transactions,
	};

	job->is_over = is_behind_end(job, transaction);
	if (job->is_over)
		return DBS_OK;
	if (job->skip_rows &&
	    log_point_order(&transaction->start, &job->skip_in))
		return no_transaction_there(job, err);
	putting.skip = job->skip_rows;
	job->skip_rows = 0;
	job->is_kept = false;
	enum dbs_rc rc = put_all(&putting, err);

	if (rc)
		return rc;
	set_at(job, &transaction->end);
	job->place.rows = 0;
	job->place.held = transaction->held;
	return clock_since(job->kept_at) >= KEEP_S ? keep_place(job, err)
						   : DBS_OK;
}

/* The end of a file is behind what is in it, also when it is of no interest. */
static void follow_place(struct changes_job *job,
			 const struct log_reader *reader,
			 const struct log_event *event)
{
	if (event->type == EVENT_ROTATE || event->type == EVENT_FORMAT ||
	    !log_flow_is_between(job->flow) || !*log_reader_end(reader)->file ||
	    (*job->place.at.file &&
	     log_point_order(log_reader_end(reader), &job->place.at) <= 0))
		return;
	set_at(job, log_reader_end(reader));
	job->place.rows = 0;
	job->is_kept = false;
}

/* Nothing may have been asked for days. */
static enum dbs_rc ask_time(struct changes_job *job, uint64_t *out,
			    struct dbs_error *err)
{
	static const char sql[] = "SELECT UNIX_TIMESTAMP()";
	enum dbs_rc rc = conn_fetch_number(job->ask, sql, out, err);

	if (conn_asks_again(job->ask, &rc, err))
		rc = conn_fetch_number(job->ask, sql, out, err);
	return rc;
}

/* The end that was asked for may be reached without a further transaction. */
static enum dbs_rc look_for_end(struct changes_job *job, bool is_idle,
				struct dbs_error *err)
{
	const struct changes_request *request = job->request;
	uint64_t now = 0;
	enum dbs_rc rc = DBS_OK;

	if (request->until == UNTIL_PLACE)
		job->is_over = *job->place.at.file && !job->place.rows &&
			       log_flow_is_between(job->flow) &&
			       log_point_order(&job->place.at,
					       &request->end->at) >= 0;
	if (request->until != UNTIL_TIME || !is_idle ||
	    (uint64_t)clock_wall_s() <= request->end_time)
		return DBS_OK;
	/* its clock, not ours */
	rc = ask_time(job, &now, err);
	job->is_over = !rc && now > request->end_time;
	return rc;
}

/* At the end of the log, which has to be behind what was read before. */
static enum dbs_rc check_end(const struct changes_job *job,
			     const struct log_reader *reader,
			     struct dbs_error *err)
{
	const struct log_point *end = log_reader_end(reader);

	if (!*job->silent.file || log_point_order(end, &job->silent) >= 0)
		return DBS_OK;
	return dbs_fail(err, DBS_E_SERVER,
			"the binary log ends at %s:%llu, before the place: it "
			"was started again (RESET MASTER), and what was "
			"between is not known; begin with --from snapshot",
			end->file, (unsigned long long)end->position);
}

static enum dbs_rc take_event(struct changes_job *job,
			      const struct log_reader *reader,
			      const struct log_event *event,
			      struct dbs_error *err)
{
	const bool is_sign = event->type == EVENT_HEARTBEAT ||
			     event->type == EVENT_HEARTBEAT_2;

	if (event->type == EVENT_FORMAT)
		job->birth = log_reader_format(reader)->birth;
	enum dbs_rc rc = log_flow_event(job->flow, reader, event, err);

	if (rc || job->is_over)
		return rc;
	follow_place(job, reader, event);
	rc = look_for_end(job, is_sign, err);
	if (!rc && is_sign)
		rc = check_end(job, reader, err);
	if (rc)
		return rc;
	return is_sign && !job->is_kept ? keep_place(job, err) : DBS_OK;
}

static enum dbs_rc read_log(struct changes_job *job, struct log_reader *reader,
			    struct dbs_error *err)
{
	struct log_event event;
	bool more = true;
	enum dbs_rc rc = DBS_OK;

	while (!rc && !job->is_over) {
		rc = cancel_check(job->request->cancel, err);
		if (!rc)
			rc = log_reader_next(reader, &event, &more, err);
		if (rc || !more)
			break;
		rc = take_event(job, reader, &event, err);
	}
	if (!rc && !more)
		rc = check_end(job, reader, err);
	job->result->bytes = log_reader_bytes(reader);
	if (!rc && !more && job->request->until != UNTIL_END)
		return dbs_fail(err, DBS_E_SERVER,
				"the server has ended the stream of its binary "
				"log: it is being shut down, or an operator "
				"has ended our session");
	return rc;
}

static enum dbs_rc stream(struct changes_job *job, struct dbs_error *err)
{
	OWNED(conn_close) struct conn *conn = NULL;
	OWNED(log_reader_close) struct log_reader *reader = NULL;
	const struct log_interest interest = {job, in_table, is_about,
					      job->request->with_statements};
	const struct log_place from = job->place;
	const struct log_reading how = {
		.from = &from,
		.server_id = job->server_id,
		.follows = job->request->until != UNTIL_END,
		.heartbeat_ms = HEARTBEAT_MS,
	};
	enum dbs_rc rc = conn_open(&job->setup, &conn, err);

	job->skip_in = from.at;
	job->skip_rows = from.rows;
	if (*from.held.file)
		job->silent = from.at;
	if (!rc)
		rc = log_reader_open(conn, &how, &reader, err);
	if (rc)
		return rc;
	job->flow = log_flow_new(job->book, &interest, &job->silent,
				 take_transaction, job);
	rc = read_log(job, reader, err);
	log_flow_drop(&job->flow);
	return rc;
}

/* ------------------------------------------------------------------------
 * The snapshot
 * --------------------------------------------------------------------- */

/* One row behind, because the last one has another place. */
struct snapshot_sink {
	struct changes_job *job;
	const struct log_table *table; /* of the one that is kept; or NULL */
	struct buf row;
	uint32_t time;
};

static enum dbs_rc put_kept(struct snapshot_sink *sink, const char *place,
			    struct dbs_error *err)
{
	const struct change_item item = {
		.kind = ITEM_SNAPSHOT,
		.change = {.table = sink->table,
			   .after = {sink->row.data, sink->row.length}},
		.transaction = "",
		.place = place,
		.time = sink->time,
	};

	if (!sink->table)
		return DBS_OK;
	sink->job->result->snapshot_rows++;
	return put(sink->job, &item, err);
}

static enum dbs_rc put_row(void *self, const struct log_table *table,
			   struct values row, struct dbs_error *err)
{
	struct snapshot_sink *sink = self;
	/* whoever has a part of a snapshot has to begin again */
	enum dbs_rc rc = put_kept(sink, "snapshot", err);

	if (rc)
		return rc;
	sink->table = table;
	buf_clear(&sink->row);
	rc = buf_try(&sink->row, row.length + 1, "a row", err);
	if (!rc)
		buf_add(&sink->row, row.data, row.length);
	return rc;
}

static enum dbs_rc read_table(struct changes_job *job, struct conn *view,
			      const char *database, const struct table *table,
			      struct snapshot_sink *sink, struct dbs_error *err)
{
	if (!in_table(job, database, table->name) || table->is_sequence)
		return DBS_OK;
	if (!table_is_transactional(table))
		talk_note(job->request->talk,
			  "%s.%s has the engine %s and no snapshots: what "
			  "others change while it is read comes again behind "
			  "the snapshot",
			  database, table->name, table->engine);
	return changes_read_table(view,
				  changes_table(job->arena, database, table),
				  put_row, sink, err);
}

static enum dbs_rc read_tables(struct changes_job *job, struct conn *view,
			       struct snapshot_sink *sink,
			       struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; i < job->databases.count && !rc; i++) {
		const char *name = *(const char **)vec_at(&job->databases, i);
		const struct database *database = log_book_database(job->book,
								    name);

		for (size_t k = 0; database && k < database->table_count && !rc;
		     k++)
			rc = read_table(job, view, name, &database->tables[k],
					sink, err);
	}
	return rc;
}

static enum dbs_rc put_snapshot(struct changes_job *job, struct conn *view,
				struct dbs_error *err)
{
	OWNED(buf_release) struct buf place = BUF_INIT;
	struct snapshot_sink sink = {
		.job = job,
		.row = BUF_INIT,
		.time = (uint32_t)clock_wall_s(),
	};
	enum dbs_rc rc = changes_read_as_utf8(view, err);

	if (!rc)
		rc = read_tables(job, view, &sink, err);
	log_place_write(&job->place, &place);
	if (!rc)
		rc = put_kept(&sink, place.data, err);
	buf_release(&sink.row);
	return rc ? rc : keep_place(job, err);
}

/* ------------------------------------------------------------------------
 * Beginning
 * --------------------------------------------------------------------- */

static enum dbs_rc check_server(struct changes_job *job,
				const struct log_place *place,
				struct dbs_error *err)
{
	char name[LOG_SERVER_MOST + 1];
	enum dbs_rc rc = changes_check_server(job->ask, err);

	if (!rc)
		rc = changes_server_name(job->ask, name, sizeof(name), err);
	if (rc)
		return rc;
	if (place && *place->server && strcmp(place->server, name) != 0)
		return dbs_fail(
			err, DBS_E_SERVER,
			"the place is of the binary log of server %s, "
			"and the source is server %s; begin with --from "
			"snapshot",
			place->server, name);
	memcpy(job->place.server, name, sizeof(name));
	return DBS_OK;
}

static enum dbs_rc find_start(struct changes_job *job, struct conn *view,
			      struct dbs_error *err)
{
	const struct changes_request *request = job->request;
	char name[LOG_SERVER_MOST + 1];
	enum dbs_rc rc = DBS_OK;

	memcpy(name, job->place.server, sizeof(name));
	switch (request->from) {
	case FROM_PLACE:
		log_place_copy(request->place, &job->place);
		break;
	case FROM_SNAPSHOT:
		rc = changes_view(view, &job->place, err);
		break;
	case FROM_NOW:
		rc = changes_now(job->ask, &job->place, err);
		break;
	}
	memcpy(job->place.server, name, sizeof(name));
	return rc ? rc
		  : changes_learn_birth(&job->setup, job->server_id + 1,
					&job->place, err);
}

static enum dbs_rc open_book(struct changes_job *job, struct dbs_error *err)
{
	const struct log_book_setup setup = {
		.conn = job->ask,
		.setup = &job->setup,
		.server_id = job->server_id + 1,
		.databases = job->databases.items,
		.database_count = job->databases.count,
	};

	return log_book_open(&setup, &job->book, err);
}

static enum dbs_rc begin(struct changes_job *job, struct dbs_error *err)
{
	const struct changes_request *request = job->request;
	OWNED(conn_close) struct conn *view = NULL;
	const bool has_view = request->from == FROM_SNAPSHOT;
	enum dbs_rc rc = conn_open(&job->setup, &job->ask, err);

	if (!rc)
		rc = check_server(job,
				  request->from == FROM_PLACE ? request->place
							      : NULL,
				  err);
	if (!rc)
		rc = choose_databases(job, err);
	if (!rc && has_view)
		rc = conn_open(&job->setup, &view, err);
	if (!rc)
		rc = find_start(job, view, err);
	if (!rc)
		rc = open_book(job, err);
	return rc || !has_view ? rc : put_snapshot(job, view, err);
}

/* Two of them: the second one reads ahead. */
static uint32_t choose_id(const struct changes_request *request)
{
	return request->server_id ? request->server_id : log_reader_any_id();
}

static void release(struct changes_job *job)
{
	place_words_release(&job->words);
	log_book_close(&job->book);
	conn_close(&job->ask);
	vec_release(&job->databases);
	log_place_release(&job->place);
	arena_drop(&job->arena);
}

/* What was put by then is kept, however it ends. */
static enum dbs_rc run(struct changes_job *job, struct dbs_error *err)
{
	struct dbs_error ignored = {0};
	enum dbs_rc rc = stream(job, err);

	if (!rc)
		return keep_place(job, err);
	if (!job->is_kept)
		(void)keep_place(job, &ignored);
	return rc;
}

enum dbs_rc changes_job_run(const struct changes_request *request,
			    struct changes_result *result,
			    struct dbs_error *err)
{
	const uint64_t start = clock_ns();
	struct changes_job job = {
		.request = request,
		.result = result,
		.setup = {.dsn = request->source,
			  .role = side_name(SOURCE),
			  .cancel = request->cancel,
			  .talk = request->talk,
			  .group = request->group,
			  .attempts = request->attempts,
			  .net_timeout_s = request->net_timeout_s,
			  .may_lack_database = true},
		.arena = arena_new(),
		.databases = VEC_INIT(const char *),
		.server_id = choose_id(request),
		.place = LOG_PLACE_INIT,
		.kept_at = start,
		.words = PLACE_WORDS_INIT,
	};

	*result = (struct changes_result){0};
	enum dbs_rc rc = begin(&job, err);

	if (!rc)
		rc = run(&job, err);
	release(&job);
	result->seconds = clock_since(start);
	return rc;
}

void changes_result_release(struct changes_result *result)
{
	mem_drop(&result->place);
}
