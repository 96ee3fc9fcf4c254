/*
 * relations.c - see relations.h.
 *
 * KEY_COLUMN_USAGE has the columns and REFERENTIAL_CONSTRAINTS the rules.  They
 * are read apart and put together here: joining them is slow on MariaDB, which
 * opens every table for each of the two.  Of the whole server, that is, when
 * keys of other databases are asked for; so InnoDB's own list is asked first
 * whether there are any (measured: 0.5 s with 10,000 tables elsewhere, 1 ms).
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

struct loader {
	struct arena *arena;
	const char *database;
	struct vec parts;    /* struct part */
	struct vec keys;     /* struct foreign_key */
	struct vec triggers; /* struct trigger */
};

static void loader_release(struct loader *loader)
{
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
			conn_take *take, struct loader *loader,
			struct dbs_error *err)
{
	OWNED(buf_release) struct buf query = BUF_INIT;

	buf_addf(&query, "%s (%s = ", sql, column);
	quote_text(&query, database);
	if (other) {
		buf_addf(&query, " OR %s = ", other);
		quote_text(&query, database);
	}
	buf_addc(&query, ')');
	return conn_each(conn, query.data, take, loader, err);
}

/*
 * Whether a foreign key may lead from one database into another: false only
 * when the server says so.  Without the privilege to ask (PROCESS) it may.
 */
static bool may_cross(struct conn *conn)
{
	OWNED(rows_drop) struct rows *rows = NULL;
	struct dbs_error err = {0};

	return conn_server(conn)->family != SERVER_MARIADB ||
	       conn_fetch(conn,
			  "SELECT 1 FROM INFORMATION_SCHEMA.INNODB_SYS_FOREIGN "
			  "WHERE SUBSTRING_INDEX(FOR_NAME, '/', 1) <> "
			  "SUBSTRING_INDEX(REF_NAME, '/', 1) LIMIT 1",
			  &rows, &err) ||
	       rows_count(rows);
}

/* ------------------------------------------------------------------------
 * Keys of tables that the user may not see
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
static enum dbs_rc take_hidden(void *self, size_t width,
			       const char *const *texts, const size_t *lengths,
			       struct dbs_error *err)
{
	struct loader *loader = self;
	const char *parts[6];

	(void)width;
	(void)lengths;
	(void)err;
	for (size_t i = 0; i < 3; i++) {
		const char *text = texts[i] ? texts[i] : "";
		const char *slash = strchr(text, '/');

		if (!slash)
			return DBS_OK;
		parts[2 * i] = plain_name(loader->arena, text,
					  (size_t)(slash - text));
		parts[2 * i + 1] = plain_name(loader->arena, slash + 1,
					      strlen(slash + 1));
	}
	if (strcmp(parts[4], loader->database) != 0 ||
	    is_known(loader, parts[1], parts[2], parts[3]))
		return DBS_OK;
	*(struct foreign_key *)vec_push(&loader->keys) = (struct foreign_key){
		.name = parts[1],
		.child_database = parts[2],
		.child = parts[3],
		.parent_database = parts[4],
		.parent = parts[5],
		.delete_rule = "",
		.update_rule = "",
	};
	return DBS_OK;
}

/*
 * INFORMATION_SCHEMA hides keys of tables without a privilege on them; InnoDB's
 * own lists do not, for those who may ask (PROCESS).
 */
static enum dbs_rc add_hidden(struct conn *conn, struct loader *loader,
			      struct dbs_error *err)
{
	const bool is_mariadb = conn_server(conn)->family == SERVER_MARIADB;
	OWNED(buf_release) struct buf sql = BUF_INIT;

	buf_addf(&sql,
		 "SELECT ID, FOR_NAME, REF_NAME FROM INFORMATION_SCHEMA.%s",
		 is_mariadb ? "INNODB_SYS_FOREIGN" : "INNODB_FOREIGN");
	enum dbs_rc rc = conn_each(conn, sql.data, take_hidden, loader, err);

	if (!dbs_is_refusal(rc))
		return rc;
	dbs_error_clear(err);
	return DBS_OK;
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
		.parts = VEC_INIT(struct part),
		.database = database,
		.keys = VEC_INIT(struct foreign_key),
		.triggers = VEC_INIT(struct trigger),
	};
	const bool crosses = may_cross(conn);
	enum dbs_rc rc = each(
		conn,
		"SELECT CONSTRAINT_NAME, TABLE_SCHEMA, TABLE_NAME, "
		"COLUMN_NAME, REFERENCED_TABLE_SCHEMA, REFERENCED_TABLE_NAME, "
		"REFERENCED_COLUMN_NAME, ORDINAL_POSITION FROM "
		"INFORMATION_SCHEMA.KEY_COLUMN_USAGE WHERE "
		"REFERENCED_TABLE_NAME IS NOT NULL AND",
		"TABLE_SCHEMA", crosses ? "REFERENCED_TABLE_SCHEMA" : NULL,
		database, take_part, &loader, err);

	join_parts(&loader);
	if (!rc && loader.keys.count)
		rc = each(conn,
			  "SELECT CONSTRAINT_SCHEMA, TABLE_NAME, "
			  "CONSTRAINT_NAME, DELETE_RULE, UPDATE_RULE FROM "
			  "INFORMATION_SCHEMA.REFERENTIAL_CONSTRAINTS WHERE",
			  "CONSTRAINT_SCHEMA",
			  crosses ? "UNIQUE_CONSTRAINT_SCHEMA" : NULL, database,
			  take_rule, &loader, err);
	if (!rc)
		rc = add_hidden(conn, &loader, err);
	if (!rc)
		rc = each(conn,
			  "SELECT EVENT_OBJECT_SCHEMA, EVENT_OBJECT_TABLE, "
			  "TRIGGER_NAME, ACTION_TIMING, EVENT_MANIPULATION "
			  "FROM INFORMATION_SCHEMA.TRIGGERS WHERE",
			  "EVENT_OBJECT_SCHEMA", NULL, database, take_trigger,
			  &loader, err);
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
