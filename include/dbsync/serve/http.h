/*
 * http.h - a small HTTP server, which knows nothing of what it serves.
 *
 * It has a thread of its own, from which the handler is called: one request at a
 * time.  Whatever clients do, a request that is not whole after ten seconds, and a
 * connection that is idle for longer than that, are ended; when there are too many,
 * the oldest of these go first.  Nothing that a client does blocks a caller.
 *
 * The library is libmicrohttpd, which one file knows.  A build without it has no
 * HTTP, and says so.
 */
#ifndef DBSYNC_SERVE_HTTP_H
#define DBSYNC_SERVE_HTTP_H

#include "dbsync/base/buf.h"

#include <stdbool.h>

struct http_options {
	const char *listen;      /* HOST:PORT, [ADDRESS]:PORT, unix:PATH */
	const char *certificate; /* PEM files; NULL: no TLS */
	const char *key;
};

/* Texts are valid during the call; NULL: not sent. */
struct http_request {
	const char *method; /* GET (HEAD is GET to the handler), POST */
	const char *path;   /* decoded, without a query */
	const char *accept;
	const char *authorization;
	bool is_local; /* sent by this machine */
	bool has_name; /* to a name that is not localhost, and no address */
};

struct http_answer {
	unsigned status;
	const char *type;
	struct buf body;
	const char *allow;     /* the header; NULL: none */
	const char *challenge; /* WWW-Authenticate */
	bool is_stream; /* body is the first of its events; others: http_push */
};

typedef void http_handler(void *self, const struct http_request *request,
			  struct http_answer *answer);

struct http;

/* DBS_E_USAGE: words that make no sense; DBS_E_IO: what the system refuses. */
enum dbs_rc http_open(const struct http_options *options, http_handler *handler,
		      void *self, struct http **out, struct dbs_error *err);
/* Who does not take the last event gets this one, and not both. */
void http_push(struct http *http, const char *event);
size_t http_streams(struct http *http);
/* "http://127.0.0.1:8306" */
void http_name(const struct http *http, struct buf *out);
/* Streams end; waits for the handler. */
void http_close(struct http **http);
#endif
