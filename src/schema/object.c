/*
 * object.c - see object.h.
 *
 *	match by name ─▶ order ─▶ SHOW CREATE ─▶ one form of each ─▶ diff
 *	                                                  └─▶ statements
 *
 * Order: kinds as they are declared; views after those they are made of;
 * triggers of a table as they act; what only the target has at the end of its
 * kind.
 *
 * An event that runs on the source and not on the target is as it should be,
 * unless the caller wants events to run: what fires on two servers does its
 * work twice.
 */
#include "object_parts.h"

#include "dbsync/base/diff.h"
#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/db/quote.h"
#include "dbsync/schema/load.h"
#include "dbsync/schema/token.h"

#include <stdlib.h>
#include <string.h>

struct maker {
	struct object_context context;
	const struct objects_request *request;
	struct arena *arena;
	struct vec pairs; /* struct object_pair */
};

static void release(struct maker *maker)
{
	vec_release(&maker->pairs);
}

/* ------------------------------------------------------------------------
 * Matching
 * --------------------------------------------------------------------- */

static bool same_name(const struct maker *maker, const struct object *a,
		      const struct object *b)
{
	const struct objects_request *request = maker->request;
	const bool folds = request->list[SOURCE]->folds_case ||
			   request->list[TARGET]->folds_case;

	switch (a->kind) {
	case OBJECT_DATABASE:
		return true;
	case OBJECT_VIEW:
	case OBJECT_TRIGGER:
		return folds ? text_equal_nocase(a->name, b->name)
			     : !strcmp(a->name, b->name);
	case OBJECT_FUNCTION:
	case OBJECT_PROCEDURE:
	case OBJECT_EVENT:
	case OBJECT_KINDS:
		break;
	}
	return text_equal_nocase(a->name, b->name);
}

static struct object *find(const struct maker *maker,
			   const struct object_list *list,
			   const struct object *like)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].kind == like->kind &&
		    same_name(maker, &list->items[i], like))
			return &list->items[i];
	return NULL;
}

static bool is_chosen(const struct maker *maker, const struct object *object)
{
	return object->kind == OBJECT_DATABASE || !maker->request->is_chosen ||
	       maker->request->is_chosen(maker->request->self, object);
}

static void add_pair(struct maker *maker, struct object *source,
		     struct object *target)
{
	const struct object *object = source ? source : target;

	*(struct object_pair *)vec_push(&maker->pairs) = (struct object_pair){
		.kind = object->kind,
		.name = object->name,
		.table = object->table,
		.object[SOURCE] = source,
		.object[TARGET] = target,
		.diff = "",
	};
}

/* ------------------------------------------------------------------------
 * Order
 * --------------------------------------------------------------------- */

/* The views of the source in the order in which they are to be made. */
struct views {
	struct maker *maker;
	struct object **items;
	bool *done;
	size_t count;
};

/* Whether a name in the definition of a view is that of another one. */
static bool mentions(const struct views *views, const struct tokens *tokens,
		     const struct object *other)
{
	for (size_t i = 0; i < tokens->count; i++)
		if (tokens->items[i].kind == TOKEN_NAME &&
		    text_equal_nocase(token_name(&tokens->items[i],
						 views->maker->arena),
				      other->name))
			return true;
	return false;
}

/* Those that it is made of come first; done is set before, so cycles end. */
static void add_view(struct views *views, size_t i)
{
	struct object *view = views->items[i];
	struct tokens tokens = {0};
	struct dbs_error err = {0};

	if (views->done[i])
		return;
	views->done[i] = true;
	if (view->create)
		(void)tokens_read(view->create, strlen(view->create),
				  views->maker->arena, &tokens, &err);
	for (size_t k = 0; k < views->count; k++)
		if (!views->done[k] &&
		    mentions(views, &tokens, views->items[k]))
			add_view(views, k);
	add_pair(views->maker, view,
		 find(views->maker, views->maker->request->list[TARGET], view));
}

static int order_triggers(const void *a, const void *b)
{
	const struct object *left = *(struct object *const *)a;
	const struct object *right = *(struct object *const *)b;
	const int tables = strcmp(left->table, right->table);
	const int moments = strcmp(left->moment, right->moment);

	if (tables || moments)
		return tables ? tables : moments;
	return (left->order > right->order) - (left->order < right->order);
}

static enum dbs_rc read_object(struct maker *maker, enum side side,
			       struct object *object, struct dbs_error *err)
{
	const struct objects_request *request = maker->request;

	return !object ? DBS_OK
		       : object_read(request->conn[side],
				     request->list[side]->database, object,
				     maker->arena, err);
}

/* Those of a kind that the source has, read, in their order. */
static enum dbs_rc add_kind(struct maker *maker, enum object_kind kind,
			    struct dbs_error *err)
{
	const struct object_list *list = maker->request->list[SOURCE];
	const struct object_list *targets = maker->request->list[TARGET];
	struct object **items = arena_alloc(maker->arena,
					    (list->count + 1) * sizeof(*items));
	struct views views = {.maker = maker, .items = items};
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; i < list->count && !rc; i++) {
		struct object *object = &list->items[i];

		if (object->kind != kind || !is_chosen(maker, object))
			continue;
		items[views.count++] = object;
		rc = read_object(maker, SOURCE, object, err);
		if (!rc)
			rc = read_object(maker, TARGET,
					 find(maker, targets, object), err);
	}
	if (kind == OBJECT_TRIGGER && views.count)
		qsort(items, views.count, sizeof(*items), order_triggers);
	views.done = arena_alloc(maker->arena, views.count + 1);
	memset(views.done, 0, views.count + 1);
	for (size_t i = 0; i < views.count && !rc; i++) {
		if (kind == OBJECT_VIEW)
			add_view(&views, i);
		else
			add_pair(maker, items[i],
				 find(maker, targets, items[i]));
	}
	return rc;
}

static enum dbs_rc add_surplus(struct maker *maker, enum object_kind kind,
			       struct dbs_error *err)
{
	const struct object_list *list = maker->request->list[TARGET];
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; i < list->count && !rc; i++) {
		struct object *object = &list->items[i];

		if (object->kind != kind || !is_chosen(maker, object) ||
		    find(maker, maker->request->list[SOURCE], object))
			continue;
		rc = read_object(maker, TARGET, object, err);
		add_pair(maker, NULL, object);
	}
	return rc;
}

/* ------------------------------------------------------------------------
 * What cannot be seen
 * --------------------------------------------------------------------- */

static const char *privilege_for(unsigned set)
{
	if (set == OBJECTS_TRIGGERS)
		return "TRIGGER";
	return set == OBJECTS_EVENTS ? "EVENT" : "EXECUTE";
}

/* One line for each kind and side: an empty list is not an answer. */
static void add_hidden(struct maker *maker, enum side side)
{
	static const enum object_kind kinds[] = {OBJECT_PROCEDURE,
						 OBJECT_TRIGGER, OBJECT_EVENT};
	const struct object_list *list = maker->request->list[side];

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		const unsigned set = object_kind_set(kinds[i]);

		if (!(list->hidden & set))
			continue;
		*(struct object_pair *)vec_push(
			&maker->pairs) = (struct object_pair){
			.kind = kinds[i],
			.name = "*",
			.table = "",
			.diff = "",
			.unknown = arena_printf(
				maker->arena,
				"the user of the %s may not see all "
				"of them: it lacks %s on the database",
				side_name(side), privilege_for(set)),
		};
	}
}

/* Why the other side's list does not prove that it has no such object. */
static enum dbs_rc judge_absence(struct maker *maker, struct object_pair *pair,
				 struct dbs_error *err)
{
	const struct objects_request *request = maker->request;
	const bool on_source = pair->object[SOURCE] != NULL;
	const struct object_list *lacks = on_source ? request->list[TARGET]
						    : request->list[SOURCE];
	const struct database *model = on_source ? request->model[TARGET]
						 : request->model[SOURCE];
	const char *side = on_source ? "target" : "source";
	enum presence presence = PRESENCE_ABSENT;
	enum dbs_rc rc = DBS_OK;

	if (lacks->hidden & object_kind_set(pair->kind))
		pair->unknown = arena_printf(
			maker->arena, "the user of the %s may not see it there",
			side);
	if (pair->kind != OBJECT_VIEW)
		return DBS_OK;
	if (model && database_find_table(model, pair->name)) {
		pair->unknown = arena_printf(maker->arena,
					     "on the %s this is a table", side);
		return DBS_OK;
	}
	rc = schema_presence(on_source ? request->conn[TARGET]
				       : request->conn[SOURCE],
			     lacks->database, pair->name, &presence, err);
	if (!rc && presence != PRESENCE_ABSENT)
		pair->unknown = arena_printf(
			maker->arena, "the user of the %s may not see it there",
			side);
	return rc;
}

/* ------------------------------------------------------------------------
 * Triggers in their order
 * --------------------------------------------------------------------- */

static bool is_alike(const struct object *a, const struct object *b)
{
	return a->kind == OBJECT_TRIGGER && b->kind == OBJECT_TRIGGER &&
	       !strcmp(a->table, b->table) && !strcmp(a->moment, b->moment);
}

/* The one that acts last before it, of all or of those that both have. */
static const struct object *acts_before(const struct maker *maker,
					const struct object_list *list,
					const struct object_list *other,
					const struct object *object)
{
	const struct object *found = NULL;

	for (size_t i = 0; i < list->count; i++) {
		const struct object *here = &list->items[i];
		const struct object *there = other ? find(maker, other, here)
						   : here;

		if (is_alike(here, object) && here->order < object->order &&
		    there && is_alike(there, here) &&
		    (!found || found->order < here->order))
			found = here;
	}
	return found;
}

static const char *common_before(const struct maker *maker,
				 const struct object_list *list,
				 const struct object_list *other,
				 const struct object *object)
{
	const struct object *found = object->kind == OBJECT_TRIGGER
					     ? acts_before(maker, list, other,
							   object)
					     : NULL;

	return found ? found->name : "";
}

static struct object_place place_of(const struct maker *maker,
				    const struct object *object)
{
	const struct object_list *sources = maker->request->list[SOURCE];
	const struct object_list *targets = maker->request->list[TARGET];
	struct object_place place = {NULL, NULL};
	const struct object *first = NULL;

	if (object->kind != OBJECT_TRIGGER)
		return place;
	const struct object *previous = acts_before(maker, sources, NULL,
						    object);

	if (previous) {
		place.follows = previous->name;
		return place;
	}
	for (size_t i = 0; i < targets->count; i++) {
		const struct object *there = &targets->items[i];
		const struct object *here = find(maker, sources, there);

		if (is_alike(there, object) && here && here != object &&
		    is_alike(here, object) &&
		    (!first || there->order < first->order))
			first = there;
	}
	place.precedes = first ? first->name : NULL;
	return place;
}

/* ------------------------------------------------------------------------
 * One pair
 * --------------------------------------------------------------------- */

static bool has_user(const struct object_list *list, const char *definer)
{
	for (size_t i = 0; i < list->user_count; i++)
		if (!strcmp(list->users[i], definer))
			return true;
	return false;
}

static void note_source(struct maker *maker, const struct object_pair *pair,
			struct vec *notes)
{
	const struct object *object = pair->object[SOURCE];
	const struct object_list *targets = maker->request->list[TARGET];

	if (object->is_invalid)
		*(const char **)vec_push(notes) =
			"invalid: it refers to something that does not exist, "
			"or that its definer may not use";
	if (*object->definer && targets->users &&
	    !has_user(targets, object->definer))
		*(const char **)vec_push(notes) = arena_printf(
			maker->arena,
			"the definer %s does not exist on the target",
			object->definer);
	if (pair->kind == OBJECT_EVENT && !maker->request->enables_events &&
	    !strcmp(object->status, "ENABLED") &&
	    !object_is_enabled(&maker->context, pair))
		*(const char **)vec_push(notes) =
			"it runs on the source and is disabled on the target";
}

static void settle_notes(struct maker *maker, struct object_pair *pair,
			 const struct vec *notes)
{
	const char **items = arena_alloc(maker->arena,
					 (notes->count + 1) * sizeof(*items));

	if (notes->count)
		memcpy(items, notes->items, notes->count * sizeof(*items));
	pair->notes = items;
	pair->note_count = notes->count;
}

/* Two servers of one family print one query in one way. */
static bool cannot_tell(const struct maker *maker,
			const struct object_pair *pair,
			const struct object_form *want,
			const struct object_form *have)
{
	return pair->kind == OBJECT_VIEW &&
	       conn_server(maker->request->conn[SOURCE])->family !=
		       conn_server(maker->request->conn[TARGET])->family &&
	       !strcmp(want->words, have->words);
}

static void diff_forms(struct maker *maker, struct object_pair *pair,
		       const struct object_form *want,
		       const struct object_form *have)
{
	OWNED(buf_release) struct buf diff = BUF_INIT;

	if (!strcmp(want->text, have->text))
		return;
	diff_unified(&diff, have->text, want->text);
	pair->diff = arena_strdup(maker->arena, diff.data);
	if (cannot_tell(maker, pair, want, have))
		pair->unknown = "the two servers print it in two ways, which "
				"may or may not mean the same";
}

static void compare(struct maker *maker, struct object_pair *pair)
{
	const struct objects_request *request = maker->request;
	OWNED(vec_release) struct vec notes = VEC_INIT(const char *);
	struct object_form want = {0};
	struct object_form have = {0};

	if (pair->object[SOURCE])
		note_source(maker, pair, &notes);
	if (pair->object[TARGET] && pair->object[TARGET]->is_invalid)
		*(const char **)vec_push(&notes) =
			"invalid on the target: it refers to something that "
			"does not exist, or that its definer may not use";
	if (pair->object[SOURCE] && pair->object[SOURCE]->unknown)
		pair->unknown = pair->object[SOURCE]->unknown;
	if (pair->object[TARGET] && pair->object[TARGET]->unknown)
		pair->unknown = pair->object[TARGET]->unknown;
	if (pair->object[SOURCE] && !pair->unknown) {
		object_form(&maker->context, pair, SOURCE,
			    common_before(maker, request->list[SOURCE],
					  request->list[TARGET],
					  pair->object[SOURCE]),
			    &notes, &want);
		pair->unknown = want.unknown;
	}
	if (pair->object[SOURCE] && pair->object[TARGET] && !pair->unknown) {
		object_form(&maker->context, pair, TARGET,
			    common_before(maker, request->list[TARGET],
					  request->list[SOURCE],
					  pair->object[TARGET]),
			    &notes, &have);
		pair->unknown = have.unknown;
		if (!have.unknown)
			diff_forms(maker, pair, &want, &have);
	}
	settle_notes(maker, pair, &notes);
	if (pair->unknown || !object_pair_differs(pair))
		return;
	const struct object_place place =
		place_of(maker, pair->object[SOURCE] ? pair->object[SOURCE]
						     : pair->object[TARGET]);

	/* an invalid one would be refused */
	if (pair->object[SOURCE] && !pair->object[SOURCE]->is_invalid)
		object_make(&maker->context, &want, &place, pair);
	else if (!pair->object[SOURCE] && request->drops)
		object_drop(&maker->context, pair);
}

/* ------------------------------------------------------------------------
 * All
 * --------------------------------------------------------------------- */

static enum dbs_rc collect(struct maker *maker, struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	for (int i = 0; i < OBJECT_KINDS && !rc; i++) {
		const enum object_kind kind = (enum object_kind)i;

		if (!(maker->request->list[SOURCE]->set &
		      object_kind_set(kind)))
			continue;
		rc = add_kind(maker, kind, err);
		if (!rc)
			rc = add_surplus(maker, kind, err);
	}
	for (size_t i = 0; i < maker->pairs.count && !rc; i++) {
		struct object_pair *pair = vec_at(&maker->pairs, i);

		if (!pair->object[SOURCE] || !pair->object[TARGET])
			rc = judge_absence(maker, pair, err);
		if (!rc)
			compare(maker, pair);
	}
	add_hidden(maker, SOURCE);
	add_hidden(maker, TARGET);
	return rc;
}

/* What the target's default is once its own statement has been run. */
static void settle_default(struct maker *maker)
{
	const char *wanted = object_default_collation(
		maker->request->list[SOURCE]);
	const char *nearest = NULL;

	if (charset_has_collation(&maker->context.there, wanted))
		nearest = wanted;
	else
		nearest = charset_nearest(&maker->context.there,
					  charset_of_collation(wanted,
							       maker->arena),
					  wanted, maker->arena);
	maker->context.base_collation =
		nearest && (maker->request->list[SOURCE]->set & OBJECTS_TABLES)
			? nearest
			: object_default_collation(
				  maker->request->list[TARGET]);
}

/* Compact names: SHOW CREATE VIEW leaves out the default database. */
static enum dbs_rc use(struct conn *conn, const char *database,
		       struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;

	buf_adds(&sql, "USE ");
	quote_name(&sql, database);
	return conn_run(conn, sql.data, err);
}

enum dbs_rc objects_compare(const struct objects_request *request,
			    struct arena *arena, const struct object_pair **out,
			    size_t *count_out, struct dbs_error *err)
{
	OWNED(release) struct maker maker = {
		.context = {.request = request, .arena = arena},
		.request = request,
		.arena = arena,
		.pairs = VEC_INIT(struct object_pair),
	};
	enum dbs_rc rc = collations_load(request->conn[TARGET], arena,
					 &maker.context.there, err);

	if (!rc)
		rc = use(request->conn[SOURCE], request->list[SOURCE]->database,
			 err);
	if (!rc && *object_default_collation(request->list[TARGET]))
		rc = use(request->conn[TARGET], request->list[TARGET]->database,
			 err);
	settle_default(&maker);
	if (!rc)
		rc = collect(&maker, err);
	if (rc)
		return rc;
	struct object_pair *pairs = arena_alloc(arena, (maker.pairs.count + 1) *
							       sizeof(*pairs));

	if (maker.pairs.count)
		memcpy(pairs, maker.pairs.items,
		       maker.pairs.count * sizeof(*pairs));
	*out = pairs;
	*count_out = maker.pairs.count;
	return DBS_OK;
}

bool object_pair_differs(const struct object_pair *pair)
{
	return *pair->diff || (!pair->object[SOURCE] !=
			       !pair->object[TARGET]); /* one side alone */
}
