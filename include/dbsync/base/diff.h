/*
 * diff.h - two texts, line by line, in the form of diff -u.
 *
 * Pure.  Texts of some thousand lines: definitions of tables, not files.
 */
#ifndef DBSYNC_BASE_DIFF_H
#define DBSYNC_BASE_DIFF_H

#include "dbsync/base/buf.h"

/*
 * Appends "@@ … @@" hunks with three lines around each change; nothing when the
 * texts are the same.  Each line ends with a line break, also the last of a
 * text that has none there.
 */
void diff_unified(struct buf *out, const char *before, const char *after);
#endif
