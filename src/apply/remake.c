/* remake.c - see remake.h. */
#include "dbsync/apply/remake.h"

#include "ddl.h"

#include "dbsync/base/fault.h"
#include "dbsync/base/own.h"

#include <string.h>

/* ------------------------------------------------------------------------
 * How they are brought back
 * --------------------------------------------------------------------- */

static void take_kept(struct reshape_object *object,
		      const struct object_kept *kept)
{
	object->kept = *kept;
	if (!object->is_carried)
		return;
	object->statements = kept->statements;
	object->statement_count = kept->statement_count;
}

static enum dbs_rc keep_database(struct conn *conn, struct reshape *reshape,
				 const char *database, struct dbs_error *err)
{
	struct arena *arena = reshape->arena;
	const size_t room = reshape->object_count + 1;
	struct object *names = arena_alloc(arena, room * sizeof(*names));
	struct object_kept *kept = arena_alloc(arena, room * sizeof(*kept));
	struct object_list *list = NULL;
	size_t count = 0;

	for (size_t i = 0; i < reshape->object_count; i++)
		if (!strcmp(reshape->objects[i].database, database))
			names[count++] = (struct object){
				.kind = reshape->objects[i].kind,
				.name = reshape->objects[i].name,
				.table = reshape->objects[i].table,
			};
	enum dbs_rc rc = object_list_load(conn, database, OBJECTS_ALL, arena,
					  &list, err);

	if (!rc)
		rc = objects_keep(conn, list, names, count, arena, kept, err);
	count = 0;
	for (size_t i = 0; i < reshape->object_count && !rc; i++)
		if (!strcmp(reshape->objects[i].database, database))
			take_kept(&reshape->objects[i], &kept[count++]);
	return rc;
}

static bool is_first_of_database(const struct reshape *reshape, size_t number)
{
	for (size_t i = 0; i < number; i++)
		if (!strcmp(reshape->objects[i].database,
			    reshape->objects[number].database))
			return false;
	return true;
}

enum dbs_rc remake_keep(struct conn *conn, struct reshape *reshape,
			struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; i < reshape->object_count && !rc; i++)
		if (is_first_of_database(reshape, i))
			rc = keep_database(conn, reshape,
					   reshape->objects[i].database, err);
	for (size_t i = 0; i < reshape->object_count && !rc; i++)
		if (reshape->objects[i].kept.unknown)
			rc = dbs_fail(
				err, DBS_E_REFUSED,
				"%s `%s`.`%s` could not be brought back: "
				"%s; --objects leaves its kind out",
				object_kind_name(reshape->objects[i].kind),
				reshape->objects[i].database,
				reshape->objects[i].name,
				reshape->objects[i].kept.unknown);
	return rc;
}

/* ------------------------------------------------------------------------
 * Making them
 * --------------------------------------------------------------------- */

struct remaker {
	const struct reform_request *request;
	struct reform_result *results;
	struct ddl ddl;
};

static void remaker_release(struct remaker *remaker)
{
	ddl_close(&remaker->ddl);
}

/*
 * What failed half-way has left settings behind, of the session and perhaps of
 * the database, whose default is set back by the last statement.
 */
static enum dbs_rc clean_up(struct remaker *remaker,
			    const struct reshape_object *object,
			    struct dbs_error *err)
{
	const char *last = object->statements[object->statement_count - 1];

	ddl_close(&remaker->ddl);
	enum dbs_rc rc = ddl_open(&remaker->ddl, remaker->ddl.wish, err);

	if (!rc && object->kind != OBJECT_DATABASE &&
	    !strncmp(last, "ALTER DATABASE ", 15))
		rc = conn_run(remaker->ddl.conn, last, err);
	return rc;
}

static enum dbs_rc run_statements(struct remaker *remaker,
				  const struct reshape_object *object,
				  struct dbs_error *err)
{
	enum dbs_rc rc = target_lock_check(remaker->request->lock, err);

	if (!rc)
		rc = cancel_check(remaker->request->target->cancel, err);
	for (size_t i = 0; i < object->statement_count && !rc; i++) {
		fault_here(FAULT_REMAKE_STEP);
		rc = conn_run(remaker->ddl.conn, object->statements[i], err);
	}
	return rc;
}

static enum dbs_rc make(struct remaker *remaker, size_t number,
			struct dbs_error *err)
{
	const struct reshape_object *object =
		&remaker->request->reshape->objects[number];
	struct reform_result *result = &remaker->results[number];
	enum dbs_rc rc = run_statements(remaker, object, err);

	result->steps_done = rc ? 0 : object->statement_count;
	dbs_error_clear(&result->error);
	if (!rc)
		return DBS_OK;
	if (dbs_is_fatal(rc))
		return dbs_error_context(err, "%s `%s`.`%s`",
					 object_kind_name(object->kind),
					 object->database, object->name);
	result->error = *err;
	dbs_error_clear(err);
	return clean_up(remaker, object, err);
}

/* One round over those that are not made yet; how many were made. */
static enum dbs_rc go_round(struct remaker *remaker, bool is_late,
			    size_t *made_out, struct dbs_error *err)
{
	const struct reshape *reshape = remaker->request->reshape;
	enum dbs_rc rc = DBS_OK;

	*made_out = 0;
	for (size_t i = 0; i < reshape->object_count && !rc; i++) {
		const bool is_default = reshape->objects[i].kind ==
					OBJECT_DATABASE;

		if (is_default == is_late || remaker->results[i].steps_done)
			continue;
		rc = make(remaker, i, err);
		*made_out += remaker->results[i].steps_done != 0;
	}
	return rc;
}

enum dbs_rc remake_run(const struct reform_request *request, bool is_late,
		       struct reform_result *results, struct dbs_error *err)
{
	const struct ddl_wish wish = {request->target, request->no_binlog,
				      request->wait_s};
	OWNED(remaker_release) struct remaker remaker = {.request = request,
							 .results = results};
	size_t made = 1;

	if (!request->reshape->object_count)
		return DBS_OK;
	enum dbs_rc rc = ddl_open(&remaker.ddl, &wish, err);

	while (!rc && made)
		rc = go_round(&remaker, is_late, &made, err);
	return rc;
}
