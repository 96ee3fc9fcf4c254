/*
 * answer.h - whether an answer is one to what was asked.
 *
 * A server, or what stands between, may send whatever it likes.  Who asks says
 * what an answer must be, by a form (conn.h), and what is not so is an error
 * before anybody looks at it: nobody has to think of a NULL where none can be,
 * or of a column that did not come.
 *
 * Pure.  Each returns true when nothing is wrong, and else appends what was
 * found and what was expected.  Without a form (NULL) nothing is expected.
 */
#ifndef DBSYNC_DB_ANSWER_H
#define DBSYNC_DB_ANSWER_H

#include "dbsync/base/buf.h"

#include <stdbool.h>
#include <stddef.h>

/* Before its rows; 0 columns: it has no rows at all, as that of an INSERT. */
bool answer_columns(const char *form, size_t width, struct buf *why);
/* One row, the first is 0, of so many columns as was said to be right. */
bool answer_row(const char *form, size_t row, const char *const *texts,
		const size_t *lengths, struct buf *why);
/* Behind its last row. */
bool answer_end(const char *form, size_t rows, struct buf *why);
#endif
