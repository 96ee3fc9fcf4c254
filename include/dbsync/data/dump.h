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

/* From a table of one side into one of the same columns on the other. */
struct dump_way {
	const struct table *table;
	const char *database; /* where it is read */
	const char *into_database;
	const char *into_table;
};

/* server: that the statements are for; dump_share is not for such a dump. */
enum dbs_rc dump_make_way(const struct dump_way *way,
			  const struct server *server, struct arena *arena,
			  const struct dump **out, struct dbs_error *err);

/* Its INSERT statements, of all columns. */
const struct row_sql *dump_sql(const struct dump *dump);
size_t dump_width(const struct dump *dump);

/* How many rows, and sums of hashes that know no order. */
struct dump_total {
	uint64_t rows;
	uint64_t sum;     /* of their tuples */
	uint64_t packets; /* of the packets they came in */
};

/* Rows of a total that nobody knows. */
#define DUMP_UNKNOWN UINT64_MAX

/* A tuple that was read somewhere else. */
void dump_count(struct dump_total *total, struct slice tuple);

typedef enum dbs_rc dump_take(void *self, struct slice tuple,
			      struct dbs_error *err);

/*
 * Calls take (NULL: only counts) for each row, as the server gives them.  What
 * is large is let through one row at a time, whoever reads.
 */
enum dbs_rc dump_rows(const struct dump *dump, struct conn *conn,
		      dump_take *take, void *self, struct dump_total *total_out,
		      struct dbs_error *err);

/*
 * Counts the rows and adds their packets up, not their tuples: much quicker, for
 * what dump_rows has said of the same table before.
 */
enum dbs_rc dump_look(const struct dump *dump, struct conn *conn,
		      struct dump_total *total_out, struct dbs_error *err);

/* Those who take rows from several connections, one for each of them. */
struct dump_takers {
	dump_take *take;
	/* A taker; end has it do what is left, and takes it away. */
	void *(*begin)(void *self);
	enum dbs_rc (*end)(void *taker, bool is_failed, struct dbs_error *err);
	void *self;
};

/* A table that is worth several connections. */
bool dump_is_large(const struct table *table);

/*
 * As dump_rows; a large table by ranges, as many at a time as there are
 * connections, which have to see one moment.
 */
enum dbs_rc dump_share(const struct dump *dump, struct conn *const *conns,
		       size_t count, const struct dump_takers *takers,
		       struct dump_total *total_out, struct dbs_error *err);
#endif
