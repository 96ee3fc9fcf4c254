/* away.c - see away.h. */
#include "dbsync/apply/away.h"

#include "dbsync/apply/remake.h"
#include "dbsync/base/own.h"
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
	static const char *const notes[] = {"away since a run was interrupted"};
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

static enum dbs_rc is_there(struct conn *conn,
			    const struct manifest_object *object,
			    struct arena *arena, bool *out,
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

	*out = !rc && now.kept.create;
	return rc;
}

enum dbs_rc away_collect(struct conn *conn, const struct manifest *before,
			 const struct manifest *but, struct reshape *reshape,
			 struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; i < before->object_count && !rc; i++) {
		const struct manifest_object *object = &before->objects[i];
		const struct reshape_object away = away_of(object);
		bool there = true;

		if (!object->before ||
		    object_kind_of(object->kind) != OBJECT_TRIGGER ||
		    is_in(but, object))
			continue;
		rc = is_there(conn, object, reshape->arena, &there, err);
		if (!rc && !there)
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
