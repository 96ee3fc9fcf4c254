/*
 * object_keep.c - the statements that bring objects back as they are now: for
 * backup points, before they are created again or dropped.
 */
#include "object_parts.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/db/quote.h"

#include <string.h>

struct keeper {
	struct objects_request request;
	struct object_context context;
	const struct object *names; /* that are created again */
	size_t name_count;
};

static struct object *find(const struct object_list *list,
			   const struct object *like)
{
	for (size_t i = 0; i < list->count; i++) {
		struct object *object = &list->items[i];
		const bool is_exact = (like->kind == OBJECT_VIEW ||
				       like->kind == OBJECT_TRIGGER) &&
				      !list->folds_case;

		if (object->kind != like->kind)
			continue;
		if (like->kind == OBJECT_DATABASE ||
		    (is_exact ? !strcmp(object->name, like->name)
			      : text_equal_nocase(object->name, like->name)))
			return object;
	}
	return NULL;
}

static bool is_alike(const struct object *trigger, const struct object *other)
{
	return trigger->kind == OBJECT_TRIGGER &&
	       other->kind == OBJECT_TRIGGER &&
	       !strcmp(other->table, trigger->table) &&
	       !strcmp(other->moment, trigger->moment);
}

/* The trigger that acts right before this one. */
static const char *before(const struct object_list *list,
			  const struct object *trigger)
{
	const struct object *found = NULL;

	for (size_t i = 0; i < list->count; i++) {
		const struct object *other = &list->items[i];

		if (is_alike(trigger, other) && other->order < trigger->order &&
		    (!found || other->order > found->order))
			found = other;
	}
	return found ? found->name : NULL;
}

static bool is_made_anew(const struct keeper *keeper,
			 const struct object *trigger)
{
	for (size_t i = 0; i < keeper->name_count; i++)
		if (keeper->names[i].kind == OBJECT_TRIGGER &&
		    find(keeper->request.list[TARGET], &keeper->names[i]) ==
			    trigger)
			return true;
	return false;
}

/* The first behind it that is there all the time. */
static const char *after(const struct keeper *keeper,
			 const struct object *trigger)
{
	const struct object_list *list = keeper->request.list[TARGET];
	const struct object *found = NULL;

	for (size_t i = 0; i < list->count; i++) {
		const struct object *other = &list->items[i];

		if (is_alike(trigger, other) && other->order > trigger->order &&
		    (!found || other->order < found->order) &&
		    !is_made_anew(keeper, other))
			found = other;
	}
	return found ? found->name : NULL;
}

static void keep_statements(struct object_kept *out,
			    const struct object_pair *pair)
{
	out->statements = pair->statements;
	out->statement_count = pair->statement_count;
}

static void keep_absence(const struct keeper *keeper, const struct object *name,
			 struct object_kept *out)
{
	struct object_pair pair = {
		.kind = name->kind,
		.name = name->name,
		.table = "",
		.object[TARGET] = name,
		.diff = "",
	};

	object_drop(&keeper->context, &pair);
	keep_statements(out, &pair);
}

static void keep_presence(const struct keeper *keeper,
			  const struct object *object, struct object_kept *out)
{
	OWNED(vec_release) struct vec notes = VEC_INIT(const char *);
	const char *previous = before(keeper->request.list[TARGET], object);
	const struct object_place place = {
		previous, previous ? NULL : after(keeper, object)};
	struct object_form form = {0};
	struct object_pair pair = {
		.kind = object->kind,
		.name = object->name,
		.table = object->table,
		.object[SOURCE] = object,
		.object[TARGET] = object,
		.diff = "",
	};

	object_form(&keeper->context, &pair, SOURCE, previous ? previous : "",
		    &notes, &form);
	out->unknown = form.unknown;
	out->base_collation = form.base_collation;
	if (form.unknown)
		return;
	object_make(&keeper->context, &form, &place, &pair);
	keep_statements(out, &pair);
}

static enum dbs_rc keep_one(const struct keeper *keeper,
			    const struct object *name, struct object_kept *out,
			    struct dbs_error *err)
{
	const struct objects_request *request = &keeper->request;
	struct object *object = find(request->list[TARGET], name);
	enum dbs_rc rc = DBS_OK;

	*out = (struct object_kept){
		.kind = name->kind,
		.name = name->name,
		.base_collation = "",
		.order = object ? object->order : 0,
	};
	if (!object) {
		keep_absence(keeper, name, out);
		return DBS_OK;
	}
	if (!object->create && !object->unknown)
		rc = object_read(request->conn[TARGET],
				 request->list[TARGET]->database, object,
				 keeper->context.arena, err);
	if (rc)
		return rc;
	out->unknown = object->unknown;
	out->create = object->kind == OBJECT_DATABASE ? object->collation
						      : object->create;
	if (!object->unknown)
		keep_presence(keeper, object, out);
	return DBS_OK;
}

enum dbs_rc objects_keep(struct conn *conn, struct object_list *list,
			 const struct object *names, size_t count,
			 struct arena *arena, struct object_kept *out,
			 struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	struct keeper keeper = {
		.request = {.conn[SOURCE] = conn,
			    .conn[TARGET] = conn,
			    .list[SOURCE] = list,
			    .list[TARGET] = list,
			    .enables_events = true},
		.context = {.arena = arena,
			    .base_collation = object_default_collation(list)},
		.names = names,
		.name_count = count,
	};
	enum dbs_rc rc = collations_load(conn, arena, &keeper.context.there,
					 err);

	keeper.context.request = &keeper.request;
	buf_adds(&sql, "USE ");
	quote_name(&sql, list->database);
	/* one that is not there yet has nothing either */
	if (!rc && *keeper.context.base_collation)
		rc = conn_run(conn, sql.data, err);
	for (size_t i = 0; i < count && !rc; i++)
		rc = keep_one(&keeper, &names[i], &out[i], err);
	return rc;
}
