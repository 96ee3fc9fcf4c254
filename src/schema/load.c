/*
 * load.c - see load.h.
 *
 * Three queries of INFORMATION_SCHEMA give tables, columns and index parts of
 * the whole database; see find_hashes for a fourth.  Their order is not relied
 * upon (MySQL's dictionary gives none, and ORDER BY there would sort by a
 * collation): tables are sorted here by bytes, columns by ordinal, index parts
 * by index and sequence.
 *
 *	TABLES ──▶ drafts, sorted ◀── COLUMNS, STATISTICS looked up by name
 *	           drafts ──▶ arena (tables, columns, keys)
 *
 * Temporary tables and views are left out.  A sequence of MariaDB is a table
 * of one row here, a system-versioned table one of its current rows.
 */
#include "dbsync/schema/load.h"

#include "dbsync/base/clock.h"
#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/base/vec.h"
#include "dbsync/db/quote.h"

#include <stdlib.h>
#include <string.h>

/* One row of STATISTICS. */
struct part {
	const char *key;
	const char *column; /* NULL: an expression */
	unsigned sequence;
	bool is_unique;
	bool is_prefix;
	bool is_ordered;
	bool is_usable;
};

struct draft {
	struct table table;
	uint64_t counter;   /* as the server says */
	struct vec columns; /* struct column */
	struct vec parts;   /* struct part */
};

struct loader {
	struct arena *arena;
	struct vec drafts;  /* struct draft, sorted once complete */
	struct draft *last; /* rows come in runs of one table, mostly */
};

static uint64_t number(const char *text)
{
	return text ? strtoull(text, NULL, 10) : 0;
}

static const char *keep(struct loader *loader, const char *text)
{
	return arena_strdup(loader->arena, text ? text : "");
}

static enum dbs_rc each(struct conn *conn, const char *sql,
			const char *database, const char *form, conn_take *take,
			struct loader *loader, struct dbs_error *err)
{
	OWNED(buf_release) struct buf query = BUF_INIT;

	buf_adds(&query, sql);
	quote_text(&query, database);
	return conn_each(conn, query.data, form, take, loader, err);
}

/* ------------------------------------------------------------------------
 * TABLES
 * --------------------------------------------------------------------- */

static enum dbs_rc take_table(void *self, size_t width,
			      const char *const *texts, const size_t *lengths,
			      struct dbs_error *err)
{
	struct loader *loader = self;
	struct draft *draft = vec_push(&loader->drafts);

	(void)width;
	(void)lengths;
	(void)err;
	draft->table.name = keep(loader, texts[0]);
	draft->table.engine = keep(loader, texts[1]);
	draft->table.rows = number(texts[2]);
	draft->table.row_bytes = number(texts[3]);
	draft->counter = number(texts[4]);
	draft->table.is_versioned = !strcmp(texts[5], "SYSTEM VERSIONED");
	draft->table.is_sequence = !strcmp(texts[5], "SEQUENCE");
	if (!draft->table.row_bytes)
		draft->table.row_bytes = 64;
	draft->columns = (struct vec)VEC_INIT(struct column);
	draft->parts = (struct vec)VEC_INIT(struct part);
	return DBS_OK;
}

static int order_drafts(const void *a, const void *b)
{
	return strcmp(((const struct draft *)a)->table.name,
		      ((const struct draft *)b)->table.name);
}

static int find_draft(const void *name, const void *draft)
{
	return strcmp(name, ((const struct draft *)draft)->table.name);
}

/* NULL for a view, or a table that was created since TABLES was read. */
static struct draft *draft_of(struct loader *loader, const char *name)
{
	if (loader->last && !strcmp(loader->last->table.name, name))
		return loader->last;
	if (!loader->drafts.count)
		return NULL;
	struct draft *found = bsearch(name, loader->drafts.items,
				      loader->drafts.count,
				      sizeof(struct draft), find_draft);

	if (found)
		loader->last = found;
	return found;
}

/* ------------------------------------------------------------------------
 * COLUMNS
 * --------------------------------------------------------------------- */

enum {
	C_TABLE,
	C_NAME,
	C_ORDINAL,
	C_NULLABLE,
	C_DATA_TYPE,
	C_TYPE,
	C_OCTETS,
	C_SCALE,
	C_FRACTION,
	C_CHARSET,
	C_COLLATION,
	C_EXTRA,
	C_GENERATION,
};

#define COLUMNS_SQL(generation)                                                      \
	"SELECT TABLE_NAME, COLUMN_NAME, ORDINAL_POSITION, IS_NULLABLE, "            \
	"DATA_TYPE, COLUMN_TYPE, CHARACTER_OCTET_LENGTH, NUMERIC_SCALE, "            \
	"DATETIME_PRECISION, CHARACTER_SET_NAME, COLLATION_NAME, EXTRA, " generation \
	" FROM INFORMATION_SCHEMA.COLUMNS "                                          \
	"WHERE TABLE_SCHEMA = "

/*
 * MySQL before 5.7 has no generated columns; MariaDB before 10.2 has, and says
 * so in EXTRA, as all others.
 */
static const char *columns_sql(const struct server *server)
{
	return server->has_generated_columns
		       ? COLUMNS_SQL("GENERATION_EXPRESSION")
		       : COLUMNS_SQL("NULL");
}

static bool is_generated(const char *const *texts)
{
	const char *extra = texts[C_EXTRA] ? texts[C_EXTRA] : "";

	return strstr(extra, "VIRTUAL") || strstr(extra, "STORED") ||
	       strstr(extra, "PERSISTENT");
}

static bool is_numbered(const char *const *texts)
{
	return texts[C_EXTRA] && strstr(texts[C_EXTRA], "auto_increment");
}

static bool is_computed_as(const char *const *texts, const char *expression)
{
	return texts[C_GENERATION] && !strcmp(texts[C_GENERATION], expression);
}

static enum dbs_rc take_column(void *self, size_t width,
			       const char *const *texts, const size_t *lengths,
			       struct dbs_error *err)
{
	struct loader *loader = self;
	struct draft *draft = draft_of(loader, texts[C_TABLE]);

	(void)width;
	(void)lengths;
	(void)err;
	if (!draft)
		return DBS_OK;
	struct column *column = vec_push(&draft->columns);
	const char *type_text = texts[C_TYPE];

	column->name = keep(loader, texts[C_NAME]);
	column->type_text = keep(loader, type_text);
	column->charset = keep(loader, texts[C_CHARSET]);
	column->collation = keep(loader, texts[C_COLLATION]);
	column->max_bytes = number(texts[C_OCTETS]);
	column->ordinal = (unsigned)number(texts[C_ORDINAL]);
	column->type = type_from_name(texts[C_DATA_TYPE]);
	column->scale = (unsigned)number(texts[C_FRACTION] ? texts[C_FRACTION]
							   : texts[C_SCALE]);
	column->is_unsigned = strstr(type_text, " unsigned") != NULL;
	column->is_zerofill = strstr(type_text, " zerofill") != NULL;
	column->has_fixed_scale = (column->type == TYPE_FLOAT ||
				   column->type == TYPE_DOUBLE) &&
				  strchr(type_text, ',') != NULL;
	column->is_nullable = !strcmp(texts[C_NULLABLE], "YES");
	column->is_generated = is_generated(texts);
	column->is_row_end = is_computed_as(texts, "ROW END");
	column->is_row_period = column->is_row_end ||
				is_computed_as(texts, "ROW START");
	/*
	 * MySQL says NULL of a table that never had a row, and a number of one
	 * whose column counted once.
	 */
	if (is_numbered(texts))
		draft->table.auto_increment = draft->counter ? draft->counter
							     : 1;
	return DBS_OK;
}

static int order_columns(const void *a, const void *b)
{
	const struct column *left = a;
	const struct column *right = b;

	return (left->ordinal > right->ordinal) -
	       (left->ordinal < right->ordinal);
}

/* ------------------------------------------------------------------------
 * STATISTICS
 * --------------------------------------------------------------------- */

enum {
	S_TABLE,
	S_KEY,
	S_NON_UNIQUE,
	S_SEQUENCE,
	S_COLUMN,
	S_PREFIX,
	S_USABLE,
	S_INDEX_TYPE,
};

#define STATISTICS_SQL(usable)                                      \
	"SELECT TABLE_NAME, INDEX_NAME, NON_UNIQUE, SEQ_IN_INDEX, " \
	"COLUMN_NAME, SUB_PART, " usable                            \
	" FROM INFORMATION_SCHEMA.STATISTICS "                      \
	"WHERE NON_UNIQUE = 0 AND TABLE_SCHEMA = "

/* An index that the optimizer must not use is of no use for reading. */
static const char *statistics_sql(const struct server *server)
{
	if (server->family == SERVER_MYSQL)
		return server->has_invisible_index
			       ? STATISTICS_SQL(
					 "IS_VISIBLE = 'YES', INDEX_TYPE")
			       : STATISTICS_SQL("1, INDEX_TYPE");
	return server->has_ignored_index ? STATISTICS_SQL("IGNORED = 'NO'")
					 : STATISTICS_SQL("1");
}

static enum dbs_rc take_part(void *self, size_t width, const char *const *texts,
			     const size_t *lengths, struct dbs_error *err)
{
	struct loader *loader = self;
	struct draft *draft = draft_of(loader, texts[S_TABLE]);

	(void)lengths;
	(void)err;
	if (!draft)
		return DBS_OK;
	struct part *part = vec_push(&draft->parts);

	part->key = keep(loader, texts[S_KEY]);
	part->column = texts[S_COLUMN] ? keep(loader, texts[S_COLUMN]) : NULL;
	part->sequence = (unsigned)number(texts[S_SEQUENCE]);
	part->is_unique = !number(texts[S_NON_UNIQUE]);
	part->is_prefix = texts[S_PREFIX] != NULL;
	part->is_ordered = width <= S_INDEX_TYPE ||
			   !strcmp(texts[S_INDEX_TYPE], "BTREE");
	part->is_usable = number(texts[S_USABLE]) != 0;
	return DBS_OK;
}

/*
 * MariaDB opens each table to say INDEX_TYPE (measured with 10,000 tables: 3.1 s
 * instead of 0.2 s).  So it is asked only of tables where a unique key may be a
 * hash: any but the primary one (USING HASH, values too long for a tree), and all
 * of engines that are not known to keep trees.
 */
static bool may_have_hash(const struct draft *draft)
{
	static const char *const engines[] = {"InnoDB", "MyISAM", "Aria"};
	bool is_tree = false;

	for (size_t i = 0; i < sizeof(engines) / sizeof(*engines); i++)
		is_tree = is_tree ||
			  text_equal_nocase(draft->table.engine, engines[i]);
	for (size_t i = 0; i < draft->parts.count; i++) {
		const struct part *part = vec_at(&draft->parts, i);

		if (!is_tree || strcmp(part->key, "PRIMARY") != 0)
			return true;
	}
	return false;
}

static enum dbs_rc take_hash(void *self, size_t width, const char *const *texts,
			     const size_t *lengths, struct dbs_error *err)
{
	struct draft *draft = draft_of(self, texts[0]);

	(void)width;
	(void)lengths;
	(void)err;
	for (size_t i = 0; draft && i < draft->parts.count; i++) {
		struct part *part = vec_at(&draft->parts, i);

		if (!strcmp(part->key, texts[1]))
			part->is_ordered = false;
	}
	return DBS_OK;
}

static enum dbs_rc find_hashes(struct conn *conn, const char *database,
			       struct loader *loader, struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	size_t count = 0;

	/* it has said the type of each */
	if (conn_server(conn)->family == SERVER_MYSQL)
		return DBS_OK;
	buf_adds(&sql, "SELECT TABLE_NAME, INDEX_NAME FROM "
		       "INFORMATION_SCHEMA.STATISTICS WHERE NON_UNIQUE = 0 AND "
		       "INDEX_TYPE <> 'BTREE' AND TABLE_NAME IN (");
	for (size_t i = 0; i < loader->drafts.count; i++) {
		const struct draft *draft = vec_at(&loader->drafts, i);

		if (!may_have_hash(draft))
			continue;
		buf_adds(&sql, count++ ? ", " : "");
		quote_text(&sql, draft->table.name);
	}
	if (!count)
		return DBS_OK;
	buf_adds(&sql, ") AND TABLE_SCHEMA = ");
	return each(conn, sql.data, database, "tt", take_hash, loader, err);
}

/* PRIMARY first, then by name, so that the choice of a key is stable. */
static int order_parts(const void *a, const void *b)
{
	const struct part *left = a;
	const struct part *right = b;
	const bool left_primary = !strcmp(left->key, "PRIMARY");
	const bool right_primary = !strcmp(right->key, "PRIMARY");
	const int names = strcmp(left->key, right->key);

	if (left_primary != right_primary)
		return left_primary ? -1 : 1;
	if (names)
		return names;
	return (left->sequence > right->sequence) -
	       (left->sequence < right->sequence);
}

/* ------------------------------------------------------------------------
 * COLUMN_PRIVILEGES: a user with grants on columns sees only those
 * --------------------------------------------------------------------- */

static enum dbs_rc take_grant(void *self, size_t width,
			      const char *const *texts, const size_t *lengths,
			      struct dbs_error *err)
{
	struct draft *draft = draft_of(self, texts[0]);

	(void)width;
	(void)lengths;
	(void)err;
	if (draft)
		draft->table.has_column_grants = true;
	return DBS_OK;
}

/* ------------------------------------------------------------------------
 * From drafts to the model
 * --------------------------------------------------------------------- */

static void add_part(const struct table *table, struct key *key,
		     const struct part *part)
{
	const struct column *column =
		part->column ? table_find_column(table, part->column) : NULL;

	/* of a versioned table only current rows are read: they end alike */
	if (column && column->is_row_period)
		return;
	if (!column || part->is_prefix)
		key->is_exact = false;
	if (!column || column->is_nullable)
		key->is_not_null = false;
	key->columns[key->count++] = column;
}

static void finish_keys(struct arena *arena, struct draft *draft)
{
	const size_t parts = draft->parts.count;
	struct key *keys = arena_alloc(arena, parts * sizeof(*keys));
	const struct column **columns = arena_alloc(arena,
						    parts * sizeof(*columns));
	struct key *key = NULL;

	if (parts)
		qsort(draft->parts.items, parts, sizeof(struct part),
		      order_parts);
	for (size_t i = 0; i < parts; i++) {
		const struct part *part = vec_at(&draft->parts, i);

		if (!key || strcmp(key->name, part->key) != 0) {
			key = &keys[draft->table.key_count++];
			*key = (struct key){.name = part->key,
					    .columns = columns + i,
					    .is_unique = part->is_unique,
					    .is_exact = true,
					    .is_ordered = part->is_ordered,
					    .is_usable = part->is_usable,
					    .is_not_null = true};
		}
		add_part(&draft->table, key, part);
	}
	draft->table.keys = keys;
}

/* Servers number them from 1, without gaps: one that is missing was not told. */
static size_t find_lost(const struct column *columns, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (columns[i].ordinal != i + 1)
			return i + 1;
	return 0;
}

static void finish_table(struct arena *arena, struct draft *draft)
{
	const size_t count = draft->columns.count;
	struct column *columns = arena_alloc(arena, count * sizeof(*columns));

	if (count) {
		qsort(draft->columns.items, count, sizeof(*columns),
		      order_columns);
		memcpy(columns, draft->columns.items, count * sizeof(*columns));
	}
	draft->table.columns = columns;
	draft->table.column_count = count;
	draft->table.lost_column = find_lost(columns, count);
	finish_keys(arena, draft);
}

static const struct database *finish(struct loader *loader, const char *name,
				     bool folds_case)
{
	struct database *database = arena_alloc(loader->arena,
						sizeof(*database));
	const size_t count = loader->drafts.count;
	struct table *tables = arena_alloc(loader->arena,
					   count * sizeof(*tables));

	for (size_t i = 0; i < count; i++) {
		struct draft *draft = vec_at(&loader->drafts, i);

		finish_table(loader->arena, draft);
		tables[i] = draft->table;
	}
	database->name = keep(loader, name);
	database->tables = tables;
	database->table_count = count;
	database->folds_case = folds_case;
	return database;
}

static void loader_release(struct loader *loader)
{
	for (size_t i = 0; i < loader->drafts.count; i++) {
		struct draft *draft = vec_at(&loader->drafts, i);

		vec_release(&draft->columns);
		vec_release(&draft->parts);
	}
	vec_release(&loader->drafts);
}

/* ------------------------------------------------------------------------
 * The queries
 * --------------------------------------------------------------------- */

static enum dbs_rc look_for(struct conn *conn, const char *database,
			    bool *folds_case_out, bool *is_there_out,
			    struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	OWNED(rows_drop) struct rows *rows = NULL;

	buf_adds(&sql, "SELECT @@lower_case_table_names, (SELECT COUNT(*) FROM "
		       "INFORMATION_SCHEMA.SCHEMATA WHERE SCHEMA_NAME = ");
	quote_text(&sql, database);
	buf_adds(&sql, ")");
	enum dbs_rc rc = conn_fetch(conn, sql.data, "1nn", &rows, err);

	if (rc)
		return rc;
	*folds_case_out = number(rows_text(rows, 0, 0)) != 0;
	*is_there_out = number(rows_text(rows, 0, 1)) != 0;
	return DBS_OK;
}

static enum dbs_rc check_exists(struct conn *conn, const char *database,
				bool *folds_case_out, struct dbs_error *err)
{
	OWNED(buf_release) struct buf where = BUF_INIT;
	bool is_there = false;
	enum dbs_rc rc = look_for(conn, database, folds_case_out, &is_there,
				  err);

	if (rc || is_there)
		return rc;
	dsn_show(conn_setup(conn)->dsn, &where);
	rc = dbs_fail(err, DBS_E_CONNECT,
		      "%s %s: there is no database `%s`, or none that this "
		      "user may see",
		      conn_role(conn), where.data, database);
	err->role = conn_setup(conn)->role;
	return rc;
}

static enum dbs_rc load_all(struct conn *conn, const char *database,
			    struct loader *loader, struct dbs_error *err)
{
	enum dbs_rc rc = each(conn,
			      "SELECT TABLE_NAME, ENGINE, TABLE_ROWS, "
			      "AVG_ROW_LENGTH, AUTO_INCREMENT, TABLE_TYPE "
			      "FROM INFORMATION_SCHEMA.TABLES "
			      "WHERE TABLE_TYPE IN ('BASE TABLE', 'SEQUENCE', "
			      "'SYSTEM VERSIONED') AND TABLE_SCHEMA = ",
			      database, "tTNNNt", take_table, loader, err);

	if (rc)
		return rc;
	if (loader->drafts.count)
		qsort(loader->drafts.items, loader->drafts.count,
		      sizeof(struct draft), order_drafts);
	rc = each(conn, columns_sql(conn_server(conn)), database,
		  "ttntttNNNWWTT", take_column, loader, err);
	if (rc)
		return rc;
	rc = each(conn, statistics_sql(conn_server(conn)), database,
		  conn_server(conn)->family == SERVER_MYSQL ? "ttnnTNnt"
							    : "ttnnTNn",
		  take_part, loader, err);
	if (!rc)
		rc = find_hashes(conn, database, loader, err);
	if (rc)
		return rc;
	return each(conn,
		    "SELECT DISTINCT TABLE_NAME FROM "
		    "INFORMATION_SCHEMA.COLUMN_PRIVILEGES WHERE "
		    "TABLE_SCHEMA = ",
		    database, "t", take_grant, loader, err);
}

enum dbs_rc schema_load(struct conn *conn, const char *database,
			struct arena *arena, const struct database **out,
			struct dbs_error *err)
{
	OWNED(loader_release) struct loader loader = {
		.arena = arena, .drafts = VEC_INIT(struct draft)};
	bool folds_case = false;
	enum dbs_rc rc = check_exists(conn, database, &folds_case, err);

	if (!rc)
		rc = load_all(conn, database, &loader, err);
	if (rc)
		return rc;
	*out = finish(&loader, database, folds_case);
	return DBS_OK;
}

enum dbs_rc schema_load_if_there(struct conn *conn, const char *database,
				 struct arena *arena,
				 const struct database **out,
				 bool *is_there_out, struct dbs_error *err)
{
	OWNED(loader_release) struct loader loader = {
		.arena = arena, .drafts = VEC_INIT(struct draft)};
	bool folds_case = false;
	enum dbs_rc rc = look_for(conn, database, &folds_case, is_there_out,
				  err);

	if (!rc && *is_there_out)
		return schema_load(conn, database, arena, out, err);
	if (!rc)
		*out = finish(&loader, database, folds_case);
	return rc;
}

enum dbs_rc schema_databases(struct conn *conn, struct rows **out,
			     struct dbs_error *err)
{
	return conn_fetch(conn,
			  "SELECT SCHEMA_NAME FROM "
			  "INFORMATION_SCHEMA.SCHEMATA WHERE LOWER("
			  "SCHEMA_NAME) NOT IN ('mysql', 'sys', "
			  "'" SCHEMA_OF_OURS "', "
			  "'information_schema', 'performance_schema', "
			  "'ndbinfo') ORDER BY SCHEMA_NAME",
			  "t", out, err);
}

bool schema_is_system(const char *database)
{
	static const char *const names[] = {
		"mysql",   "information_schema", "performance_schema", "sys",
		"ndbinfo", SCHEMA_OF_OURS};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (text_equal_nocase(names[i], database))
			return true;
	return false;
}

/* "BASE TABLE", "VIEW", …; NULL when the user sees nothing of that name. */
static enum dbs_rc type_of_table(struct conn *conn, const char *database,
				 const char *table, char **out,
				 struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;

	buf_adds(&sql, "SELECT TABLE_TYPE FROM INFORMATION_SCHEMA.TABLES "
		       "WHERE TABLE_SCHEMA = ");
	quote_text(&sql, database);
	buf_adds(&sql, " AND TABLE_NAME = ");
	quote_text(&sql, table);
	return conn_fetch_text(conn, sql.data, "?t", out, err);
}

enum dbs_rc schema_presence(struct conn *conn, const char *database,
			    const char *table, enum presence *out,
			    struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	OWNED(mem_drop) char *type = NULL;
	/* the second is what INFORMATION_SCHEMA says */
	enum { NO_DATABASE = 1049, UNKNOWN_TABLE = 1109 };
	enum dbs_rc rc = type_of_table(conn, database, table, &type, err);

	if (rc)
		return rc;
	*out = type && strstr(type, "VIEW") ? PRESENCE_VIEW : PRESENCE_HIDDEN;
	if (type)
		return DBS_OK;
	buf_adds(&sql, "SELECT 1 FROM ");
	quote_table(&sql, database, table);
	buf_adds(&sql, " LIMIT 0");
	rc = conn_run(conn, sql.data, err);
	const bool is_absent = rc == DBS_E_CHANGED ||
			       (rc && (err->server_errno == NO_DATABASE ||
				       err->server_errno == UNKNOWN_TABLE));

	if (rc && !is_absent && rc != DBS_E_DENIED)
		return rc;
	if (is_absent)
		*out = PRESENCE_ABSENT;
	if (rc)
		dbs_error_clear(err);
	return DBS_OK;
}

/*
 * A server tells only those who may read the whole database that a table is
 * not there; it is the one that knows roles, patterns, and what was revoked.
 */
enum dbs_rc schema_shows_all(struct conn *conn, const char *database, bool *out,
			     struct dbs_error *err)
{
	enum { MANY = 1000000000 };
	OWNED(buf_release) struct buf name = BUF_INIT;
	enum presence presence = PRESENCE_HIDDEN;

	buf_addf(&name, "dbsync_no_table_%u", clock_jitter(MANY));
	enum dbs_rc rc = schema_presence(conn, database, name.data, &presence,
					 err);

	if (!rc)
		*out = presence == PRESENCE_ABSENT;
	return rc;
}
