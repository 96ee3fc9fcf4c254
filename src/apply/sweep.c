/*
 * sweep.c - see sweep.h and scratch_database.h.
 *
 * Each is locked by the connection that made it.  Where that lock is free, the
 * run may live all the same: connections are lost, and others are opened, and
 * for a moment a run has no lock on the server at all.
 *
 *	dbsync_scratch_RUN	lives no longer than that connection: what is
 *				tried there has failed with it
 *	dbsync_stage_RUN_MARK,	of one of our databases: no run but ours writes
 *	dbsync_old_RUN_MARK	to it, for we have its lock (a run that lost it
 *				to us ends)
 *	those of another	theirs, for as long as that may last: a week.
 *	database		Then both locks have to be free
 *	those without a mark	of a version that made no marks: the same, but
 *				that a run which the caller knows to be over has
 *				left them
 */
#include "dbsync/apply/sweep.h"

#include "scratch_database.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/db/mark.h"
#include "dbsync/db/quote.h"
#include "dbsync/plan/stage.h"

#include <string.h>
#include <time.h>

enum {
	WAIT_S = 5,
	RUN_LENGTH = 22,    /* 20261121_041122_1a2b3c */
	MOMENT_LENGTH = 15, /* 20261121_041122 */
	PATIENCE_S = 7 * 24 * 3600,
};

static const char *const kinds[] = {SCRATCH_PREFIX, STAGE_PREFIX,
				    STAGE_OLD_PREFIX};

/* The name of its run, and what follows. */
static const char *after_kind(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!strncmp(name, kinds[i], strlen(kinds[i])))
			return name + strlen(kinds[i]);
	DBS_BUG(true, "not a name of ours");
	return name;
}

static enum dbs_rc run_on(struct ddl *ddl, const char *verb, const char *name,
			  struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;

	buf_adds(&sql, verb);
	quote_name(&sql, name);
	return ddl_run(ddl, sql.data, false, err);
}

/*
 * One lock for all such databases of a run, whatever follows: before MySQL 5.7 a
 * session cannot have two.
 */
static void add_lock(struct buf *out, const char *name)
{
	buf_addf(out, "'%.*s'", (int)(after_kind(name) - name) + RUN_LENGTH,
		 name);
}

enum dbs_rc scratch_make(struct ddl *ddl, const char *name,
			 struct dbs_error *err)
{
	OWNED(buf_release) struct buf lock = BUF_INIT;
	OWNED(mem_drop) char *taken = NULL;

	/* a connection that has just been closed may hold it for a moment */
	buf_adds(&lock, "SELECT GET_LOCK(");
	add_lock(&lock, name);
	buf_adds(&lock, ", 10)");
	enum dbs_rc rc = conn_fetch_text(ddl->conn, lock.data, "1N", &taken,
					 err);

	if (!rc && (!taken || strcmp(taken, "1") != 0))
		rc = dbs_fail(err, DBS_E_SERVER,
			      "the lock `%s` is not to be had", name);
	return rc ? rc : run_on(ddl, "CREATE DATABASE ", name, err);
}

enum dbs_rc scratch_remove(struct ddl *ddl, const char *name,
			   struct dbs_error *err)
{
	return run_on(ddl, "DROP DATABASE IF EXISTS ", name, err);
}

enum dbs_rc scratch_remove_empty(struct ddl *ddl, const char *name,
				 bool *removed_out, struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	uint64_t tables = 0;

	*removed_out = false;
	buf_addf(&sql,
		 "SELECT COUNT(*) FROM INFORMATION_SCHEMA.TABLES WHERE "
		 "TABLE_SCHEMA = '%s'",
		 name);
	enum dbs_rc rc = conn_fetch_number(ddl->conn, sql.data, &tables, err);

	if (rc || tables)
		return rc;
	*removed_out = true;
	return scratch_remove(ddl, name, err);
}

/* ------------------------------------------------------------------------
 * Whether somebody uses it
 * --------------------------------------------------------------------- */

struct sweeper {
	struct ddl ddl;
	const struct talk *talk;
	struct text_list databases;
	bool is_over;                  /* the run: the caller knows */
	char since[MOMENT_LENGTH + 1]; /* what is older is nobody's */
};

/* NULL: it has none. */
static const char *mark_of(const char *name)
{
	const char *mark = after_kind(name) + RUN_LENGTH;

	if (*mark++ != '_' || strspn(mark, "0123456789abcdef") != DATABASE_MARK)
		return NULL;
	return mark;
}

static bool is_ours(const struct sweeper *sweeper, const char *name)
{
	const char *mark = mark_of(name);

	for (size_t i = 0; mark && i < sweeper->databases.count; i++)
		if (!strncmp(database_mark(sweeper->databases.items[i]).text,
			     mark, DATABASE_MARK))
			return true;
	return !mark && sweeper->is_over;
}

static bool is_scratch(const char *name)
{
	return !strncmp(name, SCRATCH_PREFIX, strlen(SCRATCH_PREFIX));
}

static enum dbs_rc are_free(struct conn *conn, const char *name,
			    const char *mark, bool *free_out,
			    struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	OWNED(mem_drop) char *text = NULL;

	buf_adds(&sql, "SELECT IS_FREE_LOCK(");
	add_lock(&sql, name);
	buf_addc(&sql, ')');
	if (mark)
		buf_addf(&sql,
			 " AND IS_FREE_LOCK('" TARGET_LOCK_PREFIX "%.*s')",
			 DATABASE_MARK, mark);
	enum dbs_rc rc = conn_fetch_text(conn, sql.data, "1N", &text, err);

	*free_out = text && !strcmp(text, "1");
	return rc;
}

static enum dbs_rc is_left(struct sweeper *sweeper, const char *name,
			   bool *left_out, struct dbs_error *err)
{
	const bool ours = is_ours(sweeper, name) || is_scratch(name);

	*left_out = false;
	if (!ours &&
	    strncmp(after_kind(name), sweeper->since, MOMENT_LENGTH) >= 0)
		return DBS_OK;
	return are_free(sweeper->ddl.conn, name, ours ? NULL : mark_of(name),
			left_out, err);
}

/* ------------------------------------------------------------------------
 * Taking it away
 * --------------------------------------------------------------------- */

/* They hold rows.  While their run lives, it holds the lock of its stage. */
static enum dbs_rc name_old(struct sweeper *sweeper, const char *name,
			    struct dbs_error *err)
{
	bool is_removed = false;
	enum dbs_rc rc = scratch_remove_empty(&sweeper->ddl, name, &is_removed,
					      err);

	if (dbs_is_refusal(rc)) {
		dbs_error_clear(err);
		rc = DBS_OK;
	}
	if (!rc && !is_removed)
		talk_note(sweeper->talk,
			  "`%s` holds tables that a full-sync replaced, and "
			  "could not compare with its backup point, or found "
			  "changed since: when nothing of them is needed, DROP "
			  "DATABASE `%s` frees their space",
			  name, name);
	return rc;
}

static enum dbs_rc drop(struct sweeper *sweeper, const char *name,
			struct dbs_error *err)
{
	enum dbs_rc rc = scratch_remove(&sweeper->ddl, name, err);

	if (dbs_is_refusal(rc)) {
		talk_note(sweeper->talk,
			  "the scratch database `%s` was left behind by a run "
			  "that died, and cannot be dropped: %s",
			  name, err->text);
		dbs_error_clear(err);
		return DBS_OK;
	}
	if (!rc)
		talk_note(sweeper->talk,
			  "dropped the scratch database `%s`, left behind by a "
			  "run that died",
			  name);
	return rc;
}

static enum dbs_rc sweep_one(struct sweeper *sweeper, const char *name,
			     struct dbs_error *err)
{
	const bool is_old = !strncmp(name, STAGE_OLD_PREFIX,
				     strlen(STAGE_OLD_PREFIX));
	OWNED(buf_release) struct buf guard = BUF_INIT;
	bool left = false;

	buf_addf(&guard, "%s%s", is_old ? STAGE_PREFIX : "",
		 is_old ? after_kind(name) : name);
	enum dbs_rc rc = is_left(sweeper, guard.data, &left, err);

	if (rc || !left)
		return rc;
	return is_old ? name_old(sweeper, name, err) : drop(sweeper, name, err);
}

/* Runs are named by the time at which they begin, in UTC. */
static void be_patient(struct sweeper *sweeper)
{
	const time_t since = time(NULL) - PATIENCE_S;
	struct tm utc;

	(void)gmtime_r(&since, &utc);
	(void)strftime(sweeper->since, sizeof(sweeper->since), "%Y%m%d_%H%M%S",
		       &utc);
}

/* run: a pattern, as it stands in names of databases. */
static enum dbs_rc sweep(struct sweeper *sweeper,
			 const struct conn_setup *setup, const char *run,
			 struct dbs_error *err)
{
	const struct ddl_wish wish = {.setup = setup, .wait_s = WAIT_S};
	OWNED(buf_release) struct buf sql = BUF_INIT;
	OWNED(rows_drop) struct rows *rows = NULL;
	enum dbs_rc rc = ddl_open(&sweeper->ddl, &wish, err);

	sweeper->talk = setup->talk;
	be_patient(sweeper);
	buf_addf(&sql,
		 "SELECT SCHEMA_NAME FROM INFORMATION_SCHEMA.SCHEMATA "
		 "WHERE SCHEMA_NAME REGEXP '^(" SCRATCH_PREFIX "|" STAGE_PREFIX
		 "|" STAGE_OLD_PREFIX ")%s(_[0-9a-f]{16})?(_[0-9]+)?$'",
		 run);
	if (!rc)
		rc = conn_fetch(sweeper->ddl.conn, sql.data, "t", &rows, err);
	for (size_t i = 0; !rc && i < rows_count(rows); i++)
		rc = sweep_one(sweeper, rows_text(rows, i, 0), err);
	ddl_close(&sweeper->ddl);
	return rc;
}

enum dbs_rc sweep_target(const struct conn_setup *setup,
			 struct text_list databases, struct dbs_error *err)
{
	struct sweeper sweeper = {.databases = databases};

	return sweep(&sweeper, setup, "[0-9]{8}_[0-9]{6}_[0-9a-f]{6}", err);
}

enum dbs_rc sweep_run(const struct conn_setup *setup,
		      struct text_list databases, const char *run,
		      struct dbs_error *err)
{
	struct sweeper sweeper = {.databases = databases, .is_over = true};
	OWNED(mem_drop) char *name = mem_strdup(run);

	/* it comes out of a file: nothing but its letters is a pattern */
	if (strlen(run) != RUN_LENGTH ||
	    strspn(run, "0123456789abcdef-") != RUN_LENGTH)
		return DBS_OK;
	for (char *at = name; *at; at++)
		if (*at == '-')
			*at = '_';
	return sweep(&sweeper, setup, name, err);
}
