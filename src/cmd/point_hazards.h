/*
 * point_hazards.h - what of a backup point reaches further than the tables of its
 * database, for who takes one on trust.  Internal to cmd.
 */
#ifndef DBSYNC_CMD_POINT_HAZARDS_H
#define DBSYNC_CMD_POINT_HAZARDS_H

#include "dbsync/backup/manifest.h"

/*
 * What guards would ask of a run that brought it from a source (foreign-data,
 * definers), and events, which act by themselves: a line for each, safe on a
 * terminal.
 */
void point_hazards(const struct manifest *manifest,
		   void (*line)(void *self, const char *text), void *self);
#endif
