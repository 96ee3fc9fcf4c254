/*
 * dsn_url_parts.h - a URL cut into its parts, nothing decoded.  Internal to
 * the db floor.
 *
 * A span is a piece of the URL and lives as long as that.
 */
#ifndef DBSYNC_DB_DSN_URL_PARTS_H
#define DBSYNC_DB_DSN_URL_PARTS_H

#include "dbsync/base/error.h"

#include <stddef.h>

struct span {
	const char *at; /* NULL: not there at all */
	size_t length;
};

struct url_parts {
	struct span user, password, host, port, database, query;
};

/* The place of the first c in a span, or NULL. */
const char *span_find(struct span span, char c);

/* What is in a span before the place at, and what is behind it. */
struct span span_before(struct span span, const char *at);
struct span span_behind(struct span span, const char *at);

/* Errors quote nothing. */
enum dbs_rc url_parts_split(struct url_parts *parts, const char *url,
			    struct dbs_error *err);
#endif
