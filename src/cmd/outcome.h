/*
 * outcome.h - what a command came to: one JSON object (docs/json.md), printed
 * with --json, and kept for those who want it as well (several jobs, the log,
 * metrics, hooks).  Internal to cmd.
 *
 * Of the whole process; commands end one at a time.
 */
#ifndef DBSYNC_CMD_OUTCOME_H
#define DBSYNC_CMD_OUTCOME_H

#include <json-c/json.h>

#include <stdbool.h>

/* Keeps object, which is the caller's no more, and prints it if it is to be. */
void outcome_give(struct json_object *object, bool is_printed);

/* From now on nothing is printed: somebody else will. */
void outcome_collect(bool is_on);

/* The last that was given, NULL: none; the caller's (json_object_put). */
struct json_object *outcome_take(void);
#endif
