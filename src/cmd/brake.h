/*
 * brake.h - the options that keep a run from slowing others down, and what they
 * set in motion.  Internal to cmd.
 *
 * brake_open, the setups of the connections (brake.throttle in them), brake_watch,
 * work, brake_quiet before the progress ends, brake_release after the last
 * connection.
 */
#ifndef DBSYNC_CMD_BRAKE_H
#define DBSYNC_CMD_BRAKE_H

#include "dbsync/cmd/options.h"
#include "dbsync/cmd/progress.h"
#include "dbsync/db/watch.h"

struct brake_options {
	unsigned max_lag_s; /* 0: whatever it is */
	struct vec replicas;
	struct vec max_load;
	const char *pause_file;
	unsigned rate_kb; /* per second; 0: no limit */
	unsigned nice;
};

#define BRAKE_AT(base, field) ((base) + offsetof(struct brake_options, field))

/* clang-format off */
#define BRAKE_ROWS(base) \
	{"max-lag", '\0', OPTION_UNSIGNED, BRAKE_AT(base, max_lag_s), "SECONDS", \
	 "wait while one of --replicas lags by more, or stands", \
	 "Consideration for others", 0, 86400, NULL, NULL}, \
	{"replicas", '\0', OPTION_LIST, BRAKE_AT(base, replicas), \
	 "HOSTS", "of the target, as db3,db4:3307; asked as its user", \
	 NULL, 0, 0, NULL, NULL}, \
	{"max-load", '\0', OPTION_LIST, BRAKE_AT(base, max_load), \
	 "LIMITS", "wait while a status variable of either server is\n" \
	 "above one of these: Threads_running=50", NULL, 0, 0, NULL, NULL}, \
	{"pause-file", '\0', OPTION_TEXT, BRAKE_AT(base, pause_file), "FILE", \
	 "wait while there is this file", NULL, 0, 0, NULL, NULL}, \
	{"rate", '\0', OPTION_MILLIS, BRAKE_AT(base, rate_kb), "MB/S", \
	 "over all connections together, both ways: 2.5", \
	 NULL, 0, 1000000, NULL, NULL}, \
	{"nice", '\0', OPTION_UNSIGNED, BRAKE_AT(base, nice), "N", \
	 "take what others leave of this machine's processor\n" \
	 "and disks (--nice alone: 10)", NULL, 0, 19, NULL, "10"}
/* clang-format on */

void brake_options_defaults(struct brake_options *options);

struct brake {
	struct throttle *throttle; /* NULL: there is nothing to wait for */
	struct watch *watch;
	struct watch_wish wish;
	struct conn_setup sides[2];
	struct watch_load *loads;
	struct dsn *replicas;
	struct conn_setup *setups; /* of the replicas */
	struct progress *progress; /* that it is shown in */
};

/* Options that make no sense: DBS_E_USAGE. */
enum dbs_rc brake_open(const struct brake_options *options,
		       struct progress *progress, struct brake *out,
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
