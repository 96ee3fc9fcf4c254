/*
 * undo_line.h - the command that undoes a run, as people can paste it.
 */
#ifndef DBSYNC_CMD_UNDO_LINE_H
#define DBSYNC_CMD_UNDO_LINE_H

#include "sync_run.h"

/*
 * "dbsync rollback FILE" and where the target is, in the way in which the run
 * was told: its URL without the password, its job, or the files.
 */
void undo_line(const struct sync_run *run, const char *backup, struct buf *out);
#endif
