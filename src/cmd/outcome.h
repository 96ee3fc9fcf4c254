/*
 * outcome.h - what a command came to: one JSON object (docs/json.md), printed
 * with --json, and kept for those who want it as well (several jobs, the log,
 * metrics, hooks).  Internal to cmd.
 */
#ifndef DBSYNC_CMD_OUTCOME_H
#define DBSYNC_CMD_OUTCOME_H

#include <json-c/json.h>

#include <stdbool.h>

/* Begins as {0}. */
struct outcome {
	struct json_object *object; /* the last that was given; NULL: none */
	bool is_collected;          /* nothing is printed: somebody else will */
};

/* Keeps object, which is the caller's no more, and prints it if it is to be. */
void outcome_give(struct outcome *outcome, struct json_object *object,
		  bool is_printed);
void outcome_release(struct outcome *outcome);
#endif
