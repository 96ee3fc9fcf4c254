/*
 * conn_talk.c - statements, small results and LOAD DATA LOCAL; see conn.h.
 */
#include "client.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/db/answer.h"

#include "load_answer.h"

#include <errmsg.h>
#include <stdio.h>
#include <string.h>

/* ------------------------------------------------------------------------
 * Statements and small results
 * --------------------------------------------------------------------- */

static enum dbs_rc send_text(struct conn *conn, const char *sql, size_t length,
			     struct dbs_error *err)
{
	enum dbs_rc rc = client_begin(conn, sql, err);

	if (rc)
		return rc;
	throttle_pay(conn->setup->throttle, length, conn->setup->cancel);
	if (mysql_send_query(conn->mysql, sql, length))
		return client_fail(conn, err);
	conn->state = STATE_WAITING;
	return DBS_OK;
}

enum dbs_rc conn_send(struct conn *conn, const char *sql, struct dbs_error *err)
{
	return send_text(conn, sql, strlen(sql), err);
}

static enum dbs_rc read_answer(struct conn *conn, struct dbs_error *err)
{
	DBS_BUG(conn->state != STATE_WAITING, "nothing was sent");
	conn->state = STATE_IDLE;
	if (mysql_read_query_result(conn->mysql))
		return client_fail(conn, err);
	return DBS_OK;
}

/* What the columns of an answer are called, before its first row. */
typedef void learn_names(void *self, const MYSQL_FIELD *fields, unsigned width);

/* Who takes the rows of an answer, and what it must be. */
struct taker {
	const char *form;
	learn_names *learn; /* or NULL */
	conn_take *take;
	void *self;
};

/* No list of ours is as long; it is kept, in part, by whoever takes it. */
enum { ANSWER_MOST = 1024 * 1024 * 1024 };

static void drop_result(MYSQL_RES **result)
{
	mysql_free_result(*result);
}

static enum dbs_rc each_row(struct conn *conn, MYSQL_RES *result,
			    const struct taker *taker, size_t *count_out,
			    struct dbs_error *err)
{
	const unsigned width = mysql_num_fields(result);
	OWNED(mem_drop) size_t *lengths = mem_alloc(width * sizeof(*lengths));
	OWNED(buf_release) struct buf why = BUF_INIT;
	enum dbs_rc rc = DBS_OK;
	uint64_t bytes = 0;
	MYSQL_ROW row;

	while ((row = mysql_fetch_row(result))) {
		const unsigned long *sizes = mysql_fetch_lengths(result);
		const char *const *texts = (const char *const *)row;

		for (unsigned i = 0; i < width; i++) {
			lengths[i] = sizes[i];
			client_received(conn, sizes[i] + 1);
			bytes += sizes[i] + 1;
		}
		if (bytes > ANSWER_MOST)
			return client_strange(conn, "more than 1 GiB", err);
		if (rc)
			continue;
		if (!answer_row(taker->form, (*count_out)++, texts, lengths,
				&why))
			return client_strange(conn, why.data, err);
		rc = taker->take(taker->self, width, texts, lengths, err);
	}
	if (!rc && mysql_errno(conn->mysql))
		rc = client_fail(conn, err);
	return rc;
}

/* Reads the rows of the answer, all of them even when take fails. */
static enum dbs_rc read_rows(struct conn *conn, const struct taker *taker,
			     struct dbs_error *err)
{
	OWNED(drop_result) MYSQL_RES *result = mysql_use_result(conn->mysql);
	OWNED(buf_release) struct buf why = BUF_INIT;
	size_t count = 0;

	if (!result && mysql_errno(conn->mysql))
		return client_fail(conn, err);
	const unsigned width = result ? mysql_num_fields(result) : 0;

	if (!answer_columns(taker->form, width, &why))
		return client_strange(conn, why.data, err);
	if (!result)
		return DBS_OK;
	if (taker->learn)
		taker->learn(taker->self, mysql_fetch_fields(result), width);
	enum dbs_rc rc = each_row(conn, result, taker, &count, err);

	if (!rc && !answer_end(taker->form, count, &why))
		rc = client_strange(conn, why.data, err);
	return rc;
}

enum dbs_rc conn_receive_each(struct conn *conn, const char *form,
			      conn_take *take, void *self,
			      struct dbs_error *err)
{
	const struct taker taker = {.form = form, .take = take, .self = self};
	enum dbs_rc rc = read_answer(conn, err);

	return rc ? rc : read_rows(conn, &taker, err);
}

struct picker {
	const char *const *names;
	size_t at; /* SIZE_MAX: there is none */
	struct rows *rows;
};

static void find_column(void *self, const MYSQL_FIELD *fields, unsigned width)
{
	struct picker *picker = self;

	for (size_t k = 0; picker->names[k]; k++)
		for (unsigned i = 0; i < width; i++)
			if (picker->at == SIZE_MAX &&
			    !strcmp(fields[i].name, picker->names[k]))
				picker->at = i;
}

static enum dbs_rc pick(void *self, size_t width, const char *const *texts,
			const size_t *lengths, struct dbs_error *err)
{
	struct picker *picker = self;

	(void)width;
	return picker->at == SIZE_MAX
		       ? DBS_OK
		       : rows_add(picker->rows, 1, &texts[picker->at],
				  &lengths[picker->at], err);
}

enum dbs_rc conn_fetch_column(struct conn *conn, const char *sql,
			      const char *const *names, struct rows **out,
			      struct dbs_error *err)
{
	OWNED(rows_drop) struct rows *rows = rows_new(sql);
	struct picker picker = {names, SIZE_MAX, rows};
	const struct taker taker = {"*", find_column, pick, &picker};
	enum dbs_rc rc = conn_send(conn, sql, err);

	if (!rc)
		rc = read_answer(conn, err);
	if (!rc)
		rc = read_rows(conn, &taker, err);
	if (!rc && picker.at == SIZE_MAX)
		rc = dbs_fail(err, DBS_E_SERVER,
			      "the answer to %s has no column `%s`", sql,
			      names[0]);
	if (!rc)
		*out = own_take(&rows);
	return rc;
}

enum dbs_rc client_affected(struct conn *conn, uint64_t *out,
			    struct dbs_error *err)
{
	if (mysql_field_count(conn->mysql))
		return client_strange(conn, "rows, expected none", err);
	*out = mysql_affected_rows(conn->mysql);
	return DBS_OK;
}

enum dbs_rc conn_write(struct conn *conn, const struct buf *sql,
		       uint64_t *affected_out, struct dbs_error *err)
{
	enum dbs_rc rc = send_text(conn, sql->data, sql->length, err);

	if (!rc)
		rc = read_answer(conn, err);
	return rc ? rc : client_affected(conn, affected_out, err);
}

/* ------------------------------------------------------------------------
 * Data for LOAD DATA LOCAL
 * --------------------------------------------------------------------- */

/* The name of the file is the server's choice, and does not matter. */
static int feed_begin(void **feeder_out, const char *name, void *self)
{
	const struct conn *conn = self;

	(void)name;
	*feeder_out = conn->feeder;
	return conn->feeder ? 0 : 1;
}

static int feed_some(void *self, char *into, unsigned room)
{
	struct feeder *feeder = self;
	size_t count = 0;

	if (feeder->feed(feeder->self, into, room, &count, &feeder->error))
		return -1;
	throttle_pay(feeder->setup->throttle, count, feeder->setup->cancel);
	return (int)count;
}

static void feed_end(void *self)
{
	(void)self;
}

static int feed_error(void *self, char *text, unsigned room)
{
	const struct feeder *feeder = self;

	(void)snprintf(text, room, "%s",
		       feeder ? feeder->error.text : "no file is sent");
	return CR_UNKNOWN_ERROR;
}

void client_set_feed(struct conn *conn, MYSQL *mysql)
{
	mysql_set_local_infile_handler(mysql, feed_begin, feed_some, feed_end,
				       feed_error, conn);
}

enum dbs_rc conn_load(struct conn *conn, const char *sql, conn_feed *feed,
		      void *self, struct load_answer *out,
		      struct dbs_error *err)
{
	struct feeder feeder = {
		.feed = feed, .self = self, .setup = conn->setup};
	uint64_t affected = 0;
	enum dbs_rc rc = send_text(conn, sql, strlen(sql), err);

	if (rc)
		return rc;
	conn->feeder = &feeder;
	rc = read_answer(conn, err);
	conn->feeder = NULL;
	/* a loss is what the session has to know of */
	if (feeder.error.code && rc && rc != DBS_E_LOST) {
		*err = feeder.error;
		return err->code;
	}
	if (!rc)
		rc = client_affected(conn, &affected, err);
	if (!rc)
		load_answer_read(mysql_info(conn->mysql),
				 mysql_warning_count(conn->mysql), out);
	return rc;
}
