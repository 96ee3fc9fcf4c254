/*
 * state_place.h - where state and locks are when no --state-dir says so.
 *
 * A folder with a .env or scripts/sync-config.json has its own, in sync/.
 * From anywhere else there is one place for each user: $XDG_STATE_HOME/dbsync,
 * the $STATE_DIRECTORY of a service, ~/.local/state/dbsync, /var/lib/dbsync; the
 * first that can be written.  Where none can, sync/ it is.
 */
#ifndef DBSYNC_RUN_STATE_PLACE_H
#define DBSYNC_RUN_STATE_PLACE_H

/* mem_drop both. */
char *state_place(void);
/* The one place of this user; NULL: there is none. */
char *state_place_fixed(void);
#endif
