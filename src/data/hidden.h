/*
 * hidden.h - tables and views that a user may not see: nobody can say that
 * there are none.  Internal to the data floor.
 */
#ifndef DBSYNC_DATA_HIDDEN_H
#define DBSYNC_DATA_HIDDEN_H

#include "inventory.h"

/*
 * A finding `*`, incomplete, for each pair of databases of which a user may not
 * see all, unless --tables names what suffices.
 */
enum dbs_rc hidden_find(struct inventory *inventory, const struct link *link,
			struct dbs_error *err);
#endif
