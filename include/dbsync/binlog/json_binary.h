/*
 * json_binary.h - the JSON of MySQL, as its tables store it and its row events
 * carry it, to the text that a SELECT of the column returns, byte for byte.
 *
 *	document   type (1) | value
 *	value      0, 2  object, array, with fields of 2 bytes    container
 *	           1, 3  object, array, with fields of 4 bytes
 *	           4     null, true, false                        0, 1, 2 (1)
 *	           5, 6  a number, signed, unsigned               2 bytes
 *	           7, 8                                           4 bytes
 *	           9, 10                                          8 bytes
 *	           11    double                                   8 bytes
 *	           12    string, utf8mb4                          length | bytes
 *	           15    of a column type           type (1) | length | bytes
 *	container  count | size | [key entry …] | value entry … | keys, values
 *	key entry  offset | length (2)           only objects have them
 *	value entry  type (1) | offset, or a value that fits in its place
 *	length     7 bits per byte, the lowest first; the last byte is below 128
 *
 * All numbers are little-endian.  Offsets count from the container's count.  The
 * column types that have a text of their own are DECIMAL, DATE, DATETIME,
 * TIMESTAMP and TIME; the others are printed as "base64:type252:AQI=".
 *
 * The bytes come from the network and may be hostile: nothing outside of a
 * container is read in its name, containers nest 100 deep at most (as in the
 * server), and all values together have no more bytes than there are, so that
 * many offsets to one large value do not become a larger text.
 */
#ifndef DBSYNC_BINLOG_JSON_BINARY_H
#define DBSYNC_BINLOG_JSON_BINARY_H

#include "dbsync/base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* So long is the text of so many bytes at most: for buf_try. */
size_t json_binary_most(size_t length);

/*
 * Appends the text.  False: it is no JSON value, and out is as it was.  No bytes
 * at all are null, as for the server.  The bytes of strings are not looked at:
 * they are UTF-8 if the server wrote UTF-8.
 */
bool json_binary_text(struct buf *out, const uint8_t *data, size_t length);
#endif
