/*
 * http_place.h - a socket that listens, by TCP or as a file.  Internal to serve.
 *
 * A socket that is a file is its user's alone (mode 0600) from the first moment
 * on.  What stands under its name is replaced only if it is a socket of this user
 * that nobody listens on; at the end it is removed if it is still the same.
 */
#ifndef DBSYNC_SERVE_HTTP_PLACE_H
#define DBSYNC_SERVE_HTTP_PLACE_H

#include "dbsync/base/error.h"

#include <sys/types.h>

struct http_place {
	int fd;     /* -1: none */
	int family; /* AF_… */
	char *name; /* "127.0.0.1:9090", "[::1]:9090", "unix:/path" */
	char *path; /* of a file; NULL: TCP */
	dev_t device;
	ino_t inode;
};

#define HTTP_PLACE_INIT                 \
	{                               \
		-1, 0, NULL, NULL, 0, 0 \
	}

/* words: http.h.  DBS_E_USAGE or DBS_E_IO, and *out is empty. */
enum dbs_rc http_place_open(const char *words, struct http_place *out,
			    struct dbs_error *err);
void http_place_close(struct http_place *place);
#endif
