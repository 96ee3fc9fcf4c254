/*
 * rename.h - columns of the target that are the source's under older names.
 *
 * Never guessed: the user says them (--renames).  One is in force as long as
 * the target has the old name and not the new one, and the source the new one
 * and not the old one; so it may be said forever.  Names are compared without
 * case, as columns' are.
 */
#ifndef DBSYNC_SCHEMA_RENAME_H
#define DBSYNC_SCHEMA_RENAME_H

#include "dbsync/schema/definition.h"

struct rename {
	const char *from;
	const char *to;
};

struct renames {
	const struct rename *items;
	size_t count;
};

/* What a column is called afterwards, or was before; the same when in none. */
const char *renames_after(const struct renames *renames, const char *name);
const char *renames_before(const struct renames *renames, const char *name);

/* Several columns, as they are called afterwards. */
const char **renames_all_after(const struct renames *renames,
			       const char *const *names, size_t count,
			       struct arena *arena);

/* The way back. */
struct renames renames_reverse(const struct renames *renames,
			       struct arena *arena);

typedef bool has_column_fn(const void *table, const char *column);

/* Those in force between two tables, whatever these are. */
struct renames renames_in_force(const struct renames *renames,
				has_column_fn *has, const void *have,
				const void *want, struct arena *arena);

/* has_column_fn of struct definition */
bool renames_definition_has(const void *definition, const char *column);

/* An expression, with the names in backquotes that it has afterwards. */
const char *renames_expression(const struct renames *renames,
			       const char *expression, struct arena *arena);

/*
 * The definition as a server that renames shows it; itself when there is
 * nothing to rename.  References of other tables are not in it.
 */
const struct definition *renames_definition(const struct renames *renames,
					    const struct definition *definition,
					    struct arena *arena);
#endif
