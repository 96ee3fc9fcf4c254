/* hidden.c - see hidden.h. */
#include "hidden.h"

#include "dbsync/schema/load.h"

static bool is_asked_for(const struct walk_request *request)
{
	return choice_has_tables(request) ||
	       (choice_has_objects(request) &&
		(request->objects & OBJECTS_VIEWS));
}

static void add_finding(struct inventory *inventory,
			const struct database_pair *pair, const char *whose)
{
	struct finding *finding = vec_push(&inventory->findings);

	*finding = (struct finding){
		.database[SOURCE] = pair->name[SOURCE],
		.database[TARGET] = pair->name[TARGET],
		.table = "*",
		.key = "rows",
		.verdict = VERDICT_INCOMPLETE,
		.skipped = arena_printf(
			inventory->arena,
			"the user of the %s may not see all tables: SELECT on "
			"the whole database is missing; --tables with their "
			"names says which are wanted",
			whose),
	};
}

static enum dbs_rc look_at(struct inventory *inventory, const struct link *link,
			   const struct database_pair *pair,
			   struct dbs_error *err)
{
	bool source = false;
	bool target = false;
	enum dbs_rc rc = schema_shows_all(link->conn[SOURCE],
					  pair->name[SOURCE], &source, err);

	if (!rc)
		rc = schema_shows_all(link->conn[TARGET], pair->name[TARGET],
				      &target, err);
	if (rc || (source && target))
		return rc;
	add_finding(inventory, pair,
		    source   ? "target"
		    : target ? "source"
			     : "source and of the target");
	return DBS_OK;
}

enum dbs_rc hidden_find(struct inventory *inventory, const struct link *link,
			struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	if (!is_asked_for(inventory->request))
		return DBS_OK;
	for (size_t i = 0; i < inventory->databases.count && !rc; i++) {
		const struct database_pair *pair = vec_at(&inventory->databases,
							  i);

		if (!choice_names_all(inventory->request, pair))
			rc = look_at(inventory, link, pair, err);
	}
	return rc;
}
