/*
 * log_table.h - a table as its rows are in the log: what the columns of a map
 * are called, and what their bytes mean.
 *
 * A map alone has no names (unless binlog_row_metadata is FULL), no signs
 * and no character sets (the default of MariaDB): the schema has them, if it is
 * that of the time when the rows were logged.  Who asks knows whether it is.
 */
#ifndef DBSYNC_BINLOG_LOG_TABLE_H
#define DBSYNC_BINLOG_LOG_TABLE_H

#include "dbsync/base/mem.h"
#include "dbsync/binlog/log_text.h"
#include "dbsync/binlog/row_event.h"
#include "dbsync/binlog/table_map.h"
#include "dbsync/schema/model.h"

struct log_column {
	const char *name;
	const char *charset;        /* of characters; "" for bytes */
	const char *const *members; /* of ENUM and SET, in UTF-8 */
	size_t member_count;
	uint64_t pad;   /* BINARY(n): the bytes that it has, else 0 */
	unsigned scale; /* as in the model */
	enum type type;
	bool is_unsigned;
	bool is_inet6;
	bool may_hide; /* a ? in members may be a character above U+FFFF */
};

struct log_table {
	const char *database;
	const char *name;
	const struct log_column *columns; /* as many as the map has, or fewer: */
	size_t count;      /* those behind are of no interest to anybody */
	const size_t *key; /* places in columns, in the key's order */
	size_t key_count;  /* 0: rows have no identity */
	size_t row_end; /* the place in the map of when a row became history */
	bool has_history; /* there is such a column */
	bool is_transactional;
	const char *problem; /* why its rows cannot be read, or NULL */
};

/* All but names: columns, key and engine, for rows that are read by a query. */
void log_table_fill(struct arena *arena, const struct table *from,
		    struct log_table *to);

/*
 * By the schema, as it was when the rows were logged: table, NULL: there is no
 * such table.  Lives in arena, and so does the model.
 */
const struct log_table *log_table_of_model(struct arena *arena,
					   const struct table_map *map,
					   const struct table *table);

/*
 * By the map alone, which has names.  hint (or NULL) is the table of today: of
 * what the log has as bytes it says which are a UUID.  Asks the server for
 * character sets.
 */
enum dbs_rc log_table_of_map(struct arena *arena, const struct table_map *map,
			     const struct table *hint, struct log_texts *texts,
			     const struct log_table **out,
			     struct dbs_error *err);

/*
 * Whether an image is a row of the past, of a table with system versioning: what
 * today's rows became is in the log as rows, too, and SELECT does not show it.
 */
enum row_age { ROW_TODAY, ROW_PAST, ROW_AGE_UNKNOWN };
enum row_age log_row_age(const struct log_table *table,
			 const struct log_cell *cells);

/* The key that rows are known by: the primary one, else a unique one. */
const struct key *log_table_key(const struct table *table);
#endif
