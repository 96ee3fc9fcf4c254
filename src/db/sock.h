/* sock.h - the socket below a connection.  Internal to db. */
#ifndef DBSYNC_DB_SOCK_H
#define DBSYNC_DB_SOCK_H

/* A dead peer is noticed within a minute even while we only wait. */
void sock_keep_alive(int fd);
#endif
