/*
 * paint.h - colours on a terminal, and nowhere else.  Internal to cmd.
 *
 * Nothing is painted in a file or a pipe, with NO_COLOR set (no-color.org), or
 * on a terminal that says it is dumb.  A word says all that its colour says.
 */
#ifndef DBSYNC_CMD_PAINT_H
#define DBSYNC_CMD_PAINT_H

#include "dbsync/base/buf.h"

#include <stdio.h>

enum paint {
	PAINT_NONE,
	PAINT_GOOD,  /* equal, restored; a line that comes */
	PAINT_BAD,   /* different, refused; a line that goes */
	PAINT_DOUBT, /* incomplete, unverified */
	PAINT_FAINT, /* what need not be read */
};

/* What begins and ends it in what goes to that file, or "". */
const char *paint_begin(FILE *to, enum paint paint);
const char *paint_end(FILE *to, enum paint paint);

/* text as it is painted, appended */
void paint_add(struct buf *out, FILE *to, enum paint paint, const char *text);

/* Of a verdict's word, or that of an exit status; none: PAINT_NONE. */
enum paint paint_of(const char *verdict);
/* Of a line of a diff. */
enum paint paint_of_diff(const char *line);
#endif
