/*
 * activity.h - threads of jobs: started, asked to stop, joined.  Internal to serve.
 *
 * Only the service's loop calls these, with the mutex of the board.
 */
#ifndef DBSYNC_SERVE_ACTIVITY_H
#define DBSYNC_SERVE_ACTIVITY_H

#include "board.h"

/* It goes on in its thread; what refuses one counts as a failed attempt. */
void activity_start(struct job *job, enum service_kind kind);
/* Asks it to stop; what waits for a server is ended after a while. */
void activity_stop(struct job *job, enum service_kind kind);
/* A thread that is over is joined, and what it came to noted. */
void activity_look(struct job *job, enum service_kind kind);
#endif
