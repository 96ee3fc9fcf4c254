/*
 * report_lines.h - SQL in a report for people.  Internal to cmd.
 */
#ifndef DBSYNC_CMD_REPORT_LINES_H
#define DBSYNC_CMD_REPORT_LINES_H

#include <stdio.h>

/* Each line of text, safe for a terminal and behind indent; end closes it. */
void report_lines(FILE *to, const char *indent, const char *text,
		  const char *end);
/* The same of a diff, painted where that is possible. */
void report_diff(FILE *to, const char *indent, const char *text);
#endif
