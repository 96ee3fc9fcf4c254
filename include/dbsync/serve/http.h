/*
 * http.h - a small HTTP server, which knows nothing of what it serves.
 *
 *	rc = http_open(&options, handler, self, &http, err);
 *	http_push(http, "{\"lag_s\":3}");	again and again
 *	http_close(&http);
 *
 * It has one thread of its own, from which the handler is called: one request at a
 * time.  Whatever clients do, memory is bounded and no caller waits for them:
 *
 *	a request	is whole 10 s after the connection or its first line, or is cut
 *	a connection	waits 15 s for its next request
 *	an answer	is taken within 30 s; a stream moves within 30 s
 *	headers		have up to 32 KiB in sum (else 431), a body 64 KiB (413)
 *	connections	up to 2048, and half of the files that the process may open;
 *			above three quarters of that, those that have been silent
 *			longest (at least a second) are cut
 *	streams		up to 32 (else 503)
 *
 * GET, HEAD and POST reach the handler; other methods are 405, a path with bytes
 * that are no text is 400.  A body is read and ignored.  Every answer that reaches
 * it forbids caches, frames, sniffing and scripts from elsewhere; no header allows
 * other origins.  What is no HTTP at all is answered by the library with 4xx and a
 * fixed text.
 *
 * The library is libmicrohttpd, which one file knows.  A build without it has no
 * HTTP: http_open fails and says so.
 */
#ifndef DBSYNC_SERVE_HTTP_H
#define DBSYNC_SERVE_HTTP_H

#include "dbsync/base/buf.h"

#include <stdbool.h>

struct http_options {
	/* HOST:PORT, [ADDRESS]:PORT (0: any port), unix:PATH */
	const char *listen;
	const char *certificate; /* PEM files, both or none; NULL: no TLS */
	const char *key;
};

/* Texts are valid during the call; NULL: not sent. */
struct http_request {
	const char *method; /* GET (also for HEAD) or POST */
	const char *path;   /* decoded, without a query; begins with / */
	const char *accept;
	const char *authorization;
	/* From a loopback address or a Unix socket, and no header of a proxy. */
	bool is_local;
	/*
	 * Host is neither an address nor localhost.  A page of somebody else whose
	 * name leads to this machine (DNS rebinding) has one; a Unix socket, which
	 * no browser reaches, never has.
	 */
	bool has_name;
};

struct http_answer {
	unsigned status;       /* has to be set */
	const char *type;      /* NULL: no body */
	struct buf body;       /* taken over */
	const char *allow;     /* NULL: without that header */
	const char *challenge; /* WWW-Authenticate */
	/* text/event-stream: body is the first event, others are pushed. */
	bool is_stream;
};

/* *answer is empty before; its texts but body live longer than the call. */
typedef void http_handler(void *self, const struct http_request *request,
			  struct http_answer *answer);

struct http;

/*
 * Listens when it returns.  DBS_E_USAGE: words that make no sense, or a build
 * without HTTP; DBS_E_IO: what the system refuses; DBS_E_REFUSED: a key that
 * others may read; DBS_E_FORMAT: a key or certificate that is none.
 */
enum dbs_rc http_open(const struct http_options *options, http_handler *handler,
		      void *self, struct http **out, struct dbs_error *err);

/*
 * An event ("data: …", a line for each of its lines) to all streams.  A stream
 * that has not yet sent the one before gets the newest only.  From any thread.
 */
void http_push(struct http *http, const char *event);

/* How many streams there are.  From any thread. */
size_t http_streams(const struct http *http);

/* Adds "http://127.0.0.1:9090" (with the port chosen for 0), "unix:/path". */
void http_name(const struct http *http, struct buf *out);
/* Whether what is said can be read on its way: from other machines, without TLS. */
bool http_is_in_clear(const struct http *http);

/* Waits for the handler, and ends all connections.  From no handler. */
void http_close(struct http **http);
#endif
