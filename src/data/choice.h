/*
 * choice.h - which databases and tables a walk is about.  Internal to data.
 *
 * Patterns are globs over `table` or `database.table` (the source's name).
 * Words of the user that fit nothing are errors that name what is nearest: a
 * misspelt table would otherwise silently not be compared.
 */
#ifndef DBSYNC_DATA_CHOICE_H
#define DBSYNC_DATA_CHOICE_H

#include "dbsync/base/vec.h"
#include "dbsync/data/subject.h"
#include "dbsync/data/walk_request.h"
#include "dbsync/schema/model.h"
#include "dbsync/schema/object.h"
#include "dbsync/schema/rename.h"

struct database_pair {
	const char *name[SIDES];
	const struct database *model[SIDES]; /* set once loaded */
	struct object_list *objects[SIDES];  /* NULL: not asked for */
	bool *used[SIDES]; /* of each table of the model: it has a job */
};

/* Resolves request->databases into out (of struct database_pair), in arena. */
enum dbs_rc choose_databases(const struct walk_request *request,
			     struct conn *source, struct arena *arena,
			     struct vec *out, struct dbs_error *err);

/* Whether a pattern fits a table, or a view, of either side of any pair. */
bool choice_fits_somewhere(const char *pattern, const struct vec *pairs);

/* DBS_E_USAGE, with the nearest name that there is. */
enum dbs_rc choice_no_such_table(const char *option, const char *pattern,
				 const struct vec *pairs,
				 struct dbs_error *err);

/* Whether the table is asked for and not excluded. */
bool choice_has_table(const struct walk_request *request, const char *database,
		      const char *table);

/*
 * Whether --tables has names only, each of which one side shows: then nobody
 * asks for what a user may not see.
 */
bool choice_names_all(const struct walk_request *request,
		      const struct database_pair *pair);

/* Whether tables are to be compared at all, and whether anything else is. */
bool choice_has_tables(const struct walk_request *request);
bool choice_has_objects(const struct walk_request *request);

/* What --renames says of a table, in force or not. */
struct renames choice_renames(const struct walk_request *request,
			      const char *database, const char *table,
			      struct arena *arena);

/* The condition that --where sets for a table; NULL: all rows. */
const char *choice_where(const struct walk_request *request,
			 const char *database, const char *table);

/* Tries each on the tables that it is for: DBS_E_USAGE when it is none there. */
enum dbs_rc choice_try_where(const struct walk_request *request,
			     const struct link *link, const struct vec *pairs,
			     struct dbs_error *err);

/* Checks that every word of the user fits something in pairs. */
enum dbs_rc choice_check(const struct walk_request *request,
			 const struct vec *pairs, struct dbs_error *err);
#endif
