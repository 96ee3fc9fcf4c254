/* http_none.c - http.h in a build without libmicrohttpd: nobody can look. */
#include "dbsync/serve/http.h"

#ifndef DBSYNC_HTTP

enum dbs_rc http_open(const struct http_options *options, http_handler *handler,
		      void *self, struct http **out, struct dbs_error *err)
{
	(void)options;
	(void)handler;
	(void)self;
	(void)out;
	return dbs_fail(err, DBS_E_USAGE,
			"this dbsync was built without libmicrohttpd, and has "
			"no HTTP: --listen none does without");
}

void http_push(struct http *http, const char *event)
{
	(void)http;
	(void)event;
}

size_t http_streams(const struct http *http)
{
	(void)http;
	return 0;
}

void http_name(const struct http *http, struct buf *out)
{
	(void)http;
	(void)out;
}

bool http_is_in_clear(const struct http *http)
{
	(void)http;
	return false;
}

void http_close(struct http **http)
{
	*http = NULL;
}

#endif
