/*
 * http_stream.h - what a stream of events still has to send.  Internal to serve.
 *
 * At most two events: the one that is being sent, and the newest.  So whoever reads
 * slowly gets fewer of them, and none that is cut.
 */
#ifndef DBSYNC_SERVE_HTTP_STREAM_H
#define DBSYNC_SERVE_HTTP_STREAM_H

#include "dbsync/base/buf.h"

struct http_stream {
	struct buf now; /* is sent, from offset on */
	size_t offset;
	struct buf newest; /* behind it; length 0: none */
};

#define HTTP_STREAM_INIT              \
	{                             \
		BUF_INIT, 0, BUF_INIT \
	}

/* Instead of the newest that was not sent yet. */
void http_stream_give(struct http_stream *stream, const struct buf *event);

/* Up to most bytes; 0: there is nothing. */
size_t http_stream_take(struct http_stream *stream, char *out, size_t most);

void http_stream_release(struct http_stream *stream);
#endif
