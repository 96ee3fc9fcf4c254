/*
 * rows.h - a small result in memory: rows of texts, each NULL or bytes.
 *
 * Made by conn_fetch and its kin; the caller drops it.
 */
#ifndef DBSYNC_DB_ROWS_H
#define DBSYNC_DB_ROWS_H

#include "dbsync/base/error.h"

#include <stddef.h>
#include <stdint.h>

struct rows;

/* origin: what errors begin with (the server, and what it was asked). */
struct rows *rows_new(const char *origin);
void rows_drop(struct rows **rows);

/*
 * Appends a copy; every row has the width of the first.  DBS_E_LIMIT above
 * ROWS_MOST bytes, or without memory.
 */
enum { ROWS_MOST = 512 * 1024 * 1024 };
enum dbs_rc rows_add(struct rows *rows, size_t width, const char *const *texts,
		     const size_t *lengths, struct dbs_error *err);

size_t rows_count(const struct rows *rows);
/* NULL for NULL; NUL-terminated; valid until rows_drop. */
const char *rows_text(const struct rows *rows, size_t row, size_t column);
size_t rows_length(const struct rows *rows, size_t row, size_t column);

/*
 * A number that was asked for.  DBS_E_STRANGE where there is no such row or
 * column, or something else in it: servers and proxies say what they like.
 */
enum dbs_rc rows_number(const struct rows *rows, size_t row, size_t column,
			uint64_t *out, struct dbs_error *err);
/* The first column, which says what of count things the row is about. */
enum dbs_rc rows_place(const struct rows *rows, size_t row, size_t count,
		       size_t *out, struct dbs_error *err);
#endif
