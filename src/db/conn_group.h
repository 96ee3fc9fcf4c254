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

/*
 * From conn.c.  conn_shut, under the group's lock, shuts the socket and gives
 * the id of the session (0: none); conn_kill_queries ends what sessions do,
 * from a connection of its own, and gives up after a second.
 */
uint64_t conn_shut(struct conn *conn);
void conn_kill_queries(const struct dsn *victims, const uint64_t *ids,
		       size_t count);
#endif
