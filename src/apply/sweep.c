/* sweep.c - see sweep.h and scratch_database.h. */
#include "dbsync/apply/sweep.h"

#include "scratch_database.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/db/quote.h"
#include "dbsync/plan/stage.h"

#include <string.h>

enum {
	WAIT_S = 5,
	RUN_LENGTH = 22, /* 20261121_041122_1a2b3c */
};

static enum dbs_rc run_on(struct ddl *ddl, const char *verb, const char *name,
			  struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;

	buf_adds(&sql, verb);
	quote_name(&sql, name);
	return ddl_run(ddl, sql.data, false, err);
}

/*
 * One lock for all such databases of a run, whatever number follows: before
 * MySQL 5.7 a session cannot have two.
 */
static void add_lock(struct buf *out, const char *name)
{
	static const char *const kinds[] = {SCRATCH_PREFIX, STAGE_PREFIX,
					    STAGE_OLD_PREFIX};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!strncmp(name, kinds[i], strlen(kinds[i])))
			buf_addf(out, "'%.*s'",
				 (int)strlen(kinds[i]) + RUN_LENGTH, name);
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

static enum dbs_rc is_free(struct conn *conn, const char *name, bool *free_out,
			   struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	OWNED(mem_drop) char *text = NULL;

	buf_adds(&sql, "SELECT IS_FREE_LOCK(");
	add_lock(&sql, name);
	buf_addc(&sql, ')');
	enum dbs_rc rc = conn_fetch_text(conn, sql.data, "1N", &text, err);

	*free_out = text && !strcmp(text, "1");
	return rc;
}

/*
 * They hold rows.  While their run lives, it holds the lock of its stage.
 */
static enum dbs_rc name_old(struct ddl *ddl, const char *name,
			    const struct talk *talk, struct dbs_error *err)
{
	OWNED(buf_release) struct buf stage = BUF_INIT;
	bool is_left = false;
	bool is_removed = false;

	buf_addf(&stage, STAGE_PREFIX "%s", name + strlen(STAGE_OLD_PREFIX));
	enum dbs_rc rc = is_free(ddl->conn, stage.data, &is_left, err);

	if (!rc && is_left)
		rc = scratch_remove_empty(ddl, name, &is_removed, err);
	if (dbs_is_refusal(rc)) {
		dbs_error_clear(err);
		rc = DBS_OK;
	}
	if (!rc && is_left && !is_removed)
		talk_note(talk,
			  "`%s` holds tables that a full-sync replaced, and "
			  "could not compare with its backup point, or found "
			  "changed since: when nothing of them is needed, DROP "
			  "DATABASE `%s` frees their space",
			  name, name);
	return rc;
}

static enum dbs_rc sweep_one(struct ddl *ddl, const char *name,
			     const struct talk *talk, struct dbs_error *err)
{
	bool is_left = false;
	enum dbs_rc rc = is_free(ddl->conn, name, &is_left, err);

	if (rc || !is_left)
		return rc;
	if (!strncmp(name, STAGE_OLD_PREFIX, strlen(STAGE_OLD_PREFIX)))
		return name_old(ddl, name, talk, err);
	rc = scratch_remove(ddl, name, err);
	if (dbs_is_refusal(rc)) {
		talk_note(talk,
			  "the scratch database `%s` was left behind by a run "
			  "that died, and cannot be dropped: %s",
			  name, err->text);
		dbs_error_clear(err);
		return DBS_OK;
	}
	if (!rc)
		talk_note(talk,
			  "dropped the scratch database `%s`, left behind by a "
			  "run that died",
			  name);
	return rc;
}

/* run: a pattern, as it stands in names of databases. */
static enum dbs_rc sweep(const struct conn_setup *setup, const char *run,
			 struct dbs_error *err)
{
	const struct ddl_wish wish = {.setup = setup, .wait_s = WAIT_S};
	OWNED(buf_release) struct buf sql = BUF_INIT;
	OWNED(rows_drop) struct rows *rows = NULL;
	OWNED(ddl_close) struct ddl ddl = {0};
	enum dbs_rc rc = ddl_open(&ddl, &wish, err);

	buf_addf(&sql,
		 "SELECT SCHEMA_NAME FROM INFORMATION_SCHEMA.SCHEMATA "
		 "WHERE SCHEMA_NAME REGEXP '^(" SCRATCH_PREFIX "|" STAGE_PREFIX
		 "|" STAGE_OLD_PREFIX ")%s(_[0-9]+)?$'",
		 run);
	if (!rc)
		rc = conn_fetch(ddl.conn, sql.data, "t", &rows, err);
	for (size_t i = 0; !rc && i < rows_count(rows); i++)
		rc = sweep_one(&ddl, rows_text(rows, i, 0), setup->talk, err);
	return rc;
}

enum dbs_rc sweep_target(const struct conn_setup *setup, struct dbs_error *err)
{
	return sweep(setup, "[0-9]{8}_[0-9]{6}_[0-9a-f]{6}", err);
}

enum dbs_rc sweep_run(const struct conn_setup *setup, const char *run,
		      struct dbs_error *err)
{
	OWNED(mem_drop) char *name = mem_strdup(run);

	/* it comes out of a file: nothing but its letters is a pattern */
	if (strlen(run) != RUN_LENGTH ||
	    strspn(run, "0123456789abcdef-") != RUN_LENGTH)
		return DBS_OK;
	for (char *at = name; *at; at++)
		if (*at == '-')
			*at = '_';
	return sweep(setup, name, err);
}
