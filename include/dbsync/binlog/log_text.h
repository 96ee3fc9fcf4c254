/*
 * log_text.h - texts in the character set of their column, as UTF-8.
 *
 * The log has the bytes of a column as they are stored.  What they mean is what
 * the server says, which is not what others call by the same name: a character set of
 * single bytes is asked for once, as a table; those of Asia are asked text by
 * text, which is slow and right.
 */
#ifndef DBSYNC_BINLOG_LOG_TEXT_H
#define DBSYNC_BINLOG_LOG_TEXT_H

#include "dbsync/db/conn.h"

struct log_texts;

/* Asks over conn, which is borrowed; NULL: of Unicode alone, for tests. */
struct log_texts *log_texts_new(struct conn *conn);
void log_texts_drop(struct log_texts **texts);

/* What the numbers of collations in a log are about differs. */
bool log_texts_are_of_mariadb(const struct log_texts *texts);

/* Appends; charset "": utf8mb4. */
enum dbs_rc log_text_add(struct log_texts *texts, const char *charset,
			 const uint8_t *data, size_t length, struct buf *out,
			 struct dbs_error *err);

/*
 * The text of a value of an ENUM or SET, by its number, out of a row that has it.
 * column is an address that tells columns apart, and stays.  NULL: no row has it.
 */
struct log_member {
	const char *database, *table, *name;
	const void *column;
	uint64_t number;
};
enum dbs_rc log_text_of_member(struct log_texts *texts,
			       const struct log_member *member,
			       const char **out, struct dbs_error *err);

/* The character set of a collation by its number; NULL: unknown. */
enum dbs_rc log_texts_learn_collations(struct log_texts *texts,
				       struct dbs_error *err);
const char *log_text_charset(void *texts, uint64_t collation);
#endif
