/* load_table.c - see load_table.h. */
#include "load_table.h"

#include "load_batch.h"
#include "strict.h"

#include "dbsync/base/fault.h"
#include "dbsync/base/own.h"
#include "dbsync/db/quote.h"

enum { NO_BULK_LOGGED = 4033 }; /* binlog_format=STATEMENT */

/*
 * unique_checks = 0 lets an empty table of InnoDB be filled in bulk, by one
 * session.  Keys are unique on the source; is_sole says whether that means the
 * same here.
 */
static enum dbs_rc begin(struct load_task *task, struct dbs_error *err)
{
	struct conn *target = task->link.conn[TARGET];
	enum dbs_rc rc = target_lock_check(task->lock, err);

	if (!rc)
		rc = conn_run(target,
			      task->is_sole ? "SET SESSION unique_checks = 0, "
					      "foreign_key_checks = 0"
					    : "SET SESSION unique_checks = 1, "
					      "foreign_key_checks = 0",
			      err);
	if (!rc)
		rc = conn_run(target,
			      task->is_lax ? "SET SESSION sql_mode = "
					     "'" CONN_SQL_MODE "'"
					   : "SET SESSION sql_mode = "
					     "'" CONN_SQL_MODE_STRICT "'",
			      err);
	return rc ? rc : conn_run(target, "START TRANSACTION", err);
}

enum dbs_rc load_may_go_on(const struct load_task *task, struct dbs_error *err)
{
	return atomic_load(task->is_stopped)
		       ? dbs_fail(err, DBS_E_CANCELLED, "another table failed")
		       : DBS_OK;
}

static enum dbs_rc commit(struct load_task *task, struct dbs_error *err)
{
	fault_here(FAULT_LOAD_COMMIT);
	enum dbs_rc rc = conn_run(task->link.conn[TARGET], "COMMIT", err);

	task->is_lost = rc == DBS_E_LOST;
	return rc;
}

/* ------------------------------------------------------------------------
 * LOAD DATA
 * --------------------------------------------------------------------- */

static enum dbs_rc feed(void *self, char *into, size_t room, size_t *count_out,
			struct dbs_error *err)
{
	struct counted *counted = self;
	enum dbs_rc rc = load_may_go_on(counted->task, err);

	if (!rc)
		rc = copier_feed(counted->copier, into, room, count_out, err);

	if (fault_error(FAULT_LOAD_FEED))
		conn_cut(counted->task->link.conn[SOURCE]);
	counted_add(counted);
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
	enum dbs_rc rc = conn_load(task->link.conn[TARGET], sql.data, feed,
				   counted, &answer, err);

	*whole_out = !rc && is_whole(&answer, copier_total(counted->copier));
	return rc;
}

/* ------------------------------------------------------------------------
 * Any way
 * --------------------------------------------------------------------- */

static enum dbs_rc load_once(struct load_task *task, bool *whole_out,
			     struct dbs_error *err)
{
	OWNED(copier_close) struct copier *copier = NULL;

	*whole_out = true;
	task->taken = 0;
	enum dbs_rc rc = begin(task, err);

	if (!rc)
		rc = copier_open(task->copy, task->link.conn[SOURCE], SOURCE,
				 task->range, &copier, err);
	if (rc)
		return rc;
	struct counted counted = {.task = task, .copier = copier};

	rc = task->way == LOAD_INFILE ? by_load(task, &counted, whole_out, err)
				      : load_by_batches(&counted, err);
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
	struct conn *target = task->link.conn[TARGET];

	if (conn_is_broken(target))
		return DBS_OK;
	enum dbs_rc rc = conn_run(target, "ROLLBACK", err);

	return rc || !task->table ? rc
				  : load_empty_table(target, task->table, err);
}

/*
 * The next best way, where this one has failed.  A server may refuse arrays for
 * reasons of its own (binlog_format=STATEMENT), before it has taken any; LOAD cuts what does not fit,
 * where a statement says what that is; and the empty value of an ENUM (index 0)
 * is refused by a strict sql_mode.  A lax one cuts what does not fit, too:
 * reading back tells the one from the other.
 */
static bool choose_other_way(struct load_task *task,
			     const struct dbs_error *failure)
{
	const bool is_refused = failure->code == DBS_E_SERVER &&
				!dbs_error_is_of(failure, SOURCE);

	if (task->way == LOAD_BULK && is_refused && !task->taken) {
		task->is_refused = failure->server_errno == NO_BULK_LOGGED;
		task->way = task->has_infile ? LOAD_INFILE : LOAD_INSERT;
	} else if (task->way == LOAD_BULK && failure->code == DBS_E_LIMIT) {
		task->way = task->has_infile ? LOAD_INFILE : LOAD_INSERT;
	} else if (task->way == LOAD_INFILE && !failure->code) {
		task->way = LOAD_INSERT;
	} else if (task->way != LOAD_INFILE && is_refused && !task->is_lax &&
		   task->is_checked &&
		   strict_is_of_value(failure->server_errno)) {
		task->is_lax = true;
	} else {
		return false;
	}
	return true;
}

enum dbs_rc load_table(struct load_task *task, struct dbs_error *err)
{
	struct dbs_error refusal = {0}; /* of a strict sql_mode */
	struct dbs_error other = {0};
	bool is_all = false;
	enum dbs_rc rc = DBS_OK;

	task->is_lost = false;
	task->is_lax = false;
	task->is_refused = false;
	for (;;) {
		dbs_error_clear(err);
		rc = load_once(task, &is_all, err);
		if (!rc && is_all)
			return commit(task, err);
		if (rc == DBS_E_SERVER && !task->is_lax)
			refusal = *err;
		if (!choose_other_way(task, err))
			break;
		rc = roll_back(task, err);
		if (rc)
			return rc;
	}
	(void)roll_back(task, &other);
	if (rc == DBS_E_SERVER && task->is_lax)
		*err = refusal;
	return rc;
}

enum dbs_rc load_check(const struct copy *copy, struct conn *target,
		       const struct range *range, struct copy_total *out,
		       struct dbs_error *err)
{
	OWNED(copier_close) struct copier *copier = NULL;
	enum dbs_rc rc = copier_open(copy, target, TARGET, range, &copier, err);

	if (!rc)
		rc = copier_sum(copier, err);
	if (!rc)
		*out = *copier_total(copier);
	return rc;
}
