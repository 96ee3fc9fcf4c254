/*
 * watch.h - looks once a second whether others are slowed down, and holds the
 * throttle as long as they are.
 *
 *	the pause file is there      somebody wants us to wait
 *	a replica lags too much      or does not replicate, or cannot be asked
 *	a status variable of a side  is above its limit
 *
 * It has connections of its own, so that it sees what the workers do to the
 * servers; impatient ones, which are cut when the run has ended.  A replica that
 * does not answer is one to wait for.  A side that does not holds nothing up: the
 * workers find that out by themselves.
 *
 * Threads: begin and end by one thread; the looking is done by another, which
 * ends with watch_end.
 */
#ifndef DBSYNC_DB_WATCH_H
#define DBSYNC_DB_WATCH_H

#include "dbsync/db/conn.h"

struct watch_load {
	const char *variable; /* of SHOW GLOBAL STATUS, a number */
	uint64_t limit;
};

struct watch_wish {
	struct throttle *throttle;
	const struct talk *talk;
	const struct conn_setup *sides; /* whose load counts */
	size_t side_count;
	const struct watch_load *loads;
	size_t load_count;
	const struct conn_setup *replicas;
	size_t replica_count;
	unsigned max_lag_s;
	const char *pause_file; /* NULL: none */
};

struct watch;

/*
 * Looks for the first time; wish and all in it is borrowed, but for what the
 * setups say of patience, talk, cancel and group.  What cannot be
 * asked is an error now: a variable that is none, a server that replicates from
 * nobody.  Later it is a reason to wait.
 */
enum dbs_rc watch_begin(const struct watch_wish *wish, struct watch **out,
			struct dbs_error *err);
void watch_end(struct watch **watch);
#endif
