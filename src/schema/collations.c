/* collations.c - what collations a server knows; see charset.h. */
#include "charset.h"

#include "dbsync/base/own.h"

#include <stdlib.h>
#include <string.h>

static int order_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static enum dbs_rc load_names(struct conn *conn, struct arena *arena,
			      struct collations *out, struct dbs_error *err)
{
	OWNED(rows_drop) struct rows *rows = NULL;
	const char *sql =
		conn_server(conn)->has_full_collation_name
			? "SELECT FULL_COLLATION_NAME FROM INFORMATION_SCHEMA."
			  "COLLATION_CHARACTER_SET_APPLICABILITY"
			: "SELECT COLLATION_NAME FROM INFORMATION_SCHEMA."
			  "COLLATIONS";
	enum dbs_rc rc = conn_fetch(conn, sql, "w", &rows, err);

	if (rc)
		return rc;
	const char **names = arena_alloc(arena, (rows_count(rows) + 1) *
							sizeof(*names));

	for (size_t i = 0; i < rows_count(rows); i++)
		names[i] = charset_modern(
			arena_strdup(arena, rows_text(rows, i, 0)), arena);
	qsort(names, rows_count(rows), sizeof(*names), order_names);
	out->names = names;
	out->name_count = rows_count(rows);
	return DBS_OK;
}

enum dbs_rc collations_load_defaults(struct conn *conn, struct arena *arena,
				     struct collations *out,
				     struct dbs_error *err)
{
	OWNED(rows_drop) struct rows *rows = NULL;
	enum dbs_rc rc = conn_fetch(
		conn,
		"SELECT CHARACTER_SET_NAME, DEFAULT_COLLATE_NAME FROM "
		"INFORMATION_SCHEMA.CHARACTER_SETS",
		"ww", &rows, err);

	if (rc)
		return rc;
	struct charset_default *all =
		arena_alloc(arena, (rows_count(rows) + 1) * sizeof(*all));

	for (size_t i = 0; i < rows_count(rows); i++) {
		const char *charset = arena_strdup(arena,
						   rows_text(rows, i, 0));
		const char *collation = arena_strdup(arena,
						     rows_text(rows, i, 1));

		all[i] = (struct charset_default){
			charset_modern(charset, arena),
			charset_modern(collation, arena)};
	}
	out->defaults = all;
	out->default_count = rows_count(rows);
	return DBS_OK;
}

enum dbs_rc collations_load(struct conn *conn, struct arena *arena,
			    struct collations *out, struct dbs_error *err)
{
	enum dbs_rc rc = collations_load_defaults(conn, arena, out, err);

	return rc ? rc : load_names(conn, arena, out, err);
}
