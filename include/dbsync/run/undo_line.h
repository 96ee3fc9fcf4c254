/*
 * undo_line.h - the command that undoes a run, as people can paste it.
 */
#ifndef DBSYNC_RUN_UNDO_LINE_H
#define DBSYNC_RUN_UNDO_LINE_H

#include "dbsync/run/sync_run.h"

struct undo_wish {
	const char *backup;    /* path of the backup point */
	bool is_anywhere;      /* to be pasted in whatever folder */
	bool is_forced;        /* with --force */
	bool takes_any_server; /* with --any-server */
	bool takes_unsigned;   /* with --trust-file */
};

/*
 * "dbsync rollback FILE" and where the target is, in the way in which the run
 * was told: its URL without the password, its job, or the files; and folders
 * that are not the usual ones.
 */
void undo_line(const struct sync_run *run, const struct undo_wish *wish,
	       struct buf *out);

/*
 * What undoes this run; backup is NULL when it has no backup point.  Triggers that
 * are let fire may make rows other than the run writes them: a rollback takes such
 * rows for somebody else's and needs --force then, unless the run has seen that all
 * is as on the source.
 */
struct undo_wish undo_wish_of(const struct sync_run *run);
#endif
