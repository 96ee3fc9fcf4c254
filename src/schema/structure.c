/* structure.c - see structure.h. */
#include "dbsync/schema/structure.h"

#include "charset.h"

#include "dbsync/base/diff.h"
#include "dbsync/base/own.h"
#include "dbsync/db/quote.h"
#include "dbsync/schema/render.h"

#include <string.h>

struct structure_reader {
	struct conn *source;
	struct conn *target;
	struct arena *arena;
	struct collations source_collations;
	struct collations target_collations;
};

enum dbs_rc structure_reader_new(struct conn *source, struct conn *target,
				 struct arena *arena,
				 struct structure_reader **out,
				 struct dbs_error *err)
{
	struct structure_reader *reader = arena_alloc(arena, sizeof(*reader));

	*reader = (struct structure_reader){source, target, arena, {0}, {0}};
	enum dbs_rc rc = collations_load(source, arena,
					 &reader->source_collations, err);

	if (!rc)
		rc = collations_load(target, arena, &reader->target_collations,
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
	if (rc != DBS_E_SERVER && rc != DBS_E_DENIED && rc != DBS_E_CHANGED)
		return rc;
	out->unknown = arena_printf(arena,
				    "the %s does not show its definition: %s",
				    side, err->text);
	dbs_error_clear(err);
	return DBS_OK;
}

static void read_text(struct structure_reader *reader, const struct rows *rows,
		      struct conn *conn, const struct definition **out,
		      struct structure *structure)
{
	struct dbs_error err = {0};
	const char *text = rows_count(rows) ? rows_text(rows, 0, 1) : NULL;

	if (structure->unknown)
		return;
	if (!text)
		structure->unknown = arena_printf(
			reader->arena, "the %s does not show its definition",
			dbs_side_name(conn_side(conn)));
	else if (definition_read(text, strlen(text), conn_server(conn)->family,
				 reader->arena, out, &err))
		structure->unknown =
			arena_printf(reader->arena, "on the %s %s",
				     dbs_side_name(conn_side(conn)), err.text);
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
			.from = conn_server(reader->source)->family,
			.to = conn_server(reader->target)->family,
			.here = &reader->source_collations,
			.there = &reader->target_collations,
			.database = wish->source_database,
			.target_database = wish->target_database,
		},
		reader->arena, &canon);
	out->want = canon.definition;
	out->losses = canon.losses;
	out->loss_count = canon.loss_count;
}

static void canon_target(struct structure_reader *reader,
			 const struct structure_wish *wish,
			 const struct definition *definition,
			 struct structure *out)
{
	const enum server_family family = conn_server(reader->target)->family;
	struct canon canon;

	definition_canon(
		&(struct canon_request){
			.definition = definition,
			.from = family,
			.to = family,
			.here = &reader->target_collations,
			.there = &reader->target_collations,
			.database = wish->target_database,
			.target_database = wish->target_database,
		},
		reader->arena, &canon);
	out->have = canon.definition;
}

static const char *diff_of(struct structure_reader *reader,
			   const struct structure *structure)
{
	OWNED(buf_release) struct buf have = BUF_INIT;
	OWNED(buf_release) struct buf want = BUF_INIT;
	OWNED(buf_release) struct buf diff = BUF_INIT;
	OWNED(buf_release) struct buf name = BUF_INIT;
	const enum server_family family = conn_server(reader->target)->family;

	quote_name(&name, structure->target_table);
	render_table(structure->have, name.data, family, RENDER_ALL, &have);
	render_table(structure->want, name.data, family, RENDER_ALL, &want);
	diff_unified(&diff, have.data, want.data);
	return arena_strdup(reader->arena, diff.data);
}

static void compare(struct structure_reader *reader,
		    const struct structure_wish *wish, struct structure *out)
{
	OWNED(buf_release) struct buf name = BUF_INIT;

	delta_make(out->have, out->want, conn_server(reader->target)->family,
		   reader->arena, &out->delta);
	quote_table(&name, wish->target_database, wish->target_table);
	delta_statements(&out->delta, name.data, "", reader->arena,
			 &out->statements);
	if (out->delta.count)
		out->diff = diff_of(reader, out);
}

/* What makes a table that the target does not have; foreign keys last. */
static void create(struct structure_reader *reader,
		   const struct structure_wish *wish, struct structure *out)
{
	OWNED(buf_release) struct buf name = BUF_INIT;
	OWNED(buf_release) struct buf sql = BUF_INIT;
	const enum server_family family = conn_server(reader->target)->family;
	struct definition bare = *out->want;

	bare.foreign_key_count = 0;
	quote_table(&name, wish->target_database, wish->source_table);
	delta_make(&bare, out->want, family, reader->arena, &out->delta);
	delta_statements(&out->delta, name.data, "", reader->arena,
			 &out->statements);
	render_table(&bare, name.data, family, RENDER_ALL, &sql);
	delta_prepend(&out->statements, sql.data, reader->arena);
}

enum dbs_rc structure_read(struct structure_reader *reader,
			   const struct structure_wish *wish,
			   struct structure *out, struct dbs_error *err)
{
	OWNED(rows_drop) struct rows *source = NULL;
	OWNED(rows_drop) struct rows *target = NULL;
	const struct definition *here = NULL;
	const struct definition *there = NULL;
	enum dbs_rc rc = DBS_OK;

	*out = (struct structure){
		.source_table = wish->source_table,
		.target_table = wish->target_table,
		.diff = "",
	};
	if (wish->source_table)
		rc = conn_fetch(reader->source,
				show_create(reader->arena,
					    wish->source_database,
					    wish->source_table),
				&source, err);
	if (rc)
		rc = take_refusal(rc, "source", reader->arena, out, err);
	if (!rc && wish->target_table) {
		rc = conn_fetch(reader->target,
				show_create(reader->arena,
					    wish->target_database,
					    wish->target_table),
				&target, err);
		if (rc)
			rc = take_refusal(rc, "target", reader->arena, out,
					  err);
	}
	if (rc)
		return rc;
	if (wish->source_table)
		read_text(reader, source, reader->source, &here, out);
	if (wish->target_table)
		read_text(reader, target, reader->target, &there, out);
	if (out->unknown)
		return DBS_OK;
	if (here)
		canon_source(reader, wish, here, out);
	if (there)
		canon_target(reader, wish, there, out);
	if (here && there)
		compare(reader, wish, out);
	else if (here)
		create(reader, wish, out);
	return DBS_OK;
}

bool structure_differs(const struct structure *structure)
{
	return !structure->source_table || !structure->target_table ||
	       structure->delta.count;
}
