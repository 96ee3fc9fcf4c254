/*
 * links.c - see links.h.
 *
 * Same server?  Names and addresses say nothing (proxies, sockets, aliases);
 * so a lock with a random name is taken on one connection and looked for on
 * the other.
 */
#include "dbsync/data/links.h"

#include "dbsync/base/clock.h"
#include "dbsync/base/own.h"
#include "dbsync/data/change_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Bytes per second of a server on this machine. */
#define HERE 10e9

enum {
	PROBE_BYTES = 65536,
	TRIES = 3,
	USUAL_PORT = 3306,
	CLEARLY_SLOW = 10 * 1000 * 1000, /* bytes per second */
};

struct opener {
	struct links *links;
	struct link *link;
	struct dbs_error error;
};

static enum dbs_rc open_link(const struct links *links, struct link *link,
			     struct dbs_error *err)
{
	enum dbs_rc rc = conn_open(&links->setup[SOURCE], &link->conn[SOURCE],
				   err);

	if (!rc)
		rc = conn_open(&links->setup[TARGET], &link->conn[TARGET], err);
	if (rc)
		conn_close(&link->conn[SOURCE]);
	return rc;
}

enum dbs_rc links_open_first(struct links *links, struct dbs_error *err)
{
	links->items = mem_zero(1, sizeof(*links->items));
	enum dbs_rc rc = open_link(links, &links->items[0], err);

	if (!rc)
		links->count = 1;
	return rc;
}

static void open_one(void *self)
{
	struct opener *opener = self;

	/* what was tried again left its text behind */
	if (!open_link(opener->links, opener->link, &opener->error))
		dbs_error_clear(&opener->error);
}

/* Too many connections, of the server or of this user. */
static bool is_full(const struct dbs_error *error)
{
	return error->server_errno == 1040 || error->server_errno == 1203 ||
	       error->server_errno == 1226;
}

static enum dbs_rc keep_opened(struct links *links, struct opener *openers,
			       unsigned count, struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	for (unsigned i = 0; i < count; i++) {
		const struct dbs_error *error = &openers[i].error;

		if (!error->code) {
			/* close the gaps that others left */
			struct link opened = *openers[i].link;

			*openers[i].link = (struct link){{NULL, NULL}, NULL};
			links->items[links->count++] = opened;
		} else if (is_full(error)) {
			talk_note(links->setup[SOURCE].talk,
				  "%s; continuing with fewer workers",
				  error->text);
		} else if (!rc) {
			*err = *error;
			rc = error->code;
		}
	}
	return rc;
}

enum dbs_rc links_open_more(struct links *links, unsigned count,
			    struct dbs_error *err)
{
	const unsigned more = count > links->count ? count - links->count : 0;
	OWNED(mem_drop) struct opener *openers = mem_zero(more,
							  sizeof(*openers));

	if (!more)
		return DBS_OK;
	links->items = mem_grow(links->items, count * sizeof(*links->items));
	for (unsigned i = 0; i < more; i++) {
		openers[i].links = links;
		openers[i].link = &links->items[links->count + i];
		*openers[i].link = (struct link){{NULL, NULL}, NULL};
	}
	workers_run(links->setup[SOURCE].workers, open_one, openers, more,
		    sizeof(*openers));
	return keep_opened(links, openers, more, err);
}

enum dbs_rc links_keep_changes(struct links *links, struct dbs_error *err)
{
	for (unsigned i = 0; i < links->count; i++) {
		enum dbs_rc rc = change_file_new(&links->items[i].changes, err);

		if (rc)
			return rc;
	}
	return DBS_OK;
}

void links_release(struct links *links)
{
	for (unsigned i = 0; i < links->count; i++) {
		conn_close(&links->items[i].conn[SOURCE]);
		conn_close(&links->items[i].conn[TARGET]);
		change_file_drop(&links->items[i].changes);
	}
	mem_drop(&links->items);
	links->count = 0;
}

struct conn **links_side(const struct links *links, enum side side)
{
	struct conn **conns = mem_zero(links->count, sizeof(*conns));

	for (unsigned i = 0; i < links->count; i++)
		conns[i] = links->items[i].conn[side];
	return conns;
}

/* One transfer; what a single answer takes is not counted. */
static enum dbs_rc transfer(struct conn *conn, double *out,
			    struct dbs_error *err)
{
	OWNED(mem_drop) char *text = NULL;
	OWNED(mem_drop) char *bulk = NULL;
	char sql[64];
	uint64_t start = clock_ns();
	enum dbs_rc rc = conn_fetch_text(conn, "SELECT 1", "1n", &text, err);
	const double round_trip = clock_since(start);

	if (rc)
		return rc;
	(void)snprintf(sql, sizeof(sql), "SELECT REPEAT('x', %d)",
		       (int)PROBE_BYTES);
	start = clock_ns();
	rc = conn_fetch_text(conn, sql, "1T", &bulk, err);
	const double seconds = clock_since(start) - round_trip;

	*out = PROBE_BYTES / (seconds > 1e-5 ? seconds : 1e-5);
	return rc;
}

/*
 * The best of some tries, since a busy moment makes a fast link look slow; a
 * link that is slow beyond doubt is not burdened twice.
 */
static enum dbs_rc measure_one(struct conn *conn, double *out,
			       struct dbs_error *err)
{
	enum dbs_rc rc = transfer(conn, out, err);

	for (int i = 1; i < TRIES && !rc && *out > CLEARLY_SLOW; i++) {
		double again = 0;

		rc = transfer(conn, &again, err);
		if (again > *out)
			*out = again;
	}
	return rc;
}

static bool is_loopback(const struct dsn *dsn)
{
	return dsn->socket || !dsn->host || !strcmp(dsn->host, "localhost") ||
	       !strcmp(dsn->host, "::1") || !strncmp(dsn->host, "127.", 4);
}

/*
 * A server that says to be this machine, at the very port that was asked for:
 * no tunnel, and no proxy.  What a busy machine takes for a small transfer would
 * say nothing of the link.
 */
static enum dbs_rc is_here(struct conn *conn, bool *out, struct dbs_error *err)
{
	const struct conn_setup *setup = conn_setup(conn);
	OWNED(rows_drop) struct rows *rows = NULL;
	char name[256];

	*out = false;
	if (setup->throttle || !is_loopback(setup->dsn) ||
	    gethostname(name, sizeof(name)))
		return DBS_OK;
	name[sizeof(name) - 1] = '\0';
	enum dbs_rc rc = conn_fetch(conn, "SELECT @@hostname, @@port", "1Tn",
				    &rows, err);

	if (dbs_is_refusal(rc)) {
		dbs_error_clear(err);
		return DBS_OK;
	}
	if (rc || !rows_text(rows, 0, 0))
		return rc;
	*out = !strcmp(rows_text(rows, 0, 0), name) &&
	       (setup->dsn->socket ||
		strtoul(rows_text(rows, 0, 1), NULL, 10) ==
			(setup->dsn->port ? setup->dsn->port : USUAL_PORT));
	return DBS_OK;
}

static enum dbs_rc measure_side(struct conn *conn, double *out,
				struct dbs_error *err)
{
	bool here = false;
	enum dbs_rc rc = is_here(conn, &here, err);

	*out = HERE;
	return rc || here ? rc : measure_one(conn, out, err);
}

enum dbs_rc links_measure(const struct links *links, double *out,
			  struct dbs_error *err)
{
	double source = 0;
	double target = 0;
	enum dbs_rc rc = measure_side(links->items[0].conn[SOURCE], &source,
				      err);

	if (!rc)
		rc = measure_side(links->items[0].conn[TARGET], &target, err);
	if (!rc)
		*out = source < target ? source : target;
	return rc;
}

enum dbs_rc links_same_server(const struct links *links, bool *out,
			      struct dbs_error *err)
{
	OWNED(mem_drop) char *got = NULL;
	OWNED(mem_drop) char *user = NULL;
	OWNED(mem_drop) char *released = NULL;
	char sql[96];
	const unsigned name = clock_jitter(UINT32_MAX);

	(void)snprintf(sql, sizeof(sql), "SELECT GET_LOCK('dbsync-same-%u', 0)",
		       name);
	enum dbs_rc rc = conn_fetch_text(links->items[0].conn[SOURCE], sql,
					 "1N", &got, err);

	if (rc)
		return rc;
	(void)snprintf(sql, sizeof(sql),
		       "SELECT IS_USED_LOCK('dbsync-same-%u')", name);
	rc = conn_fetch_text(links->items[0].conn[TARGET], sql, "1N", &user,
			     err);
	if (rc)
		return rc;
	*out = user != NULL;
	(void)snprintf(sql, sizeof(sql),
		       "SELECT RELEASE_LOCK('dbsync-same-%u')", name);
	return conn_fetch_text(links->items[0].conn[SOURCE], sql, "1N",
			       &released, err);
}
