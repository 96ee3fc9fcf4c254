/*
 * json_leaf.h - values of MySQL's binary JSON that contain no others: their
 * bytes to their text (json_binary.h has the format).
 */
#ifndef DBSYNC_BINLOG_JSON_LEAF_H
#define DBSYNC_BINLOG_JSON_LEAF_H

#include "dbsync/base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum json_type {
	JSON_SMALL_OBJECT = 0,
	JSON_LARGE_OBJECT = 1,
	JSON_SMALL_ARRAY = 2,
	JSON_LARGE_ARRAY = 3,
	JSON_LITERAL = 4,
	JSON_INT16 = 5,
	JSON_UINT16 = 6,
	JSON_INT32 = 7,
	JSON_UINT32 = 8,
	JSON_INT64 = 9,
	JSON_UINT64 = 10,
	JSON_DOUBLE = 11,
	JSON_STRING = 12,
	JSON_OPAQUE = 15,
};

/* The number in count bytes, at most 8, little-endian. */
uint64_t json_number(const uint8_t *data, size_t count);

/* The bytes of a value whose type decides how many they are; 0 for others. */
size_t json_fixed_size(uint8_t type);
/* How many of the bytes the value takes; 0: it is none of a leaf. */
size_t json_leaf_size(uint8_t type, const uint8_t *data, size_t length);
/* Appends its text; false: no server writes such a value. */
bool json_leaf_text(struct buf *out, uint8_t type, const uint8_t *data,
		    size_t size);
/* Appends a string in quotes: a key, too. */
void json_quote(struct buf *out, const uint8_t *data, size_t length);
#endif
