/*
 * loose.c - see loose.h.
 *
 * A name may also be of what is not in our lists: a view, where views are not
 * compared, or a table that the user may not see.  The servers are asked about
 * these; but they take ORDERS for orders, perhaps, which a pattern does not.
 */
#include "loose.h"

#include "dbsync/base/text.h"
#include "dbsync/schema/load.h"

#include <string.h>

static bool has_other_case(const struct database *database, const char *name)
{
	for (size_t i = 0; i < database->table_count; i++)
		if (text_equal_nocase(database->tables[i].name, name))
			return true;
	return false;
}

/* The part of a name that is of a table of this database. */
static const char *table_part(const char *name, const char *database)
{
	const size_t length = strlen(database);

	return !strncmp(name, database, length) && name[length] == '.'
		       ? name + length + 1
		       : name;
}

static enum dbs_rc find_behind(const struct link *link,
			       const struct database_pair *pair,
			       const char *name, bool *found,
			       struct dbs_error *err)
{
	const char *table = table_part(name, pair->name[SOURCE]);
	enum presence source = PRESENCE_ABSENT;
	enum presence target = PRESENCE_ABSENT;

	if (has_other_case(pair->model[SOURCE], table) ||
	    has_other_case(pair->model[TARGET], table))
		return DBS_OK;
	enum dbs_rc rc = schema_presence(link->conn[SOURCE], pair->name[SOURCE],
					 table, &source, err);

	if (!rc)
		rc = schema_presence(link->conn[TARGET], pair->name[TARGET],
				     table, &target, err);
	*found = *found || source != PRESENCE_ABSENT ||
		 target != PRESENCE_ABSENT;
	return rc;
}

static void note(const struct walk_request *request,
		 const struct loose_patterns *loose, const char *pattern)
{
	if (loose->from)
		talk_note(request->talk, "`%s`: %s: no table fits `%s`",
			  loose->from, loose->option + 2, pattern);
	else
		talk_note(request->talk, "%s: no table fits `%s`",
			  loose->option, pattern);
}

struct checker {
	const struct walk_request *request;
	const struct link *link;
	const struct vec *pairs;
	struct vec *idle;
};

static enum dbs_rc check(const struct checker *checker,
			 const struct loose_patterns *loose,
			 const char *pattern, struct dbs_error *err)
{
	const bool is_name = !text_is_glob(pattern);
	bool found = choice_fits_somewhere(pattern, checker->pairs);
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0;
	     i < checker->pairs->count && is_name && !found && !rc; i++)
		rc = find_behind(checker->link, vec_at(checker->pairs, i),
				 pattern, &found, err);
	if (rc || found)
		return rc;
	if (is_name && !loose->from)
		return choice_no_such_table(loose->option, pattern,
					    checker->pairs, err);
	*(const char **)vec_push(checker->idle) = pattern;
	note(checker->request, loose, pattern);
	return DBS_OK;
}

enum dbs_rc loose_check(const struct walk_request *request,
			const struct link *link, const struct vec *pairs,
			struct vec *idle, struct dbs_error *err)
{
	const struct checker checker = {request, link, pairs, idle};
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; i < request->loose_count && !rc; i++) {
		const struct loose_patterns *loose = &request->loose[i];

		for (size_t k = 0; k < loose->patterns.count && !rc; k++)
			rc = check(&checker, loose, loose->patterns.items[k],
				   err);
	}
	return rc;
}
