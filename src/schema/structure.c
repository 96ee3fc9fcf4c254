/* structure.c - see structure.h. */
#include "dbsync/schema/structure.h"

#include "charset.h"

#include "dbsync/base/diff.h"
#include "dbsync/base/own.h"
#include "dbsync/db/quote.h"
#include "dbsync/schema/render.h"
#include "dbsync/schema/token.h"

#include <string.h>

struct structure_reader {
	struct conn *conn[SIDES];
	struct arena *arena;
	struct collations collations[SIDES];
};

enum dbs_rc structure_reader_new(struct conn *source, struct conn *target,
				 struct arena *arena,
				 struct structure_reader **out,
				 struct dbs_error *err)
{
	struct structure_reader *reader = arena_alloc(arena, sizeof(*reader));

	*reader = (struct structure_reader){.conn = {source, target},
					    .arena = arena};
	enum dbs_rc rc = collations_load_defaults(
		source, arena, &reader->collations[SOURCE], err);

	if (!rc)
		rc = collations_load(target, arena, &reader->collations[TARGET],
				     err);
	if (!rc)
		*out = reader;
	return rc;
}

/* ------------------------------------------------------------------------
 * One table
 * --------------------------------------------------------------------- */

static const char *show_create(struct arena *arena, const char *database,
			       const char *table)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;

	buf_adds(&sql, "SHOW CREATE TABLE ");
	quote_table(&sql, database, table);
	return arena_strdup(arena, sql.data);
}

/* What a server's refusal means for the table, or an error of the whole. */
static enum dbs_rc take_refusal(enum dbs_rc rc, const char *side,
				struct arena *arena, struct structure *out,
				struct dbs_error *err)
{
	if (!dbs_is_refusal(rc))
		return rc;
	out->unknown = arena_printf(arena,
				    "the %s does not show its definition: %s",
				    side, err->text);
	dbs_error_clear(err);
	return DBS_OK;
}

static void read_text(struct structure_reader *reader, const char *text,
		      struct conn *conn, const struct definition **out,
		      struct structure *structure)
{
	struct dbs_error err = {0};

	if (structure->unknown)
		return;
	if (!text)
		structure->unknown = arena_printf(
			reader->arena, "the %s does not show its definition",
			conn_role(conn));
	else if (definition_read(text, strlen(text), conn_server(conn)->family,
				 reader->arena, out, &err))
		structure->unknown = arena_printf(reader->arena, "on the %s %s",
						  conn_role(conn), err.text);
}

static void canon_source(struct structure_reader *reader,
			 const struct structure_wish *wish,
			 const struct definition *definition,
			 struct structure *out)
{
	struct canon canon;

	definition_canon(
		&(struct canon_request){
			.definition = definition,
			.from = conn_server(reader->conn[SOURCE])->family,
			.to = conn_server(reader->conn[TARGET])->family,
			.here = &reader->collations[SOURCE],
			.there = &reader->collations[TARGET],
			.database = wish->database[SOURCE],
			.target_database = wish->database[TARGET],
			.lowers_names = conn_lowers_names(reader->conn[TARGET]),
		},
		reader->arena, &canon);
	out->want = canon.definition;
	out->losses = canon.losses;
	out->loss_count = canon.loss_count;
}

static const struct definition *
canon_target(struct structure_reader *reader, const struct structure_wish *wish,
	     const struct definition *definition)
{
	const enum server_family family =
		conn_server(reader->conn[TARGET])->family;
	struct canon canon;

	definition_canon(
		&(struct canon_request){
			.definition = definition,
			.from = family,
			.to = family,
			.here = &reader->collations[TARGET],
			.there = &reader->collations[TARGET],
			.database = wish->database[TARGET],
			.target_database = wish->database[TARGET],
		},
		reader->arena, &canon);
	return canon.definition;
}

static const char *diff_of(struct structure_reader *reader,
			   const struct structure *structure)
{
	OWNED(buf_release) struct buf have = BUF_INIT;
	OWNED(buf_release) struct buf want = BUF_INIT;
	OWNED(buf_release) struct buf diff = BUF_INIT;
	OWNED(buf_release) struct buf name = BUF_INIT;
	const enum server_family family =
		conn_server(reader->conn[TARGET])->family;

	quote_name(&name, structure->table[TARGET]);
	render_table(structure->have, name.data, family, RENDER_ALL, &have);
	render_table(structure->want, name.data, family, RENDER_ALL, &want);
	diff_unified(&diff, have.data, want.data);
	return arena_strdup(reader->arena, diff.data);
}

static void compare(struct structure_reader *reader,
		    const struct structure_wish *wish, struct structure *out)
{
	OWNED(buf_release) struct buf name = BUF_INIT;

	if (wish->renames)
		out->renames =
			renames_in_force(wish->renames, renames_definition_has,
					 out->have, out->want, reader->arena);
	out->renamed = renames_definition(&out->renames, out->have,
					  reader->arena);
	delta_make(out->have, out->want, &out->renames,
		   conn_server(reader->conn[TARGET])->family, reader->arena,
		   &out->delta);
	quote_table(&name, wish->database[TARGET], wish->table[TARGET]);
	delta_statements(&out->delta, name.data, "", reader->arena,
			 &out->statements);
	if (out->delta.count)
		out->diff = diff_of(reader, out);
}

/* What is to have no default at all gets NULL, to be dropped afterwards. */
static const struct def_column *with_defaults(const struct definition *want,
					      struct arena *arena)
{
	struct def_column *columns =
		arena_alloc(arena, (want->column_count + 1) * sizeof(*columns));

	for (size_t i = 0; i < want->column_count; i++) {
		columns[i] = want->columns[i];
		if (columns[i].default_kind == DEF_DEFAULT_NONE &&
		    columns[i].null == DEF_NULL_YES && !columns[i].generated &&
		    !columns[i].is_auto_increment)
			columns[i].default_kind = DEF_DEFAULT_NULL;
	}
	return columns;
}

/* What makes a table that the target does not have; foreign keys last. */
static void create(struct structure_reader *reader,
		   const struct structure_wish *wish, struct structure *out)
{
	OWNED(buf_release) struct buf name = BUF_INIT;
	OWNED(buf_release) struct buf sql = BUF_INIT;
	const enum server_family family =
		conn_server(reader->conn[TARGET])->family;
	struct definition bare = *out->want;

	bare.foreign_key_count = 0;
	bare.columns = with_defaults(out->want, reader->arena);
	quote_table(&name, wish->database[TARGET], out->name);
	delta_make(&bare, out->want, NULL, family, reader->arena, &out->delta);
	delta_statements(&out->delta, name.data, "", reader->arena,
			 &out->statements);
	render_table(&bare, name.data, family, RENDER_ALL | RENDER_AS_SAID,
		     &sql);
	delta_prepend(&out->statements, sql.data, reader->arena);
}

static void conclude(struct structure_reader *reader,
		     const struct structure_wish *wish, struct structure *out)
{
	out->renamed = out->have;
	if (out->have && out->want)
		compare(reader, wish, out);
	else if (out->want)
		create(reader, wish, out);
}

/* What a server shows of a table; out->unknown when it does not. */
static enum dbs_rc ask(struct structure_reader *reader, struct conn *conn,
		       const char *database, const char *table,
		       const char **text_out,
		       const struct definition **read_out,
		       struct structure *out, struct dbs_error *err)
{
	OWNED(rows_drop) struct rows *rows = NULL;
	const char *side = conn_role(conn);
	enum dbs_rc rc = conn_fetch(conn,
				    show_create(reader->arena, database, table),
				    "?tT*", &rows, err);

	if (rc)
		return take_refusal(rc, side, reader->arena, out, err);
	const char *text = rows_count(rows) ? rows_text(rows, 0, 1) : NULL;

	if (text)
		*text_out = arena_strdup(reader->arena, text);
	read_text(reader, *text_out, conn, read_out, out);
	return DBS_OK;
}

/*
 * Behind the name of the table, without the counter of its rows: what is not
 * understood may still be seen to be the same.
 */
static bool is_same_text(const char *a, const char *b)
{
	static const char counter[] = " AUTO_INCREMENT=";

	a += strcspn(a, "(");
	b += strcspn(b, "(");
	while (*a && *a == *b) {
		if (!strncmp(a, counter, strlen(counter)) &&
		    !strncmp(b, counter, strlen(counter))) {
			a += strlen(counter);
			b += strlen(counter);
			a += strspn(a, "0123456789");
			b += strspn(b, "0123456789");
		} else {
			a++;
			b++;
		}
	}
	return !*a && !*b;
}

/* Only of servers of one family: to others the same text means other things. */
static void see_same(const struct structure_reader *reader,
		     struct structure *out)
{
	if (!out->unknown || !out->text[SOURCE] || !out->text[TARGET] ||
	    conn_server(reader->conn[SOURCE])->family !=
		    conn_server(reader->conn[TARGET])->family ||
	    !is_same_text(out->text[SOURCE], out->text[TARGET]))
		return;
	out->opaque = out->unknown;
	out->unknown = NULL;
}

static const char *name_there(const struct structure_reader *reader,
			      const struct structure_wish *wish)
{
	const char *name = wish->table[SOURCE];

	if (wish->table[TARGET] || !name)
		return wish->table[TARGET];
	return conn_lowers_names(reader->conn[TARGET])
		       ? token_lower(name, strlen(name), reader->arena)
		       : name;
}

enum dbs_rc structure_read(struct structure_reader *reader,
			   const struct structure_wish *wish,
			   struct structure *out, struct dbs_error *err)
{
	const struct definition *here = NULL;
	const struct definition *there = NULL;
	enum dbs_rc rc = DBS_OK;

	*out = (struct structure){
		.table[SOURCE] = wish->table[SOURCE],
		.table[TARGET] = wish->table[TARGET],
		.name = name_there(reader, wish),
		.diff = "",
	};
	if (wish->table[SOURCE])
		rc = ask(reader, reader->conn[SOURCE], wish->database[SOURCE],
			 wish->table[SOURCE], &out->text[SOURCE], &here, out,
			 err);
	if (!rc && wish->table[TARGET])
		rc = ask(reader, reader->conn[TARGET], wish->database[TARGET],
			 wish->table[TARGET], &out->text[TARGET], &there, out,
			 err);
	if (!rc)
		see_same(reader, out);
	if (rc || out->unknown || out->opaque)
		return rc;
	if (here)
		canon_source(reader, wish, here, out);
	if (there)
		out->have = canon_target(reader, wish, there);
	conclude(reader, wish, out);
	return DBS_OK;
}

enum dbs_rc structure_read_back(struct structure_reader *reader,
				const struct structure_wish *wish,
				const char *want_text, struct structure *out,
				struct dbs_error *err)
{
	const struct definition *here = NULL;
	const struct definition *there = NULL;
	enum dbs_rc rc = DBS_OK;

	*out = (struct structure){
		.table[SOURCE] = want_text ? wish->table[SOURCE] : NULL,
		.table[TARGET] = wish->table[TARGET],
		.name = name_there(reader, wish),
		.text[SOURCE] = want_text,
		.diff = "",
	};
	if (wish->table[TARGET])
		rc = ask(reader, reader->conn[TARGET], wish->database[TARGET],
			 wish->table[TARGET], &out->text[TARGET], &there, out,
			 err);
	if (rc || out->unknown)
		return rc;
	if (want_text)
		read_text(reader, want_text, reader->conn[TARGET], &here, out);
	if (out->unknown)
		return DBS_OK;
	if (here)
		out->want = canon_target(reader, wish, here);
	if (there)
		out->have = canon_target(reader, wish, there);
	conclude(reader, wish, out);
	return DBS_OK;
}

const struct definition *structure_of_text(struct structure_reader *reader,
					   const struct structure_wish *wish,
					   const char *text)
{
	const struct definition *read = NULL;
	struct dbs_error ignored = {0};

	if (definition_read(text, strlen(text),
			    conn_server(reader->conn[TARGET])->family,
			    reader->arena, &read, &ignored))
		return NULL;
	return canon_target(reader, wish, read);
}

bool structure_is_same(const struct definition *a, const struct definition *b,
		       enum server_family family)
{
	struct arena *arena = arena_new();
	struct delta delta;

	delta_make(a, b, NULL, family, arena, &delta);
	arena_drop(&arena);
	return !delta.count;
}

bool structure_is_same_but_keys(const struct definition *a,
				const struct definition *b,
				enum server_family family)
{
	struct definition left = *a;
	struct definition right = *b;

	left.foreign_key_count = 0;
	right.foreign_key_count = 0;
	return structure_is_same(&left, &right, family);
}

bool structure_is_before_keys(const struct definition *a,
			      const struct definition *b,
			      enum server_family family)
{
	struct arena *arena = arena_new();
	struct delta delta;
	bool is_so = true;

	delta_make(a, b, NULL, family, arena, &delta);
	for (size_t i = 0; i < delta.count; i++)
		is_so = is_so &&
			delta.clauses[i].phase == DELTA_ADD_FOREIGN_KEYS;
	arena_drop(&arena);
	return is_so;
}

bool structure_differs(const struct structure *structure)
{
	return !structure->table[SOURCE] || !structure->table[TARGET] ||
	       structure->delta.count;
}
