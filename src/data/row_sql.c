/* row_sql.c - see row_sql.h. */
#include "dbsync/data/row_sql.h"

#include "dbsync/base/own.h"
#include "dbsync/db/quote.h"

#include <string.h>

/* What stands around the literal of a column in a predicate. */
struct match {
	const char *left;
	const char *right;
};

struct row_sql {
	const struct image *image;
	const char *table;
	const char *whole_insert;
	const char *written_insert;
	const char *update;
	const char *whole_update;
	bool needs_merge;
	const char *single; /* the only key column, quoted; NULL: others */
	const struct match *matches;
	const size_t *match_columns; /* places in the image's columns */
	size_t match_count;
};

/* ------------------------------------------------------------------------
 * Making
 * --------------------------------------------------------------------- */

static const char *quoted(struct arena *arena, const char *name)
{
	OWNED(buf_release) struct buf text = BUF_INIT;

	quote_name(&text, name);
	return arena_strdup(arena, text.data);
}

static struct match exact_match(struct arena *arena,
				const struct column *column)
{
	const char *name = quoted(arena, column->name);

	if (column_is_ambiguous(column))
		return (struct match){
			arena_printf(arena, "CAST(%s AS UNSIGNED) <=> ", name),
			""};
	switch (column->type) {
	case TYPE_CHAR:
	case TYPE_TEXT:
	case TYPE_ENUM:
	case TYPE_SET:
		return (struct match){
			arena_printf(arena,
				     "CAST(%s AS BINARY) <=> CAST(CONVERT(",
				     name),
			arena_printf(arena, " USING %s) AS BINARY)",
				     column->charset)};
	case TYPE_JSON:
		return (struct match){
			arena_printf(arena,
				     "CAST(CAST(%s AS CHAR) AS BINARY) <=> "
				     "CAST(",
				     name),
			" AS BINARY)"};
	case TYPE_GEOMETRY:
	case TYPE_VECTOR:
		return (struct match){
			arena_printf(arena, "CAST(%s AS BINARY) <=> ", name),
			""};
	case TYPE_UNKNOWN:
	case TYPE_INTEGER:
	case TYPE_DECIMAL:
	case TYPE_FLOAT:
	case TYPE_DOUBLE:
	case TYPE_BIT:
	case TYPE_YEAR:
	case TYPE_DATE:
	case TYPE_DATETIME:
	case TYPE_TIMESTAMP:
	case TYPE_TIME:
	case TYPE_BINARY:
	case TYPE_BLOB:
	case TYPE_UUID:
	case TYPE_INET:
		break;
	}
	return (struct match){arena_printf(arena, "%s <=> ", name), ""};
}

static void make_matches(struct row_sql *sql, struct arena *arena)
{
	const struct image *image = sql->image;
	const size_t count = image->key_count ? image->key_count : image->count;
	struct match *matches = arena_alloc(arena, count * sizeof(*matches));
	size_t *columns = arena_alloc(arena, count * sizeof(*columns));

	for (size_t i = 0; i < count; i++) {
		columns[i] = image->key_count ? image->key[i] : i;
		const struct column *column = image->columns[columns[i]].column;

		matches[i] =
			image->key_count
				? (struct match){arena_printf(
							 arena, "%s = ",
							 quoted(arena,
								column->name)),
						 ""}
				: exact_match(arena, column);
	}
	sql->matches = matches;
	sql->match_columns = columns;
	sql->match_count = count;
	if (image->key_count == 1)
		sql->single = quoted(arena,
				     image->columns[columns[0]].column->name);
}

static const char *insert_text(const struct row_sql *sql, struct arena *arena,
			       size_t count)
{
	OWNED(buf_release) struct buf text = BUF_INIT;

	buf_addf(&text, "INSERT INTO %s (", sql->table);
	for (size_t i = 0; i < count; i++) {
		buf_adds(&text, i ? ", " : "");
		quote_name(&text, sql->image->columns[i].column->name);
	}
	buf_adds(&text, ") VALUES");
	return arena_strdup(arena, text.data);
}

static const char *update_text(const struct row_sql *sql,
			       const struct server *server, bool is_whole,
			       struct arena *arena)
{
	const struct image *image = sql->image;
	const bool has_alias = server->has_row_alias;
	OWNED(buf_release) struct buf text = BUF_INIT;

	buf_adds(&text, has_alias ? "\nAS dbsync_row ON DUPLICATE KEY UPDATE"
				  : "\nON DUPLICATE KEY UPDATE");
	for (size_t i = 0; i < image->count; i++) {
		const struct column *column = image->columns[i].column;
		const char *name = quoted(arena, column->name);
		/* which servers hand on as its name */
		const bool by_number = column_is_ambiguous(column);

		buf_addf(&text, "%s %s = %s", i ? "," : "", name,
			 by_number ? "CAST(" : "");
		if (!is_whole && !image->columns[i].is_set)
			buf_addf(&text, "%s.%s", sql->table, name);
		else
			buf_addf(&text,
				 has_alias ? "dbsync_row.%s" : "VALUES(%s)",
				 name);
		buf_adds(&text, by_number ? " AS UNSIGNED)" : "");
	}
	return arena_strdup(arena, text.data);
}

static bool has_unset(const struct image *image)
{
	for (size_t i = 0; i < image->count; i++)
		if (!image->columns[i].is_set)
			return true;
	return false;
}

const struct row_sql *row_sql_make(const struct image *image,
				   const char *database,
				   const struct server *server,
				   struct arena *arena)
{
	struct row_sql *sql = arena_alloc(arena, sizeof(*sql));
	OWNED(buf_release) struct buf name = BUF_INIT;

	quote_table(&name, database, image->pair->table[TARGET]->name);
	sql->image = image;
	sql->table = arena_strdup(arena, name.data);
	sql->whole_insert = insert_text(sql, arena, image->count);
	sql->written_insert = insert_text(sql, arena, image->written_count);
	sql->update = update_text(sql, server, false, arena);
	sql->whole_update = update_text(sql, server, true, arena);
	sql->needs_merge = has_unset(image);
	make_matches(sql, arena);
	return sql;
}

const char *row_sql_table(const struct row_sql *sql)
{
	return sql->table;
}

/* ------------------------------------------------------------------------
 * Keys and predicates
 * --------------------------------------------------------------------- */

void row_sql_where_begin(const struct row_sql *sql, struct buf *out)
{
	if (sql->single)
		buf_addf(out, "%s IN (", sql->single);
}

void row_sql_where_end(const struct row_sql *sql, struct buf *out)
{
	if (sql->single)
		buf_adds(out, "\n)");
}

bool row_sql_is_key(const struct row_sql *sql, struct slice key)
{
	OWNED(mem_drop)
	struct slice *parts = mem_alloc((sql->match_count + 1) *
					sizeof(*parts));

	return literal_split(key, parts, sql->match_count);
}

void row_sql_where_row(const struct row_sql *sql, bool is_first,
		       struct slice key, struct buf *out)
{
	OWNED(mem_drop) struct slice *parts = NULL;

	if (!is_first)
		buf_adds(out, sql->single ? "," : " OR");
	buf_addc(out, '\n');
	if (sql->single) {
		buf_add(out, key.data + 1, key.length - 2);
		return;
	}
	parts = mem_alloc(sql->match_count * sizeof(*parts));
	DBS_BUG(!literal_split(key, parts, sql->match_count),
		"a key that is no tuple");
	for (size_t i = 0; i < sql->match_count; i++) {
		buf_addf(out, "%s%s", i ? " AND " : "(", sql->matches[i].left);
		buf_add(out, parts[i].data, parts[i].length);
		buf_adds(out, sql->matches[i].right);
	}
	buf_addc(out, ')');
}

/* Steps over text, which must stand at *at. */
static bool take(const char **at, const char *end, const char *text)
{
	const size_t length = strlen(text);

	if ((size_t)(end - *at) < length || memcmp(*at, text, length) != 0)
		return false;
	*at += length;
	return true;
}

bool row_sql_parse_key(const struct row_sql *sql, struct slice text,
		       struct buf *out)
{
	const char *at = text.data;
	const char *end = at + text.length;

	for (size_t i = 0; i < sql->match_count; i++) {
		if (!sql->single && (!take(&at, end, i ? " AND " : "(") ||
				     !take(&at, end, sql->matches[i].left)))
			return false;
		const char *stop = literal_skip(at, end);

		if (!stop)
			return false;
		buf_addc(out, i ? ',' : '(');
		buf_add(out, at, (size_t)(stop - at));
		at = stop;
		if (!sql->single && !take(&at, end, sql->matches[i].right))
			return false;
	}
	buf_addc(out, ')');
	return (sql->single || take(&at, end, ")")) && at == end;
}

/* ------------------------------------------------------------------------
 * Rows
 * --------------------------------------------------------------------- */

void row_sql_insert_begin(const struct row_sql *sql, bool is_whole,
			  struct buf *out)
{
	buf_adds(out, is_whole ? sql->whole_insert : sql->written_insert);
}

void row_sql_insert_row(bool is_first, struct slice tuple, struct buf *out)
{
	buf_adds(out, is_first ? "\n" : ",\n");
	buf_add(out, tuple.data, tuple.length);
}

void row_sql_update_end(const struct row_sql *sql, bool is_whole,
			struct buf *out)
{
	buf_adds(out, is_whole ? sql->whole_update : sql->update);
}

bool row_sql_needs_merge(const struct row_sql *sql)
{
	return sql->needs_merge;
}
