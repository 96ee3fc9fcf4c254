/* event.c - see event.h. */
#include "dbsync/binlog/event.h"

#include <stdio.h>
#include <string.h>
#include <zlib.h>

uint64_t log_number(const uint8_t *at, unsigned bytes)
{
	uint64_t number = 0;

	for (unsigned i = 0; i < bytes; i++)
		number |= (uint64_t)at[i] << (8 * i);
	return number;
}

bool log_packed(const uint8_t **at, const uint8_t *end, uint64_t *out)
{
	if (*at >= end)
		return false;
	const uint8_t first = **at;
	const unsigned bytes = first < 251    ? 0
			       : first == 252 ? 2
			       : first == 253 ? 3
			       : first == 254 ? 8
					      : 99;

	if (bytes > 8 || (size_t)(end - *at) < 1 + bytes)
		return false;
	*out = bytes ? log_number(*at + 1, bytes) : first;
	*at += 1 + bytes;
	return true;
}

/* ------------------------------------------------------------------------
 * Header and checksum
 * --------------------------------------------------------------------- */

bool log_event_read(const uint8_t *data, size_t length, bool has_checksum,
		    struct log_event *out)
{
	const size_t behind = has_checksum ? EVENT_CHECKSUM : 0;

	if (length < EVENT_HEADER + behind || log_number(data + 9, 4) != length)
		return false;
	*out = (struct log_event){
		.time = (uint32_t)log_number(data, 4),
		.type = data[4],
		.server_id = (uint32_t)log_number(data + 5, 4),
		.size = (uint32_t)length,
		.next = (uint32_t)log_number(data + 13, 4),
		.flags = (uint16_t)log_number(data + 17, 2),
		.body = data + EVENT_HEADER,
		.length = length - EVENT_HEADER - behind,
	};
	return true;
}

uint32_t log_checksum(const uint8_t *data, size_t length)
{
	return (uint32_t)crc32_z(crc32_z(0, NULL, 0), data, length);
}

bool log_event_is_intact(const uint8_t *data, size_t length)
{
	if (length < EVENT_CHECKSUM)
		return false;
	const size_t covered = length - EVENT_CHECKSUM;

	return log_checksum(data, covered) ==
	       log_number(data + covered, EVENT_CHECKSUM);
}

/* ------------------------------------------------------------------------
 * Where the log is
 * --------------------------------------------------------------------- */

/*
 * version (2)  server (50)  time (4)  length of headers (1)  of post headers,
 * by type, from 1 …  how checksums are made (1)  a checksum (4)
 */
bool log_format_read(const uint8_t *data, size_t length, struct log_format *out)
{
	enum { SERVER = 2, TIME = 52, HEADER = 56, POST = 57, LAST = 5 };
	struct log_event event;

	*out = (struct log_format){0};
	if (!log_event_read(data, length, false, &event) ||
	    event.type != EVENT_FORMAT || event.length < POST + LAST ||
	    log_number(event.body, 2) != 4 ||
	    event.body[HEADER] != EVENT_HEADER)
		return false;
	const size_t count = event.length - POST - LAST;
	const uint8_t way = event.body[event.length - LAST];

	if (count >= sizeof(out->post_header) || way > 1)
		return false;
	memcpy(out->post_header + 1, event.body + POST, count);
	memcpy(out->version, event.body + SERVER, TIME - SERVER);
	out->birth = event.time;
	out->has_checksums = way;
	return true;
}

bool log_rotate_read(const struct log_event *event, uint64_t *position_out,
		     const char **name_out, size_t *length_out)
{
	enum { POSITION = 8, NAME_MOST = 512 };

	if (event->length <= POSITION || event->length - POSITION > NAME_MOST ||
	    memchr(event->body + POSITION, 0, event->length - POSITION))
		return false;
	*position_out = log_number(event->body, POSITION);
	*name_out = (const char *)event->body + POSITION;
	*length_out = event->length - POSITION;
	return true;
}

/* ------------------------------------------------------------------------
 * Transactions
 * --------------------------------------------------------------------- */

/* thread (4) seconds (4) length (1) error (2) length of status (2) … */
bool log_query_read(const struct log_event *event, struct log_query *out)
{
	enum { DATABASE = 8, ERROR = 9, STATUS = 11, FIXED = 13 };

	if (event->length < FIXED)
		return false;
	const uint8_t *body = event->body;
	const size_t status = (size_t)log_number(body + STATUS, 2);
	const size_t before = FIXED + status + body[DATABASE] + 1;

	if (event->length < before)
		return false;
	*out = (struct log_query){
		.database = (const char *)body + FIXED + status,
		.database_length = body[DATABASE],
		.text = (const char *)body + before,
		.length = event->length - before,
		.error = (uint16_t)log_number(body + ERROR, 2),
	};
	return true;
}

static void write_uuid(const uint8_t *sid, char out[37])
{
	char *to = out;

	for (unsigned i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*to++ = '-';
		to += snprintf(to, 3, "%02x", sid[i]);
	}
}

/* flags (1)  uuid (16)  number (8) … */
static bool read_gtid(const struct log_event *event, struct log_gtid *out)
{
	char uuid[37];

	if (event->length < 25)
		return false;
	write_uuid(event->body + 1, uuid);
	(void)snprintf(out->text, sizeof(out->text), "%s:%llu", uuid,
		       (unsigned long long)log_number(event->body + 17, 8));
	return true;
}

/* A number whose length is the count of ones at the end of its first byte. */
static bool take_varint(const uint8_t **at, const uint8_t *end, uint64_t *out)
{
	if (*at >= end)
		return false;
	unsigned bytes = 1;

	for (uint8_t ones = **at; ones & 1; ones >>= 1)
		bytes++;
	if ((size_t)(end - *at) < bytes)
		return false;
	if (bytes == 9)
		*out = log_number(*at + 1, 8);
	else
		*out = log_number(*at, bytes) >> bytes;
	*at += bytes;
	return true;
}

/*
 * MySQL's new way of writing: version, size, last field; then fields, each
 * behind its number: flags (0), the uuid as 16 numbers (1), number (2), tag (3).
 */
static bool read_tagged_gtid(const struct log_event *event,
			     struct log_gtid *out)
{
	const uint8_t *at = event->body;
	const uint8_t *end = at + event->length;
	uint8_t sid[16];
	char uuid[37];
	uint64_t number = 0;
	uint64_t length = 0;

	for (unsigned i = 0; i < 3; i++)
		if (!take_varint(&at, end, &number))
			return false;
	if (!take_varint(&at, end, &number) || number != 0 || at >= end)
		return false;
	at++;
	if (!take_varint(&at, end, &number) || number != 1)
		return false;
	for (unsigned i = 0; i < sizeof(sid); i++) {
		if (!take_varint(&at, end, &number) || number > 0xff)
			return false;
		sid[i] = (uint8_t)number;
	}
	if (!take_varint(&at, end, &number) || number != 2 ||
	    !take_varint(&at, end, &number))
		return false;
	const uint64_t signed_gno = number;

	if (!take_varint(&at, end, &number) || number != 3 ||
	    !take_varint(&at, end, &length) || length > 32 ||
	    (size_t)(end - at) < length)
		return false;
	write_uuid(sid, uuid);
	(void)snprintf(out->text, sizeof(out->text), "%s%s%.*s:%llu", uuid,
		       length ? ":" : "", (int)length, (const char *)at,
		       (unsigned long long)(signed_gno >> 1));
	return true;
}

/* number (8)  domain (4)  flags (1)  … more flags (1) */
static bool read_mariadb_gtid(const struct log_event *event,
			      struct log_gtid *out)
{
	enum { FLAGS = 12, FIXED = 13 };
	enum { STANDALONE = 1, GROUP_COMMIT = 2, XA = 64 | 128 };
	enum { MULTI_ENGINE = 1, START = 2, ROLLBACK = 8 };
	const uint8_t *body = event->body;

	if (event->length < FIXED)
		return false;
	(void)snprintf(out->text, sizeof(out->text), "%u-%u-%llu",
		       (unsigned)log_number(body + 8, 4), event->server_id,
		       (unsigned long long)log_number(body, 8));
	out->is_standalone = body[FLAGS] & STANDALONE;
	size_t at = FIXED;

	if (body[FLAGS] & GROUP_COMMIT)
		at += 8;
	if ((body[FLAGS] & XA) && event->length >= at + 6)
		at += 6 + (size_t)body[at + 4] + body[at + 5];
	if (event->length > at) {
		out->is_start_alter = body[at] & START;
		out->is_rollback_alter = body[at] & ROLLBACK;
	}
	return true;
}

bool log_gtid_read(const struct log_event *event, struct log_gtid *out)
{
	*out = (struct log_gtid){0};
	switch (event->type) {
	case EVENT_GTID:
		return read_gtid(event, out);
	case EVENT_ANONYMOUS_GTID:
		return true;
	case EVENT_TAGGED_GTID:
		return read_tagged_gtid(event, out);
	case EVENT_MARIADB_GTID:
		return read_mariadb_gtid(event, out);
	default:
		return false;
	}
}

/* one phase (1)  format (4)  lengths (4, 4)  data */
bool log_xa_prepare_read(const struct log_event *event, bool *one_phase_out,
			 struct buf *xid)
{
	enum { FIXED = 13 };
	const uint8_t *body = event->body;

	if (event->length < FIXED)
		return false;
	const uint64_t first = log_number(body + 5, 4);
	const uint64_t second = log_number(body + 9, 4);
	const uint64_t parts[] = {first, second};
	const uint8_t *at = body + FIXED;

	if (first + second != event->length - FIXED)
		return false;
	*one_phase_out = body[0];
	for (unsigned k = 0; k < 2; k++) {
		buf_adds(xid, k ? ",X'" : "X'");
		for (uint64_t i = 0; i < parts[k]; i++)
			buf_addf(xid, "%02x", *at++);
		buf_adds(xid, "'");
	}
	buf_addf(xid, ",%u", (unsigned)log_number(body + 1, 4));
	return true;
}
