/*
 * relations.h - what hangs on a table besides its columns: foreign keys and
 * triggers.  Needed before rows are written, not for comparing them.
 *
 * Lives in the arena it is loaded into, and is not changed afterwards.
 */
#ifndef DBSYNC_SCHEMA_RELATIONS_H
#define DBSYNC_SCHEMA_RELATIONS_H

#include "dbsync/base/mem.h"
#include "dbsync/db/conn.h"

#include <stdbool.h>
#include <stddef.h>

struct foreign_key {
	const char *name;
	const char *child_database;
	const char *child;
	const char *parent_database;
	const char *parent;
	const char *delete_rule; /* CASCADE, SET NULL, RESTRICT, NO ACTION … */
	const char *update_rule;
	const char **child_columns;
	const char **parent_columns;
	size_t column_count;
};

struct trigger {
	const char *database;
	const char *table;
	const char *name;
	const char *when; /* "BEFORE INSERT" */
};

struct relations {
	const struct foreign_key *foreign_keys;
	size_t foreign_key_count;
	const struct trigger *triggers;
	size_t trigger_count;
};

/*
 * Of all tables of a database: the foreign keys that it has and those (of any
 * database) that refer to it, and its triggers.
 */
enum dbs_rc relations_load(struct conn *conn, const char *database,
			   struct arena *arena, const struct relations **out,
			   struct dbs_error *err);

/* Whether a rule changes rows of the child: CASCADE, SET NULL, SET DEFAULT. */
bool relation_rule_acts(const char *rule);
#endif
