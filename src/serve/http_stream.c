/* http_stream.c - see http_stream.h. */
#include "http_stream.h"

#include <string.h>

void http_stream_give(struct http_stream *stream, const struct buf *event)
{
	buf_clear(&stream->newest);
	buf_add(&stream->newest, event->data, event->length);
}

static void begin_newest(struct http_stream *stream)
{
	const struct buf sent = stream->now;

	stream->now = stream->newest;
	stream->newest = sent;
	buf_clear(&stream->newest);
	stream->offset = 0;
}

size_t http_stream_take(struct http_stream *stream, char *out, size_t most)
{
	if (stream->offset == stream->now.length)
		begin_newest(stream);
	const size_t left = stream->now.length - stream->offset;
	const size_t count = left < most ? left : most;

	memcpy(out, stream->now.data + stream->offset, count);
	stream->offset += count;
	return count;
}

void http_stream_release(struct http_stream *stream)
{
	buf_release(&stream->now);
	buf_release(&stream->newest);
}
