/* orphans.c - see orphans.h. */
#include "dbsync/apply/orphans.h"

#include "dbsync/base/own.h"
#include "dbsync/db/quote.h"

#include <stdlib.h>

static void add_column(struct buf *sql, const char *alias, const char *column)
{
	buf_addf(sql, "%s.", alias);
	quote_name(sql, column);
}

/* A key with a NULL in it refers to nothing. */
static void add_whole(struct buf *sql, const struct foreign_key *key)
{
	for (size_t i = 0; i < key->column_count; i++) {
		buf_adds(sql, i ? " AND " : "");
		add_column(sql, "child", key->child_columns[i]);
		buf_adds(sql, " IS NOT NULL");
	}
}

static void make_sql(const struct foreign_key *key, bool has_table,
		     struct buf *sql)
{
	buf_adds(sql, "SELECT COUNT(*) FROM ");
	quote_table(sql, key->child_database, key->child);
	buf_adds(sql, " child");
	if (has_table) {
		buf_adds(sql, " LEFT JOIN ");
		quote_table(sql, key->parent_database, key->parent);
		buf_adds(sql, " parent ON ");
	}
	for (size_t i = 0; i < key->column_count && has_table; i++) {
		buf_adds(sql, i ? " AND " : "");
		add_column(sql, "child", key->child_columns[i]);
		buf_adds(sql, " = ");
		add_column(sql, "parent", key->parent_columns[i]);
	}
	buf_adds(sql, " WHERE ");
	if (has_table) {
		add_column(sql, "parent", key->parent_columns[0]);
		buf_adds(sql, " IS NULL AND ");
	}
	add_whole(sql, key);
}

static enum dbs_rc count(struct conn *conn, const struct foreign_key *key,
			 struct orphans *out, struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;

	make_sql(key, !out->has_no_table, &sql);
	return conn_fetch_number(conn, sql.data, &out->rows, err);
}

static bool is_no_table(const struct dbs_error *err)
{
	enum { BAD_DATABASE = 1049, NO_SUCH_TABLE = 1146 };

	return err->server_errno == BAD_DATABASE ||
	       err->server_errno == NO_SUCH_TABLE;
}

enum dbs_rc orphans_count(struct conn *conn, const struct plan *plan,
			  struct orphans *out, struct dbs_error *err)
{
	for (size_t i = 0; i < plan->doubtful_count; i++) {
		const struct foreign_key *key = plan->doubtful[i];

		if (out[i].is_left_out)
			continue;
		enum dbs_rc rc = count(conn, key, &out[i], err);

		if (rc && is_no_table(err)) {
			dbs_error_clear(err);
			out[i].has_no_table = true;
			rc = count(conn, key, &out[i], err);
		}
		if (rc)
			return dbs_error_context(err, "foreign key `%s`",
						 key->name);
	}
	return DBS_OK;
}
