/*
 * condition.h - a condition on rows that a user gives (--where).
 *
 * It is put into parentheses and joined with conditions of our own, so it must
 * be one expression: what closes a parenthesis that it did not open, or hides
 * what comes behind it, would change what the statement around it means
 * ("1=1) OR (1=1" read all rows, in every range).
 */
#ifndef DBSYNC_DATA_CONDITION_H
#define DBSYNC_DATA_CONDITION_H

#include "dbsync/base/error.h"

/*
 * What keeps text from being one expression, as far as that can be told
 * without a server; NULL: nothing.  As a server reads it in a session of
 * ours: "…" is a text, and a backslash escapes in it.
 */
const char *condition_fault(const char *text);

/* The same as an error: DBS_E_USAGE. */
enum dbs_rc condition_check(const char *text, struct dbs_error *err);
#endif
