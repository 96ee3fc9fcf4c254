/*
 * fed_stream.h - bytes in memory in place of what a server answers.
 *
 * Takes the place of conn_stream.c in a program that includes it: a connection
 * is what is left of its bytes, and each conn_stream takes from them
 *
 *	1 byte for each column: which way it comes (fed_ways), and then packets,
 *	each behind 1 byte of its length, or 0xfe and 2 bytes; 0xff ends the rows
 *
 * Bytes that end early end the rows, too.
 */
#ifndef DBSYNC_TESTS_FED_STREAM_H
#define DBSYNC_TESTS_FED_STREAM_H

#include "dbsync/base/mem.h"
#include "dbsync/db/conn.h"

#include <stdlib.h>
#include <string.h>

enum { FED_LONGER = 0xfe, FED_NO_MORE = 0xff };

struct conn {
	const uint8_t *at;
	const uint8_t *end;
};

struct stream {
	struct conn *conn;
	struct wire_column *columns;
	size_t count;
	uint8_t *packet; /* of its length exactly, and gone with the next */
};

/* As conn_stream.c has them of the types of servers. */
static const struct wire_column fed_ways[] = {
	{.wire = WIRE_STRING},
	{.wire = WIRE_STRING, .is_decimal = true},
	{.wire = WIRE_STRING, .is_json = true},
	{.wire = WIRE_SHORT},
	{.wire = WIRE_SHORT, .is_time = true},
	{.wire = WIRE_FIXED, .size = 8, .is_double = true},
	{.wire = WIRE_FIXED, .size = 4, .is_double = true},
	{.wire = WIRE_FIXED},
	{.wire = WIRE_FIXED, .size = 1},
	{.wire = WIRE_FIXED, .size = 2},
	{.wire = WIRE_FIXED, .size = 4},
	{.wire = WIRE_FIXED, .size = 8},
	{.wire = WIRE_FIXED, .size = 1, .is_unsigned = true},
	{.wire = WIRE_FIXED, .size = 2, .is_unsigned = true},
	{.wire = WIRE_FIXED, .size = 4, .is_unsigned = true},
	{.wire = WIRE_FIXED, .size = 8, .is_unsigned = true},
};

enum { FED_WAYS = sizeof(fed_ways) / sizeof(*fed_ways) };

static inline unsigned fed_byte(struct conn *conn, unsigned otherwise)
{
	return conn->at < conn->end ? *conn->at++ : otherwise;
}

enum dbs_rc conn_stream(struct conn *conn, const char *sql, size_t width,
			struct stream **out, struct dbs_error *err)
{
	struct stream *stream = mem_zero(1, sizeof(*stream));

	(void)sql;
	(void)err;
	stream->conn = conn;
	stream->count = width;
	stream->columns = mem_zero(width, sizeof(*stream->columns));
	for (size_t i = 0; i < width; i++)
		stream->columns[i] = fed_ways[fed_byte(conn, 0) % FED_WAYS];
	*out = stream;
	return DBS_OK;
}

const struct wire_column *stream_columns(const struct stream *stream,
					 size_t *count_out)
{
	*count_out = stream->count;
	return stream->columns;
}

enum dbs_rc stream_next(struct stream *stream, struct packet *out,
			bool *more_out, struct dbs_error *err)
{
	struct conn *conn = stream->conn;
	size_t length = fed_byte(conn, FED_NO_MORE);

	(void)err;
	*more_out = length != FED_NO_MORE;
	if (!*more_out)
		return DBS_OK;
	if (length == FED_LONGER) {
		length = fed_byte(conn, 0);
		length |= (size_t)fed_byte(conn, 0) << 8;
	}
	if (length > (size_t)(conn->end - conn->at))
		length = (size_t)(conn->end - conn->at);
	mem_drop(&stream->packet);
	stream->packet = mem_alloc(length);
	if (length)
		memcpy(stream->packet, conn->at, length);
	conn->at += length;
	*out = (struct packet){stream->packet, length};
	return DBS_OK;
}

enum dbs_rc stream_refuse(struct stream *stream, const char *why,
			  struct dbs_error *err)
{
	(void)stream;
	return dbs_fail(err, DBS_E_STRANGE, "%s", why);
}

void stream_close(struct stream **stream)
{
	if (!*stream)
		return;
	mem_drop(&(*stream)->columns);
	mem_drop(&(*stream)->packet);
	mem_drop(stream);
}
#endif
