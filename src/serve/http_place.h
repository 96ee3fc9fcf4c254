/*
 * http_place.h - where a server listens, and what clients call it.  Internal to
 * serve.
 */
#ifndef DBSYNC_SERVE_HTTP_PLACE_H
#define DBSYNC_SERVE_HTTP_PLACE_H

#include "dbsync/base/buf.h"

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/stat.h>

struct http_place {
	int fd;          /* that listens; -1: none */
	char *path;      /* of a Unix socket, or NULL */
	struct stat was; /* its file */
	char *name;      /* "127.0.0.1:8306", "unix:PATH" */
};

#define HTTP_PLACE_INIT                              \
	{                                            \
		.fd = -1, .path = NULL, .name = NULL \
	}

enum dbs_rc http_place_open(const char *listen, struct http_place *out,
			    struct dbs_error *err);
/* The file of a Unix socket is removed, if it is still that one. */
void http_place_close(struct http_place *place);

/* Whether an address is one of this machine; NULL: of a Unix socket. */
bool http_is_local(const struct sockaddr *address);
/* Of a header Host: a name that is not localhost. */
bool http_has_name(const char *host);
/* %41 is A; false: there is a NUL, a control character or no such code. */
bool http_decode(const char *path, struct buf *out);
#endif
