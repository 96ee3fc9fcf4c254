/*
 * object_sql.c - the statements that make an object on the target.
 *
 *	USE, what it was is dropped ─▶ settings ─▶ CREATE ─▶ settings as before
 *
 * A definition is sent as the bytes that SHOW CREATE gave, under the character
 * set, collation, sql_mode and time zone that it was made with: the server
 * keeps these with it.  What the session had is kept in user variables, so
 * that the statements can be run by whom- and whatever.
 */
#include "object_parts.h"

#include "dbsync/base/own.h"
#include "dbsync/db/quote.h"

#include <string.h>

#define CREATE "CREATE "
#define ALTER_DATABASE "ALTER DATABASE "

enum { MARIADB_WITH_UTF8MB3 = 100600, MYSQL_WITH_UTF8MB3 = 80030 };

struct script {
	const struct object_context *context;
	const char *database; /* of the target */
	struct vec statements;
};

static void release(struct script *script)
{
	vec_release(&script->statements);
}

static void add(struct script *script, const struct buf *sql)
{
	*(const char **)vec_push(&script->statements) =
		arena_strdup(script->context->arena, sql->data);
}

static void settle(struct script *script, struct object_pair *pair)
{
	const size_t count = script->statements.count;
	const char **items = arena_alloc(script->context->arena,
					 (count + 1) * sizeof(*items));

	if (count)
		memcpy(items, script->statements.items, count * sizeof(*items));
	pair->statements = items;
	pair->statement_count = count;
}

static bool is_mariadb(const struct script *script)
{
	return conn_server(script->context->request->conn[TARGET])->family ==
	       SERVER_MARIADB;
}

/* A character set or collation in the words of a server. */
static const char *spelled_for(const struct server *server, const char *name,
			       struct arena *arena)
{
	const unsigned since = server->family == SERVER_MARIADB
				       ? MARIADB_WITH_UTF8MB3
				       : MYSQL_WITH_UTF8MB3;

	if (server->version >= since || strncmp(name, "utf8mb3", 7) != 0)
		return name;
	return arena_printf(arena, "utf8%s", name + 7);
}

static const char *spelled(const struct script *script, const char *name)
{
	return spelled_for(conn_server(script->context->request->conn[TARGET]),
			   name, script->context->arena);
}

static void add_use(struct script *script)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;

	buf_adds(&sql, "USE ");
	quote_name(&sql, script->database);
	add(script, &sql);
}

static void add_drop(struct script *script, const struct object *object)
{
	static const char *const words[] = {
		[OBJECT_DATABASE] = "",
		[OBJECT_FUNCTION] = "FUNCTION",
		[OBJECT_PROCEDURE] = "PROCEDURE",
		[OBJECT_VIEW] = "VIEW",
		[OBJECT_TRIGGER] = "TRIGGER",
		[OBJECT_EVENT] = "EVENT",
	};
	OWNED(buf_release) struct buf sql = BUF_INIT;

	buf_addf(&sql, "DROP %s IF EXISTS ", words[object->kind]);
	quote_table(&sql, script->database, object->name);
	add(script, &sql);
}

/* ------------------------------------------------------------------------
 * Settings
 * --------------------------------------------------------------------- */

const char *object_default_sql(const struct server *server,
			       const char *database, const char *collation,
			       struct arena *arena)
{
	const char *charset = charset_of_collation(collation, arena);
	OWNED(buf_release) struct buf sql = BUF_INIT;

	buf_adds(&sql, ALTER_DATABASE);
	quote_name(&sql, database);
	buf_addf(&sql, " CHARACTER SET %s COLLATE %s",
		 spelled_for(server, charset, arena),
		 spelled_for(server, collation, arena));
	return arena_strdup(arena, sql.data);
}

const char *object_default_of(const char *sql, struct arena *arena)
{
	return strncmp(sql, ALTER_DATABASE, strlen(ALTER_DATABASE)) != 0
		       ? NULL
		       : charset_modern(strrchr(sql, ' ') + 1, arena);
}

const char *object_create_sql(const struct server *server, const char *database,
			      const char *collation, struct arena *arena)
{
	const char *alter = object_default_sql(server, database, collation,
					       arena);

	return arena_printf(arena, "CREATE%s", alter + strlen("ALTER"));
}

static void add_default(struct script *script, const char *collation)
{
	*(const char **)vec_push(&script->statements) = object_default_sql(
		conn_server(script->context->request->conn[TARGET]),
		script->database, collation, script->context->arena);
}

/* The database's default is kept with what is made while it is in force. */
static bool needs_default(const struct script *script,
			  const struct object_form *form)
{
	return *form->base_collation && *script->context->base_collation &&
	       strcmp(form->base_collation, script->context->base_collation) !=
		       0;
}

static void add_settings(struct script *script, const struct object *object,
			 const struct object_form *form)
{
	OWNED(buf_release) struct buf keep = BUF_INIT;
	OWNED(buf_release) struct buf set = BUF_INIT;

	buf_adds(&keep, "SET @dbsync_mode = @@sql_mode, @dbsync_client = "
			"@@character_set_client, @dbsync_collation = "
			"@@collation_connection");
	if (*object->time_zone)
		buf_adds(&keep, ", @dbsync_zone = @@time_zone");
	add(script, &keep);
	buf_addf(&set,
		 "SET sql_mode = '%s', character_set_client = %s, "
		 "collation_connection = %s",
		 form->sql_mode, spelled(script, form->charset),
		 spelled(script, form->collation));
	if (*object->time_zone)
		buf_addf(&set, ", time_zone = '%s'", object->time_zone);
	add(script, &set);
}

static void take_back(struct script *script, const struct object *object)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;

	buf_adds(&sql, "SET sql_mode = @dbsync_mode, character_set_client = "
		       "@dbsync_client, collation_connection = "
		       "@dbsync_collation");
	if (*object->time_zone)
		buf_adds(&sql, ", time_zone = @dbsync_zone");
	add(script, &sql);
}

/* ------------------------------------------------------------------------
 * CREATE
 * --------------------------------------------------------------------- */

/* `user`@`host`; a role has no host. */
static void add_definer(struct buf *sql, const char *definer)
{
	const char *at = strrchr(definer, '@');
	OWNED(buf_release) struct buf user = BUF_INIT;

	if (!*definer)
		return;
	buf_add(&user, definer, at ? (size_t)(at - definer) : strlen(definer));
	buf_adds(sql, "DEFINER=");
	quote_name(sql, user.data);
	if (at && at[1]) {
		buf_addc(sql, '@');
		quote_name(sql, at + 1);
	}
	buf_addc(sql, ' ');
}

static void add_view(struct script *script, const struct object *object)
{
	const char *database = script->context->request->list[SOURCE]->database;
	OWNED(buf_release) struct buf sql = BUF_INIT;
	struct view_text view = {0};
	struct dbs_error err = {0};

	/* that it can be read was seen when it was compared */
	if (object_view_text(object->create, database, script->context->arena,
			     &view, &err))
		return;
	buf_addf(&sql, "CREATE OR REPLACE %sVIEW ", view.head);
	quote_name(&sql, object->name);
	buf_addf(&sql, " AS %s", view.query);
	add(script, &sql);
}

static void add_trigger(struct script *script, const struct object *object,
			const struct object_place *place)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	const char *neighbour = place->follows ? place->follows
					       : place->precedes;

	buf_adds(&sql, "CREATE ");
	add_definer(&sql, object->definer);
	buf_adds(&sql, "TRIGGER ");
	quote_name(&sql, object->name);
	buf_addf(&sql, " %s ON ", object->moment);
	quote_name(&sql, object->table);
	buf_adds(&sql, " FOR EACH ROW ");
	if (neighbour) {
		buf_adds(&sql, place->follows ? "FOLLOWS " : "PRECEDES ");
		quote_name(&sql, neighbour);
		buf_addc(&sql, ' ');
	}
	buf_adds(&sql, object_trigger_body(object->create));
	add(script, &sql);
}

/* CREATE … of a routine, or of an event with its new status. */
static void add_create(struct script *script, const struct object_pair *pair)
{
	const char *create = pair->object[SOURCE]->create;
	OWNED(buf_release) struct buf sql = BUF_INIT;
	size_t from = 0;
	size_t at = strlen(create);
	size_t length = 0;

	if (pair->kind == OBJECT_EVENT)
		(void)object_event_status(create, &at, &length);
	if (pair->object[TARGET] && is_mariadb(script) &&
	    !strncmp(create, CREATE, strlen(CREATE))) {
		buf_adds(&sql, "CREATE OR REPLACE ");
		from = strlen(CREATE);
	}
	buf_add(&sql, create + from, at - from);
	if (length)
		buf_adds(&sql, object_event_wanted(script->context, pair));
	buf_adds(&sql, create + at + length);
	add(script, &sql);
}

static void add_object(struct script *script, const struct object_place *place,
		       const struct object_pair *pair)
{
	switch (pair->kind) {
	case OBJECT_VIEW:
		add_view(script, pair->object[SOURCE]);
		break;
	case OBJECT_TRIGGER:
		add_trigger(script, pair->object[SOURCE], place);
		break;
	case OBJECT_FUNCTION:
	case OBJECT_PROCEDURE:
	case OBJECT_EVENT:
		add_create(script, pair);
		break;
	case OBJECT_DATABASE:
	case OBJECT_KINDS:
		break;
	}
}

/* Where CREATE itself can do it, the object is there all the time. */
static bool is_replaced(const struct script *script,
			const struct object_pair *pair)
{
	return pair->kind == OBJECT_VIEW ||
	       (is_mariadb(script) && pair->kind != OBJECT_TRIGGER);
}

void object_make(const struct object_context *context,
		 const struct object_form *form,
		 const struct object_place *place, struct object_pair *pair)
{
	OWNED(release) struct script script = {
		.context = context,
		.database = context->request->list[TARGET]->database,
		.statements = VEC_INIT(const char *),
	};
	const bool alters = needs_default(&script, form);

	if (pair->kind == OBJECT_DATABASE && !pair->object[TARGET])
		*(const char **)vec_push(&script.statements) = object_create_sql(
			conn_server(context->request->conn[TARGET]),
			script.database, form->collation, context->arena);
	if (pair->kind == OBJECT_DATABASE && pair->object[TARGET])
		add_default(&script, form->collation);
	if (pair->kind == OBJECT_DATABASE) {
		settle(&script, pair);
		return;
	}
	add_use(&script);
	if (pair->object[TARGET] && !is_replaced(&script, pair))
		add_drop(&script, pair->object[TARGET]);
	if (alters)
		add_default(&script, form->base_collation);
	add_settings(&script, pair->object[SOURCE], form);
	add_object(&script, place, pair);
	take_back(&script, pair->object[SOURCE]);
	if (alters)
		add_default(&script, context->base_collation);
	settle(&script, pair);
}

void object_drop(const struct object_context *context, struct object_pair *pair)
{
	OWNED(release) struct script script = {
		.context = context,
		.database = context->request->list[TARGET]->database,
		.statements = VEC_INIT(const char *),
	};

	/* it is for somebody who looks whether there is anything in it */
	if (pair->kind == OBJECT_DATABASE)
		*(const char **)vec_push(&script.statements) = "DO 0";
	else
		add_drop(&script, pair->object[TARGET]);
	settle(&script, pair);
}
