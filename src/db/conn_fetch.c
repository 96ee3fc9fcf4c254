/*
 * conn_fetch.c - small results, on top of conn_send and conn_receive_each.
 * See conn.h.
 */
#include "client.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"

#include <string.h>

enum dbs_rc conn_pause(const struct conn *conn, struct dbs_error *err)
{
	const struct conn_setup *setup = conn_setup(conn);

	return throttle_wait(setup->throttle, setup->cancel, err);
}

enum dbs_rc conn_each(struct conn *conn, const char *sql, const char *form,
		      conn_take *take, void *self, struct dbs_error *err)
{
	enum dbs_rc rc = conn_send(conn, sql, err);

	return rc ? rc : conn_receive_each(conn, form, take, self, err);
}

static enum dbs_rc drop_row(void *self, size_t width, const char *const *texts,
			    const size_t *lengths, struct dbs_error *err)
{
	(void)self;
	(void)width;
	(void)texts;
	(void)lengths;
	(void)err;
	return DBS_OK;
}

enum dbs_rc conn_run(struct conn *conn, const char *sql, struct dbs_error *err)
{
	return conn_each(conn, sql, NULL, drop_row, NULL, err);
}

static enum dbs_rc keep_row(void *self, size_t width, const char *const *texts,
			    const size_t *lengths, struct dbs_error *err)
{
	return rows_add(self, width, texts, lengths, err);
}

enum dbs_rc conn_receive(struct conn *conn, const char *form, struct rows **out,
			 struct dbs_error *err)
{
	OWNED(buf_release) struct buf origin = BUF_INIT;

	client_origin(conn, &origin);
	OWNED(rows_drop) struct rows *rows = rows_new(origin.data);
	enum dbs_rc rc = conn_receive_each(conn, form, keep_row, rows, err);

	if (!rc)
		*out = own_take(&rows);
	return rc;
}

enum dbs_rc conn_fetch(struct conn *conn, const char *sql, const char *form,
		       struct rows **out, struct dbs_error *err)
{
	enum dbs_rc rc = conn_send(conn, sql, err);

	return rc ? rc : conn_receive(conn, form, out, err);
}

enum dbs_rc conn_fetch_both(struct conn *a, const char *sql_a,
			    struct rows **out_a, struct conn *b,
			    const char *sql_b, struct rows **out_b,
			    const char *form, struct dbs_error *err)
{
	struct dbs_error second;
	enum dbs_rc rc = conn_send(a, sql_a, err);

	if (rc)
		return rc;
	rc = conn_send(b, sql_b, err);
	if (rc) {
		OWNED(rows_drop) struct rows *rows = NULL;

		(void)conn_receive(a, form, &rows, &second);
		return rc;
	}
	rc = conn_receive(a, form, out_a, err);
	enum dbs_rc rc_b = conn_receive(b, form, out_b, rc ? &second : err);

	return rc ? rc : rc_b;
}

enum dbs_rc conn_fetch_text(struct conn *conn, const char *sql,
			    const char *form, char **out, struct dbs_error *err)
{
	OWNED(rows_drop) struct rows *rows = NULL;
	enum dbs_rc rc = conn_fetch(conn, sql, form, &rows, err);

	if (rc)
		return rc;
	const char *text = rows_count(rows) ? rows_text(rows, 0, 0) : NULL;
	const size_t size = text ? strlen(text) + 1 : 0;
	void *copy = NULL;

	if (text)
		rc = mem_try(&copy, size, ROWS_MOST, "an answer", err);
	if (rc)
		return rc;
	if (text)
		memcpy(copy, text, size);
	*out = copy;
	return DBS_OK;
}

enum dbs_rc conn_fetch_number(struct conn *conn, const char *sql, uint64_t *out,
			      struct dbs_error *err)
{
	OWNED(rows_drop) struct rows *rows = NULL;
	enum dbs_rc rc = conn_fetch(conn, sql, "1n", &rows, err);

	return rc ? rc : rows_number(rows, 0, 0, out, err);
}
