/*
 * http_client.h - connections of clients, and how long each may take.
 *
 *	READING ─▶ (handler) ─▶ WRITING ─▶ IDLE ─▶ READING …
 *	                   └──▶ STREAMING ◀─▶ QUIET
 *
 * Whoever has the sockets says in which phase each is; http_clients_tend shuts
 * those that take too long, and the library that reads them then ends them.
 *
 * Threads: those of one server belong to one.  Internal to serve.
 */
#ifndef DBSYNC_SERVE_HTTP_CLIENT_H
#define DBSYNC_SERVE_HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum http_phase {
	HTTP_READING, /* a request, from the connection or its first line on */
	HTTP_IDLE,    /* nothing of the next one is there */
	HTTP_WRITING, /* an answer */
	HTTP_STREAMING, /* an event that is not taken yet */
	HTTP_QUIET,     /* a stream without a new event */
	HTTP_ENDED,     /* its socket is shut */
};

struct http_client {
	struct http_client *newer;
	struct http_client *older;
	int fd; /* borrowed */
	enum http_phase phase;
	uint64_t since_ns; /* when the phase began */
	/* of its request */
	bool has_headers;
	uint64_t upload; /* bytes of its body so far */
	size_t answer;   /* bytes of the answer that is sent */
};

struct http_clients {
	struct http_client *newest;
	struct http_client *oldest;
	size_t count;
	size_t most; /* what the library was told */
};

/* It is READING. */
struct http_client *http_client_add(struct http_clients *clients, int fd,
				    uint64_t now_ns);
void http_client_drop(struct http_clients *clients,
		      struct http_client **client);

/* One that is ENDED stays so. */
void http_client_enter(struct http_client *client, enum http_phase phase,
		       uint64_t now_ns);

/* Whether an answer should say that the connection ends with it. */
bool http_clients_are_many(const struct http_clients *clients);

/* Shuts who is late; while there are too many, who has been silent longest. */
void http_clients_tend(struct http_clients *clients, uint64_t now_ns);
#endif
