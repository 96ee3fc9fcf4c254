/*
 * window.c - see window.h.
 *
 * A COMMIT without an answer is asked for: the row says how many windows were
 * written, and another one than ours can only have been written by somebody who
 * has the lock on the target.
 */
#include "dbsync/apply/window.h"

#include "exchange.h"
#include "writer_part.h"

#include "dbsync/base/own.h"
#include "dbsync/db/backoff.h"
#include "dbsync/db/quote.h"
#include "dbsync/schema/load.h"

#include <inttypes.h>
#include <stdlib.h>

#define TABLE "`" SCHEMA_OF_OURS "`.`follow`"

enum { NO_SUCH_DATABASE = 1049, NO_SUCH_TABLE = 1146, NO_SUCH_COLUMN = 1054 };

/* ------------------------------------------------------------------------
 * The mark
 * --------------------------------------------------------------------- */

static enum dbs_rc name_grant(enum dbs_rc rc, struct dbs_error *err)
{
	return rc == DBS_E_DENIED
		       ? dbs_error_context(
				 err,
				 "the place of follow is kept on the target: "
				 "GRANT ALL ON `dbsync\\_%%`.* is needed")
		       : rc;
}

/* "" for target_place of a table that has none. */
static enum dbs_rc fetch_mark(struct conn *conn, const char *id,
			      struct rows **out, bool *lacks_out,
			      struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	*lacks_out = false;
	for (;;) {
		OWNED(buf_release) struct buf sql = BUF_INIT;

		buf_addf(&sql,
			 "SELECT scope, server, place, windows, %s FROM " TABLE
			 " WHERE id = ",
			 *lacks_out ? "''" : "COALESCE(target_place, '')");
		quote_text(&sql, id);
		rc = conn_fetch(conn, sql.data, "?tttnt", out, err);
		if (!rc || *lacks_out || err->server_errno != NO_SUCH_COLUMN)
			return rc;
		dbs_error_clear(err);
		*lacks_out = true;
	}
}

enum dbs_rc follow_mark_load(struct conn *conn, const char *id,
			     struct arena *arena, struct follow_mark *out,
			     bool *found_out, struct dbs_error *err)
{
	OWNED(rows_drop) struct rows *rows = NULL;
	bool lacks = false;

	*found_out = false;
	enum dbs_rc rc = fetch_mark(conn, id, &rows, &lacks, err);

	if (rc && (err->server_errno == NO_SUCH_DATABASE ||
		   err->server_errno == NO_SUCH_TABLE)) {
		dbs_error_clear(err);
		return DBS_OK;
	}
	out->lacks_target_place = lacks;
	if (rc || !rows_count(rows))
		return name_grant(rc, err);
	*out = (struct follow_mark){
		.id = arena_strdup(arena, id),
		.scope = arena_strdup(arena, rows_text(rows, 0, 0)),
		.server = arena_strdup(arena, rows_text(rows, 0, 1)),
		.place = arena_strdup(arena, rows_text(rows, 0, 2)),
		.windows = strtoull(rows_text(rows, 0, 3), NULL, 10),
		.target_place = arena_strdup(arena, rows_text(rows, 0, 4)),
		.lacks_target_place = lacks,
	};
	*found_out = true;
	return DBS_OK;
}

static enum dbs_rc make_table(struct conn *conn, struct dbs_error *err)
{
	enum dbs_rc rc = conn_run(conn,
				  "CREATE DATABASE IF NOT EXISTS "
				  "`" SCHEMA_OF_OURS "` CHARACTER SET utf8mb4",
				  err);

	return rc ? rc
		  : conn_run(conn,
			     "CREATE TABLE IF NOT EXISTS " TABLE
			     " (id VARCHAR(40) CHARACTER SET ascii COLLATE "
			     "ascii_bin NOT NULL PRIMARY KEY, "
			     "scope TEXT CHARACTER SET utf8mb4 NOT NULL, "
			     "server VARCHAR(64) CHARACTER SET ascii NOT NULL, "
			     "place TEXT CHARACTER SET utf8mb4 NOT NULL, "
			     "windows BIGINT UNSIGNED NOT NULL, "
			     "written DATETIME NOT NULL COMMENT 'UTC', "
			     "target_place TEXT CHARACTER SET utf8mb4) "
			     "ENGINE=InnoDB COMMENT='of dbsync follow: up to "
			     "which place of its source the target is written'",
			     err);
}

static enum dbs_rc make_drift(struct conn *conn, struct dbs_error *err)
{
	return conn_run(conn,
			"CREATE TABLE IF NOT EXISTS " DRIFT_TABLE
			" (number BIGINT UNSIGNED NOT NULL AUTO_INCREMENT "
			"PRIMARY KEY, "
			"id VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin "
			"NOT NULL COMMENT 'of dbsync_state.follow', "
			"state VARCHAR(12) CHARACTER SET ascii NOT NULL, "
			"key_hash CHAR(16) CHARACTER SET ascii NOT NULL, "
			"database_name TEXT CHARACTER SET utf8mb4 NOT NULL, "
			"table_name TEXT CHARACTER SET utf8mb4 NOT NULL, "
			"row_key LONGTEXT CHARACTER SET utf8mb4 NOT NULL, "
			"what VARCHAR(8) CHARACTER SET ascii NOT NULL, "
			"since DATETIME NOT NULL COMMENT 'UTC', "
			"row_was LONGTEXT CHARACTER SET utf8mb4 NOT NULL, "
			"KEY (id, state, key_hash)) "
			"ENGINE=InnoDB COMMENT='of dbsync follow: rows that "
			"others have written to the target'",
			err);
}

enum dbs_rc follow_mark_extend(struct conn *conn,
			       const struct follow_mark *mark,
			       struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	if (mark->lacks_target_place)
		rc = conn_run(conn,
			      "ALTER TABLE " TABLE " ADD COLUMN target_place "
			      "TEXT CHARACTER SET utf8mb4",
			      err);
	return rc ? rc : make_drift(conn, err);
}

static enum dbs_rc put_row(struct conn *conn, const struct follow_mark *mark,
			   struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	uint64_t affected = 0;

	buf_adds(&sql, "REPLACE INTO " TABLE " (id, scope, server, place, "
		       "target_place, windows, written) VALUES (");
	quote_text(&sql, mark->id);
	buf_adds(&sql, ", ");
	quote_text(&sql, mark->scope);
	buf_adds(&sql, ", ");
	quote_text(&sql, mark->server);
	buf_adds(&sql, ", ");
	quote_text(&sql, mark->place);
	buf_adds(&sql, ", ");
	quote_text(&sql, mark->target_place);
	buf_addf(&sql, ", %" PRIu64 ", UTC_TIMESTAMP())", mark->windows);
	return conn_write(conn, &sql, &affected, err);
}

enum dbs_rc follow_mark_begin(struct conn *conn, struct follow_mark *mark,
			      struct dbs_error *err)
{
	OWNED(arena_drop) struct arena *arena = arena_new();
	struct follow_mark before = {.windows = 0};
	bool is_there = false;
	enum dbs_rc rc = make_table(conn, err);

	if (!rc)
		rc = follow_mark_load(conn, mark->id, arena, &before, &is_there,
				      err);
	mark->windows = before.windows + 1;
	if (!rc)
		rc = follow_mark_extend(conn, &before, err);
	if (!rc)
		rc = put_row(conn, mark, err);
	return name_grant(rc, err);
}

static void write_move(const struct follow_mark *mark,
		       const struct window_content *content, struct buf *out)
{
	buf_adds(out, "UPDATE " TABLE " SET place = ");
	quote_text(out, content->place);
	if (content->target_place) {
		buf_adds(out, ", target_place = ");
		quote_text(out, content->target_place);
	}
	buf_addf(out,
		 ", windows = %" PRIu64 ", written = UTC_TIMESTAMP() "
		 "WHERE windows = %" PRIu64 " AND id = ",
		 mark->windows + 1, mark->windows);
	quote_text(out, mark->id);
}

/* ------------------------------------------------------------------------
 * Windows
 * --------------------------------------------------------------------- */

struct window_writer {
	struct writer writer;
	const struct apply_request *request;
	struct batch_table *tables;
};

struct window_writer *window_writer_new(const struct apply_request *request)
{
	struct window_writer *self = mem_zero(1, sizeof(*self));

	self->request = request;
	self->tables = batch_tables_make(request->plan, request->sqls);
	writer_init(&self->writer, request);
	return self;
}

void window_writer_drop(struct window_writer **writer)
{
	if (!*writer)
		return;
	writer_release(&(*writer)->writer);
	mem_drop(&(*writer)->tables);
	mem_drop(writer);
}

/* A parsed value may count as the one that is there, and the row as unchanged. */
static bool goes_first(const struct batch_table *table)
{
	return table->has_key && (table->plan->is_serial || table->has_json);
}

static struct exchange_part *parts_of(struct window_writer *self,
				      const struct window_part *parts,
				      size_t count)
{
	struct exchange_part *out = mem_zero(count + 1, sizeof(*out));

	for (size_t i = 0; i < count; i++) {
		const struct batch_table *table = &self->tables[parts[i].table];

		out[i] = (struct exchange_part){
			.table = table,
			.segments = &parts[i].segment,
			.count = 1,
			.result = parts[i].result,
			.updates_go_first = goes_first(table),
		};
	}
	return out;
}

/* After a COMMIT without an answer. */
static enum dbs_rc was_written(struct window_writer *self,
			       const struct follow_mark *mark, bool *out,
			       struct dbs_error *err)
{
	OWNED(arena_drop) struct arena *arena = arena_new();
	struct follow_mark now = {.windows = 0};
	bool is_there = false;
	enum dbs_rc rc = writer_be_ready(&self->writer, err);

	if (!rc)
		rc = follow_mark_load(self->writer.conn, mark->id, arena, &now,
				      &is_there, err);
	*out = !rc && is_there && now.windows == mark->windows + 1;
	return rc;
}

/* *again_out: the same may pass now. */
static enum dbs_rc look_after(struct window_writer *self,
			      const struct follow_mark *mark, enum dbs_rc rc,
			      unsigned attempt, bool *again_out,
			      struct dbs_error *err)
{
	const struct conn_setup *setup = self->request->setup;
	bool is_there = false;

	*again_out = false;
	if ((rc != DBS_E_LOST && rc != DBS_E_RETRY) ||
	    attempt >= self->request->attempts)
		return rc;
	talk_note(setup->talk, "%s; writing the window again (%u of %u)",
		  err->text, attempt + 1, self->request->attempts);
	const bool is_lost = rc == DBS_E_LOST;

	dbs_error_clear(err);
	rc = backoff_wait(attempt, setup->cancel, err);
	if (!rc && is_lost)
		rc = was_written(self, mark, &is_there, err);
	*again_out = !rc && !is_there;
	/* that may be lost again */
	if (rc == DBS_E_LOST || rc == DBS_E_RETRY)
		return look_after(self, mark, rc, attempt + 1, again_out, err);
	return rc;
}

/* Rows are looked for only when one of them is there. */
static enum dbs_rc write_once(struct window_writer *self,
			      struct exchange *exchange, struct dbs_error *err)
{
	enum { DUPLICATE_KEY = 1062 };
	enum dbs_rc rc = exchange_once(&self->writer, exchange, err);

	if (rc != DBS_E_SERVER || err->server_errno != DUPLICATE_KEY ||
	    exchange->looks_for_inserts)
		return rc;
	dbs_error_clear(err);
	exchange->looks_for_inserts = true;
	return exchange_once(&self->writer, exchange, err);
}

enum dbs_rc window_write(struct window_writer *self,
			 const struct window_content *content,
			 struct follow_mark *mark, struct dbs_error *err)
{
	OWNED(buf_release) struct buf last = BUF_INIT;
	OWNED(mem_drop)
	struct exchange_part *exchanged = parts_of(self, content->parts,
						   content->count);
	struct exchange exchange = {
		.parts = exchanged,
		.count = content->count,
		.first = content->first,
		.first_count = content->first_count,
		.last = (write_move(mark, content, &last), last.data),
		.is_whole = true,
	};
	bool again = true;
	enum dbs_rc rc = DBS_OK;

	for (unsigned attempt = 1; again; attempt++) {
		rc = write_once(self, &exchange, err);
		again = false;
		if (rc)
			rc = look_after(self, mark, rc, attempt, &again, err);
	}
	if (!rc)
		mark->windows++;
	return rc;
}
