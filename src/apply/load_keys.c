/* load_keys.c - see load_keys.h. */
#include "load_keys.h"

#include "dbsync/base/fault.h"
#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/db/quote.h"
#include "dbsync/schema/render.h"

#include <string.h>

enum { NO_SUCH_KEY = 1091, DUPLICATE_KEY = 1061 };

/* ------------------------------------------------------------------------
 * Which
 * --------------------------------------------------------------------- */

static bool begins_with(const struct def_key *key, const char *column)
{
	return text_equal_nocase(key->parts[0].column, column);
}

/* Foreign keys lean on it, of this table or of another copy. */
static bool is_needed(const struct stage *stage,
		      const struct stage_table *table,
		      const struct def_key *key)
{
	for (size_t t = 0; t < stage->table_count; t++) {
		const struct reshape_table *other = stage->tables[t].table;
		const struct definition *want = other->structure->want;

		for (size_t i = 0; i < want->foreign_key_count; i++) {
			const struct def_foreign_key *foreign =
				&want->foreign_keys[i];

			if (other == table->table &&
			    begins_with(key, foreign->columns[0]))
				return true;
			if (!strcmp(foreign->parent, table->table->table) &&
			    begins_with(key, foreign->parent_columns[0]))
				return true;
		}
	}
	return false;
}

static bool may_wait(const struct stage *stage, const struct stage_table *table,
		     const struct def_key *key)
{
	const struct def_column *first = NULL;

	if (key->kind != DEF_KEY_PLAIN)
		return false;
	for (size_t i = 0; i < key->part_count; i++)
		if (!key->parts[i].column)
			return false;
	first = definition_column(table->table->structure->want,
				  key->parts[0].column);
	return first && !first->is_auto_increment &&
	       !is_needed(stage, table, key);
}

static void add_clause(const struct def_key *key, enum server_family family,
		       struct buf *drop, struct buf *add)
{
	buf_adds(drop, drop->length ? ", DROP KEY " : " DROP KEY ");
	quote_name(drop, key->name);
	buf_adds(add, add->length ? ", ADD " : " ADD ");
	render_key(key, family, add);
}

/*
 * Only those behind which no plain key stays, so that all come back in their
 * order; other kinds have places of their own.
 */
static size_t first_of(const struct stage *stage,
		       const struct stage_table *table)
{
	const struct definition *want = table->table->structure->want;
	size_t first = want->key_count;

	while (first && (want->keys[first - 1].kind != DEF_KEY_PLAIN ||
			 may_wait(stage, table, &want->keys[first - 1])))
		first--;
	return first;
}

static const char *alter(const struct stage_table *table,
			 const struct buf *clauses, struct arena *arena)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;

	buf_adds(&sql, "ALTER TABLE ");
	quote_table(&sql, table->database->stage, table->table->table);
	buf_adds(&sql, clauses->data);
	return arena_strdup(arena, sql.data);
}

const struct load_keys *load_keys_of(const struct stage *stage,
				     const struct stage_table *table,
				     enum server_family family,
				     struct arena *arena)
{
	const struct definition *want = table->table->structure->want;
	OWNED(buf_release) struct buf drop = BUF_INIT;
	OWNED(buf_release) struct buf add = BUF_INIT;

	for (size_t i = first_of(stage, table); i < want->key_count; i++)
		if (want->keys[i].kind == DEF_KEY_PLAIN)
			add_clause(&want->keys[i], family, &drop, &add);
	if (!add.length)
		return NULL;
	struct load_keys *keys = arena_alloc(arena, sizeof(*keys));

	keys->drop = alter(table, &drop, arena);
	keys->add = alter(table, &add, arena);
	return keys;
}

/* ------------------------------------------------------------------------
 * Away and back
 * --------------------------------------------------------------------- */

/* Strictly: else a key that is too long is cut with a warning. */
static enum dbs_rc run(struct conn *conn, const char *sql, unsigned done,
		       struct dbs_error *err)
{
	enum dbs_rc rc = conn_run(conn,
				  "SET SESSION sql_mode = "
				  "'" CONN_SQL_MODE_STRICT "'",
				  err);

	if (!rc)
		rc = conn_run(conn, sql, err);
	if (!rc || err->server_errno != done)
		return rc;
	/* it is one statement, whose answer was lost before */
	dbs_error_clear(err);
	return DBS_OK;
}

enum dbs_rc load_keys_drop(struct conn *conn, const struct load_keys *keys,
			   struct dbs_error *err)
{
	return run(conn, keys->drop, NO_SUCH_KEY, err);
}

/* Foreign keys apart, whose parents have other names here. */
static enum dbs_rc check(struct conn *conn, const struct stage_table *table,
			 struct dbs_error *err)
{
	OWNED(arena_drop) struct arena *arena = arena_new();
	struct structure_reader *reader = NULL;
	struct structure now = {.unknown = NULL};
	const struct structure_wish wish = {
		.database[TARGET] = table->database->stage,
		.table[TARGET] = table->table->table,
	};
	enum dbs_rc rc = structure_reader_new(conn, conn, arena, &reader, err);

	if (!rc)
		rc = structure_read_back(reader, &wish, NULL, &now, err);
	if (rc || (now.have && structure_is_same_but_keys(
				       now.have, table->table->structure->want,
				       conn_server(conn)->family)))
		return rc;
	return dbs_fail(err, DBS_E_CHANGED,
			"with its keys the copy differs from the source: "
			"nothing was swapped in");
}

enum dbs_rc load_keys_add(struct conn *conn, const struct load_keys *keys,
			  const struct stage_table *table,
			  struct dbs_error *err)
{
	fault_here(FAULT_LOAD_KEYS);
	enum dbs_rc rc = run(conn, keys->add, DUPLICATE_KEY, err);

	/* an ALTER may forget it */
	if (!rc && table->count)
		rc = conn_run(conn, table->count, err);
	return rc ? rc : check(conn, table, err);
}
