/* away.c - see away.h. */
#include "dbsync/apply/away.h"

#include "dbsync/apply/remake.h"
#include "dbsync/base/own.h"
#include "dbsync/db/quote.h"
#include "dbsync/schema/object.h"

#include <string.h>

static bool is_in(const struct manifest *manifest,
		  const struct manifest_object *object)
{
	for (size_t i = 0; manifest && i < manifest->object_count; i++)
		if (!strcmp(manifest->objects[i].database, object->database) &&
		    !strcmp(manifest->objects[i].kind, object->kind) &&
		    !strcmp(manifest->objects[i].name, object->name))
			return true;
	return false;
}

static struct reshape_object away_of(const struct manifest_object *object)
{
	static const char *const notes[] = {"missing since a run was "
					    "interrupted"};
	const struct object_kept kept = {
		.kind = OBJECT_TRIGGER,
		.name = object->name,
		.create = object->before,
		.base_collation = object->collation,
		.statements = object->statements.items,
		.statement_count = object->statements.count,
	};

	return (struct reshape_object){
		.database = object->database,
		.kind = OBJECT_TRIGGER,
		.name = object->name,
		.table = object->table,
		.statements = kept.statements,
		.statement_count = kept.statement_count,
		.base_collation = kept.base_collation,
		.notes = notes,
		.note_count = 1,
		.kept = kept,
		.is_carried = true,
		.is_disarmed = true,
		.was_away = true,
	};
}

enum presence {
	AWAY_MISSING,
	AWAY_THERE, /* as it was */
	AWAY_OTHER, /* another of its name */
};

/* A table, or its database, that somebody has dropped since. */
static enum dbs_rc has_table(struct conn *conn,
			     const struct manifest_object *object, bool *out,
			     struct dbs_error *err)
{
	enum { NO_SUCH_DATABASE = 1049, NO_SUCH_TABLE = 1146 };
	OWNED(buf_release) struct buf sql = BUF_INIT;

	buf_adds(&sql, "SELECT 1 FROM ");
	quote_table(&sql, object->database, object->table);
	buf_adds(&sql, " LIMIT 0");
	enum dbs_rc rc = conn_run(conn, sql.data, err);

	*out = !rc;
	if (!rc || (err->server_errno != NO_SUCH_TABLE &&
		    err->server_errno != NO_SUCH_DATABASE))
		return rc;
	dbs_error_clear(err);
	return DBS_OK;
}

static enum dbs_rc look(struct conn *conn, const struct manifest_object *object,
			struct arena *arena, enum presence *out,
			struct dbs_error *err)
{
	struct reshape_object now = {
		.database = object->database,
		.kind = OBJECT_TRIGGER,
		.name = object->name,
		.table = object->table,
	};
	struct reshape alone = {
		.arena = arena, .objects = &now, .object_count = 1};
	enum dbs_rc rc = remake_keep(conn, &alone, err);

	*out = rc || !now.kept.create                     ? AWAY_MISSING
	       : !strcmp(now.kept.create, object->before) ? AWAY_THERE
							  : AWAY_OTHER;
	return rc;
}

static bool is_wanted(const struct away_wish *wish,
		      const struct manifest_object *object)
{
	return object->before &&
	       object_kind_of(object->kind) == OBJECT_TRIGGER &&
	       !is_in(wish->but, object) &&
	       (!wish->databases ||
		text_list_has(wish->databases, object->database));
}

static bool is_on(const struct manifest_object *a,
		  const struct manifest_object *b)
{
	return !strcmp(a->database, b->database) && !strcmp(a->table, b->table);
}

/* Whether one of the same table is missing. */
static bool lacks_any(const struct away_wish *wish, const enum presence *found,
		      const struct manifest_object *object)
{
	const struct manifest *before = wish->before;

	for (size_t i = 0; i < before->object_count; i++)
		if (is_wanted(wish, &before->objects[i]) &&
		    found[i] == AWAY_MISSING &&
		    is_on(&before->objects[i], object))
			return true;
	return false;
}

static enum dbs_rc look_at_all(struct conn *conn, const struct away_wish *wish,
			       struct arena *arena, enum presence *found,
			       struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; i < wish->before->object_count && !rc; i++) {
		const struct manifest_object *object =
			&wish->before->objects[i];
		bool has = true;

		found[i] = AWAY_OTHER;
		if (!is_wanted(wish, object))
			continue;
		rc = has_table(conn, object, &has, err);
		if (!rc && has)
			rc = look(conn, object, arena, &found[i], err);
		else if (!rc && wish->talk)
			talk_note(wish->talk,
				  "the trigger `%s`.`%s` is not restored: its "
				  "table is gone",
				  object->database, object->name);
	}
	return rc;
}

enum dbs_rc away_collect(struct conn *conn, const struct away_wish *wish,
			 struct reshape *reshape, struct dbs_error *err)
{
	const struct manifest *before = wish->before;
	enum presence *found = arena_alloc(
		reshape->arena, (before->object_count + 1) * sizeof(*found));
	enum dbs_rc rc = look_at_all(conn, wish, reshape->arena, found, err);

	for (size_t i = 0; i < before->object_count && !rc; i++) {
		const struct manifest_object *object = &before->objects[i];
		const struct reshape_object away = away_of(object);

		if (is_wanted(wish, object) && found[i] != AWAY_OTHER &&
		    lacks_any(wish, found, object))
			reshape_add_object(reshape, &away);
	}
	return rc;
}

enum dbs_rc away_return(const struct reform_request *request,
			struct dbs_error *err)
{
	const struct reshape *reshape = request->reshape;
	OWNED(mem_drop) struct reform_result *made =
		mem_zero(reshape->object_count + 1, sizeof(*made));
	enum dbs_rc rc = remake_return(request, made, err);

	for (size_t i = 0; i < reshape->object_count && !rc; i++)
		if (!made[i].steps_done)
			rc = dbs_fail(err, DBS_E_REFUSED,
				      "trigger `%s`.`%s` cannot be made: %s",
				      reshape->objects[i].database,
				      reshape->objects[i].name,
				      made[i].error.text);
	return rc;
}
