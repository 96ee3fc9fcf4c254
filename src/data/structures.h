/*
 * structures.h - the definitions of all tables of an inventory.  Internal to
 * the data floor.
 */
#ifndef DBSYNC_DATA_STRUCTURES_H
#define DBSYNC_DATA_STRUCTURES_H

#include "inventory.h"

/* Of the tables that both sides have: in their jobs' findings. */
enum dbs_rc structures_of_jobs(struct inventory *inventory,
			       const struct links *links,
			       struct dbs_error *err);

/* Of those that only one side has: in the inventory's findings. */
enum dbs_rc structures_of_missing(struct inventory *inventory,
				  const struct links *links,
				  struct dbs_error *err);

/* What a structure makes of the verdict that the rows alone gave. */
void structure_judge(struct finding *finding, struct arena *arena);
#endif
