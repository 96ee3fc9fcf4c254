/*
 * http_words.h - what people and clients say: where to listen, a Host, a path.
 * Pure.  Internal to serve.
 */
#ifndef DBSYNC_SERVE_HTTP_WORDS_H
#define DBSYNC_SERVE_HTTP_WORDS_H

#include "dbsync/base/buf.h"

#include <stdbool.h>

struct sockaddr;

/*
 * HOST:PORT or [ADDRESS]:PORT in its two parts, *port points into words;
 * DBS_E_USAGE: they make no sense.
 */
enum dbs_rc http_split(const char *words, struct buf *host, const char **port,
		       struct dbs_error *err);

/* The same of unix:PATH; NULL: it is no such thing. */
const char *http_unix_path(const char *words);

/* Whether a Host (NULL: none) is a name other than localhost. */
bool http_is_name(const char *host);

/* Whether an address is one of this machine alone; NULL is not. */
bool http_is_loopback(const struct sockaddr *address);

/*
 * Adds what a path stands for, %XX decoded.  False: it does not begin with /, has
 * a % without two digits, a control character, no UTF-8, or . or .. as a part.
 */
bool http_decode(const char *path, struct buf *out);

/* Adds an event for an EventSource. */
void http_event(const char *text, struct buf *out);
#endif
