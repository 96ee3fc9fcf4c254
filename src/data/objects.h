/*
 * objects.h - what the databases of an inventory have besides tables.  Internal
 * to the data floor.
 */
#ifndef DBSYNC_DATA_OBJECTS_H
#define DBSYNC_DATA_OBJECTS_H

#include "inventory.h"

/* The names, of both sides. */
enum dbs_rc objects_list(struct inventory *inventory, const struct link *link,
			 struct database_pair *pair, struct dbs_error *err);

/* How many views are chosen, on both sides together. */
size_t objects_views(const struct walk_request *request,
		     const struct database_pair *pair);

/* Compares them: the inventory's findings, instead of those it had. */
enum dbs_rc objects_find(struct inventory *inventory, const struct link *link,
			 struct dbs_error *err);
#endif
