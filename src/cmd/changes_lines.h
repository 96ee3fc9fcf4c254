/*
 * changes_lines.h - changes as JSON, one object per line (docs/changes.md).
 * Internal to cmd.
 */
#ifndef DBSYNC_CMD_CHANGES_LINES_H
#define DBSYNC_CMD_CHANGES_LINES_H

#include "dbsync/run/changes_job.h"

/* Appends the line, with its end. */
void changes_line(struct buf *out, const struct change_item *item);
#endif
