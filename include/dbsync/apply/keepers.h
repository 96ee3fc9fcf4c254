/*
 * keepers.h - the connections to the target that read what a backup point keeps
 * of whole tables: several, when all of them see one moment.
 */
#ifndef DBSYNC_APPLY_KEEPERS_H
#define DBSYNC_APPLY_KEEPERS_H

#include "dbsync/db/conn.h"

struct keepers {
	struct conn **conns;
	size_t count;
};

/* The first of them. */
enum dbs_rc keepers_open(const struct conn_setup *setup,
			 struct keepers *keepers, struct dbs_error *err);
/*
 * Up to wanted in all, each with a view of the same moment (and marked, for
 * snapshot_let_go); where the server does not give that, one is left, without.
 */
enum dbs_rc keepers_share(struct keepers *keepers, size_t wanted,
			  struct dbs_error *err);
void keepers_close(struct keepers *keepers);
#endif
