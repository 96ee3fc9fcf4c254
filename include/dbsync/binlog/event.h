/*
 * event.h - one event of a binary log: its header, its kind, and the fields of
 * those that say where the log is and what a transaction is.
 *
 * Pure.  An event points into the packet it was read from.  Everything in it may
 * be a lie: what does not fit is refused (false), and nothing is read beyond it.
 *
 *	time (4)  type (1)  server id (4)  size (4)  next position (4)  flags (2)
 *	body …    checksum (4, if the format says so)
 */
#ifndef DBSYNC_BINLOG_EVENT_H
#define DBSYNC_BINLOG_EVENT_H

#include "dbsync/base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_event_type {
	EVENT_QUERY = 2,
	EVENT_STOP = 3,
	EVENT_ROTATE = 4,
	EVENT_INTVAR = 5,
	EVENT_APPEND_BLOCK = 9,
	EVENT_DELETE_FILE = 11,
	EVENT_RAND = 13,
	EVENT_USER_VAR = 14,
	EVENT_FORMAT = 15,
	EVENT_XID = 16,
	EVENT_BEGIN_LOAD = 17,
	EVENT_EXECUTE_LOAD = 18,
	EVENT_TABLE_MAP = 19,
	EVENT_WRITE_ROWS_1 = 23,
	EVENT_UPDATE_ROWS_1 = 24,
	EVENT_DELETE_ROWS_1 = 25,
	EVENT_INCIDENT = 26,
	EVENT_HEARTBEAT = 27,
	EVENT_IGNORABLE = 28,
	EVENT_ROWS_QUERY = 29,
	EVENT_WRITE_ROWS = 30,
	EVENT_UPDATE_ROWS = 31,
	EVENT_DELETE_ROWS = 32,
	EVENT_GTID = 33,
	EVENT_ANONYMOUS_GTID = 34,
	EVENT_PREVIOUS_GTIDS = 35,
	EVENT_TRANSACTION_CONTEXT = 36,
	EVENT_VIEW_CHANGE = 37,
	EVENT_XA_PREPARE = 38,
	EVENT_PARTIAL_UPDATE_ROWS = 39,
	EVENT_PAYLOAD = 40,
	EVENT_HEARTBEAT_2 = 41,
	EVENT_TAGGED_GTID = 42,
	/* of MariaDB */
	EVENT_ANNOTATE_ROWS = 160,
	EVENT_CHECKPOINT = 161,
	EVENT_MARIADB_GTID = 162,
	EVENT_GTID_LIST = 163,
	EVENT_START_ENCRYPTION = 164,
	EVENT_QUERY_COMPRESSED = 165,
	EVENT_WRITE_ROWS_COMPRESSED_1 = 166,
	EVENT_UPDATE_ROWS_COMPRESSED_1 = 167,
	EVENT_DELETE_ROWS_COMPRESSED_1 = 168,
	EVENT_WRITE_ROWS_COMPRESSED = 169,
	EVENT_UPDATE_ROWS_COMPRESSED = 170,
	EVENT_DELETE_ROWS_COMPRESSED = 171,
};

enum {
	EVENT_HEADER = 19,
	EVENT_CHECKSUM = 4,
	EVENT_FLAG_ARTIFICIAL = 0x20, /* made for us, not in the file */
	EVENT_FLAG_IGNORABLE = 0x80,
};

struct log_event {
	uint8_t type;
	uint16_t flags;
	uint32_t time; /* seconds since 1970 */
	uint32_t server_id;
	uint32_t size;       /* of the whole, as it lies in the file */
	uint32_t next;       /* the low bits of where it ends; 0: not said */
	const uint8_t *body; /* without header and checksum */
	size_t length;
};

/* How the events of a file are to be read: of its first event. */
struct log_format {
	uint8_t post_header[256]; /* by type; 0: unknown type */
	uint32_t birth;           /* when the file was begun */
	bool has_checksums;
	char version[51]; /* of the server that wrote it */
};

/* The header alone; false: the bytes are not one event of that size. */
bool log_event_read(const uint8_t *data, size_t length, bool has_checksum,
		    struct log_event *out);
uint32_t log_checksum(const uint8_t *data, size_t length);
/* Whether the checksum behind the event is that of its bytes. */
bool log_event_is_intact(const uint8_t *data, size_t length);

bool log_format_read(const uint8_t *data, size_t length,
		     struct log_format *out);

/* Where the log goes on: the position, and the name (not terminated). */
bool log_rotate_read(const struct log_event *event, uint64_t *position_out,
		     const char **name_out, size_t *length_out);

/* Of EVENT_QUERY: what was run, in which database (both not terminated). */
struct log_query {
	const char *database;
	size_t database_length;
	const char *text;
	size_t length;
	uint16_t error; /* with which it ended there */
};
bool log_query_read(const struct log_event *event, struct log_query *out);

/* The beginning of a transaction, in either family's words. */
struct log_gtid {
	char text[160];     /* "0-1-27", "UUID:27", "UUID:tag:27", or "" */
	bool is_standalone; /* one statement, without an end of its own */
	bool is_start_alter, is_rollback_alter; /* of a two-phase ALTER */
};
bool log_gtid_read(const struct log_event *event, struct log_gtid *out);

/* EVENT_XA_PREPARE: the xid as XA COMMIT has it: X'..',X'..',1 */
bool log_xa_prepare_read(const struct log_event *event, bool *one_phase_out,
			 struct buf *xid);

/* Little-endian numbers of up to 8 bytes. */
uint64_t log_number(const uint8_t *at, unsigned bytes);
/*
 * A number of 1, 3, 4 or 9 bytes; takes it off *at.  False: there is none before
 * end.
 */
bool log_packed(const uint8_t **at, const uint8_t *end, uint64_t *out);
#endif
