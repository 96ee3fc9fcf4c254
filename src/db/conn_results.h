/*
 * conn_results.h - results that a server announces and does not give.  Internal
 * to db.
 */
#ifndef DBSYNC_DB_CONN_RESULTS_H
#define DBSYNC_DB_CONN_RESULTS_H

#include "client.h"

/* Of a connection that is open: nothing waits for results in vain. */
void conn_results_guard(MYSQL *mysql);
#endif
