/* unpack.c - see unpack.h. */
#include "dbsync/binlog/unpack.h"

#include "dbsync/base/mem.h"
#include "dbsync/binlog/event.h"

#include <string.h>
#include <zlib.h>
#include <zstd.h>

/* No packet, no value and no event is larger. */
enum { UNPACKED_MOST = 0x40000000 };

/* ------------------------------------------------------------------------
 * zlib, of MariaDB
 * --------------------------------------------------------------------- */

/* The whole of data becomes exactly size bytes. */
static bool inflate_all(const uint8_t *data, size_t length, int window_bits,
			size_t size, struct buf *out)
{
	struct dbs_error no_memory = {0};
	z_stream stream = {.next_in = (Bytef *)(uintptr_t)data,
			   .avail_in = (uInt)length};

	buf_clear(out);
	if (size > UNPACKED_MOST || length > UNPACKED_MOST ||
	    buf_try(out, size + 1, "a compressed event", &no_memory) ||
	    inflateInit2(&stream, window_bits) != Z_OK)
		return false;
	stream.next_out = (Bytef *)out->data;
	stream.avail_out = (uInt)size;
	const int result = inflate(&stream, Z_FINISH);
	const bool is_whole = result == Z_STREAM_END && !stream.avail_out;

	(void)inflateEnd(&stream);
	if (!is_whole)
		return false;
	out->length = size;
	out->data[size] = '\0';
	return true;
}

static size_t big_endian(const uint8_t *at, unsigned bytes)
{
	size_t number = 0;

	for (unsigned i = 0; i < bytes; i++)
		number = number << 8 | at[i];
	return number;
}

/* 0x80 | bytes of the size (3 bits)   the size   zlib */
bool unpack_event(const uint8_t *data, size_t length, struct buf *out)
{
	const unsigned bytes = length ? data[0] & 7 : 0;

	if (!bytes || bytes > 4 || (data[0] & 0xf0) != 0x80 ||
	    length < 1 + bytes)
		return false;
	return inflate_all(data + 1 + bytes, length - 1 - bytes, MAX_WBITS,
			   big_endian(data + 1, bytes), out);
}

bool unpack_query(const struct log_event *event, struct buf *text,
		  struct log_query *out)
{
	if (!log_query_read(event, out))
		return false;
	if (event->type != EVENT_QUERY_COMPRESSED)
		return true;
	if (!unpack_event((const uint8_t *)out->text, out->length, text))
		return false;
	out->text = text->data;
	out->length = text->length;
	return true;
}

/* 0: as it is.  0x80 | 8: without zlib's header | bytes of the size   … */
bool unpack_value(const uint8_t *data, size_t length, struct buf *out)
{
	const unsigned bytes = length ? data[0] & 7 : 0;

	buf_clear(out);
	if (length && !data[0])
		buf_add(out, data + 1, length - 1);
	if (!length || !data[0])
		return true;
	if (!bytes || bytes > 4 || (data[0] & 0xf0) != 0x80 ||
	    length < 1 + bytes)
		return false;
	return inflate_all(data + 1 + bytes, length - 1 - bytes,
			   data[0] & 8 ? -MAX_WBITS : MAX_WBITS,
			   big_endian(data + 1, bytes), out);
}

/* ------------------------------------------------------------------------
 * zstd, of MySQL
 * --------------------------------------------------------------------- */

struct payload {
	ZSTD_inBuffer in;
	ZSTD_DStream *stream; /* NULL: not compressed */
	struct buf event;
};

enum { FIELD_END, FIELD_SIZE, FIELD_WAY };
enum { WAY_ZSTD = 0, WAY_NONE = 255 };

/* type (packed)  length (packed)  value …; 0 ends them, and the bytes follow */
static bool read_fields(const uint8_t **at, const uint8_t *end,
			uint64_t *size_out, uint64_t *way_out)
{
	uint64_t type = 0;
	uint64_t length = 0;

	while (log_packed(at, end, &type)) {
		if (type == FIELD_END)
			return true;
		if (!log_packed(at, end, &length) ||
		    length > (uint64_t)(end - *at))
			return false;
		const uint8_t *value = *at;
		uint64_t *into = type == FIELD_SIZE  ? size_out
				 : type == FIELD_WAY ? way_out
						     : NULL;

		if (into && !log_packed(&value, *at + length, into))
			return false;
		*at += length;
	}
	return false;
}

struct payload *payload_open(const uint8_t *data, size_t length)
{
	const uint8_t *at = data;
	uint64_t size = UINT64_MAX;
	uint64_t way = WAY_NONE;

	if (!read_fields(&at, data + length, &size, &way) ||
	    size != (uint64_t)(data + length - at) ||
	    (way != WAY_ZSTD && way != WAY_NONE))
		return NULL;
	struct payload *payload = mem_zero(1, sizeof(*payload));

	payload->event = (struct buf)BUF_INIT;
	payload->in = (ZSTD_inBuffer){at, (size_t)size, 0};
	if (way == WAY_ZSTD) {
		payload->stream = ZSTD_createDStream();
		DBS_BUG(!payload->stream, "no memory for zstd");
	}
	return payload;
}

void payload_drop(struct payload **payload)
{
	if (!*payload)
		return;
	(void)ZSTD_freeDStream((*payload)->stream);
	buf_release(&(*payload)->event);
	mem_drop(payload);
}

/* Appends up to so many bytes to the event; false: there are not as many. */
static bool fill(struct payload *payload, size_t bytes)
{
	struct dbs_error no_memory = {0};
	struct buf *event = &payload->event;
	ZSTD_inBuffer *in = &payload->in;

	if (buf_try(event, bytes + 1, "an event", &no_memory))
		return false;
	if (!payload->stream) {
		if (in->size - in->pos < bytes)
			return false;
		buf_add(event, (const char *)in->src + in->pos, bytes);
		in->pos += bytes;
		return true;
	}
	ZSTD_outBuffer out = {event->data + event->length, bytes, 0};

	while (out.pos < out.size) {
		const size_t before = out.pos + in->pos;
		const size_t rc = ZSTD_decompressStream(payload->stream, &out,
							in);

		if (ZSTD_isError(rc) || before == out.pos + in->pos)
			break;
	}
	event->length += out.pos;
	return out.pos == bytes;
}

bool payload_next(struct payload *payload, const uint8_t **data_out,
		  size_t *length_out, bool *is_damaged_out)
{
	enum { SIZE = 9 };
	struct buf *event = &payload->event;

	buf_clear(event);
	*is_damaged_out = false;
	if (!fill(payload, EVENT_HEADER)) {
		*is_damaged_out = event->length ||
				  payload->in.pos < payload->in.size;
		return false;
	}
	const uint64_t size = log_number((const uint8_t *)event->data + SIZE,
					 4);

	*is_damaged_out = size < EVENT_HEADER || size > UNPACKED_MOST ||
			  !fill(payload, (size_t)size - EVENT_HEADER);
	*data_out = (const uint8_t *)event->data;
	*length_out = event->length;
	return !*is_damaged_out;
}
