/*
 * audience.h - who follows a run: what it is doing, and what it asks.
 *
 * A run prints nothing.  What it has to say goes to one of these, which may be a
 * person at a terminal, a log, or nobody: each function may be NULL, and so may the
 * whole.  Calls come from the thread that runs.
 */
#ifndef DBSYNC_RUN_AUDIENCE_H
#define DBSYNC_RUN_AUDIENCE_H

#include "dbsync/base/buf.h"
#include "dbsync/base/throttle.h"
#include "dbsync/data/walk.h"

struct manifest;
struct sync_run;

struct audience {
	void *self;
	/* Until the next call, walk is what goes on; NULL: nothing of the kind. */
	void (*walks)(void *self, const struct walk *walk);
	/* The same, "writing" rows of meter out of total; words NULL: no more. */
	void (*writes)(void *self, const char *words, const struct meter *meter,
		       uint64_t total);
	/* This may hold the run up; NULL: nothing does. */
	void (*waits)(void *self, struct throttle *throttle);
	/* A plan that is refused, or that is about to be asked about. */
	void (*sees)(void *self, const struct sync_run *run);
	/* Whether there is somebody to ask. */
	bool (*is_there)(void *self);
	bool (*agrees)(void *self, const struct sync_run *run);
	/* What a backup point that is not ours will run, besides its rows. */
	void (*trusts)(void *self, const struct manifest *manifest);
	/*
	 * Where the target is, as words of a command line, in the way in which
	 * the run was told; is_anywhere: for whatever folder.
	 */
	void (*names_target)(void *self, bool is_anywhere, struct buf *out);
};

void audience_walks(const struct audience *audience, const struct walk *walk);
void audience_writes(const struct audience *audience, const char *words,
		     const struct meter *meter, uint64_t total);
void audience_waits(const struct audience *audience, struct throttle *throttle);
void audience_sees(const struct audience *audience, const struct sync_run *run);
bool audience_is_there(const struct audience *audience);
bool audience_agrees(const struct audience *audience,
		     const struct sync_run *run);
void audience_trusts(const struct audience *audience,
		     const struct manifest *manifest);
void audience_names_target(const struct audience *audience, bool is_anywhere,
			   struct buf *out);
#endif
