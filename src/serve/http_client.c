/*
 * http_client.c - see http_client.h.
 *
 * A client that sends a byte a second is never silent, so what counts is the time
 * since a phase began.  When connections are scarce, those that wait for a client
 * (READING, IDLE) go, the oldest first; a second is left to each, so that many
 * honest ones at once are all answered.
 */
#include "http_client.h"

#include "dbsync/base/mem.h"

#include <sys/socket.h>

static const uint64_t SECOND = 1000000000u;

static const struct {
	unsigned seconds; /* 0: as long as it likes */
	bool may_go;      /* when connections are scarce */
	bool has_rest; /* what is not taken is not kept by the system either */
} rules[] = {
	[HTTP_READING] = {10, true, false},
	[HTTP_IDLE] = {15, true, false},
	[HTTP_WRITING] = {30, false, true},
	[HTTP_STREAMING] = {30, false, true},
	[HTTP_QUIET] = {0, false, false},
	[HTTP_ENDED] = {0, false, false},
};

struct http_client *http_client_add(struct http_clients *clients, int fd,
				    uint64_t now_ns)
{
	struct http_client *client = mem_zero(1, sizeof(*client));

	client->fd = fd;
	client->since_ns = now_ns;
	client->older = clients->newest;
	if (client->older)
		client->older->newer = client;
	else
		clients->oldest = client;
	clients->newest = client;
	clients->count++;
	return client;
}

void http_client_drop(struct http_clients *clients, struct http_client **client)
{
	struct http_client *gone = *client;

	if (!gone)
		return;
	*(gone->newer ? &gone->newer->older : &clients->newest) = gone->older;
	*(gone->older ? &gone->older->newer : &clients->oldest) = gone->newer;
	clients->count--;
	mem_drop(client);
}

void http_client_enter(struct http_client *client, enum http_phase phase,
		       uint64_t now_ns)
{
	if (client->phase == HTTP_ENDED)
		return;
	client->phase = phase;
	client->since_ns = now_ns;
}

bool http_clients_are_many(const struct http_clients *clients)
{
	return clients->count > clients->most / 2;
}

static bool is_older_than(const struct http_client *client, unsigned seconds,
			  uint64_t now_ns)
{
	return now_ns - client->since_ns > seconds * SECOND;
}

static void end(struct http_client *client)
{
	const struct linger none = {.l_onoff = 1, .l_linger = 0};

	if (rules[client->phase].has_rest)
		(void)setsockopt(client->fd, SOL_SOCKET, SO_LINGER, &none,
				 sizeof(none));
	(void)shutdown(client->fd, SHUT_RDWR);
	client->phase = HTTP_ENDED;
}

static void end_late(struct http_clients *clients, uint64_t now_ns)
{
	for (struct http_client *c = clients->oldest; c; c = c->newer) {
		const unsigned seconds = rules[c->phase].seconds;

		if (seconds && is_older_than(c, seconds, now_ns))
			end(c);
	}
}

void http_clients_tend(struct http_clients *clients, uint64_t now_ns)
{
	const size_t enough = clients->most / 4 * 3;
	size_t excess = clients->count > enough ? clients->count - enough : 0;

	end_late(clients, now_ns);
	for (struct http_client *c = clients->oldest; c && excess; c = c->newer)
		if (c->phase == HTTP_ENDED) {
			excess--;
		} else if (rules[c->phase].may_go &&
			   is_older_than(c, 1, now_ns)) {
			end(c);
			excess--;
		}
}
