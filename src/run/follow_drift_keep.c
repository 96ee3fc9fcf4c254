/*
 * follow_drift_keep.c - rows of `dbsync_state`.`drift`: see follow_drift.h.
 *
 * A row is recorded by the server, as the statement that would make it again, in
 * the transaction that decides about it: so it is the row that was there.
 */
#include "follow_drift_part.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/db/quote.h"
#include "dbsync/schema/load.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { NO_SUCH_DATABASE = 1049, NO_SUCH_TABLE = 1146 };

static bool lacks_table(const struct dbs_error *err)
{
	return err->server_errno == NO_SUCH_DATABASE ||
	       err->server_errno == NO_SUCH_TABLE;
}

static void add_held_of(struct buf *sql, const char *id)
{
	buf_adds(sql, " FROM " DRIFT_TABLE " WHERE id = ");
	quote_text(sql, id);
	buf_adds(sql, " AND state = 'held'");
}

/* ------------------------------------------------------------------------
 * Without a session
 * --------------------------------------------------------------------- */

static enum dbs_rc fetch_held(struct conn *conn, const char *id,
			      struct rows **out, struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;

	buf_adds(&sql, "SELECT database_name, table_name, row_key");
	add_held_of(&sql, id);
	buf_adds(&sql, " ORDER BY number");
	enum dbs_rc rc = conn_fetch(conn, sql.data, "ttt", out, err);

	if (rc && lacks_table(err)) {
		dbs_error_clear(err);
		return DBS_OK;
	}
	return rc;
}

/* Whatever tables, or under whatever name of a server, they were held. */
static enum dbs_rc fetch_held_of_all(struct conn *conn, const char *database,
				     struct rows **out, struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;

	buf_adds(&sql,
		 "SELECT database_name, table_name, row_key FROM " DRIFT_TABLE
		 " WHERE state = 'held'");
	if (*database) {
		buf_adds(&sql, " AND database_name = ");
		quote_text(&sql, database);
	}
	enum dbs_rc rc = conn_fetch(conn, sql.data, "ttt", out, err);

	if (rc && lacks_table(err)) {
		dbs_error_clear(err);
		return DBS_OK;
	}
	return rc;
}

enum dbs_rc follow_drift_guard(struct conn *conn, const char *id,
			       const char *database, struct dbs_error *err)
{
	OWNED(rows_drop) struct rows *rows = NULL;
	enum dbs_rc rc = id ? fetch_held(conn, id, &rows, err)
			    : fetch_held_of_all(conn, database, &rows, err);

	if (rc || !rows || !rows_count(rows))
		return rc;
	return dbs_fail(err, DBS_E_REFUSED,
			"comparing the databases would overwrite what is held: "
			"the row %s of `%s`.`%s` on the target (%zu more; "
			"`dbsync_state`.`drift` lists them); --start-over does "
			"it, and --drift overwrite",
			rows_text(rows, 0, 2), rows_text(rows, 0, 0),
			rows_text(rows, 0, 1), rows_count(rows) - 1);
}

enum dbs_rc follow_drift_begin_copy(struct conn *conn, const char *id,
				    struct dbs_error *err)
{
	enum { NO_SUCH_COLUMN = 1054 };
	OWNED(buf_release) struct buf sql = BUF_INIT;

	buf_adds(&sql, "UPDATE `" SCHEMA_OF_OURS "`.`follow` SET target_place "
		       "= CONCAT(SUBSTRING_INDEX(target_place, ' ', 1), "
		       "' " DRIFT_OPEN "') WHERE target_place <> '' AND id = ");
	quote_text(&sql, id);
	enum dbs_rc rc = conn_run(conn, sql.data, err);

	/* of the version before: nothing is known of it anyway */
	if (rc && err->server_errno == NO_SUCH_COLUMN) {
		dbs_error_clear(err);
		return DBS_OK;
	}
	return rc;
}

enum dbs_rc follow_drift_forget(struct conn *conn, const char *id,
				struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;

	buf_adds(&sql, "UPDATE " DRIFT_TABLE " SET state = 'overwritten' "
		       "WHERE state = 'held' AND id = ");
	quote_text(&sql, id);
	enum dbs_rc rc = conn_run(conn, sql.data, err);

	if (rc && lacks_table(err)) {
		dbs_error_clear(err);
		return DBS_OK;
	}
	return rc;
}

/* ------------------------------------------------------------------------
 * What is there
 * --------------------------------------------------------------------- */

static size_t find_table(const struct follow_session *session,
			 const char *database, const char *table)
{
	for (size_t i = 0; i < session->tables.count; i++) {
		const struct follow_table *at = vec_at(&session->tables, i);
		const struct pair *pair = at->subject->pair;

		if (!strcmp(pair->database[TARGET], database) &&
		    !strcmp(pair->table[TARGET]->name, table))
			return i;
	}
	return SIZE_MAX;
}

/* Others may write to that table: what it says becomes a part of statements. */
static enum dbs_rc check_key(const struct follow_session *session,
			     const struct follow_table *of, struct slice key,
			     struct dbs_error *err)
{
	const struct pair *pair = of->subject->pair;
	OWNED(buf_release) struct buf shown = BUF_INIT;

	if (drift_has_key(of) ? row_sql_is_key(session->sqls[of->plan], key)
			      : !strcmp(key.data, DRIFT_KEYLESS))
		return DBS_OK;
	text_show(&shown, key.data, key.length, 80);
	return dbs_fail(err, DBS_E_REFUSED,
			"`dbsync_state`.`drift` on the target says that a row "
			"of `%s`.`%s` is held, and `%s` is no key of that "
			"table: put it right, or delete that record",
			pair->database[TARGET], pair->table[TARGET]->name,
			shown.data);
}

/* Who holds goes on to; who does not looks at the row as at any other. */
static void take_held(struct follow_session *session, size_t number,
		      struct slice key)
{
	struct follow_drift *drift = session->drift;
	struct drift_table *table = drift_table(drift, number);
	const struct follow_table *of = vec_at(&session->tables, number);

	if (drift->how == FOLLOW_DRIFT_HOLD ||
	    (drift->how == FOLLOW_DRIFT_OVERWRITE && !drift_has_key(of))) {
		key_set_add(table->held, key);
		table->owes = true;
		drift->held++;
		return;
	}
	key_set_add(table->taken, key);
	drift->has_suspects = true;
	if (drift_has_key(of) && !of->whole)
		key_set_add(table->strong, key);
	else
		table->is_all = true;
}

static enum dbs_rc take_rows(struct follow_session *session,
			     const struct rows *rows, struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; i < rows_count(rows) && !rc; i++) {
		const size_t number = find_table(session, rows_text(rows, i, 0),
						 rows_text(rows, i, 1));
		const char *text = rows_text(rows, i, 2);
		const struct slice key = {text, strlen(text)};

		if (number == SIZE_MAX)
			continue;
		rc = check_key(session, vec_at(&session->tables, number), key,
			       err);
		if (!rc)
			take_held(session, number, key);
	}
	return rc;
}

/* What was overwritten is kept for thirty days, and not more of it than so much. */
static enum dbs_rc find_old(struct follow_session *session, struct conn *conn,
			    struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	OWNED(buf_release) struct buf of = BUF_INIT;
	OWNED(mem_drop) char *first = NULL;

	buf_adds(&of, " FROM " DRIFT_TABLE " WHERE state <> 'held' AND id = ");
	quote_text(&of, session->mark.id);
	buf_addf(&sql,
		 "SELECT MAX(number) FROM (SELECT number%s AND since < "
		 "UTC_TIMESTAMP() - INTERVAL 30 DAY UNION ALL (SELECT number%s "
		 "ORDER BY number DESC LIMIT %d, 1)) AS old",
		 of.data, of.data, DRIFT_MOST);
	enum dbs_rc rc = conn_fetch_text(conn, sql.data, "1N", &first, err);

	if (!rc && first)
		session->drift->trim = arena_printf(session->arena,
						    "DELETE%s AND number <= %s",
						    of.data, first);
	return rc;
}

static enum dbs_rc extend(const struct follow_session *session,
			  struct conn *conn, struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	if (session->base.asked->write->binlog == 1)
		rc = conn_run(conn, "SET SESSION sql_log_bin = 0", err);
	return rc ? rc : follow_mark_extend(conn, &session->mark, err);
}

enum dbs_rc drift_keep_load(struct follow_session *session,
			    struct dbs_error *err)
{
	struct conn *conn = walk_link(session->walk)->conn[TARGET];
	OWNED(rows_drop) struct rows *rows = NULL;
	enum dbs_rc rc = fetch_held(conn, session->mark.id, &rows, err);

	if (!rc && (!rows || session->mark.lacks_target_place))
		rc = extend(session, conn, err);
	if (rc)
		return rc;
	if (rows)
		rc = take_rows(session, rows, err);
	return rc ? rc : find_old(session, conn, err);
}

/* ------------------------------------------------------------------------
 * What is recorded
 * --------------------------------------------------------------------- */

/* A value as a literal, made by the server. */
static void add_literal(struct buf *sql, const struct column *column)
{
	OWNED(buf_release) struct buf name = BUF_INIT;

	quote_name(&name, column->name);
	switch (column->type) {
	case TYPE_BINARY:
	case TYPE_BLOB:
	case TYPE_GEOMETRY:
	case TYPE_VECTOR:
	case TYPE_UNKNOWN:
		buf_addf(sql,
			 "IF(%s IS NULL, 'NULL', CONCAT('x''', HEX(%s), ''''))",
			 name.data, name.data);
		break;
	case TYPE_BIT:
		buf_addf(sql, "COALESCE(CAST(%s AS UNSIGNED), 'NULL')",
			 name.data);
		break;
	case TYPE_FLOAT: /* as text it has six digits */
		buf_addf(sql, "COALESCE(%s + 0E0, 'NULL')", name.data);
		break;
	case TYPE_CHAR:
	case TYPE_TEXT:
	case TYPE_ENUM:
	case TYPE_SET:
	case TYPE_JSON:
		buf_addf(sql, "QUOTE(CONVERT(%s USING utf8mb4))", name.data);
		break;
	case TYPE_INTEGER:
	case TYPE_DECIMAL:
	case TYPE_DOUBLE:
	case TYPE_YEAR:
	case TYPE_DATE:
	case TYPE_DATETIME:
	case TYPE_TIMESTAMP:
	case TYPE_TIME:
	case TYPE_UUID:
	case TYPE_INET:
		buf_addf(sql, "QUOTE(%s)", name.data);
		break;
	}
}

/* CONCAT(…): the statement that makes the row again. */
static void add_row(struct buf *sql, const struct pair *pair)
{
	const struct table *table = pair->table[TARGET];
	OWNED(buf_release) struct buf head = BUF_INIT;
	OWNED(buf_release) struct buf values = BUF_INIT;

	buf_adds(&head, "INSERT INTO ");
	quote_table(&head, pair->database[TARGET], table->name);
	for (size_t i = 0; i < table->column_count; i++) {
		const struct column *column = &table->columns[i];
		const bool is_first = !values.length;

		if (column->is_generated || column->is_row_period)
			continue;
		buf_adds(&head, is_first ? " (" : ", ");
		quote_name(&head, column->name);
		buf_adds(&values, is_first ? "" : ", ', ', ");
		add_literal(&values, column);
	}
	buf_adds(&head, ") VALUES (");
	buf_adds(sql, "CONCAT(");
	quote_text(sql, head.data);
	buf_addf(sql, ", %s, ')')", values.data);
}

static void add_hash(struct buf *out, const struct pair *pair, struct slice key)
{
	OWNED(buf_release) struct buf text = BUF_INIT;

	quote_table(&text, pair->database[TARGET], pair->table[TARGET]->name);
	buf_add(&text, key.data, key.length);
	text_fingerprint(out, text.data, text.length);
}

static const char *const kind_words[] = {
	[CHANGE_INSERT] = "missing",
	[CHANGE_UPDATE] = "changed",
	[CHANGE_DELETE] = "extra",
};

static void add_facts(const struct follow_session *session, size_t number,
		      enum change_kind kind, struct slice key, struct buf *sql)
{
	const struct follow_table *table = vec_at(&session->tables, number);
	const struct pair *pair = table->subject->pair;
	OWNED(buf_release) struct buf hash = BUF_INIT;

	add_hash(&hash, pair, key);
	quote_text(sql, session->mark.id);
	buf_addf(sql, ", '%s', '%s', ",
		 drift_overwrites(session->drift, table) ? "overwritten"
							 : "held",
		 hash.data);
	quote_text(sql, pair->database[TARGET]);
	buf_adds(sql, ", ");
	quote_text(sql, pair->table[TARGET]->name);
	buf_adds(sql, ", ");
	quote_string(sql, "utf8mb4", key.data, key.length);
	buf_addf(sql, ", '%s', UTC_TIMESTAMP(), ", kind_words[kind]);
}

static void push(struct follow_drift *drift, const struct buf *sql, bool is_one)
{
	*(struct window_statement *)vec_push(
		&drift->first) = (struct window_statement){
		arena_strndup(drift->words, sql->data, sql->length), is_one};
}

void drift_keep_row(struct follow_session *session, size_t number,
		    enum change_kind kind, struct slice key)
{
	const struct follow_table *table = vec_at(&session->tables, number);
	const struct row_sql *row_sql = session->sqls[table->plan];
	const bool is_there = drift_has_key(table) && kind != CHANGE_INSERT;
	OWNED(buf_release) struct buf sql = BUF_INIT;

	buf_adds(&sql, "INSERT INTO " DRIFT_TABLE
		       " (id, state, key_hash, database_name, table_name, "
		       "row_key, what, since, row_was) ");
	buf_adds(&sql, is_there ? "SELECT " : "VALUES (");
	add_facts(session, number, kind, key, &sql);
	if (is_there) {
		add_row(&sql, table->subject->pair);
		buf_addf(&sql, " FROM %s WHERE ", row_sql_table(row_sql));
		row_sql_where_begin(row_sql, &sql);
		row_sql_where_row(row_sql, true, key, &sql);
		row_sql_where_end(row_sql, &sql);
		buf_adds(&sql, " FOR UPDATE");
	} else {
		buf_adds(&sql, "'')");
	}
	push(session->drift, &sql, true);
}

static void free_keys(struct follow_session *session, size_t number,
		      struct key_set *keys)
{
	enum { AT_ONCE = 500 };
	const struct follow_table *table = vec_at(&session->tables, number);
	const size_t count = key_set_count(keys);

	for (size_t from = 0; from < count; from += AT_ONCE) {
		OWNED(buf_release) struct buf sql = BUF_INIT;

		buf_adds(&sql, "DELETE");
		add_held_of(&sql, session->mark.id);
		for (size_t i = from; i < count && i < from + AT_ONCE; i++) {
			buf_adds(&sql,
				 i > from ? ", '" : " AND key_hash IN ('");
			add_hash(&sql, table->subject->pair,
				 key_set_at(keys, i));
			buf_addc(&sql, '\'');
		}
		buf_addc(&sql, ')');
		push(session->drift, &sql, false);
	}
}

void drift_keep_freed(struct follow_session *session)
{
	struct follow_drift *drift = session->drift;

	for (size_t i = 0; i < drift->tables.count; i++) {
		free_keys(session, i, drift_table(drift, i)->freed);
		free_keys(session, i, drift_table(drift, i)->taken);
	}
	if (drift->trim)
		*(struct window_statement *)vec_push(&drift->first) =
			(struct window_statement){drift->trim, false};
}
