/*
 * relations.c - see relations.h.
 *
 * KEY_COLUMN_USAGE has the columns and REFERENTIAL_CONSTRAINTS the rules.  They
 * are read apart and put together here: joining them is slow on MariaDB, which
 * opens every table for each of the two.  Of the whole server, that is, when
 * keys of other databases are asked for; so InnoDB's own list is asked first
 * which tables have any (measured with 10,000 tables: 0.04 s, where each of the
 * two takes 2 to 4 s).
 */
#include "dbsync/schema/relations.h"

#include "dbsync/base/own.h"
#include "dbsync/base/vec.h"
#include "dbsync/db/quote.h"

#include <stdlib.h>
#include <string.h>

enum {
	K_NAME,
	K_CHILD_DATABASE,
	K_CHILD,
	K_COLUMN,
	K_PARENT_DATABASE,
	K_PARENT,
	K_PARENT_COLUMN,
	K_POSITION,
};

/* One column of a foreign key. */
struct part {
	const char *texts[K_POSITION];
	unsigned position;
};

/* A foreign key as InnoDB's own list has it: parts of three double names. */
enum {
	OWN_DATABASE,
	OWN_NAME,
	OWN_CHILD_DATABASE,
	OWN_CHILD,
	OWN_PARENT_DATABASE,
	OWN_PARENT,
	OWN_PARTS,
};

struct own {
	const char *parts[OWN_PARTS];
};

struct loader {
	struct arena *arena;
	bool is_listed; /* own has all keys of the server … */
	bool is_plain;  /* … and their names as they are */
	struct vec own; /* struct own */
	const char *database;
	struct vec parts;    /* struct part */
	struct vec keys;     /* struct foreign_key */
	struct vec triggers; /* struct trigger */
};

static void loader_release(struct loader *loader)
{
	vec_release(&loader->own);
	vec_release(&loader->parts);
	vec_release(&loader->keys);
	vec_release(&loader->triggers);
}

static enum dbs_rc take_part(void *self, size_t width, const char *const *texts,
			     const size_t *lengths, struct dbs_error *err)
{
	struct loader *loader = self;
	struct part *part = vec_push(&loader->parts);

	(void)width;
	(void)lengths;
	(void)err;
	for (size_t i = 0; i < K_POSITION; i++)
		part->texts[i] = arena_strdup(loader->arena,
					      texts[i] ? texts[i] : "");
	part->position = (unsigned)strtoul(
		texts[K_POSITION] ? texts[K_POSITION] : "0", NULL, 10);
	return DBS_OK;
}

static int order_parts(const void *a, const void *b)
{
	const struct part *left = a;
	const struct part *right = b;
	static const int columns[] = {K_CHILD_DATABASE, K_CHILD, K_NAME};

	for (size_t i = 0; i < sizeof(columns) / sizeof(*columns); i++) {
		const int order = strcmp(left->texts[columns[i]],
					 right->texts[columns[i]]);

		if (order)
			return order;
	}
	return (left->position > right->position) -
	       (left->position < right->position);
}

static bool same_key(const struct part *a, const struct part *b)
{
	return !strcmp(a->texts[K_NAME], b->texts[K_NAME]) &&
	       !strcmp(a->texts[K_CHILD], b->texts[K_CHILD]) &&
	       !strcmp(a->texts[K_CHILD_DATABASE], b->texts[K_CHILD_DATABASE]);
}

/* parts[0..count) are the columns of one key. */
static void add_key(struct loader *loader, const struct part *parts,
		    size_t count)
{
	struct foreign_key *key = vec_push(&loader->keys);

	key->name = parts[0].texts[K_NAME];
	key->child_database = parts[0].texts[K_CHILD_DATABASE];
	key->child = parts[0].texts[K_CHILD];
	key->parent_database = parts[0].texts[K_PARENT_DATABASE];
	key->parent = parts[0].texts[K_PARENT];
	key->delete_rule = "";
	key->update_rule = "";
	key->column_count = count;
	key->child_columns = arena_alloc(loader->arena,
					 count * sizeof(*key->child_columns));
	key->parent_columns = arena_alloc(loader->arena,
					  count * sizeof(*key->parent_columns));
	for (size_t i = 0; i < count; i++) {
		key->child_columns[i] = parts[i].texts[K_COLUMN];
		key->parent_columns[i] = parts[i].texts[K_PARENT_COLUMN];
	}
}

static void join_parts(struct loader *loader)
{
	const struct part *parts = loader->parts.items;
	const size_t count = loader->parts.count;

	if (count)
		qsort(loader->parts.items, count, sizeof(*parts), order_parts);
	for (size_t i = 0, end; i < count; i = end) {
		for (end = i + 1;
		     end < count && same_key(&parts[i], &parts[end]);)
			end++;
		add_key(loader, &parts[i], end - i);
	}
}

/* database, table, name, DELETE_RULE, UPDATE_RULE */
static enum dbs_rc take_rule(void *self, size_t width, const char *const *texts,
			     const size_t *lengths, struct dbs_error *err)
{
	struct loader *loader = self;

	(void)width;
	(void)lengths;
	(void)err;
	for (size_t i = 0; i < loader->keys.count; i++) {
		struct foreign_key *key = vec_at(&loader->keys, i);

		if (strcmp(key->child_database, texts[0]) != 0 ||
		    strcmp(key->child, texts[1]) != 0 ||
		    strcmp(key->name, texts[2]) != 0)
			continue;
		key->delete_rule = arena_strdup(loader->arena, texts[3]);
		key->update_rule = arena_strdup(loader->arena, texts[4]);
		break;
	}
	return DBS_OK;
}

static enum dbs_rc take_trigger(void *self, size_t width,
				const char *const *texts, const size_t *lengths,
				struct dbs_error *err)
{
	struct loader *loader = self;
	struct trigger *trigger = vec_push(&loader->triggers);

	(void)width;
	(void)lengths;
	(void)err;
	trigger->database = arena_strdup(loader->arena, texts[0]);
	trigger->table = arena_strdup(loader->arena, texts[1]);
	trigger->name = arena_strdup(loader->arena, texts[2]);
	trigger->when = arena_printf(loader->arena, "%s %s", texts[3],
				     texts[4]);
	return DBS_OK;
}

static enum dbs_rc each(struct conn *conn, const char *sql, const char *column,
			const char *other, const char *database,
			const char *form, conn_take *take,
			struct loader *loader, struct dbs_error *err)
{
	OWNED(buf_release) struct buf query = BUF_INIT;

	buf_addf(&query, "%s (%s = ", sql, column);
	quote_text(&query, database);
	if (other) {
		buf_addf(&query, " OR %s = ", other);
		quote_text(&query, database);
	}
	buf_addc(&query, ')');
	return conn_each(conn, query.data, form, take, loader, err);
}

/* ------------------------------------------------------------------------
 * InnoDB's own list
 * --------------------------------------------------------------------- */

/* The value of four hexadecimal digits, or -1. */
static long code_of(const char *at)
{
	long code = 0;

	for (int i = 0; i < 4; i++) {
		const char *digit = at[i] ? strchr("0123456789abcdef", at[i])
					  : NULL;

		if (!digit)
			return -1;
		code = code * 16 + (digit - "0123456789abcdef");
	}
	return code;
}

/*
 * A name as InnoDB stores it, `a@002db` for a-b.  Letters of other alphabets
 * have codes of their own, which are left as they are: such a name is not found.
 */
static const char *plain_name(struct arena *arena, const char *text,
			      size_t length)
{
	OWNED(buf_release) struct buf name = BUF_INIT;

	for (size_t i = 0; i < length; i++) {
		const long code = text[i] == '@' && length - i > 4
					  ? code_of(text + i + 1)
					  : -1;

		if (code > 0 && code < 128) {
			buf_addc(&name, (char)code);
			i += 4;
		} else {
			buf_addc(&name, text[i]);
		}
	}
	return arena_strdup(arena, name.data);
}

static bool is_known(const struct loader *loader, const char *name,
		     const char *database, const char *table)
{
	for (size_t i = 0; i < loader->keys.count; i++) {
		const struct foreign_key *key = vec_at(&loader->keys, i);

		if (!strcmp(key->name, name) &&
		    !strcmp(key->child_database, database) &&
		    !strcmp(key->child, table))
			return true;
	}
	return false;
}

/* ID, FOR_NAME, REF_NAME: all of them `database/name` */
static enum dbs_rc take_own(void *self, size_t width, const char *const *texts,
			    const size_t *lengths, struct dbs_error *err)
{
	struct loader *loader = self;
	struct own *own = vec_push(&loader->own);

	(void)width;
	(void)lengths;
	(void)err;
	for (size_t i = 0; i < 3; i++) {
		const char *text = texts[i] ? texts[i] : "";
		const char *slash = strchr(text, '/');
		const char *name = slash ? slash + 1 : text;

		own->parts[2 * i] =
			plain_name(loader->arena, text,
				   (size_t)(name - text - (slash != NULL)));
		own->parts[2 * i + 1] = plain_name(loader->arena, name,
						   strlen(name));
		loader->is_plain = loader->is_plain && slash &&
				   !strchr(own->parts[2 * i], '@') &&
				   !strchr(own->parts[2 * i + 1], '@');
	}
	return DBS_OK;
}

/* InnoDB's own list, for those who may ask (PROCESS). */
static enum dbs_rc list_own(struct conn *conn, struct loader *loader,
			    struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;

	buf_addf(&sql,
		 "SELECT ID, FOR_NAME, REF_NAME FROM INFORMATION_SCHEMA.%s",
		 conn_server(conn)->has_innodb_foreign ? "INNODB_FOREIGN"
						       : "INNODB_SYS_FOREIGN");
	loader->is_plain = true;
	enum dbs_rc rc = conn_each(conn, sql.data, "ttt", take_own, loader,
				   err);

	loader->is_listed = !rc;
	if (!dbs_is_refusal(rc))
		return rc;
	dbs_error_clear(err);
	return DBS_OK;
}

/*
 * INFORMATION_SCHEMA hides keys of tables without a privilege on them; InnoDB's
 * own list does not.
 */
static void add_hidden(struct loader *loader)
{
	for (size_t i = 0; i < loader->own.count; i++) {
		const struct own *own = vec_at(&loader->own, i);
		const char *const *parts = own->parts;

		if (strcmp(parts[OWN_PARENT_DATABASE], loader->database) != 0 ||
		    is_known(loader, parts[OWN_NAME], parts[OWN_CHILD_DATABASE],
			     parts[OWN_CHILD]))
			continue;
		*(struct foreign_key *)vec_push(
			&loader->keys) = (struct foreign_key){
			.name = parts[OWN_NAME],
			.child_database = parts[OWN_CHILD_DATABASE],
			.child = parts[OWN_CHILD],
			.parent_database = parts[OWN_PARENT_DATABASE],
			.parent = parts[OWN_PARENT],
			.delete_rule = "",
			.update_rule = "",
		};
	}
}

/* ------------------------------------------------------------------------
 * Which tables to ask for
 * --------------------------------------------------------------------- */

static bool concerns(const struct loader *loader, const struct own *own)
{
	return !strcmp(own->parts[OWN_CHILD_DATABASE], loader->database) ||
	       !strcmp(own->parts[OWN_PARENT_DATABASE], loader->database);
}

/*
 * MariaDB opens every table to tell its keys; so only those are asked for that
 * InnoDB, the only engine of it that has foreign keys, knows to have some.
 * *none_out: there are none.
 */
static void narrow(const struct conn *conn, const struct loader *loader,
		   struct buf *out, bool *none_out)
{
	enum { MOST_BYTES = 512 * 1024 };
	const size_t start = out->length;

	*none_out = false;
	if (conn_server(conn)->family != SERVER_MARIADB || !loader->is_listed ||
	    !loader->is_plain)
		return;
	*none_out = true;
	for (size_t i = 0; i < loader->own.count; i++) {
		const struct own *own = vec_at(&loader->own, i);

		if (!concerns(loader, own))
			continue;
		buf_adds(out, *none_out ? " TABLE_NAME IN (" : ",");
		quote_text(out, own->parts[OWN_CHILD]);
		*none_out = false;
	}
	if (*none_out)
		return;
	if (out->length - start > MOST_BYTES)
		buf_truncate(out, start);
	else
		buf_adds(out, ") AND");
}

/* Whether a key leads from one database into another, as far as is known. */
static bool may_cross(const struct conn *conn, const struct loader *loader)
{
	if (conn_server(conn)->family != SERVER_MARIADB || !loader->is_listed)
		return true;
	for (size_t i = 0; i < loader->own.count; i++) {
		const struct own *own = vec_at(&loader->own, i);

		if (strcmp(own->parts[OWN_CHILD_DATABASE],
			   own->parts[OWN_PARENT_DATABASE]) != 0)
			return true;
	}
	return false;
}

static enum dbs_rc load_keys(struct conn *conn, struct loader *loader,
			     struct dbs_error *err)
{
	OWNED(buf_release) struct buf only = BUF_INIT;
	OWNED(buf_release) struct buf columns = BUF_INIT;
	OWNED(buf_release) struct buf rules = BUF_INIT;
	const bool crosses = may_cross(conn, loader);
	bool is_none = false;

	narrow(conn, loader, &only, &is_none);
	if (is_none)
		return DBS_OK;
	buf_addf(&columns,
		 "SELECT CONSTRAINT_NAME, TABLE_SCHEMA, TABLE_NAME, "
		 "COLUMN_NAME, REFERENCED_TABLE_SCHEMA, REFERENCED_TABLE_NAME, "
		 "REFERENCED_COLUMN_NAME, ORDINAL_POSITION FROM "
		 "INFORMATION_SCHEMA.KEY_COLUMN_USAGE WHERE%s "
		 "REFERENCED_TABLE_NAME IS NOT NULL AND",
		 only.length ? only.data : "");
	buf_addf(&rules,
		 "SELECT CONSTRAINT_SCHEMA, TABLE_NAME, CONSTRAINT_NAME, "
		 "DELETE_RULE, UPDATE_RULE FROM "
		 "INFORMATION_SCHEMA.REFERENTIAL_CONSTRAINTS WHERE%s",
		 only.length ? only.data : "");
	enum dbs_rc rc = each(conn, columns.data, "TABLE_SCHEMA",
			      crosses ? "REFERENCED_TABLE_SCHEMA" : NULL,
			      loader->database, "ttttTTTn", take_part, loader,
			      err);

	join_parts(loader);
	if (rc || !loader->keys.count)
		return rc;
	return each(conn, rules.data, "CONSTRAINT_SCHEMA",
		    crosses ? "UNIQUE_CONSTRAINT_SCHEMA" : NULL,
		    loader->database, "ttttt", take_rule, loader, err);
}

static const void *settle(struct arena *arena, const struct vec *vec)
{
	void *items = arena_alloc(arena, vec->count * vec->item_size);

	if (vec->count)
		memcpy(items, vec->items, vec->count * vec->item_size);
	return items;
}

enum dbs_rc relations_load(struct conn *conn, const char *database,
			   struct arena *arena, const struct relations **out,
			   struct dbs_error *err)
{
	OWNED(loader_release) struct loader loader = {
		.arena = arena,
		.own = VEC_INIT(struct own),
		.parts = VEC_INIT(struct part),
		.database = database,
		.keys = VEC_INIT(struct foreign_key),
		.triggers = VEC_INIT(struct trigger),
	};
	enum dbs_rc rc = list_own(conn, &loader, err);

	if (!rc)
		rc = load_keys(conn, &loader, err);
	if (!rc)
		add_hidden(&loader);
	if (!rc)
		rc = each(conn,
			  "SELECT EVENT_OBJECT_SCHEMA, EVENT_OBJECT_TABLE, "
			  "TRIGGER_NAME, ACTION_TIMING, EVENT_MANIPULATION "
			  "FROM INFORMATION_SCHEMA.TRIGGERS WHERE",
			  "EVENT_OBJECT_SCHEMA", NULL, database, "ttttt",
			  take_trigger, &loader, err);
	if (rc)
		return rc;
	struct relations *relations = arena_alloc(arena, sizeof(*relations));

	relations->foreign_keys = settle(arena, &loader.keys);
	relations->foreign_key_count = loader.keys.count;
	relations->triggers = settle(arena, &loader.triggers);
	relations->trigger_count = loader.triggers.count;
	*out = relations;
	return DBS_OK;
}

bool relation_rule_acts(const char *rule)
{
	return !strcmp(rule, "CASCADE") || !strncmp(rule, "SET ", 4);
}
