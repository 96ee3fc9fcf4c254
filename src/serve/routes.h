/*
 * routes.h - what the service answers to those who look, and to those who ask.
 * Internal to serve.
 *
 *	GET  /             a page
 *	GET  /health       200 when the state is ok, else 503, with reasons
 *	GET  /ready        200 once each job that is followed was caught up with
 *	GET  /metrics      for Prometheus
 *	GET  /status       JSON; as text/event-stream, once a second
 *	POST /jobs/NAME/run|pause|resume|restart
 *	POST /restart_replication    restart, of all jobs that are followed
 *
 * Who looks from this machine needs no token, but a name that a web page may have
 * turned into this address is not trusted.  Who asks always needs it: a page of
 * somebody else cannot send the header that it stands in.
 */
#ifndef DBSYNC_SERVE_ROUTES_H
#define DBSYNC_SERVE_ROUTES_H

#include "board.h"

#include "dbsync/serve/http.h"

struct routes {
	struct board *board;
	const char *token; /* NULL: nobody may ask */
};

/* An http_handler; self is a struct routes. */
void routes_answer(void *self, const struct http_request *request,
		   struct http_answer *answer);
#endif
