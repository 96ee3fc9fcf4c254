/* row_count.c - see row_count.h. */
#include "dbsync/data/row_count.h"

#include "dbsync/base/own.h"
#include "dbsync/db/quote.h"

#include <inttypes.h>

bool row_count_is_needed(const struct pair *pair, const struct vec *ranges)
{
	for (size_t i = 1; i < ranges->count; i++) {
		const struct range *range = vec_at(ranges, i);

		if (!range_is_plain(pair, range->low))
			return true;
	}
	return false;
}

void row_count_sql(struct buf *out, const struct pair *pair, enum side side)
{
	buf_adds(out, "SELECT COUNT(*) FROM ");
	quote_table(out, pair->database[side], pair->table[side]->name);
	if (pair->where)
		buf_addf(out, " WHERE (%s)", pair->where);
}

enum dbs_rc row_count_judge(enum side side, uint64_t counted, uint64_t read,
			    size_t ranges, struct dbs_error *err)
{
	if (counted == read)
		return DBS_OK;
	return dbs_fail(err, DBS_E_UNKNOWN,
			"the %s has %" PRIu64 " rows, and %" PRIu64
			" of them were read in %zu ranges: %s",
			side_name(side), counted, read, ranges,
			ranges > 1 ? "it does not read a bound of its keys as "
				     "it was meant"
				   : "rows were lost on the way");
}

enum dbs_rc row_count_check(struct conn *conn, enum side side,
			    const struct pair *pair, const struct vec *ranges,
			    uint64_t rows_read, struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	uint64_t counted = 0;

	row_count_sql(&sql, pair, side);
	enum dbs_rc rc = conn_fetch_number(conn, sql.data, &counted, err);

	return rc ? rc
		  : row_count_judge(side, counted, rows_read, ranges->count,
				    err);
}

enum dbs_rc row_count_where(struct conn *conn,
			    const struct projection *projection,
			    const char *condition, uint64_t *out,
			    struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;

	buf_addf(&sql, "SELECT COUNT(*)%s", projection->from);
	projection_where(&sql, projection, condition);
	return conn_fetch_number(conn, sql.data, out, err);
}

enum dbs_rc row_count_given(const struct conn *conn,
			    const struct projection *projection,
			    uint64_t counted, uint64_t given,
			    struct dbs_error *err)
{
	if (counted == given)
		return DBS_OK;
	const enum dbs_rc rc = dbs_fail(err, DBS_E_STRANGE,
					"the %s counts %" PRIu64
					" rows%s, and has given %" PRIu64
					" of them: rows were lost on the way",
					conn_role(conn), counted,
					projection->from, given);

	err->role = conn_setup(conn)->role;
	return rc;
}

enum dbs_rc row_count_range(struct conn *conn,
			    const struct projection *projection,
			    const struct range *range, uint64_t given,
			    struct dbs_error *err)
{
	OWNED(buf_release) struct buf condition = BUF_INIT;
	uint64_t counted = 0;

	if (range->low || range->high)
		range_condition(&condition, projection, range);
	enum dbs_rc rc = row_count_where(
		conn, projection, condition.length ? condition.data : NULL,
		&counted, err);

	return rc ? rc : row_count_given(conn, projection, counted, given, err);
}
