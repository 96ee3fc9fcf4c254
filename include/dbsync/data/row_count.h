/*
 * row_count.h - count what is read in ranges once more, in another way.
 *
 * Ranges have to hold each row once.  Should a server read a bound otherwise
 * than it is meant, rows lie in none.  COUNT(*) without bounds, answered from an
 * index of the server's choice, knows nothing of them; in the view in which the
 * ranges are read it must give as many rows.  Bounds of plain integers are the
 * exception: nobody misreads those.
 */
#ifndef DBSYNC_DATA_ROW_COUNT_H
#define DBSYNC_DATA_ROW_COUNT_H

#include "dbsync/base/vec.h"
#include "dbsync/data/range.h"
#include "dbsync/db/conn.h"

/* Whether a bound of these ranges (struct range) could be misread. */
bool row_count_is_needed(const struct pair *pair, const struct vec *ranges);

/* The statement that counts one side's rows, appended. */
void row_count_sql(struct buf *out, const struct pair *pair, enum side side);

/*
 * DBS_E_UNKNOWN, unless conn counts as many rows of its side as were read in the
 * ranges.  Rows that were lost on the way are found by it, too.
 */
enum dbs_rc row_count_check(struct conn *conn, enum side side,
			    const struct pair *pair, const struct vec *ranges,
			    uint64_t rows_read, struct dbs_error *err);

/*
 * Of one range: DBS_E_STRANGE, unless conn counts as many rows in it as it has
 * given.  What it has not given would be deleted elsewhere, so that is asked
 * before a row is believed to be missing.
 */
enum dbs_rc row_count_range(struct conn *conn,
			    const struct projection *projection,
			    const struct range *range, uint64_t given,
			    struct dbs_error *err);

/* Its parts: the rows for which a condition holds (NULL: all), and the error. */
enum dbs_rc row_count_where(struct conn *conn,
			    const struct projection *projection,
			    const char *condition, uint64_t *out,
			    struct dbs_error *err);
enum dbs_rc row_count_given(const struct conn *conn,
			    const struct projection *projection,
			    uint64_t counted, uint64_t given,
			    struct dbs_error *err);

/* The error of row_count_check; DBS_OK when they are the same. */
enum dbs_rc row_count_judge(enum side side, uint64_t counted, uint64_t read,
			    size_t ranges, struct dbs_error *err);
#endif
