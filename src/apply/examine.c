/* examine.c - see examine.h. */
#include "dbsync/apply/examine.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/data/dump.h"
#include "dbsync/db/quote.h"
#include "dbsync/schema/type.h"

#include <stdlib.h>
#include <string.h>

/*
 * A query of one number; a refusal of the server leaves it unknown, as does a
 * condition over a column that is yet to come.
 */
static enum dbs_rc ask(struct conn *conn, const struct buf *sql,
		       bool *known_out, uint64_t *out, struct dbs_error *err)
{
	*out = 0;
	enum dbs_rc rc = conn_fetch_number(conn, sql->data, out, err);

	*known_out = !rc;
	if (dbs_is_refusal(rc)) {
		dbs_error_clear(err);
		return DBS_OK;
	}
	return rc;
}

static enum dbs_rc has_rows(struct conn *conn,
			    const struct reshape_table *table, bool *known_out,
			    uint64_t *out, struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;

	buf_adds(&sql, "SELECT EXISTS(SELECT 1 FROM ");
	quote_table(&sql, table->database, table->table);
	buf_adds(&sql, ")");
	return ask(conn, &sql, known_out, out, err);
}

/* ------------------------------------------------------------------------
 * Unique keys
 * --------------------------------------------------------------------- */

/* As the column is called now. */
static const char *name_now(const struct reshape_table *table,
			    const struct def_part *part)
{
	return renames_before(&table->structure->renames, part->column);
}

/* Whether the key's columns are there already, as they will be. */
static bool can_be_grouped(const struct reshape_table *table,
			   const struct def_key *key)
{
	for (size_t i = 0; i < key->part_count; i++) {
		const char *name = key->parts[i].column;
		const struct def_column *have =
			name ? definition_column(table->structure->renamed,
						 name)
			     : NULL;
		const struct def_column *want =
			name ? definition_column(table->structure->want, name)
			     : NULL;

		if (!have || !want || strcmp(have->type, want->type) != 0 ||
		    strcmp(have->collation, want->collation) != 0)
			return false;
	}
	return true;
}

static void add_part(struct buf *sql, const struct reshape_table *table,
		     const struct def_part *part)
{
	if (part->length && *part->length)
		buf_adds(sql, "LEFT(");
	quote_name(sql, name_now(table, part));
	if (part->length && *part->length)
		buf_addf(sql, ", %s)", part->length);
}

static void count_doubles(const struct reshape_table *table,
			  const struct def_key *key, struct buf *sql)
{
	buf_adds(sql, "SELECT COALESCE(SUM(n - 1), 0) FROM (SELECT COUNT(*) AS "
		      "n FROM ");
	quote_table(sql, table->database, table->table);
	for (size_t i = 0; i < key->part_count; i++) {
		buf_adds(sql, i ? " AND " : " WHERE ");
		quote_name(sql, name_now(table, &key->parts[i]));
		buf_adds(sql, " IS NOT NULL");
	}
	for (size_t i = 0; i < key->part_count; i++) {
		buf_adds(sql, i ? ", " : " GROUP BY ");
		add_part(sql, table, &key->parts[i]);
	}
	buf_adds(sql, " HAVING COUNT(*) > 1) AS doubles");
}

/* ------------------------------------------------------------------------
 * Hazards
 * --------------------------------------------------------------------- */

static enum dbs_rc examine(struct conn *conn, const struct reshape_table *table,
			   struct reshape_hazard *hazard, struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	const struct def_key *key = hazard->clause->key;

	if (hazard->endangered) {
		buf_adds(&sql, "SELECT COUNT(*) FROM ");
		quote_table(&sql, table->database, table->table);
		buf_addf(&sql, " WHERE %s", hazard->endangered);
	} else if (hazard->kind == HAZARD_UNIQUE && key &&
		   can_be_grouped(table, key)) {
		count_doubles(table, key, &sql);
	} else {
		return DBS_OK;
	}
	return ask(conn, &sql, &hazard->is_asked, &hazard->rows, err);
}

/* ------------------------------------------------------------------------
 * What may come behind the rows
 * --------------------------------------------------------------------- */

/* Whether the server numbers the rows, when a column that counts comes. */
static bool numbers_rows(const struct structure *structure,
			 const struct def_key *key)
{
	for (size_t i = 0; i < key->part_count; i++) {
		const char *name = key->parts[i].column;
		const struct def_column *column =
			name ? definition_column(structure->want, name) : NULL;

		if (column && column->is_auto_increment &&
		    !definition_column(structure->renamed, name))
			return true;
	}
	return false;
}

/* Whether what it is about is a constraint of its own. */
static bool may_wait(const struct reshape_table *table,
		     const struct reshape_hazard *hazard)
{
	const struct def_key *key = hazard->clause->key;
	const struct def_column *column = hazard->clause->column;

	if (column && (hazard->kind == HAZARD_SRID ||
		       (hazard->kind == HAZARD_NOT_NULL &&
			!type_has_first_value(type_from_name(column->type)))))
		return true;
	/* the way back renames before it drops a check, which servers refuse */
	return (hazard->kind == HAZARD_CHECK &&
		!table->structure->renames.count) ||
	       (hazard->kind == HAZARD_UNIQUE && key &&
		!numbers_rows(table->structure, key));
}

/* The hazard of the primary key that comes, where that may wait; or NULL. */
static struct reshape_hazard *coming_primary(const struct reshape_table *table)
{
	for (size_t i = 0; i < table->hazard_count; i++) {
		const struct def_key *key = table->hazards[i].clause->key;

		if (key && key->kind == DEF_KEY_PRIMARY)
			return may_wait(table, &table->hazards[i])
				       ? &table->hazards[i]
				       : NULL;
	}
	return NULL;
}

/* Whether there are NULLs in a column of that key. */
static bool has_null_of(const struct reshape_hazard *hazard,
			const struct def_key *key)
{
	const struct def_column *column = hazard->clause->column;

	if (hazard->kind != HAZARD_NOT_NULL || !hazard->is_asked || !column)
		return false;
	for (size_t i = 0; i < key->part_count; i++)
		if (key->parts[i].column &&
		    text_equal_nocase(key->parts[i].column, column->name))
			return true;
	return false;
}

/* A column that is to be of the primary key gets its NOT NULL with that. */
static void find_late(struct reshape_table *table)
{
	struct reshape_hazard *primary = coming_primary(table);

	for (size_t i = 0; i < table->hazard_count; i++) {
		struct reshape_hazard *hazard = &table->hazards[i];

		if (!hazard_is_real(hazard))
			continue;
		if (primary && has_null_of(hazard, primary->clause->key))
			hazard->is_late = primary->is_late = true;
		else if (may_wait(table, hazard))
			hazard->is_late = true;
	}
}

static enum dbs_rc examine_table(struct conn *conn,
				 const struct reshape *reshape,
				 struct reshape_table *table,
				 struct dbs_error *err)
{
	uint64_t any = 1;
	bool is_known = false;
	enum dbs_rc rc = DBS_OK;

	if (table->hazard_count)
		rc = has_rows(conn, table, &is_known, &any, err);
	for (size_t i = 0; i < table->hazard_count && !rc; i++) {
		struct reshape_hazard *hazard = &table->hazards[i];

		if (is_known && !any)
			hazard->is_asked = true;
		else
			rc = examine(conn, table, hazard, err);
	}
	if (!rc && reshape->writes_rows)
		find_late(table);
	/* rows go back one by one only under constraints that they fit */
	for (size_t i = 0; i < table->hazard_count && !rc; i++)
		if (hazard_is_real(&table->hazards[i]) &&
		    (table->hazards[i].is_late ||
		     hazard_loses_values(table->hazards[i].kind)))
			table->is_saved = true;
	return rc;
}

/* Rows that are to be kept must be such that can be. */
static void check_kept(struct conn *conn, struct reshape *reshape,
		       struct reshape_table *table)
{
	const struct dump *dump = NULL;
	struct dbs_error err = {0};

	if (table->is_saved && reshape_restores_rows(table) && table->model &&
	    dump_make(table->model, table->database, conn_server(conn),
		      reshape->arena, &dump, &err))
		table->left_out = arena_printf(
			reshape->arena,
			"its rows would have to be kept, and cannot be: %s",
			err.text);
}

enum dbs_rc examine_hazards(struct conn *conn, struct reshape *reshape,
			    struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; i < reshape->table_count && !rc; i++) {
		if (reshape->tables[i].left_out)
			continue;
		rc = examine_table(conn, reshape, &reshape->tables[i], err);
		check_kept(conn, reshape, &reshape->tables[i]);
	}
	return rc;
}
