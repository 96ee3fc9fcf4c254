/*
 * log_reader.h - the binary log of a server, event by event, from a place on.
 *
 * What is compressed as a whole (TRANSACTION_PAYLOAD) arrives as the events that
 * it is made of.  Checksums are looked at.  Where an event lies is the sum of
 * the lengths before it, in 64 bits: what events say of it has 32, and is 0 in
 * the middle of transactions of some servers.
 */
#ifndef DBSYNC_BINLOG_LOG_READER_H
#define DBSYNC_BINLOG_LOG_READER_H

#include "dbsync/binlog/event.h"
#include "dbsync/binlog/place.h"
#include "dbsync/db/log.h"

struct log_reader;

struct log_reading {
	const struct log_place *from; /* its held point, if it has one */
	uint32_t server_id;
	bool follows;
	unsigned heartbeat_ms;
};

/* One that hardly any server has; it and the next one may be used. */
uint32_t log_reader_any_id(void);

/*
 * conn is borrowed, and nothing else is done with it.  What is wrong with the
 * place (purged, of another server) the first log_reader_next tells.
 */
enum dbs_rc log_reader_open(struct conn *conn, const struct log_reading *how,
			    struct log_reader **out, struct dbs_error *err);
void log_reader_close(struct log_reader **reader);

/* The next event; valid until the next call.  *more_out false: the end. */
enum dbs_rc log_reader_next(struct log_reader *reader, struct log_event *out,
			    bool *more_out, struct dbs_error *err);

/* Where the last event begins and ends; the same of all of one payload. */
const struct log_point *log_reader_start(const struct log_reader *reader);
const struct log_point *log_reader_end(const struct log_reader *reader);
const struct log_format *log_reader_format(const struct log_reader *reader);
/* Of the bytes of the last event (or of the payload that it is in). */
uint32_t log_reader_checksum(const struct log_reader *reader);
uint64_t log_reader_bytes(const struct log_reader *reader);
#endif
