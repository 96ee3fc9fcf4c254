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

void row_count_sql(struct buf *out, const struct pair *pair, bool is_source)
{
	buf_adds(out, "SELECT COUNT(*) FROM ");
	quote_table(out,
		    is_source ? pair->source_database : pair->target_database,
		    is_source ? pair->source->name : pair->target->name);
	if (pair->where)
		buf_addf(out, " WHERE (%s)", pair->where);
}

enum dbs_rc row_count_judge(enum dbs_side side, uint64_t counted, uint64_t read,
			    size_t ranges, struct dbs_error *err)
{
	if (counted == read)
		return DBS_OK;
	return dbs_fail(err, DBS_E_UNKNOWN,
			"the %s has %" PRIu64 " rows, and %" PRIu64
			" of them were read in %zu ranges: it does not read a "
			"bound of its keys as it was meant",
			dbs_side_name(side), counted, read, ranges);
}

enum dbs_rc row_count_check(struct conn *conn, const struct pair *pair,
			    const struct vec *ranges, uint64_t rows_read,
			    struct dbs_error *err)
{
	const enum dbs_side side = conn_side(conn);
	OWNED(buf_release) struct buf sql = BUF_INIT;
	OWNED(rows_drop) struct rows *rows = NULL;

	if (!row_count_is_needed(pair, ranges))
		return DBS_OK;
	row_count_sql(&sql, pair, side == DBS_SIDE_SOURCE);
	uint64_t counted = 0;
	enum dbs_rc rc = conn_fetch(conn, sql.data, &rows, err);

	if (!rc)
		rc = rows_number(rows, 0, 0, &counted, err);
	return rc ? rc
		  : row_count_judge(side, counted, rows_read, ranges->count,
				    err);
}
