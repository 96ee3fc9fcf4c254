/*
 * signals.h - Ctrl-C and its kin end a run in order, within two seconds.
 *
 * signals_begin blocks SIGINT, SIGTERM and SIGHUP in the calling thread (and
 * so in all that it starts) and leaves them to a thread of its own.  The first
 * one asks the run to stop; what still waits for a server after a moment has
 * its query killed and its connection shut; what hangs even then ends with the
 * process.  A run that owes something (conn_group_owes) has half a minute to
 * take it away, and one that prints its report as much.  A second signal ends it at once.
 */
#ifndef DBSYNC_CMD_SIGNALS_H
#define DBSYNC_CMD_SIGNALS_H

#include "dbsync/base/cancel.h"
#include "dbsync/db/conn.h"

struct signals;

/* DBS_E_RESOURCE: there is nobody to watch, so the run must not begin. */
enum dbs_rc signals_begin(struct cancel *cancel, struct conn_group *group,
			  struct signals **out, struct dbs_error *err);
/* The run is over but for its report, which a signal lets be printed. */
void signals_report(struct signals *signals);
void signals_end(struct signals **signals);

/* Whether the user has asked this process to stop, now or before. */
bool signals_were_sent(void);
#endif
