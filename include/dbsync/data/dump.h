/*
 * dump.h - all rows of one table of the target, as tuples that bring them
 * back (literal.h): for backup points of what an ALTER TABLE or a DROP TABLE
 * would lose.
 */
#ifndef DBSYNC_DATA_DUMP_H
#define DBSYNC_DATA_DUMP_H

#include "dbsync/data/row_sql.h"
#include "dbsync/db/conn.h"

struct dump;

/* Lives in arena; DBS_E_UNKNOWN when rows of this table cannot be kept. */
enum dbs_rc dump_make(const struct table *table, const char *database,
		      const struct server *server, struct arena *arena,
		      const struct dump **out, struct dbs_error *err);

/* Its INSERT statements, of all columns. */
const struct row_sql *dump_sql(const struct dump *dump);
size_t dump_width(const struct dump *dump);

/* How many rows, and a sum of their hashes that knows no order. */
struct dump_total {
	uint64_t rows;
	uint64_t sum;
};

/* Rows of a total that nobody knows. */
#define DUMP_UNKNOWN UINT64_MAX

void dump_count(struct dump_total *total, struct slice tuple);

typedef enum dbs_rc dump_take(void *self, struct slice tuple,
			      struct dbs_error *err);

/* Calls take (NULL: only counts) for each row, as the server gives them. */
enum dbs_rc dump_rows(const struct dump *dump, struct conn *conn,
		      dump_take *take, void *self, struct dump_total *total_out,
		      struct dbs_error *err);
#endif
