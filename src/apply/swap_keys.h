/*
 * swap_keys.h - foreign keys that keep the server from swapping tables.
 * Internal to apply.
 *
 * A foreign key of a table that is replaced may have become malformed: its parent
 * was created again without the column, or with another type, while
 * foreign_key_checks was off.  A server then refuses to rename the table, or any
 * that has the parent's name.  Such tables are replaced, so their keys go, as the
 * first step of an ALTER would do it.
 */
#ifndef DBSYNC_APPLY_SWAP_KEYS_H
#define DBSYNC_APPLY_SWAP_KEYS_H

#include "dbsync/plan/stage.h"

#include "ddl.h"

/* Whether that is why a server refused. */
bool swap_keys_are_malformed(const struct dbs_error *err);

/*
 * Drops the foreign keys of all tables that are replaced.  *tried_out: those of
 * the tables of the stage before it may be gone.
 */
enum dbs_rc swap_keys_drop(struct ddl *ddl, const struct stage *stage,
			   size_t *tried_out, struct dbs_error *err);

/* Adds them again, malformed as they are; what cannot be added is noted. */
void swap_keys_return(struct ddl *ddl, const struct stage *stage, size_t tried,
		      const struct talk *talk);
#endif
