/* sock.h - the socket below a connection.  Internal to db. */
#ifndef DBSYNC_DB_SOCK_H
#define DBSYNC_DB_SOCK_H

/* A dead peer is noticed within a minute even while we only wait. */
void sock_keep_alive(int fd);

/*
 * Ends it from whatever thread: who reads or writes comes back with an error, and
 * closing it later resets it.  Without that a server that was sending learns
 * nothing for a minute (no window, and no reset): its query goes on for so long,
 * and FLUSH TABLES and ALTERs wait behind it.
 */
void sock_cut(int fd);

/* Nothing leaves it any more; what comes can be read. */
void sock_mute(int fd);

/* A descriptor of one's own for the same socket, or -1 and errno. */
int sock_copy(int fd);
#endif
