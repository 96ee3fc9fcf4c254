/* examine.c - see examine.h. */
#include "dbsync/apply/examine.h"

#include "dbsync/base/own.h"
#include "dbsync/data/dump.h"
#include "dbsync/db/quote.h"

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

static bool counts(const struct definition *want, const struct def_key *key)
{
	for (size_t i = 0; i < key->part_count; i++) {
		const struct def_column *column =
			key->parts[i].column
				? definition_column(want, key->parts[i].column)
				: NULL;

		if (column && column->is_auto_increment)
			return true;
	}
	return false;
}

/*
 * Whether the key may come behind the rows: not one that rows are known by, or
 * that a counter needs.
 */
static bool may_wait(const struct reshape *reshape,
		     const struct reshape_table *table,
		     const struct delta_clause *clause)
{
	const struct def_key *key = clause->key;

	return reshape->writes_rows && clause->hazard == HAZARD_UNIQUE && key &&
	       key->kind == DEF_KEY_UNIQUE &&
	       !counts(table->structure->want, key);
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
		if (!rc && hazard_is_real(hazard))
			hazard->is_late = may_wait(reshape, table,
						   hazard->clause);
		/* rows go back one by one only under keys that they fit */
		if (!rc && hazard_is_real(hazard) &&
		    (hazard->is_late || hazard_loses_values(hazard->kind)))
			table->is_saved = true;
	}
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
