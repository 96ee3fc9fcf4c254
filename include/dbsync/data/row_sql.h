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

/* `id` IN ( … ) over key tuples, without WHERE */
void row_sql_where_begin(const struct row_sql *sql, struct buf *out);
void row_sql_where_row(const struct row_sql *sql, bool is_first,
		       struct slice key, struct buf *out);
void row_sql_where_end(const struct row_sql *sql, struct buf *out);

/* Whether it is a tuple of as many literals as the key has columns. */
bool row_sql_is_key(const struct row_sql *sql, struct slice key);
/* The key tuple of what row_sql_where_row wrote, without separators. */
bool row_sql_parse_key(const struct row_sql *sql, struct slice text,
		       struct buf *out);

/* is_whole: all columns, or the written ones. */
void row_sql_insert_begin(const struct row_sql *sql, bool is_whole,
			  struct buf *out);
/* tuple may be empty: then it is appended behind. */
void row_sql_insert_row(bool is_first, struct slice tuple, struct buf *out);
/*
 * Turns an INSERT of all columns into one that updates the rows that are there:
 * the columns that an update sets (is_whole: all), and no other, not even by
 * ON UPDATE CURRENT_TIMESTAMP.
 */
void row_sql_update_end(const struct row_sql *sql, bool is_whole,
			struct buf *out);

/*
 * Whether the written columns are not yet the whole row of an update: then
 * image_merged_tuple makes it so.
 */
bool row_sql_needs_merge(const struct row_sql *sql);
#endif
