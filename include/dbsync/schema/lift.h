/*
 * lift.h - foreign keys that stand in the way of a change.
 *
 * Servers refuse to change a column that a foreign key is over, on either side
 * of it, and to drop the key that it leans on.
 */
#ifndef DBSYNC_SCHEMA_LIFT_H
#define DBSYNC_SCHEMA_LIFT_H

#include "dbsync/schema/structure.h"

/*
 * Whether these columns, or a key that begins with them, change; under the
 * names that they have.  To be renamed alone is no change to a foreign key.
 */
bool lift_is_needed(const struct structure *structure,
		    enum server_family family, const char *const *columns,
		    size_t count);
#endif
