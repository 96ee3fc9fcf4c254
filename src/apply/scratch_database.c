/*
 * scratch_database.c - see scratch_database.h: their names, their locks, and how
 * they come and go.
 */
#include "scratch_database.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/db/mark.h"
#include "dbsync/db/quote.h"
#include "dbsync/plan/stage.h"

#include <string.h>

static const char *const kinds[] = {SCRATCH_PREFIX, STAGE_PREFIX,
				    STAGE_OLD_PREFIX};

const char *scratch_after_kind(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!strncmp(name, kinds[i], strlen(kinds[i])))
			return name + strlen(kinds[i]);
	DBS_BUG(true, "not a name of ours");
	return name;
}

const char *scratch_mark(const char *name)
{
	const char *mark = scratch_after_kind(name) + SCRATCH_RUN_LENGTH;

	if (*mark++ != '_' || strspn(mark, "0123456789abcdef") != DATABASE_MARK)
		return NULL;
	return mark;
}

void scratch_add_lock(struct buf *out, const char *name)
{
	buf_addf(out, "'%.*s'",
		 (int)(scratch_after_kind(name) - name) + SCRATCH_RUN_LENGTH,
		 name);
}

/*
 * While its run lives, it holds the lock of its scratch database or of its copies;
 * the tables that it replaces are under that of the copies.
 */
static void add_lock_of_run(struct buf *out, const char *name)
{
	OWNED(buf_release) struct buf copies = BUF_INIT;
	const bool is_old = !strncmp(name, STAGE_OLD_PREFIX,
				     strlen(STAGE_OLD_PREFIX));

	buf_addf(&copies, STAGE_PREFIX "%s", scratch_after_kind(name));
	scratch_add_lock(out, is_old ? copies.data : name);
}

/* The lock of the database that it is for; of its run where that is unknown. */
static void add_lock_of_target(struct buf *out, const char *name)
{
	const char *mark = scratch_mark(name);

	if (mark)
		buf_addf(out, "'" TARGET_LOCK_PREFIX "%.*s'", DATABASE_MARK,
			 mark);
	else
		add_lock_of_run(out, name);
}

/* Whether the lock of its run is free, and what is asked of that of its target. */
static enum dbs_rc ask(struct conn *conn, const char *name,
		       const char *function, const char *behind, bool *yes_out,
		       struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	OWNED(mem_drop) char *text = NULL;

	buf_adds(&sql, "SELECT IS_FREE_LOCK(");
	add_lock_of_run(&sql, name);
	buf_addc(&sql, ')');
	if (function) {
		buf_addf(&sql, " AND %s(", function);
		add_lock_of_target(&sql, name);
		buf_addf(&sql, "%s)", behind);
	}
	enum dbs_rc rc = conn_fetch_text(conn, sql.data, "1N", &text, err);

	*yes_out = text && !strcmp(text, "1");
	return rc;
}

enum dbs_rc scratch_is_free(struct conn *conn, const char *name,
			    bool asks_target, bool *free_out,
			    struct dbs_error *err)
{
	return ask(conn, name, asks_target ? "IS_FREE_LOCK" : NULL, "",
		   free_out, err);
}

enum dbs_rc scratch_take(struct conn *conn, const char *name, bool *taken_out,
			 struct dbs_error *err)
{
	return ask(conn, name, "GET_LOCK", ", 0", taken_out, err);
}

enum dbs_rc scratch_give_back(struct conn *conn, const char *name,
			      struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;

	buf_adds(&sql, "DO RELEASE_LOCK(");
	add_lock_of_target(&sql, name);
	buf_addc(&sql, ')');
	return conn_run(conn, sql.data, err);
}

void scratch_add_list(struct buf *out, const char *run)
{
	buf_addf(out,
		 "SELECT SCHEMA_NAME FROM INFORMATION_SCHEMA.SCHEMATA "
		 "WHERE SCHEMA_NAME REGEXP '^(" SCRATCH_PREFIX "|" STAGE_PREFIX
		 "|" STAGE_OLD_PREFIX ")%s(_[0-9a-f]{16})?(_[0-9]+)?$'",
		 run);
}

static enum dbs_rc run_on(struct ddl *ddl, const char *verb, const char *name,
			  struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;

	buf_adds(&sql, verb);
	quote_name(&sql, name);
	return ddl_run(ddl, sql.data, false, err);
}

enum dbs_rc scratch_make(struct ddl *ddl, const char *name,
			 struct dbs_error *err)
{
	OWNED(buf_release) struct buf lock = BUF_INIT;
	OWNED(mem_drop) char *taken = NULL;

	/* a connection that has just been closed may hold it for a moment */
	buf_adds(&lock, "SELECT GET_LOCK(");
	scratch_add_lock(&lock, name);
	buf_adds(&lock, ", 10)");
	enum dbs_rc rc = conn_fetch_text(ddl->conn, lock.data, "1N", &taken,
					 err);

	if (!rc && (!taken || strcmp(taken, "1") != 0))
		rc = dbs_fail(err, DBS_E_SERVER,
			      "the lock `%s` is not available", name);
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
