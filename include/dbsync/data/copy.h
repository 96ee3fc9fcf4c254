/*
 * copy.h - all rows of a table of the source, as a new table of the target
 * takes them.
 *
 * Three ways lead there, and a value is the same bit by bit after each:
 *
 *	bulk	values of a prepared INSERT, in the form in which they came:
 *		the quickest, and MariaDB's alone
 *	text	lines for LOAD DATA LOCAL.  Cells are cut into pieces, so that
 *		a row of any size needs no memory but its packet
 *	tuples	literals for INSERT statements, where LOAD is not allowed
 *
 * While rows go by, their hashes are summed up (a sum has no order); the
 * copy's rows, read back, must give the same sum.
 */
#ifndef DBSYNC_DATA_COPY_H
#define DBSYNC_DATA_COPY_H

#include "dbsync/data/literal.h"
#include "dbsync/data/pair.h"
#include "dbsync/data/range.h"
#include "dbsync/data/spill.h"
#include "dbsync/data/subject.h"
#include "dbsync/db/conn.h"

struct copy;

struct copy_total {
	uint64_t rows;
	uint64_t bytes;  /* as they came */
	struct hash sum; /* of the hashes of rows, modulo 2^128 */
};

void copy_add(struct copy_total *total, const struct copy_total *other);
/* Whether both are of the same rows. */
bool copy_same(const struct copy_total *a, const struct copy_total *b);

/*
 * Lives in the pair's arena, and does not change.  The pair's target is the new
 * table.  DBS_E_UNKNOWN when its rows cannot be copied.
 */
enum dbs_rc copy_make(const struct subject *subject, const struct copy **out,
		      struct dbs_error *err);

/* Otherwise all its columns are computed: INSERT alone makes such rows. */
bool copy_has_values(const struct copy *copy);

/* LOAD DATA LOCAL … */
const char *copy_load_sql(const struct copy *copy);
/* INSERT INTO … VALUES */
const char *copy_insert_sql(const struct copy *copy);
/* INSERT INTO … VALUES (?, …) */
const char *copy_bulk_sql(const struct copy *copy);

/* Rows on their way; one per connection. */
struct copier;

/* Of the source or of the copy; range: NULL for all rows. */
enum dbs_rc copier_open(const struct copy *copy, struct conn *conn,
			enum side side, const struct range *range,
			struct copier **out, struct dbs_error *err);
void copier_close(struct copier **copier);

/* For conn_load: the next piece of text. */
enum dbs_rc copier_feed(void *copier, char *into, size_t room,
			size_t *count_out, struct dbs_error *err);

/* Or row by row: the next one, if there is one … */
enum dbs_rc copier_next(struct copier *copier, bool *more_out,
			struct dbs_error *err);
/* … its bytes, which may be some twice as many in a tuple … */
size_t copier_row_bytes(const struct copier *copier);
/* … and its tuple, appended, if there is room for it (image_room); */
enum dbs_rc copier_tuple(const struct copier *copier, struct buf *out,
			 struct dbs_error *err);
/* … or as values of an array, for a bulk_open with these columns. */
enum dbs_rc copier_bulk(const struct copier *copier, struct buf *out,
			struct dbs_error *err);
const struct wire_column *copier_columns(const struct copier *copier,
					 size_t *count_out);

/* All rows that are left; only sums them up. */
enum dbs_rc copier_sum(struct copier *copier, struct dbs_error *err);

/* Of the rows that went by. */
const struct copy_total *copier_total(const struct copier *copier);
#endif
