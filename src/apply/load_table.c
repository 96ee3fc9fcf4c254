/* load_table.c - see load_table.h. */
#include "load_table.h"

#include "dbsync/base/fault.h"
#include "dbsync/base/own.h"
#include "dbsync/db/quote.h"

#include <inttypes.h>
#include <pthread.h>

enum {
	STATEMENT_BYTES = 1024 * 1024,
	STATEMENT_ROOM = 64 * 1024, /* for all but the row */
};

/*
 * unique_checks = 0 lets an empty table of InnoDB be filled in bulk, by one
 * session.  Keys are unique on the source; is_bulk says whether that means the
 * same here.
 */
static enum dbs_rc begin(struct load_task *task, struct dbs_error *err)
{
	struct conn *target = task->link.target;
	enum dbs_rc rc = target_lock_check(task->lock, err);

	if (!rc)
		rc = conn_run(target,
			      task->is_bulk ? "SET SESSION unique_checks = 0, "
					      "foreign_key_checks = 0"
					    : "SET SESSION unique_checks = 1, "
					      "foreign_key_checks = 0",
			      err);
	if (!rc)
		rc = conn_run(target,
			      task->is_lax ? "SET SESSION sql_mode = "
					     "'" CONN_SQL_MODE "'"
					   : "SET SESSION sql_mode = "
					     "'" CONN_SQL_MODE
					     ",STRICT_ALL_TABLES'",
			      err);
	return rc ? rc : conn_run(target, "START TRANSACTION", err);
}

static enum dbs_rc commit(struct load_task *task, struct dbs_error *err)
{
	fault_here(FAULT_LOAD_COMMIT);
	enum dbs_rc rc = conn_run(task->link.target, "COMMIT", err);

	task->is_lost = rc == DBS_E_LOST;
	return rc;
}

/* Rows that came by are counted where a person can see it. */
struct counted {
	struct load_task *task;
	struct copier *copier;
	uint64_t rows;
	uint64_t bytes;
};

static void count(struct counted *counted)
{
	const struct copy_total *total = copier_total(counted->copier);
	struct meter *meter = counted->task->meter;

	(void)atomic_fetch_add(&meter->rows, total->rows - counted->rows);
	(void)atomic_fetch_add(&meter->bytes, total->bytes - counted->bytes);
	counted->rows = total->rows;
	counted->bytes = total->bytes;
}

/* ------------------------------------------------------------------------
 * LOAD DATA
 * --------------------------------------------------------------------- */

static enum dbs_rc feed(void *self, char *into, size_t room, size_t *count_out,
			struct dbs_error *err)
{
	struct counted *counted = self;
	enum dbs_rc rc = copier_feed(counted->copier, into, room, count_out,
				     err);

	if (fault_error(FAULT_LOAD_FEED))
		conn_cut(counted->task->link.source);
	count(counted);
	return rc;
}

/* With LOCAL, a server passes over what it should refuse. */
static bool is_whole(const struct load_answer *answer,
		     const struct copy_total *total)
{
	return answer->records == total->rows && !answer->skipped &&
	       !answer->warnings;
}

static enum dbs_rc by_load(struct load_task *task, struct counted *counted,
			   bool *whole_out, struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	struct load_answer answer = {0};

	buf_addf(&sql, "%s /* dbsync %s */", copy_load_sql(task->copy),
		 task->run);
	enum dbs_rc rc = conn_load(task->link.target, sql.data, feed, counted,
				   &answer, err);

	*whole_out = !rc && is_whole(&answer, copier_total(counted->copier));
	return rc;
}

/* ------------------------------------------------------------------------
 * INSERT
 * --------------------------------------------------------------------- */

struct inserter {
	struct load_task *task;
	struct copier *copier;
	struct buf sql;
	uint64_t rows;
	bool has_gate; /* holds a large row */
};

/* Large rows are many times as large as text: one of them at a time. */
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void enter_gate(struct inserter *inserter)
{
	if (!inserter->has_gate)
		(void)pthread_mutex_lock(&gate);
	inserter->has_gate = true;
}

static void leave_gate(struct inserter *inserter)
{
	if (!inserter->has_gate)
		return;
	buf_release(&inserter->sql);
	(void)pthread_mutex_unlock(&gate);
	inserter->has_gate = false;
}

static enum dbs_rc flush(struct inserter *inserter, struct dbs_error *err)
{
	uint64_t written = 0;

	if (!inserter->rows)
		return DBS_OK;
	buf_addf(&inserter->sql, " /* dbsync %s */", inserter->task->run);
	enum dbs_rc rc = conn_write(inserter->task->link.target, &inserter->sql,
				    &written, err);

	if (!rc && written != inserter->rows)
		rc = dbs_fail(err, DBS_E_SERVER,
			      "the server counts %" PRIu64
			      " rows where %" PRIu64 " were sent",
			      written, inserter->rows);
	buf_clear(&inserter->sql);
	leave_gate(inserter);
	inserter->rows = 0;
	return rc;
}

/* A statement is sent before a row that would make it too long. */
static enum dbs_rc make_room(struct inserter *inserter, size_t row,
			     struct dbs_error *err)
{
	const uint64_t packet = conn_packet_limit(inserter->task->link.target);
	const uint64_t longest = 2 * (uint64_t)row + STATEMENT_ROOM;

	if (inserter->rows && (inserter->sql.length + longest > packet ||
			       inserter->sql.length + row > STATEMENT_BYTES))
		return flush(inserter, err);
	return DBS_OK;
}

static enum dbs_rc add_row(struct inserter *inserter, struct dbs_error *err)
{
	const uint64_t packet = conn_packet_limit(inserter->task->link.target);
	const size_t row = copier_row_bytes(inserter->copier);
	enum dbs_rc rc = make_room(inserter, row, err);

	if (rc)
		return rc;
	if (row > STATEMENT_BYTES)
		enter_gate(inserter);
	buf_adds(&inserter->sql,
		 inserter->rows ? "," : copy_insert_sql(inserter->task->copy));
	copier_tuple(inserter->copier, &inserter->sql);
	inserter->rows++;
	if (inserter->sql.length + STATEMENT_ROOM <= packet)
		return inserter->has_gate ? flush(inserter, err) : DBS_OK;
	return dbs_fail(err, DBS_E_LIMIT,
			"a row of %zu bytes as text is more than the target's "
			"max_allowed_packet (%" PRIu64
			") takes, and LOAD DATA LOCAL is not allowed there "
			"(local_infile)",
			inserter->sql.length, packet);
}

static enum dbs_rc by_insert(struct load_task *task, struct counted *counted,
			     struct dbs_error *err)
{
	struct inserter inserter = {
		.task = task, .copier = counted->copier, .sql = BUF_INIT};
	bool more = true;
	enum dbs_rc rc = DBS_OK;

	while (!rc && more) {
		rc = copier_next(counted->copier, &more, err);
		if (!rc && more)
			rc = add_row(&inserter, err);
		count(counted);
	}
	if (!rc)
		rc = flush(&inserter, err);
	leave_gate(&inserter);
	buf_release(&inserter.sql);
	return rc;
}

/* ------------------------------------------------------------------------
 * Either
 * --------------------------------------------------------------------- */

static enum dbs_rc load_once(struct load_task *task, bool *whole_out,
			     struct dbs_error *err)
{
	OWNED(copier_close) struct copier *copier = NULL;

	*whole_out = true;
	enum dbs_rc rc = begin(task, err);

	if (!rc)
		rc = copier_open(task->copy, task->link.source, true,
				 task->range, &copier, err);
	if (rc)
		return rc;
	struct counted counted = {.task = task, .copier = copier};

	rc = task->by_load ? by_load(task, &counted, whole_out, err)
			   : by_insert(task, &counted, err);
	task->total = *copier_total(copier);
	return rc;
}

enum dbs_rc load_empty_table(struct conn *conn, const struct stage_table *table,
			     struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;

	buf_adds(&sql, "TRUNCATE TABLE ");
	quote_table(&sql, table->database->stage, table->table->table);
	enum dbs_rc rc = conn_run(conn, sql.data, err);

	/* it has forgotten where to go on counting */
	return rc || !table->count ? rc : conn_run(conn, table->count, err);
}

static enum dbs_rc roll_back(struct load_task *task, struct dbs_error *err)
{
	struct conn *target = task->link.target;

	if (conn_is_broken(target))
		return DBS_OK;
	enum dbs_rc rc = conn_run(target, "ROLLBACK", err);

	return rc || !task->table ? rc
				  : load_empty_table(target, task->table, err);
}

/*
 * The empty value of an ENUM (index 0) is refused by a strict sql_mode.  A lax
 * one cuts what does not fit, too; reading back tells the one from the other.
 */
static enum dbs_rc load_laxly(struct load_task *task, struct dbs_error *err)
{
	const struct dbs_error refusal = *err;
	bool is_all = false;

	dbs_error_clear(err);
	task->is_lax = true;
	enum dbs_rc rc = roll_back(task, err);

	if (!rc)
		rc = load_once(task, &is_all, err);

	if (rc == DBS_E_SERVER)
		*err = refusal;
	return rc;
}

enum dbs_rc load_table(struct load_task *task, struct dbs_error *err)
{
	bool is_all = false;

	task->is_lost = false;
	task->is_lax = false;
	enum dbs_rc rc = load_once(task, &is_all, err);

	if (!rc && !is_all) {
		/* statements say what does not fit, and where */
		task->by_load = false;
		rc = roll_back(task, err);
		if (!rc)
			rc = load_once(task, &is_all, err);
	}
	if (rc == DBS_E_SERVER && task->is_checked && !task->by_load)
		rc = load_laxly(task, err);
	if (!rc)
		return commit(task, err);
	struct dbs_error other = {0};

	(void)roll_back(task, &other);
	return rc;
}

enum dbs_rc load_check(const struct load_task *task, struct copy_total *out,
		       struct dbs_error *err)
{
	OWNED(copier_close) struct copier *copier = NULL;
	enum dbs_rc rc = copier_open(task->copy, task->link.target, false, NULL,
				     &copier, err);

	if (!rc)
		rc = copier_sum(copier, err);
	if (!rc)
		*out = *copier_total(copier);
	return rc;
}
