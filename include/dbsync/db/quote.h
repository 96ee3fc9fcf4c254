/*
 * quote.h - names and values as SQL text.
 *
 * Identifiers go into backquotes, strings into hexadecimal, so that neither
 * sql_mode nor character set nor content can change what a statement means.
 */
#ifndef DBSYNC_DB_QUOTE_H
#define DBSYNC_DB_QUOTE_H

#include "dbsync/base/buf.h"

/* `name`, with backquotes doubled */
void quote_name(struct buf *out, const char *name);

/* `database`.`table` */
void quote_table(struct buf *out, const char *database, const char *table);

/* x'…' : a binary string, x'' when empty */
void quote_bytes(struct buf *out, const void *bytes, size_t length);

/* _charset x'…' : a string of that character set */
void quote_string(struct buf *out, const char *charset, const void *bytes,
		  size_t length);

/* A utf8mb4 string literal of a C string. */
void quote_text(struct buf *out, const char *text);
#endif
