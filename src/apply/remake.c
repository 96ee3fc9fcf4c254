/* remake.c - see remake.h. */
#include "dbsync/apply/remake.h"

#include "ddl.h"

#include "dbsync/base/fault.h"
#include "dbsync/base/own.h"
#include "dbsync/db/quote.h"
#include "dbsync/schema/load.h"

#include <string.h>

/* ------------------------------------------------------------------------
 * How they are brought back
 * --------------------------------------------------------------------- */

/* One that is dropped has to be made first. */
static void keep_unmade(const struct conn *conn, struct arena *arena,
			struct reshape_object *object)
{
	const char **statements = arena_alloc(arena, sizeof(*statements));

	statements[0] = object_create_sql(conn_server(conn), object->database,
					  object->kept.create, arena);
	object->kept.statements = statements;
	object->kept.statement_count = 1;
}

static void take_kept(struct reshape_object *object,
		      const struct object_kept *kept)
{
	object->kept = *kept;
	if (!object->is_carried)
		return;
	object->statements = kept->statements;
	object->statement_count = kept->statement_count;
	object->base_collation = kept->base_collation;
}

/* Whether it is to be read how it is brought back. */
static bool is_read(const struct reshape_object *object, const char *database)
{
	return !object->was_away && !strcmp(object->database, database);
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
		if (is_read(&reshape->objects[i], database))
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
		if (is_read(&reshape->objects[i], database))
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
		if (reshape->objects[i].is_unmade &&
		    reshape->objects[i].kept.create)
			keep_unmade(conn, reshape->arena, &reshape->objects[i]);
	for (size_t i = 0; i < reshape->object_count && !rc; i++)
		if (reshape->objects[i].kept.unknown)
			rc = dbs_fail(
				err, DBS_E_REFUSED,
				"%s `%s`.`%s` could not be restored: %s; "
				"--objects leaves its kind out",
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
	bool is_return;         /* as they were, those that are away */
	struct text_list alone; /* statements of one, for once; none: its own */
	const char *back; /* sets the default that is changed back, or NULL */
	bool has_noted;   /* a default that is changed */
	bool has_left;    /* one that could not be set back */
	struct ddl ddl;
};

static void remaker_release(struct remaker *remaker)
{
	ddl_close(&remaker->ddl);
}

static struct text_list statements_of(const struct remaker *remaker,
				      const struct reshape_object *object)
{
	if (remaker->alone.count)
		return remaker->alone;
	return remaker->is_return
		       ? (struct text_list){object->kept.statements,
					    object->kept.statement_count}
		       : (struct text_list){object->statements,
					    object->statement_count};
}

/* That of the database while it is made; "": the statements see to it. */
static const char *default_of(const struct remaker *remaker,
			      const struct reshape_object *object)
{
	const char *found = remaker->is_return ? object->kept.base_collation
					       : object->base_collation;

	return found && object->kind != OBJECT_DATABASE ? found : "";
}

/* The statement that sets the default back which this one changes, or NULL. */
static const char *back_of(const struct reshape_object *object,
			   const struct text_list *statements, size_t number,
			   struct arena *arena)
{
	const char *last = statements->items[statements->count - 1];

	return object->kind != OBJECT_DATABASE &&
			       object_default_of(last, arena) &&
			       number + 1 < statements->count &&
			       object_default_of(statements->items[number],
						 arena)
		       ? last
		       : NULL;
}

/* Noted before it is done: a death may come at any time. */
static enum dbs_rc change_default(struct remaker *remaker,
				  const struct reshape_object *object,
				  const char *sql, const char *back,
				  struct dbs_error *err)
{
	const struct default_notes *notes = &remaker->request->defaults;
	struct arena *arena = remaker->request->reshape->arena;
	const struct default_change change = {
		.database = object->database,
		.was = object_default_of(back, arena),
		.meanwhile = object_default_of(sql, arena),
	};
	enum dbs_rc rc = notes->change(notes->self, &change, err);

	if (rc)
		return rc;
	remaker->has_noted = true;
	remaker->back = back;
	rc = ddl_run_as_is(&remaker->ddl, sql, err);
	fault_here(FAULT_REMAKE_DEFAULT);
	return rc;
}

/*
 * After a failure, whatever it is, on a connection of its own: the other may be
 * gone, or stopped, or still at work.
 */
static void set_back(struct remaker *remaker,
		     const struct reshape_object *object)
{
	const struct conn_setup setup = conn_setup_cleaning(
		remaker->request->target);
	struct ddl_wish wish = *remaker->ddl.wish;
	OWNED(ddl_close) struct ddl ddl = {0};
	struct dbs_error err = {0};

	if (!remaker->back)
		return;
	ddl_close(&remaker->ddl);
	wish.setup = &setup;
	enum dbs_rc rc = ddl_open(&ddl, &wish, &err);

	if (!rc)
		rc = ddl_run_as_is(&ddl, remaker->back, &err);
	remaker->has_left = remaker->has_left || rc;
	if (rc)
		talk_note(setup.talk,
			  "the default of the database `%s` was changed while "
			  "one of its objects was created, and is not restored "
			  "(restore it with: %s): %s",
			  object->database, remaker->back, err.text);
	remaker->back = NULL;
}

/* What failed half-way has left settings behind. */
static enum dbs_rc open_again(struct remaker *remaker, struct dbs_error *err)
{
	ddl_close(&remaker->ddl);
	return ddl_open(&remaker->ddl, remaker->ddl.wish, err);
}

static enum dbs_rc run_statements(struct remaker *remaker,
				  const struct reshape_object *object,
				  struct dbs_error *err)
{
	const struct text_list statements = statements_of(remaker, object);
	struct arena *arena = remaker->request->reshape->arena;
	const bool skips = *default_of(remaker, object) != '\0';
	/* a stop has cut the lock's connection, too; its file is still ours */
	enum dbs_rc rc = remaker->is_return
				 ? DBS_OK
				 : target_lock_check(remaker->request->lock,
						     err);

	if (!rc)
		rc = cancel_check(remaker->request->target->cancel, err);
	for (size_t i = 0; i < statements.count && !rc; i++) {
		const char *sql = statements.items[i];

		if (skips && object_default_of(sql, arena))
			continue;
		const char *back = back_of(object, &statements, i, arena);

		fault_here(FAULT_REMAKE_STEP);
		rc = back ? change_default(remaker, object, sql, back, err)
			  : ddl_run_as_is(&remaker->ddl, sql, err);
	}
	if (!rc && !skips)
		remaker->back = NULL;
	return rc;
}

/* The database gets a default for as long as one of its objects is made. */
static enum dbs_rc run_under(struct remaker *remaker,
			     const struct reshape_object *object,
			     const char *collation, struct dbs_error *err)
{
	struct arena *arena = remaker->request->reshape->arena;
	const char *now = NULL;
	enum dbs_rc rc = object_default_read(
		remaker->ddl.conn, object->database, arena, &now, err);

	if (rc || !strcmp(now, collation))
		return rc ? rc : run_statements(remaker, object, err);
	const struct server *server = conn_server(remaker->ddl.conn);

	rc = change_default(
		remaker, object,
		object_default_sql(server, object->database, collation, arena),
		object_default_sql(server, object->database, now, arena), err);
	if (!rc)
		rc = run_statements(remaker, object, err);
	if (!rc)
		rc = conn_run(remaker->ddl.conn, remaker->back, err);
	if (!rc)
		remaker->back = NULL;
	return rc;
}

/* Nothing that the user sees, and nothing that may be hidden. */
static enum dbs_rc is_empty(struct remaker *remaker, const char *database,
			    bool *out, struct dbs_error *err)
{
	struct arena *arena = remaker->request->reshape->arena;
	struct conn *conn = remaker->ddl.conn;
	const struct database *model = NULL;
	struct object_list *list = NULL;
	bool shows = false;
	enum dbs_rc rc = schema_load(conn, database, arena, &model, err);

	if (!rc)
		rc = object_list_load(conn, database, OBJECTS_ALL, arena, &list,
				      err);
	if (!rc)
		rc = schema_shows_all(conn, database, &shows, err);
	/* its defaults are an object */
	*out = !rc && shows && !model->table_count && list->count <= 1 &&
	       !list->hidden;
	return rc;
}

static enum dbs_rc unmake(struct remaker *remaker,
			  const struct reshape_object *object,
			  struct dbs_error *err)
{
	const struct talk *talk = remaker->request->target->talk;
	OWNED(buf_release) struct buf sql = BUF_INIT;
	bool empty = false;
	enum dbs_rc rc = target_lock_check(remaker->request->lock, err);

	if (!rc)
		rc = is_empty(remaker, object->database, &empty, err);
	if (!rc && !empty)
		talk_note(talk,
			  "the database `%s`, which the run made, is not empty "
			  "(or not all of it is shown to this user): it stays",
			  object->database);
	if (rc || !empty)
		return rc;
	buf_adds(&sql, "DROP DATABASE ");
	quote_name(&sql, object->database);
	buf_addf(&sql, " /* dbsync %s */", remaker->request->run);
	fault_here(FAULT_REMAKE_STEP);
	return ddl_run_as_is(&remaker->ddl, sql.data, err);
}

static enum dbs_rc run_object(struct remaker *remaker,
			      const struct reshape_object *object,
			      struct dbs_error *err)
{
	const char *collation = default_of(remaker, object);

	if (object->is_unmade)
		return unmake(remaker, object, err);
	return *collation ? run_under(remaker, object, collation, err)
			  : run_statements(remaker, object, err);
}

/* Without its database nothing else is available. */
static bool ends_run(const struct reshape_object *object, enum dbs_rc rc)
{
	return dbs_is_fatal(rc) || (object->kind == OBJECT_DATABASE &&
				    !object->kept.create && !object->is_unmade);
}

static enum dbs_rc make(struct remaker *remaker, size_t number,
			struct dbs_error *err)
{
	const struct reshape_object *object =
		&remaker->request->reshape->objects[number];
	struct reform_result *result = &remaker->results[number];
	enum dbs_rc rc = run_object(remaker, object, err);

	result->steps_done = rc ? 0 : statements_of(remaker, object).count;
	dbs_error_clear(&result->error);
	if (!rc)
		return DBS_OK;
	set_back(remaker, object);
	if (ends_run(object, rc))
		return dbs_error_context(err, "%s `%s`.`%s`",
					 object_kind_name(object->kind),
					 object->database, object->name);
	result->error = *err;
	dbs_error_clear(err);
	return open_again(remaker, err);
}

static bool is_asked(const struct remaker *remaker,
		     const struct reshape_object *object, bool is_late)
{
	if (remaker->is_return)
		return object->is_disarmed && object->kept.create;
	/* one that has never been away */
	if (object->is_carried && object->is_disarmed && !object->was_away &&
	    !remaker->request->has_disarmed)
		return false;
	return (object->kind != OBJECT_DATABASE || object->is_unmade) ==
	       is_late;
}

/* One round over those that are not made yet; how many were made. */
static enum dbs_rc go_round(struct remaker *remaker, bool is_late,
			    size_t *made_out, struct dbs_error *err)
{
	const struct reshape *reshape = remaker->request->reshape;
	enum dbs_rc rc = DBS_OK;

	*made_out = 0;
	for (size_t i = 0; i < reshape->object_count && !rc; i++) {
		if (!is_asked(remaker, &reshape->objects[i], is_late) ||
		    remaker->results[i].steps_done)
			continue;
		rc = make(remaker, i, err);
		*made_out += remaker->results[i].steps_done != 0;
	}
	return rc;
}

/* ------------------------------------------------------------------------
 * Triggers whose neighbours are not there
 *
 * A trigger that comes says beside which other it acts.  Where all of a table
 * are away, the first may be to come before one that waits for it, and one may
 * be to follow what goes for good.  When nothing else can be made, such a one
 * is made without a neighbour.
 * --------------------------------------------------------------------- */

static bool lacks_neighbour(const struct dbs_error *err)
{
	enum { MYSQL_NO_SUCH_TRIGGER = 3011, MARIADB_NO_SUCH_TRIGGER = 4031 };

	return err->server_errno == MYSQL_NO_SUCH_TRIGGER ||
	       err->server_errno == MARIADB_NO_SUCH_TRIGGER;
}

static bool find_neighbour(const struct remaker *remaker, size_t number,
			   struct object_neighbour *out)
{
	const struct reshape *reshape = remaker->request->reshape;
	const struct text_list statements =
		statements_of(remaker, &reshape->objects[number]);

	for (size_t i = 0; i < statements.count; i++)
		if (!strncmp(statements.items[i], "CREATE ", 7))
			return object_neighbour(statements.items[i],
						reshape->arena, out);
	return false;
}

/* Whether its neighbour is one that is yet to be made. */
static bool is_waiting(const struct remaker *remaker, size_t number,
		       const char *neighbour)
{
	const struct reshape *reshape = remaker->request->reshape;

	for (size_t i = 0; i < reshape->object_count; i++) {
		const struct reshape_object *object = &reshape->objects[i];
		OWNED(buf_release) struct buf name = BUF_INIT;

		if (object->kind != OBJECT_TRIGGER ||
		    remaker->results[i].steps_done ||
		    strcmp(object->database,
			   reshape->objects[number].database) != 0)
			continue;
		quote_name(&name, object->name);
		if (!strcmp(name.data, neighbour))
			return true;
	}
	return false;
}

/* The best of them: whose neighbour will not come, else who comes before it. */
static bool find_stuck(const struct remaker *remaker, size_t *number_out)
{
	const struct reshape *reshape = remaker->request->reshape;
	int best = 0;

	for (size_t i = 0; i < reshape->object_count; i++) {
		struct object_neighbour neighbour;
		int rank = 1;

		if (remaker->results[i].steps_done ||
		    !lacks_neighbour(&remaker->results[i].error) ||
		    !find_neighbour(remaker, i, &neighbour))
			continue;
		if (!is_waiting(remaker, i, neighbour.name))
			rank = 3;
		else if (!neighbour.follows)
			rank = 2;
		if (rank > best)
			*number_out = i;
		best = rank > best ? rank : best;
	}
	return best > 0;
}

static struct text_list without_neighbour(const struct remaker *remaker,
					  size_t number)
{
	const struct reshape *reshape = remaker->request->reshape;
	const struct text_list all = statements_of(remaker,
						   &reshape->objects[number]);
	const char **items = arena_alloc(reshape->arena,
					 (all.count + 1) * sizeof(*items));
	struct object_neighbour neighbour;

	for (size_t i = 0; i < all.count; i++) {
		const char *sql = all.items[i];

		items[i] = sql;
		if (!strncmp(sql, "CREATE ", 7) &&
		    object_neighbour(sql, reshape->arena, &neighbour))
			items[i] = arena_printf(
				reshape->arena, "%.*s%s", (int)neighbour.at,
				sql, sql + neighbour.at + neighbour.length);
	}
	return (struct text_list){items, all.count};
}

static enum dbs_rc make_alone(struct remaker *remaker, size_t *made_out,
			      struct dbs_error *err)
{
	size_t number = 0;

	if (!find_stuck(remaker, &number))
		return DBS_OK;
	remaker->alone = without_neighbour(remaker, number);
	enum dbs_rc rc = make(remaker, number, err);

	remaker->alone = (struct text_list){NULL, 0};
	*made_out = remaker->results[number].steps_done != 0;
	return rc;
}

/* What is left changed stays noted. */
static void end_notes(const struct remaker *remaker)
{
	const struct default_notes *notes = &remaker->request->defaults;
	struct dbs_error err = {0};

	if (remaker->has_noted && !remaker->has_left &&
	    notes->done(notes->self, &err))
		talk_note(remaker->request->target->talk, "%s", err.text);
}

static enum dbs_rc run(struct remaker *remaker, bool is_late,
		       struct dbs_error *err)
{
	const struct reform_request *request = remaker->request;
	const struct ddl_wish wish = {request->target, request->no_binlog,
				      request->wait_s};
	size_t made = 1;
	enum dbs_rc rc = ddl_open(&remaker->ddl, &wish, err);

	while (!rc && made) {
		rc = go_round(remaker, is_late, &made, err);
		if (!rc && !made)
			rc = make_alone(remaker, &made, err);
	}
	end_notes(remaker);
	return rc;
}

enum dbs_rc remake_run(const struct reform_request *request, bool is_late,
		       struct reform_result *results, struct dbs_error *err)
{
	OWNED(remaker_release) struct remaker remaker = {.request = request,
							 .results = results};

	return request->reshape->object_count ? run(&remaker, is_late, err)
					      : DBS_OK;
}

enum dbs_rc remake_return(const struct reform_request *request,
			  struct reform_result *results, struct dbs_error *err)
{
	OWNED(remaker_release) struct remaker remaker = {
		.request = request, .results = results, .is_return = true};

	return run(&remaker, true, err);
}
