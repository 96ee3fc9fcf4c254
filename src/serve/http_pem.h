/*
 * http_pem.h - a certificate and its key, out of files.  Internal to serve.
 *
 * Whoever has the key can pass for this service: a file that others may read is
 * refused, by the rule of all secrets (base/owner.h).
 */
#ifndef DBSYNC_SERVE_HTTP_PEM_H
#define DBSYNC_SERVE_HTTP_PEM_H

#include "dbsync/base/buf.h"

struct http_pem {
	struct buf certificate; /* and those that it hangs from */
	struct buf key;
};

#define HTTP_PEM_INIT              \
	{                          \
		BUF_INIT, BUF_INIT \
	}

/* Both are there, can be read, and belong to each other. */
enum dbs_rc http_pem_read(const char *certificate, const char *key,
			  struct http_pem *out, struct dbs_error *err);
/* Wipes the key. */
void http_pem_release(struct http_pem *pem);
#endif
