/* leftovers.c - see leftovers.h and scratch_database.h. */
#include "dbsync/apply/leftovers.h"

#include "scratch_database.h"

#include "dbsync/base/fault.h"
#include "dbsync/base/own.h"
#include "dbsync/plan/stage.h"

#include <stdlib.h>
#include <string.h>

enum { WAIT_S = 5 };

/* ------------------------------------------------------------------------
 * What there is
 * --------------------------------------------------------------------- */

static enum leftover_kind kind_of(const char *name)
{
	if (!strncmp(name, SCRATCH_PREFIX, strlen(SCRATCH_PREFIX)))
		return LEFTOVER_SCRATCH;
	return !strncmp(name, STAGE_PREFIX, strlen(STAGE_PREFIX))
		       ? LEFTOVER_COPIES
		       : LEFTOVER_REPLACED;
}

static const char *run_of(const char *name, struct arena *arena)
{
	char *run = arena_strndup(arena, scratch_after_kind(name),
				  SCRATCH_RUN_LENGTH);

	for (char *at = run; *at; at++)
		if (*at == '_')
			*at = '-';
	return run;
}

static uint64_t number_at(const struct rows *rows, size_t column)
{
	const char *text = rows_count(rows) ? rows_text(rows, 0, column) : NULL;

	return text ? strtoull(text, NULL, 10) : 0;
}

static enum dbs_rc measure(struct conn *conn, const char *name,
			   struct leftover *out, struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	OWNED(rows_drop) struct rows *rows = NULL;

	buf_addf(&sql,
		 "SELECT COUNT(*), SUM(TABLE_ROWS), SUM(DATA_LENGTH + "
		 "INDEX_LENGTH) FROM INFORMATION_SCHEMA.TABLES WHERE "
		 "TABLE_SCHEMA = '%s'",
		 name);
	enum dbs_rc rc = conn_fetch(conn, sql.data, "1tTT", &rows, err);

	out->tables = number_at(rows, 0);
	out->rows = number_at(rows, 1);
	out->bytes = number_at(rows, 2);
	return rc;
}

static int by_run(const void *a, const void *b)
{
	const struct leftover *one = a;
	const struct leftover *other = b;
	const int order = strcmp(one->run, other->run);

	return order ? order : strcmp(one->name, other->name);
}

static enum dbs_rc list(struct conn *conn, struct arena *arena,
			struct leftovers *out, struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	OWNED(rows_drop) struct rows *rows = NULL;

	scratch_add_list(&sql, SCRATCH_ANY_RUN);
	enum dbs_rc rc = conn_fetch(conn, sql.data, "t", &rows, err);

	*out = (struct leftovers){.count = rows_count(rows)};
	out->items = arena_alloc(arena, (out->count + 1) * sizeof(*out->items));
	for (size_t i = 0; i < out->count && !rc; i++) {
		struct leftover *item = &out->items[i];
		const char *name = arena_strdup(arena, rows_text(rows, i, 0));
		bool is_free = false;

		*item = (struct leftover){
			.name = name,
			.run = run_of(name, arena),
			.kind = kind_of(name),
		};
		rc = scratch_is_free(conn, name, true, &is_free, err);
		item->state = is_free ? LEFTOVER_FREE : LEFTOVER_USED;
		if (!rc)
			rc = measure(conn, name, item, err);
	}
	if (rc)
		out->count = 0;
	qsort(out->items, out->count, sizeof(*out->items), by_run);
	return rc;
}

enum dbs_rc leftovers_list(const struct conn_setup *setup, struct arena *arena,
			   struct leftovers *out, struct dbs_error *err)
{
	OWNED(conn_close) struct conn *conn = NULL;
	enum dbs_rc rc = conn_open(setup, &conn, err);

	*out = (struct leftovers){0};
	return rc ? rc : list(conn, arena, out, err);
}

/* ------------------------------------------------------------------------
 * Dropping
 * --------------------------------------------------------------------- */

bool leftover_goes(const struct leftover *leftover, bool with_replaced)
{
	return leftover->state == LEFTOVER_FREE &&
	       (leftover->kind != LEFTOVER_REPLACED || with_replaced);
}

static enum dbs_rc drop_one(struct ddl *ddl, struct leftover *item,
			    struct dbs_error *err)
{
	bool is_taken = false;
	enum dbs_rc rc = scratch_take(ddl->conn, item->name, &is_taken, err);

	if (rc)
		return rc;
	if (!is_taken) {
		item->state = LEFTOVER_USED;
		return DBS_OK;
	}
	rc = scratch_remove(ddl, item->name, err);
	fault_here(FAULT_CLEANUP_DROPPED);
	item->state = rc ? LEFTOVER_FAILED : LEFTOVER_DROPPED;
	if (rc && !dbs_is_refusal(rc))
		return rc;
	item->error = rc ? *err : (struct dbs_error){0};
	dbs_error_clear(err);
	return scratch_give_back(ddl->conn, item->name, err);
}

enum dbs_rc leftovers_drop(const struct conn_setup *setup, bool with_replaced,
			   struct leftovers *leftovers, struct dbs_error *err)
{
	const struct ddl_wish wish = {.setup = setup, .wait_s = WAIT_S};
	struct ddl ddl = {0};
	enum dbs_rc rc = ddl_open(&ddl, &wish, err);

	for (size_t i = 0; i < leftovers->count && !rc; i++)
		if (leftover_goes(&leftovers->items[i], with_replaced))
			rc = drop_one(&ddl, &leftovers->items[i], err);
	ddl_close(&ddl);
	return rc;
}
