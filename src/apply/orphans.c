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

static void make_sql(const struct foreign_key *key, struct buf *sql)
{
	buf_adds(sql, "SELECT COUNT(*) FROM ");
	quote_table(sql, key->child_database, key->child);
	buf_adds(sql, " child LEFT JOIN ");
	quote_table(sql, key->parent_database, key->parent);
	buf_adds(sql, " parent ON ");
	for (size_t i = 0; i < key->column_count; i++) {
		buf_adds(sql, i ? " AND " : "");
		add_column(sql, "child", key->child_columns[i]);
		buf_adds(sql, " = ");
		add_column(sql, "parent", key->parent_columns[i]);
	}
	buf_adds(sql, " WHERE ");
	add_column(sql, "parent", key->parent_columns[0]);
	buf_adds(sql, " IS NULL");
	/* a key with a NULL in it refers to nothing */
	for (size_t i = 0; i < key->column_count; i++) {
		buf_adds(sql, " AND ");
		add_column(sql, "child", key->child_columns[i]);
		buf_adds(sql, " IS NOT NULL");
	}
}

enum dbs_rc orphans_count(struct conn *conn, const struct plan *plan,
			  uint64_t *counts, struct dbs_error *err)
{
	for (size_t i = 0; i < plan->doubtful_count; i++) {
		OWNED(buf_release) struct buf sql = BUF_INIT;
		OWNED(mem_drop) char *text = NULL;

		make_sql(plan->doubtful[i], &sql);
		enum dbs_rc rc = conn_fetch_text(conn, sql.data, &text, err);

		if (rc)
			return dbs_error_context(err, "foreign key `%s`",
						 plan->doubtful[i]->name);
		counts[i] = text ? strtoull(text, NULL, 10) : 0;
	}
	return DBS_OK;
}
