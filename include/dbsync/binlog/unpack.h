/*
 * unpack.h - what a server has compressed in its log.
 *
 * Pure.  What comes out is bounded by what the bytes say, and that by a limit: a
 * few bytes do not become memory without end.
 */
#ifndef DBSYNC_BINLOG_UNPACK_H
#define DBSYNC_BINLOG_UNPACK_H

#include "dbsync/binlog/event.h"

#include <stdbool.h>
#include <stdint.h>

/* MariaDB's QUERY_COMPRESSED and …_ROWS_COMPRESSED; replaces out. */
bool unpack_event(const uint8_t *data, size_t length, struct buf *out);

/*
 * What a QUERY ran, compressed or not; text has what was unpacked.  False: it
 * cannot be read.
 */
bool unpack_query(const struct log_event *event, struct buf *text,
		  struct log_query *out);

/* A value of a COMPRESSED column of MariaDB; replaces out. */
bool unpack_value(const uint8_t *data, size_t length, struct buf *out);

/*
 * MySQL's TRANSACTION_PAYLOAD, event by event, in the memory of one of them.
 */
struct payload;

/* The bytes outlive it.  NULL: they are no payload, or of an unknown kind. */
struct payload *payload_open(const uint8_t *data, size_t length);
/*
 * The next event, from its header on; valid until the next call.  False: there
 * is none; *is_damaged_out says whether there should be.
 */
bool payload_next(struct payload *payload, const uint8_t **data_out,
		  size_t *length_out, bool *is_damaged_out);
void payload_drop(struct payload **payload);
#endif
