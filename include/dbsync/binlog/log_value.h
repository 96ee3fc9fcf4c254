/*
 * log_value.h - a row of the log as values (values.h), in the forms in which a
 * server would give them to a query: texts in UTF-8, times in UTC.
 */
#ifndef DBSYNC_BINLOG_LOG_VALUE_H
#define DBSYNC_BINLOG_LOG_VALUE_H

#include "dbsync/binlog/log_table.h"
#include "dbsync/binlog/log_text.h"
#include "dbsync/binlog/row_event.h"
#include "dbsync/data/values.h"

/* A cell of a row: of a column of its table, as its map says. */
struct log_cell_source {
	const struct log_table *table;
	const struct table_map *map;
	size_t column;
	const struct log_cell *cell; /* that is present */
	struct log_texts *texts; /* NULL: of types that are not characters */
};
/* Appends its value alone; errors as below. */
enum dbs_rc log_cell_value(struct buf *out, const struct log_cell_source *from,
			   struct dbs_error *err);

/*
 * Appends the row: a value for each column of table.  DBS_E_STRANGE: the bytes
 * are none of such a value; DBS_E_UNKNOWN: they are of a kind that cannot be
 * read, and why.
 */
enum dbs_rc log_row_values(struct buf *out, const struct log_table *table,
			   const struct table_map *map,
			   const struct log_cell *cells,
			   struct log_texts *texts, struct dbs_error *err);
#endif
