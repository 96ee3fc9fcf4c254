/*
 * links.h - the connections of workers: a pair for each, opened at the same
 * time, and fewer when a server has no more to give.
 */
#ifndef DBSYNC_DATA_LINKS_H
#define DBSYNC_DATA_LINKS_H

#include "dbsync/data/subject.h"

/* Bytes per second; below that digests of servers are tried first. */
enum { LINKS_FAST = 50 * 1000 * 1000 };

struct links {
	struct conn_setup setup[SIDES];
	struct link *items;
	unsigned count;
};

enum dbs_rc links_open_first(struct links *links, struct dbs_error *err);

/* Opens more, until there are count (or fewer, with a note). */
enum dbs_rc links_open_more(struct links *links, unsigned count,
			    struct dbs_error *err);
/* Gives each link a file for its changes. */
enum dbs_rc links_keep_changes(struct links *links, struct dbs_error *err);
void links_release(struct links *links);

/* The connections of one side; mem_drop the array. */
struct conn **links_side(const struct links *links, enum side side);

/* Bytes per second of the slower side, from a small transfer; 0: unknown. */
enum dbs_rc links_measure(const struct links *links, double *out,
			  struct dbs_error *err);

/* Whether both ends are one and the same server. */
enum dbs_rc links_same_server(const struct links *links, bool *out,
			      struct dbs_error *err);
#endif
