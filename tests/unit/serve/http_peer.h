/* http_peer.h - a server on a port of its own, and clients of it, for tests. */
#ifndef DBSYNC_TESTS_HTTP_PEER_H
#define DBSYNC_TESTS_HTTP_PEER_H

#include "dbsync/base/buf.h"
#include "dbsync/base/clock.h"
#include "dbsync/serve/http.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { PEER_PATIENCE_MS = 8000, LARGE = 8 * 1024 * 1024 };

/* Says what it was asked; /stream and /large are what they say. */
static inline void peer_handler(void *self, const struct http_request *request,
				struct http_answer *answer)
{
	(void)self;
	answer->status = 200;
	answer->type = "text/plain";
	if (!strcmp(request->path, "/stream")) {
		answer->is_stream = true;
		answer->type = "text/event-stream";
		buf_adds(&answer->body, "first");
	} else if (!strcmp(request->path, "/large")) {
		buf_reserve(&answer->body, LARGE);
		memset(answer->body.data, 'x', LARGE);
		answer->body.length = LARGE;
	} else if (!strcmp(request->path, "/secret")) {
		answer->status = 401;
		answer->challenge = "Bearer";
	} else {
		buf_addf(&answer->body, "%s %s%s%s", request->method,
			 request->path, request->is_local ? " local" : "",
			 request->has_name ? " name" : "");
	}
}

static inline struct http *peer_open(const struct http_options *options)
{
	struct dbs_error err = {0};
	struct http *http = NULL;
	const enum dbs_rc rc = http_open(options, peer_handler, NULL, &http,
					 &err);

	ck_assert_msg(!rc, "%s", err.text);
	return http;
}

static inline unsigned peer_port(const struct http *http)
{
	struct buf name = BUF_INIT;

	http_name(http, &name);
	const unsigned long port = strtoul(strrchr(name.data, ':') + 1, NULL,
					   10);

	buf_release(&name);
	return (unsigned)port;
}

static inline int peer_connect(const struct http *http)
{
	const struct sockaddr_in at = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)peer_port(http)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(connect(fd, (const struct sockaddr *)&at, sizeof(at)),
			 0);
	return fd;
}

/* As much as the other side takes. */
static inline void peer_send_bytes(int fd, const void *bytes, size_t count)
{
	const char *at = bytes;

	while (count) {
		const ssize_t done = send(fd, at, count, MSG_NOSIGNAL);

		if (done <= 0)
			break;
		at += done;
		count -= (size_t)done;
	}
}

static inline void peer_send(int fd, const char *text)
{
	peer_send_bytes(fd, text, strlen(text));
}

/* Reads until the text has words (NULL: to its end); false: it ended before. */
static inline bool peer_read(int fd, const char *words, struct buf *out)
{
	const uint64_t start = clock_ns();
	char block[16 * 1024];

	while (!words || !strstr(out->data, words)) {
		struct pollfd wait = {.fd = fd, .events = POLLIN};
		const double left_s = PEER_PATIENCE_MS / 1e3 -
				      clock_since(start);

		ck_assert_msg(left_s > 0 &&
				      poll(&wait, 1, (int)(left_s * 1e3)) > 0,
			      "nothing after `%.200s`", out->data);
		const ssize_t got = read(fd, block, sizeof(block));

		if (got <= 0)
			return !words;
		buf_add(out, block, (size_t)got);
	}
	return true;
}

/* What is said to a request, to the end of the connection. */
static inline void peer_ask_bytes(const struct http *http, const void *bytes,
				  size_t count, struct buf *out)
{
	const int fd = peer_connect(http);

	buf_clear(out);
	peer_send_bytes(fd, bytes, count);
	(void)peer_read(fd, NULL, out);
	(void)close(fd);
}

static inline void peer_ask(const struct http *http, const char *request,
			    struct buf *out)
{
	peer_ask_bytes(http, request, strlen(request), out);
}

/* Its status, 0: none. */
static inline unsigned peer_status(const struct buf *answer)
{
	static const char version[] = "HTTP/1.1 ";
	const size_t length = sizeof(version) - 1;

	return strncmp(answer->data, version, length)
		       ? 0
		       : (unsigned)strtoul(answer->data + length, NULL, 10);
}

static inline const char *peer_body(const struct buf *answer)
{
	const char *end = strstr(answer->data, "\r\n\r\n");

	ck_assert_msg(end, "no answer: `%s`", answer->data);
	return end + 4;
}
#endif
