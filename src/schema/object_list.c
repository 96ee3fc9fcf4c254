/*
 * object_list.c - the names of what a database has, and their definitions;
 * see object.h.
 *
 * A query of INFORMATION_SCHEMA for each kind.  What they say of sql_mode and
 * character sets is kept: SHOW CREATE, which comes later and only for what is
 * wanted, adds the text alone.
 */
#include "object_parts.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/db/quote.h"

#include <stdlib.h>
#include <string.h>

const char *object_kind_name(enum object_kind kind)
{
	static const char *const names[] = {
		[OBJECT_DATABASE] = "database",
		[OBJECT_FUNCTION] = "function",
		[OBJECT_PROCEDURE] = "procedure",
		[OBJECT_VIEW] = "view",
		[OBJECT_TRIGGER] = "trigger",
		[OBJECT_EVENT] = "event",
	};

	return kind < OBJECT_KINDS ? names[kind] : "";
}

unsigned object_kind_set(enum object_kind kind)
{
	static const unsigned sets[] = {
		[OBJECT_DATABASE] = OBJECTS_TABLES,
		[OBJECT_FUNCTION] = OBJECTS_ROUTINES,
		[OBJECT_PROCEDURE] = OBJECTS_ROUTINES,
		[OBJECT_VIEW] = OBJECTS_VIEWS,
		[OBJECT_TRIGGER] = OBJECTS_TRIGGERS,
		[OBJECT_EVENT] = OBJECTS_EVENTS,
	};

	return kind < OBJECT_KINDS ? sets[kind] : 0;
}

/* ------------------------------------------------------------------------
 * Lists
 * --------------------------------------------------------------------- */

/* The columns of all queries below, in this order. */
enum {
	L_KIND, /* a word: VIEW, FUNCTION, … */
	L_NAME,
	L_TABLE,
	L_MOMENT,
	L_ORDER,
	L_DEFINER,
	L_SQL_MODE,
	L_CHARSET,
	L_COLLATION,
	L_BASE_COLLATION,
	L_TIME_ZONE,
	L_STATUS,
	L_SECURITY, /* INVOKER, DEFINER */
	L_COUNT,
};

#define FORM "ttttnTTWWWTTT"

static const struct {
	unsigned set;
	const char *sql;
} queries[] = {
	{OBJECTS_TABLES,
	 "SELECT 'DATABASE', SCHEMA_NAME, '', '', 0, '', '', "
	 "DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME, '', '', '', '' "
	 "FROM INFORMATION_SCHEMA.SCHEMATA WHERE SCHEMA_NAME = "},
	{OBJECTS_VIEWS,
	 "SELECT 'VIEW', TABLE_NAME, '', '', 0, DEFINER, '', "
	 "CHARACTER_SET_CLIENT, COLLATION_CONNECTION, '', '', '', "
	 "SECURITY_TYPE "
	 "FROM INFORMATION_SCHEMA.VIEWS WHERE TABLE_SCHEMA = "},
	{OBJECTS_ROUTINES,
	 "SELECT ROUTINE_TYPE, ROUTINE_NAME, '', '', 0, DEFINER, SQL_MODE, "
	 "CHARACTER_SET_CLIENT, COLLATION_CONNECTION, DATABASE_COLLATION, '', "
	 "'', SECURITY_TYPE FROM INFORMATION_SCHEMA.ROUTINES WHERE ROUTINE_SCHEMA = "},
	{OBJECTS_TRIGGERS,
	 "SELECT 'TRIGGER', TRIGGER_NAME, EVENT_OBJECT_TABLE, "
	 "CONCAT(ACTION_TIMING, ' ', EVENT_MANIPULATION), ACTION_ORDER, "
	 "DEFINER, SQL_MODE, CHARACTER_SET_CLIENT, COLLATION_CONNECTION, "
	 "DATABASE_COLLATION, '', '', 'DEFINER' "
	 "FROM INFORMATION_SCHEMA.TRIGGERS "
	 "WHERE TRIGGER_SCHEMA = "},
	{OBJECTS_EVENTS,
	 "SELECT 'EVENT', EVENT_NAME, '', '', 0, DEFINER, SQL_MODE, "
	 "CHARACTER_SET_CLIENT, COLLATION_CONNECTION, DATABASE_COLLATION, "
	 "TIME_ZONE, STATUS, 'DEFINER' FROM INFORMATION_SCHEMA.EVENTS "
	 "WHERE EVENT_SCHEMA = "},
};

struct lister {
	struct arena *arena;
	struct vec objects; /* struct object */
};

static void release(struct lister *lister)
{
	vec_release(&lister->objects);
}

static const char *keep(struct lister *lister, const char *text)
{
	return arena_strdup(lister->arena, text ? text : "");
}

/* OBJECT_KINDS for one that this version does not know (a PACKAGE). */
enum object_kind object_kind_of(const char *word)
{
	for (int kind = 0; kind < OBJECT_KINDS; kind++)
		if (text_equal_nocase(word,
				      object_kind_name((enum object_kind)kind)))
			return (enum object_kind)kind;
	return OBJECT_KINDS;
}

static enum dbs_rc take(void *self, size_t width, const char *const *texts,
			const size_t *lengths, struct dbs_error *err)
{
	struct lister *lister = self;
	struct object *object = vec_push(&lister->objects);
	const enum object_kind kind = object_kind_of(texts[L_KIND]);

	(void)width;
	(void)lengths;
	(void)err;
	*object = (struct object){
		.kind = kind == OBJECT_KINDS ? OBJECT_PROCEDURE : kind,
		.order = (unsigned)strtoul(texts[L_ORDER], NULL, 10),
		.name = keep(lister, texts[L_NAME]),
		.table = keep(lister, texts[L_TABLE]),
		.moment = keep(lister, texts[L_MOMENT]),
		.definer = keep(lister, texts[L_DEFINER]),
		.acts_as_definer = texts[L_SECURITY] &&
				   text_equal_nocase(texts[L_SECURITY],
						     "DEFINER"),
		.sql_mode = keep(lister, texts[L_SQL_MODE]),
		.charset = charset_modern(keep(lister, texts[L_CHARSET]),
					  lister->arena),
		.collation = charset_modern(keep(lister, texts[L_COLLATION]),
					    lister->arena),
		.base_collation = charset_modern(
			keep(lister, texts[L_BASE_COLLATION]), lister->arena),
		.time_zone = keep(lister, texts[L_TIME_ZONE]),
		.status = keep(lister, texts[L_STATUS]),
	};
	if (kind == OBJECT_KINDS)
		object->unknown = arena_printf(
			lister->arena, "a %s is not understood", texts[L_KIND]);
	if (kind == OBJECT_DATABASE)
		object->create = arena_printf(lister->arena,
					      "CHARACTER SET %s COLLATE %s",
					      object->charset,
					      object->collation);
	return DBS_OK;
}

static int order_objects(const void *a, const void *b)
{
	const struct object *left = a;
	const struct object *right = b;

	if (left->kind != right->kind)
		return left->kind < right->kind ? -1 : 1;
	return strcmp(left->name, right->name);
}

static enum dbs_rc list_all(struct conn *conn, const char *database,
			    unsigned set, struct lister *lister,
			    struct dbs_error *err)
{
	for (size_t i = 0; i < sizeof(queries) / sizeof(*queries); i++) {
		OWNED(buf_release) struct buf sql = BUF_INIT;

		if (!((set | OBJECTS_TABLES) & queries[i].set))
			continue;
		buf_adds(&sql, queries[i].sql);
		quote_text(&sql, database);
		enum dbs_rc rc = conn_each(conn, sql.data, FORM, take, lister,
					   err);

		if (rc)
			return rc;
	}
	return DBS_OK;
}

/* ------------------------------------------------------------------------
 * What else a list says
 * --------------------------------------------------------------------- */

static enum dbs_rc load_users(struct conn *conn, struct arena *arena,
			      struct object_list *list, struct dbs_error *err)
{
	OWNED(rows_drop) struct rows *rows = NULL;
	enum dbs_rc rc = conn_fetch(conn,
				    "SELECT CONCAT(User, '@', Host) "
				    "FROM mysql.user",
				    "t", &rows, err);

	if (dbs_is_refusal(rc)) {
		dbs_error_clear(err);
		return DBS_OK;
	}
	if (rc)
		return rc;
	list->user_count = rows_count(rows);
	list->users = arena_alloc(arena, (list->user_count + 1) *
						 sizeof(*list->users));
	for (size_t i = 0; i < list->user_count; i++)
		list->users[i] = arena_strdup(arena, rows_text(rows, i, 0));
	return DBS_OK;
}

static bool has_views(const struct object_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].kind == OBJECT_VIEW)
			return true;
	return false;
}

/*
 * The comment of a view is VIEW, or what is wrong with it.  MariaDB looks only
 * when something is asked for that it has to open the view for: TABLE_ROWS.
 */
static enum dbs_rc mark_invalid(struct conn *conn, struct object_list *list,
				struct dbs_error *err)
{
	OWNED(rows_drop) struct rows *rows = NULL;
	OWNED(buf_release) struct buf sql = BUF_INIT;

	/* it opens all tables as well, which takes its time */
	if (!has_views(list))
		return DBS_OK;

	buf_adds(&sql, "SELECT TABLE_NAME FROM INFORMATION_SCHEMA.TABLES WHERE "
		       "TABLE_TYPE = 'VIEW' AND TABLE_COMMENT <> 'VIEW' AND "
		       "COALESCE(TABLE_ROWS, 0) >= 0 AND "
		       "TABLE_SCHEMA = ");
	quote_text(&sql, list->database);
	enum dbs_rc rc = conn_fetch(conn, sql.data, "t", &rows, err);

	for (size_t i = 0; !rc && i < rows_count(rows); i++)
		for (size_t k = 0; k < list->count; k++)
			if (list->items[k].kind == OBJECT_VIEW &&
			    !strcmp(list->items[k].name, rows_text(rows, i, 0)))
				list->items[k].is_invalid = true;
	return rc;
}

static enum dbs_rc fold_of(struct conn *conn, bool *out, struct dbs_error *err)
{
	OWNED(mem_drop) char *fold = NULL;
	enum dbs_rc rc = conn_fetch_text(
		conn, "SELECT @@lower_case_table_names", "1n", &fold, err);

	if (!rc)
		*out = fold && *fold != '0';
	return rc;
}

enum dbs_rc object_list_load(struct conn *conn, const char *database,
			     unsigned set, struct arena *arena,
			     struct object_list **out, struct dbs_error *err)
{
	OWNED(release) struct lister lister = {
		.arena = arena, .objects = VEC_INIT(struct object)};
	struct object_list *list = arena_alloc(arena, sizeof(*list));
	unsigned sees = 0;
	enum dbs_rc rc = list_all(conn, database, set, &lister, err);

	if (rc)
		return rc;
	*list = (struct object_list){.database = database,
				     .set = set,
				     .count = lister.objects.count};
	list->items = arena_alloc(arena,
				  (list->count + 1) * sizeof(*list->items));
	if (list->count) {
		qsort(lister.objects.items, list->count, sizeof(struct object),
		      order_objects);
		memcpy(list->items, lister.objects.items,
		       list->count * sizeof(struct object));
	}
	rc = fold_of(conn, &list->folds_case, err);
	if (!rc)
		rc = object_rights(conn, database, &sees, err);
	if (!rc && (set & OBJECTS_VIEWS))
		rc = mark_invalid(conn, list, err);
	if (!rc && (set & ~(unsigned)OBJECTS_TABLES))
		rc = load_users(conn, arena, list, err);
	if (rc)
		return rc;
	/* hidden views are as hidden tables: nobody can know of them */
	list->hidden = set & ~sees &
		       (OBJECTS_ROUTINES | OBJECTS_TRIGGERS | OBJECTS_EVENTS);
	*out = list;
	return DBS_OK;
}

/* ------------------------------------------------------------------------
 * Definitions
 * --------------------------------------------------------------------- */

/* The column of SHOW CREATE that has the text. */
static size_t text_column(enum object_kind kind)
{
	switch (kind) {
	case OBJECT_VIEW:
		return 1;
	case OBJECT_EVENT:
		return 3;
	case OBJECT_DATABASE:
	case OBJECT_FUNCTION:
	case OBJECT_PROCEDURE:
	case OBJECT_TRIGGER:
	case OBJECT_KINDS:
		break;
	}
	return 2;
}

static const char *show_form(enum object_kind kind)
{
	switch (text_column(kind)) {
	case 1:
		return "?tT*";
	case 2:
		return "?tTT*";
	default:
		return "?tTTT*";
	}
}

enum dbs_rc object_read(struct conn *conn, const char *database,
			struct object *object, struct arena *arena,
			struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	OWNED(rows_drop) struct rows *rows = NULL;
	const char *side = conn_role(conn);

	if (object->create || object->unknown)
		return DBS_OK;
	buf_addf(&sql, "SHOW CREATE %s ", object_kind_name(object->kind));
	quote_table(&sql, database, object->name);
	enum dbs_rc rc = conn_fetch(conn, sql.data, show_form(object->kind),
				    &rows, err);

	if (dbs_is_refusal(rc)) {
		object->unknown = arena_printf(
			arena, "the %s does not show its definition: %s", side,
			err->text);
		dbs_error_clear(err);
		return DBS_OK;
	}
	if (rc)
		return rc;
	const char *text =
		rows_count(rows) ? rows_text(rows, 0, text_column(object->kind))
				 : NULL;

	if (text && *text)
		object->create = arena_strdup(arena, text);
	else
		object->unknown = arena_printf(
			arena,
			"the %s does not show its definition to this user",
			side);
	return DBS_OK;
}

const char *object_default_collation(const struct object_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].kind == OBJECT_DATABASE)
			return list->items[i].collation;
	return "";
}

enum dbs_rc object_default_read(struct conn *conn, const char *database,
				struct arena *arena, const char **out,
				struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	OWNED(mem_drop) char *text = NULL;

	buf_adds(&sql, "SELECT DEFAULT_COLLATION_NAME FROM "
		       "INFORMATION_SCHEMA.SCHEMATA WHERE SCHEMA_NAME = ");
	quote_text(&sql, database);
	enum dbs_rc rc = conn_fetch_text(conn, sql.data, "?w", &text, err);

	if (!rc)
		*out = charset_modern(arena_strdup(arena, text ? text : ""),
				      arena);
	return rc;
}
