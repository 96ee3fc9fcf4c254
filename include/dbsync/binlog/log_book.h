/*
 * log_book.h - which structure a table had when its rows were logged.
 *
 * The log has names of columns (binlog_row_metadata=FULL), or it has none, and then
 * the schema says them.  The schema can be read of today only.  It is that of
 * an event if no statement between the event and today has changed the table; to
 * know that, the log is read ahead, to its end, for such statements.  Where one
 * has, the rows are not read: they would be values under wrong names.
 */
#ifndef DBSYNC_BINLOG_LOG_BOOK_H
#define DBSYNC_BINLOG_LOG_BOOK_H

#include "dbsync/binlog/log_reader.h"
#include "dbsync/binlog/log_table.h"
#include "dbsync/binlog/log_text.h"
#include "dbsync/schema/load.h"

struct log_book;

struct log_book_setup {
	struct conn *conn;              /* for questions; borrowed */
	const struct conn_setup *setup; /* for a connection to read ahead */
	uint32_t server_id;             /* of that */
	const char *const *databases; /* whose tables are of interest, as yet */
	size_t database_count;
};

/* Reads the schemas.  What is given out lives until log_book_begin, if it is free. */
enum dbs_rc log_book_open(const struct log_book_setup *setup,
			  struct log_book **out, struct dbs_error *err);
void log_book_close(struct log_book **book);

const struct database *log_book_database(const struct log_book *book,
					 const char *name);

/*
 * A transaction begins: maps of before it are not needed.  is_free: nothing that
 * was given out is in use, and it may go.
 */
void log_book_begin(struct log_book *book, bool is_free);
/* A statement that changes structures, where it was met. */
void log_book_statement(struct log_book *book, const struct log_point *at,
			const char *text, size_t length);

/* A map, and the table that it is of; kept until the next map of that number. */
struct log_mapped {
	const struct table_map *map;
	const struct log_table *table;
};
/*
 * of_interest: whether rows of the table are wanted; otherwise *out has the map
 * alone.
 */
enum dbs_rc log_book_map(struct log_book *book, const struct log_event *event,
			 const struct log_point *at,
			 bool (*of_interest)(void *, const char *database,
					     const char *table),
			 void *self, struct dbs_error *err);
/* NULL: no map of that number came before. */
const struct log_mapped *log_book_mapped(const struct log_book *book,
					 uint64_t id);
struct log_texts *log_book_texts(const struct log_book *book);
#endif
