/* objects.c - see objects.h. */
#include "objects.h"

enum dbs_rc objects_list(struct inventory *inventory, const struct link *link,
			 struct database_pair *pair, struct dbs_error *err)
{
	const unsigned set = inventory->request->objects;
	enum dbs_rc rc =
		object_list_load(link->conn[SOURCE], pair->name[SOURCE], set,
				 inventory->arena, &pair->objects[SOURCE], err);

	return rc ? rc
		  : object_list_load(link->conn[TARGET], pair->name[TARGET],
				     set, inventory->arena,
				     &pair->objects[TARGET], err);
}

/* What stands behind is_chosen of a comparison. */
struct chooser {
	const struct walk_request *request;
	const char *database; /* of the source, as the user names it */
};

static bool is_chosen(const void *self, const struct object *object)
{
	const struct chooser *chooser = self;

	switch (object->kind) {
	case OBJECT_VIEW:
		return choice_has_table(chooser->request, chooser->database,
					object->name);
	case OBJECT_TRIGGER:
		return choice_has_table(chooser->request, chooser->database,
					object->table);
	case OBJECT_DATABASE:
	case OBJECT_FUNCTION:
	case OBJECT_PROCEDURE:
	case OBJECT_EVENT:
	case OBJECT_KINDS:
		break;
	}
	return true;
}

size_t objects_views(const struct walk_request *request,
		     const struct database_pair *pair)
{
	const struct object_list *both[] = {pair->objects[SOURCE],
					    pair->objects[TARGET]};
	const struct chooser chooser = {request, pair->name[SOURCE]};
	size_t count = 0;

	for (size_t k = 0; k < 2; k++)
		for (size_t i = 0; both[k] && i < both[k]->count; i++)
			count += both[k]->items[i].kind == OBJECT_VIEW &&
				 is_chosen(&chooser, &both[k]->items[i]);
	return count;
}

static enum verdict verdict_of(const struct object_pair *pair)
{
	if (pair->unknown)
		return VERDICT_INCOMPLETE;
	if (!pair->object[TARGET])
		return VERDICT_MISSING_ON_TARGET;
	if (!pair->object[SOURCE])
		return VERDICT_MISSING_ON_SOURCE;
	return object_pair_differs(pair) ? VERDICT_DIFFERENT : VERDICT_EQUAL;
}

static enum dbs_rc find_in(struct inventory *inventory, const struct link *link,
			   const struct database_pair *dbs,
			   struct dbs_error *err)
{
	const struct walk_request *request = inventory->request;
	const struct chooser chooser = {request, dbs->name[SOURCE]};
	const struct objects_request wish = {
		.conn[SOURCE] = link->conn[SOURCE],
		.conn[TARGET] = link->conn[TARGET],
		.list[SOURCE] = dbs->objects[SOURCE],
		.list[TARGET] = dbs->objects[TARGET],
		.model[SOURCE] = dbs->model[SOURCE],
		.model[TARGET] = dbs->model[TARGET],
		.is_chosen = is_chosen,
		.self = &chooser,
		.drops = request->drops_objects,
		.enables_events = request->enables_events,
	};
	const struct object_pair *pairs = NULL;
	size_t count = 0;
	enum dbs_rc rc = cancel_check(request->cancel, err);

	if (!rc)
		rc = objects_compare(&wish, inventory->arena, &pairs, &count,
				     err);
	for (size_t i = 0; !rc && i < count; i++)
		*(struct object_finding *)vec_push(
			&inventory->objects) = (struct object_finding){
			.database[SOURCE] = dbs->name[SOURCE],
			.database[TARGET] = dbs->name[TARGET],
			.verdict = verdict_of(&pairs[i]),
			.pair = &pairs[i],
		};
	return rc;
}

enum dbs_rc objects_find(struct inventory *inventory, const struct link *link,
			 struct dbs_error *err)
{
	const bool is_again = inventory->lists_objects;
	enum dbs_rc rc = DBS_OK;

	if (!choice_has_objects(inventory->request))
		return DBS_OK;
	/* whoever asks once more wants to know what has become of them */
	inventory->lists_objects = true;
	vec_truncate(&inventory->objects, 0);
	for (size_t i = 0; i < inventory->databases.count && !rc; i++) {
		struct database_pair *pair = vec_at(&inventory->databases, i);

		if (is_again)
			rc = objects_list(inventory, link, pair, err);
		if (!rc)
			rc = find_in(inventory, link, pair, err);
	}
	return rc;
}
