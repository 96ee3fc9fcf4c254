/*
 * point_show.h - what a rollback of a backup point would run, for people and as
 * JSON.  Internal to cmd.
 */
#ifndef DBSYNC_CMD_POINT_SHOW_H
#define DBSYNC_CMD_POINT_SHOW_H

#include "dbsync/backup/point.h"

#include <json-c/json.h>

/*
 * The statements of its objects, and the definitions that tables go back to,
 * by lines that are safe on a terminal.
 */
void point_show(const struct manifest *manifest,
		void (*line)(void *self, const char *text), void *self);

/* The same, as members "structures" and "objects". */
void point_show_json(const struct manifest *manifest, struct json_object *to);

/* "ours", "foreign", "no" */
const char *point_trust_word(enum backup_trust trust);
#endif
