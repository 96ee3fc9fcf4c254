/*
 * object_form.c - an object as a text in which nothing but what matters on the
 * target is said, so that two objects are equal when their texts are.
 */
#include "object_parts.h"

#include "dbsync/base/own.h"

#include <stdlib.h>
#include <string.h>

static void note(struct vec *notes, const char *text)
{
	*(const char **)vec_push(notes) = text;
}

/* ------------------------------------------------------------------------
 * sql_mode
 * --------------------------------------------------------------------- */

enum { MYSQL_WITHOUT_OLD_MODES = 80000 };

/* Modes that only one family has, and whether their absence means anything. */
static const struct {
	const char *name;
	enum server_family family;
	bool matters;
} lone_modes[] = {
	{"DB2", SERVER_MARIADB, false},
	{"EMPTY_STRING_IS_NULL", SERVER_MARIADB, true},
	{"IGNORE_BAD_TABLE_OPTIONS", SERVER_MARIADB, false},
	{"MAXDB", SERVER_MARIADB, false},
	{"MSSQL", SERVER_MARIADB, false},
	{"MYSQL323", SERVER_MARIADB, false},
	{"MYSQL40", SERVER_MARIADB, false},
	{"NO_AUTO_CREATE_USER", SERVER_MARIADB, false},
	{"NO_FIELD_OPTIONS", SERVER_MARIADB, false},
	{"NO_KEY_OPTIONS", SERVER_MARIADB, false},
	{"NO_TABLE_OPTIONS", SERVER_MARIADB, false},
	{"ORACLE", SERVER_MARIADB, true},
	{"POSTGRESQL", SERVER_MARIADB, false},
	{"SIMULTANEOUS_ASSIGNMENT", SERVER_MARIADB, true},
	{"TIME_ROUND_FRACTIONAL", SERVER_MARIADB, true},
	/* MariaDB truncates anyway */
	{"TIME_TRUNCATE_FRACTIONAL", SERVER_MYSQL, false},
};

/* The place of a mode that the server does not have, or -1. */
static int lacks_mode(const struct server *server, const char *mode)
{
	if (server->family == SERVER_MYSQL &&
	    server->version < MYSQL_WITHOUT_OLD_MODES)
		return -1;
	for (size_t i = 0; i < sizeof(lone_modes) / sizeof(*lone_modes); i++)
		if (lone_modes[i].family != server->family &&
		    !strcmp(lone_modes[i].name, mode))
			return (int)i;
	return -1;
}

static int order_modes(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *join(const struct object_context *context,
			const struct vec *modes)
{
	OWNED(buf_release) struct buf out = BUF_INIT;

	for (size_t i = 0; i < modes->count; i++)
		buf_addf(&out, "%s%s", i ? "," : "",
			 *(const char **)vec_at(modes, i));
	return arena_strdup(context->arena, out.data);
}

/* As SET knows it: MariaDB's lists of routines and events have old names. */
static const char *modern_mode(const char *mode)
{
	if (!strcmp(mode, "INVALID_DATES"))
		return "ALLOW_INVALID_DATES";
	return strcmp(mode, "NOT_USED") != 0 ? mode
					     : "IGNORE_BAD_TABLE_OPTIONS";
}

/* Without those that the other side's server does not have. */
static void settle_modes(const struct object_context *context,
			 const char *sql_mode, enum side side,
			 struct vec *notes, struct object_form *out)
{
	OWNED(vec_release) struct vec modes = VEC_INIT(const char *);
	const struct server *other = conn_server(
		side == SOURCE ? context->request->conn[TARGET]
			       : context->request->conn[SOURCE]);

	for (const char *at = sql_mode; *at;) {
		const size_t length = strcspn(at, ",");
		const char *mode = modern_mode(
			arena_strndup(context->arena, at, length));
		const int lacks = lacks_mode(other, mode);

		at += length + (at[length] == ',');
		if (lacks < 0) {
			*(const char **)vec_push(&modes) = mode;
		} else if (lone_modes[lacks].matters) {
			out->unknown = arena_printf(
				context->arena,
				"the sql_mode %s, under which it was made, "
				"exists on one side only",
				mode);
		} else if (side == SOURCE) {
			note(notes,
			     arena_printf(context->arena,
					  "the sql_mode %s is left out: the "
					  "target does not have it",
					  mode));
		}
	}
	if (modes.count)
		qsort(modes.items, modes.count, sizeof(const char *),
		      order_modes);
	out->sql_mode = join(context, &modes);
}

/* ------------------------------------------------------------------------
 * Character sets
 * --------------------------------------------------------------------- */

/* The target's name of a collation, or its nearest relative there. */
static const char *settle_collation(const struct object_context *context,
				    const char *collation, enum side side,
				    struct object_form *out)
{
	const char *nearest = NULL;

	if (side != SOURCE || !*collation ||
	    charset_has_collation(&context->there, collation))
		return collation;
	nearest =
		charset_nearest(&context->there,
				charset_of_collation(collation, context->arena),
				collation, context->arena);
	if (!nearest)
		out->unknown = arena_printf(context->arena,
					    "the target does not have the "
					    "collation %s",
					    collation);
	return nearest ? nearest : collation;
}

static void settle_charsets(const struct object_context *context,
			    const struct object *object, enum side side,
			    struct object_form *out)
{
	out->charset = object->charset;
	out->collation = settle_collation(context, object->collation, side,
					  out);
	out->base_collation = settle_collation(context, object->base_collation,
					       side, out);
}

/* ------------------------------------------------------------------------
 * Kinds
 * --------------------------------------------------------------------- */

bool object_is_enabled(const struct object_context *context,
		       const struct object_pair *pair)
{
	return !strcmp(pair->object[SOURCE]->status, "ENABLED") &&
	       (context->request->enables_events ||
		(pair->object[TARGET] &&
		 !strcmp(pair->object[TARGET]->status, "ENABLED")));
}

/* Newer versions of MySQL say REPLICA, and understand this as well. */
static const char *event_status(const struct object *event)
{
	if (!strcmp(event->status, "ENABLED"))
		return "ENABLE";
	return strstr(event->status, "SIDE_DISABLED") ? "DISABLE ON SLAVE"
						      : "DISABLE";
}

const char *object_event_wanted(const struct object_context *context,
				const struct object_pair *pair)
{
	const struct object *source = pair->object[SOURCE];
	const struct object *target = pair->object[TARGET];

	if (strcmp(source->status, "ENABLED") != 0)
		return event_status(source);
	if (object_is_enabled(context, pair))
		return "ENABLE";
	/* it is to rest, in whichever way it does so already */
	return target ? event_status(target) : "DISABLE";
}

static void add_view(const struct object_context *context,
		     const struct object *object, const char *database,
		     struct buf *text, struct object_form *out)
{
	struct view_text view = {0};
	struct dbs_error err = {0};

	if (object_view_text(object->create, database, context->arena, &view,
			     &err)) {
		out->unknown = arena_strdup(context->arena, err.text);
		return;
	}
	buf_addf(text, "%s\n%s", view.head, view.canon);
	out->words = arena_printf(context->arena, "%s\n%s", view.head,
				  view.words);
}

static void add_trigger(const struct object *object, const char *follows,
			struct buf *text, struct object_form *out)
{
	const char *body = object_trigger_body(object->create);

	if (!body) {
		out->unknown = "its definition is not understood";
		return;
	}
	buf_addf(text, "%s ON %s\n", object->moment, object->table);
	if (*follows)
		buf_addf(text, "FOLLOWS %s\n", follows);
	buf_addf(text, "%s\n", body);
}

static void add_event(const struct object_context *context,
		      const struct object_pair *pair, enum side side,
		      struct buf *text, struct object_form *out)
{
	const struct object *object = pair->object[side];
	const char *create = object->create;
	size_t at = 0;
	size_t length = 0;
	const char *status = side == SOURCE ? object_event_wanted(context, pair)
					    : event_status(object);

	if (!object_event_status(create, &at, &length)) {
		out->unknown = "its definition is not understood";
		return;
	}
	buf_addf(text, "time_zone: %s\n%s\n", object->time_zone, status);
	buf_add(text, create, at);
	buf_addf(text, "…%s\n", create + at + length);
}

/* RETURNS says a collation on some servers only. */
static void add_routine(const struct object_context *context,
			const struct object_pair *pair, enum side side,
			struct buf *text)
{
	const struct object *object = pair->object[side];
	const bool keeps =
		!pair->object[SOURCE] || !pair->object[TARGET] ||
		(object_returns_collation(pair->object[SOURCE]->create) &&
		 object_returns_collation(pair->object[TARGET]->create));

	buf_addf(text, "%s\n",
		 object_routine_text(object->create, keeps, context->arena));
}

static void add_settings(const struct object *object,
			 const struct object_form *form, struct buf *text)
{
	if (object->kind == OBJECT_DATABASE) {
		buf_addf(text, "CHARACTER SET %s COLLATE %s\n", form->charset,
			 form->collation);
		return;
	}
	buf_addf(text, "character_set_client: %s\ncollation_connection: %s\n",
		 form->charset, form->collation);
	if (object->kind == OBJECT_VIEW)
		return;
	buf_addf(text, "database collation: %s\nsql_mode: %s\n",
		 form->base_collation, form->sql_mode);
	if (object->kind == OBJECT_TRIGGER)
		buf_addf(text, "DEFINER: %s\n", object->definer);
}

void object_form(const struct object_context *context,
		 const struct object_pair *pair, enum side side,
		 const char *follows, struct vec *notes,
		 struct object_form *out)
{
	OWNED(buf_release) struct buf text = BUF_INIT;
	const struct object *object = pair->object[side];
	const char *database = context->request->list[side]->database;

	*out = (struct object_form){.words = ""};
	settle_charsets(context, object, side, out);
	settle_modes(context, object->sql_mode, side, notes, out);
	add_settings(object, out, &text);
	switch (object->kind) {
	case OBJECT_VIEW:
		add_view(context, object, database, &text, out);
		break;
	case OBJECT_TRIGGER:
		add_trigger(object, follows, &text, out);
		break;
	case OBJECT_EVENT:
		add_event(context, pair, side, &text, out);
		break;
	case OBJECT_FUNCTION:
	case OBJECT_PROCEDURE:
		add_routine(context, pair, side, &text);
		break;
	case OBJECT_DATABASE:
	case OBJECT_KINDS:
		break;
	}
	out->text = arena_strdup(context->arena, text.data);
}
