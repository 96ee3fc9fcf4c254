/*
 * brake.h - what keeps a run from slowing others down.
 *
 * brake_open, the setups of the connections (brake.throttle in them), brake_watch,
 * work, brake_quiet before the audience leaves, brake_release after the last
 * connection.
 */
#ifndef DBSYNC_RUN_BRAKE_H
#define DBSYNC_RUN_BRAKE_H

#include "dbsync/db/watch.h"
#include "dbsync/run/audience.h"

struct brake_options {
	unsigned max_lag_s; /* 0: whatever it is */
	struct vec replicas;
	struct vec max_load;
	const char *pause_file;
	unsigned rate_kb; /* per second; 0: no limit */
	unsigned nice;
};

void brake_options_defaults(struct brake_options *options);

struct brake {
	struct throttle *throttle; /* NULL: there is nothing to wait for */
	struct watch *watch;
	struct watch_wish wish;
	struct conn_setup sides[2];
	struct watch_load *loads;
	struct dsn *replicas;
	struct conn_setup *setups;       /* of the replicas */
	const struct audience *audience; /* is told of what it waits for */
};

/* What makes no sense: DBS_E_USAGE. */
enum dbs_rc brake_open(const struct brake_options *options,
		       const struct audience *audience, struct brake *out,
		       struct dbs_error *err);
/*
 * Begins to look, where there is anything to look at.  source: NULL when the
 * run has none.  The setups are copied, what they point to is not.
 */
enum dbs_rc brake_watch(struct brake *brake, const struct conn_setup *source,
			const struct conn_setup *target, struct dbs_error *err);
/* Nobody looks any more, nor waits. */
void brake_quiet(struct brake *brake);
void brake_release(struct brake *brake);
#endif
