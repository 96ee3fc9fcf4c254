/*
 * conn_group.h - the connections of a run, as conn.c keeps them in their
 * group.  Internal to the db floor.  A NULL group is nothing, everywhere.
 */
#ifndef DBSYNC_DB_CONN_GROUP_H
#define DBSYNC_DB_CONN_GROUP_H

#include "dbsync/db/conn.h"

void conn_group_enter(struct conn_group *group, struct conn *conn);
void conn_group_leave(struct conn_group *group, struct conn *conn);
void conn_group_lock(struct conn_group *group);
void conn_group_unlock(struct conn_group *group);

/* Ends what the connection does and shuts its socket; from conn.c. */
void conn_kill(struct conn *conn);
#endif
