/*
 * decimal_binary.h - DECIMAL as servers store it, and write it into row events
 * and into MySQL's binary JSON.
 *
 * The digits in front of the point and those behind it are cut into groups of
 * nine, from the point outwards.  A group is a number of 4 bytes, big-endian; the
 * outermost ones have what digits are left, in as few bytes as their number
 * needs.  The first bit is inverted, and of a negative number all bits are, so
 * that numbers compare as bytes do:
 *
 *	DECIMAL(14,4)  1234567890.1234   81 0d fb 38 d2 04 d2
 *	              -1234567890.1234   7e f2 04 c7 2d fb 2d
 */
#ifndef DBSYNC_BINLOG_DECIMAL_BINARY_H
#define DBSYNC_BINLOG_DECIMAL_BINARY_H

#include "dbsync/base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The most digits that a server works with; a column has at most 65. */
enum { DECIMAL_BINARY_DIGITS = 81 };

/*
 * The bytes of a DECIMAL(precision, scale); 0 where there is no such type:
 * precision is 1 to DECIMAL_BINARY_DIGITS, scale at most precision.
 */
size_t decimal_binary_size(unsigned precision, unsigned scale);

/*
 * Appends the number as the servers print it: a minus sign unless it is 0, no
 * needless zeros in front but one before the point, all scale digits behind it.
 * False, with out as it was: length is not that of the type, there is no such
 * type, or a group is larger than its digits can be.
 */
bool decimal_binary_text(struct buf *out, const uint8_t *data, size_t length,
			 unsigned precision, unsigned scale);
#endif
