/*
 * row_sql.h - the statements that delete and write rows of one table.
 *
 * Made of tuples (image.h), as text, so that a row out of a change file and
 * one out of a backup point are written by the same code.  Each statement is
 * begun, gets rows, one a line, and is ended:
 *
 *	DELETE FROM `db`.`t` WHERE `id` IN (	INSERT INTO `db`.`t` (`id`) VALUES
 *	1,					(1),
 *	2					(2)
 *	)					ON DUPLICATE KEY UPDATE …
 *
 * A row is known by its key; without one by all its values, compared as they
 * are stored.  A key of several columns is written (`a`=1 AND `b`=2) OR …,
 * which all servers find by the index.
 */
#ifndef DBSYNC_DATA_ROW_SQL_H
#define DBSYNC_DATA_ROW_SQL_H

#include "dbsync/data/image.h"

struct row_sql;

/* Lives in arena.  The server is the one that is written to. */
const struct row_sql *row_sql_make(const struct image *image,
				   const char *database,
				   const struct server *server,
				   struct arena *arena);

/* `db`.`t` */
const char *row_sql_table(const struct row_sql *sql);

/*
 * Appends the key tuple of a row tuple (of the image's columns, or of the
 * written ones); all of it when rows have no key.  False: it is no such tuple.
 */
bool row_sql_key(const struct row_sql *sql, struct slice tuple, bool is_whole,
		 struct buf *out);

/* `id` IN ( … ) over key tuples, without WHERE */
void row_sql_where_begin(const struct row_sql *sql, struct buf *out);
void row_sql_where_row(const struct row_sql *sql, bool is_first,
		       struct slice key, struct buf *out);
void row_sql_where_end(const struct row_sql *sql, struct buf *out);

/* The key tuple of what row_sql_where_row wrote, without separators. */
bool row_sql_parse_key(const struct row_sql *sql, struct slice text,
		       struct buf *out);

/* is_whole: all columns, or the written ones. */
void row_sql_insert_begin(const struct row_sql *sql, bool is_whole,
			  struct buf *out);
void row_sql_insert_row(bool is_first, struct slice tuple, struct buf *out);
/*
 * Turns an INSERT of all columns into one that updates the rows that are there:
 * the columns that an update sets (is_whole: all), and no other, not even by
 * ON UPDATE CURRENT_TIMESTAMP.
 */
void row_sql_update_end(const struct row_sql *sql, bool is_whole,
			struct buf *out);

/*
 * Whether the tuple of written columns is not yet the whole row of an update:
 * then row_sql_merge makes it so.
 */
bool row_sql_needs_merge(const struct row_sql *sql);

/*
 * The whole tuple of a row that gets a new image: the new values, and the old
 * ones of columns that only the target has.
 */
bool row_sql_merge(const struct row_sql *sql, struct slice new_row,
		   struct slice old_row, struct buf *out);
#endif
