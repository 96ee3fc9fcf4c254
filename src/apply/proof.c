/* proof.c - see proof.h. */
#include "dbsync/apply/proof.h"

#include "scratch_database.h"

#include "dbsync/base/fault.h"
#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/db/quote.h"
#include "dbsync/schema/implicit.h"
#include "dbsync/schema/render.h"

#include <string.h>

enum { WAIT_S = 5 };

struct trial {
	struct ddl ddl;
	struct reshape *reshape;
	struct structure_reader *reader;
};

const char *proof_database(const char *run, struct arena *arena)
{
	char *name = arena_printf(arena, SCRATCH_PREFIX "%s", run);

	for (char *at = name; *at; at++)
		if (*at == '-')
			*at = '_';
	return name;
}

/* ------------------------------------------------------------------------
 * Statements
 * --------------------------------------------------------------------- */

static enum dbs_rc drop_table(const struct trial *trial, const char *table,
			      struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	struct ddl ddl = trial->ddl;

	buf_adds(&sql, "DROP TABLE IF EXISTS ");
	quote_table(&sql, trial->reshape->scratch, table);
	return ddl_run(&ddl, sql.data, false, err);
}

/* ------------------------------------------------------------------------
 * One table
 * --------------------------------------------------------------------- */

static void fail_table(struct reshape *reshape, struct reshape_table *table,
		       const char *fmt, const char *detail)
{
	OWNED(buf_release) struct buf text = BUF_INIT;

	buf_adds(&text, fmt);
	buf_adds(&text, detail);
	table->proof = PROOF_FAILED;
	table->proof_text = arena_strdup(reshape->arena, text.data);
	table->left_out = table->proof_text;
}

static enum dbs_rc look(const struct trial *trial, const char *table,
			struct structure *out, struct dbs_error *err)
{
	const struct structure_wish wish = {
		.database[TARGET] = trial->reshape->scratch,
		.table[TARGET] = table,
	};

	return structure_read_back(trial->reader, &wish, NULL, out, err);
}

/* How it is made and whether it came out as it is now, whatever it says. */
static enum dbs_rc make(struct trial *trial, const struct reshape_table *table,
			const struct definition *as, bool *same_out,
			struct dbs_error *err)
{
	struct reshape *reshape = trial->reshape;
	OWNED(buf_release) struct buf name = BUF_INIT;
	OWNED(buf_release) struct buf sql = BUF_INIT;
	struct structure now;

	*same_out = false;
	quote_table(&name, reshape->scratch, table->table);
	render_table(as, name.data, reshape->family,
		     RENDER_FOREIGN_KEYS | RENDER_AS_SAID, &sql);
	enum dbs_rc rc = ddl_run(&trial->ddl, sql.data, false, err);

	if (!rc)
		rc = look(trial, table->table, &now, err);
	if (!rc)
		*same_out = !now.unknown &&
			    structure_is_same(now.have, table->structure->have,
					      reshape->family);
	return rc;
}

/* The table as it is now, without rows; false: it cannot be created again. */
static enum dbs_rc make_anew(struct trial *trial, struct reshape_table *table,
			     bool *made_out, struct dbs_error *err)
{
	struct reshape *reshape = trial->reshape;
	enum dbs_rc rc = make(trial, table, table->structure->have, made_out,
			      err);

	if (dbs_is_refusal(rc)) {
		fail_table(reshape, table,
			   "unsupported: the server does not take its own "
			   "definition back: ",
			   err->text);
		dbs_error_clear(err);
		return DBS_OK;
	}
	if (!rc && !*made_out)
		fail_table(reshape, table,
			   "unsupported: created again, its definition is not "
			   "the same",
			   "");
	return rc;
}

/*
 * The same with keys that its foreign keys have made: nobody can tell whether
 * those of the real one are such, and servers treat them otherwise.  False:
 * it has none, or not under these names.
 */
static enum dbs_rc make_twin(struct trial *trial,
			     const struct reshape_table *table, bool *made_out,
			     struct dbs_error *err)
{
	struct reshape *reshape = trial->reshape;
	const struct definition *have = table->structure->have;
	const struct definition *twin =
		have ? implicit_twin(have, reshape->arena) : NULL;

	*made_out = false;
	if (!twin)
		return DBS_OK;
	enum dbs_rc rc = make(trial, table, twin, made_out, err);

	if (!dbs_is_refusal(rc))
		return rc;
	dbs_error_clear(err);
	return DBS_OK;
}

static void keep_state(struct reshape *reshape, struct reshape_table *table,
		       const struct structure *now)
{
	if (now->text[TARGET])
		table->states[table->state_count++] =
			arena_strdup(reshape->arena, now->text[TARGET]);
}

static enum dbs_rc run_steps(struct trial *trial, struct reshape_table *table,
			     struct structure *now, struct dbs_error *err)
{
	struct reshape *reshape = trial->reshape;
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; i < reshape->step_count && !rc; i++) {
		const struct reshape_step *step = &reshape->steps[i];

		if (&reshape->tables[step->table] != table || !step->trial_sql)
			continue;
		rc = ddl_run(&trial->ddl, step->trial_sql, true, err);
		if (!rc)
			rc = look(trial, table->table, now, err);
		if (!rc)
			keep_state(reshape, table, now);
	}
	return rc;
}

/* A table that only loses foreign keys for a while is as it was. */
static const struct definition *goal_of(const struct reshape_table *table)
{
	return table->kind == RESHAPE_NONE ? table->structure->have
					   : table->structure->want;
}

static bool is_reached(const struct reshape *reshape,
		       const struct reshape_table *table,
		       const struct structure *now)
{
	return table->lacks_keys
		       ? structure_is_before_keys(now->have, goal_of(table),
						  reshape->family)
		       : structure_is_same(now->have, goal_of(table),
					   reshape->family);
}

static enum dbs_rc try_steps(struct trial *trial, struct reshape_table *table,
			     struct dbs_error *err)
{
	struct reshape *reshape = trial->reshape;
	struct structure now = {.unknown = "it has no steps"};
	enum dbs_rc rc = run_steps(trial, table, &now, err);

	if (dbs_is_refusal(rc)) {
		fail_table(reshape, table,
			   "tried on an empty table, the server refuses: ",
			   err->text);
		dbs_error_clear(err);
		return DBS_OK;
	}
	if (rc)
		return rc;
	if (now.unknown || !is_reached(reshape, table, &now))
		fail_table(reshape, table,
			   "tried on an empty table, its statements do not "
			   "make it what it is on the source",
			   "");
	else
		table->proof = PROOF_DONE;
	return DBS_OK;
}

static enum dbs_rc try_once(struct trial *trial, struct reshape_table *table,
			    bool is_twin, struct dbs_error *err)
{
	struct dbs_error other = {0};
	bool is_made = !is_twin;
	enum dbs_rc rc = DBS_OK;

	if (is_twin)
		rc = make_twin(trial, table, &is_made, err);
	else if (table->kind != RESHAPE_CREATE)
		rc = make_anew(trial, table, &is_made, err);
	fault_here(FAULT_PROOF_TABLE);
	if (!rc && is_made)
		rc = try_steps(trial, table, err);
	if (!conn_is_broken(trial->ddl.conn) &&
	    drop_table(trial, table->table, &other) && !rc) {
		*err = other;
		rc = other.code;
	}
	return rc;
}

static enum dbs_rc try_table(struct trial *trial, struct reshape_table *table,
			     struct dbs_error *err)
{
	struct reshape *reshape = trial->reshape;

	table->states = arena_alloc(reshape->arena,
				    (2 * reshape->step_count + 1) *
					    sizeof(*table->states));
	table->state_count = 0;
	enum dbs_rc rc = try_once(trial, table, false, err);

	if (!rc && !table->left_out && table->kind != RESHAPE_CREATE)
		rc = try_once(trial, table, true, err);
	return rc;
}

static enum dbs_rc try_all(struct trial *trial, struct dbs_error *err)
{
	struct reshape *reshape = trial->reshape;
	enum dbs_rc rc = structure_reader_new(trial->ddl.conn, trial->ddl.conn,
					      reshape->arena, &trial->reader,
					      err);

	for (size_t i = 0; i < reshape->table_count && !rc; i++) {
		struct reshape_table *table = &reshape->tables[i];

		if (table->left_out || table->is_untried ||
		    table->kind == RESHAPE_DROP ||
		    !reshape_has_steps(reshape, table))
			continue;
		rc = cancel_check(trial->ddl.wish->setup->cancel, err);
		if (!rc)
			rc = try_table(trial, table, err);
	}
	return rc;
}

/* ------------------------------------------------------------------------
 * All of it
 * --------------------------------------------------------------------- */

static void nothing_is_proven(struct reshape *reshape, const char *why)
{
	const char *text = arena_strdup(reshape->arena, why);

	for (size_t i = 0; i < reshape->table_count; i++) {
		struct reshape_table *table = &reshape->tables[i];

		if (table->left_out || !reshape_has_steps(reshape, table))
			continue;
		table->proof = PROOF_IMPOSSIBLE;
		table->proof_text = text;
	}
}

/* After a stop, too; what cannot be dropped now is swept by the next run. */
static void clean(const struct ddl_wish *wish, const char *scratch)
{
	const struct conn_setup setup = conn_setup_cleaning(wish->setup);
	const struct ddl_wish again = {.setup = &setup, .wait_s = wish->wait_s};
	OWNED(ddl_close) struct ddl ddl = {0};
	struct dbs_error err = {0};

	if (!ddl_open(&ddl, &again, &err))
		(void)scratch_remove(&ddl, scratch, &err);
}

static enum dbs_rc prove(struct trial *trial, struct dbs_error *err)
{
	const char *scratch = trial->reshape->scratch;
	conn_group_owes(trial->ddl.wish->setup->group);
	enum dbs_rc rc = scratch_make(&trial->ddl, scratch, err);

	if (dbs_is_refusal(rc)) {
		nothing_is_proven(trial->reshape, err->text);
		dbs_error_clear(err);
		return DBS_OK;
	}
	talk_step(trial->ddl.wish->setup->talk,
		  "trying the statements on empty tables in %s", scratch);
	if (!rc)
		rc = try_all(trial, err);
	trial->reshape->can_prove = !rc;
	if (!rc)
		return scratch_remove(&trial->ddl, scratch, err);
	clean(trial->ddl.wish, scratch);
	return rc;
}

enum dbs_rc proof_run(const struct conn_setup *setup, struct reshape *reshape,
		      struct dbs_error *err)
{
	const struct ddl_wish wish = {.setup = setup, .wait_s = WAIT_S};
	OWNED(ddl_close) struct ddl ddl = {0};
	enum dbs_rc rc = ddl_open(&ddl, &wish, err);

	if (rc)
		return rc;
	struct trial trial = {.ddl = ddl, .reshape = reshape};

	rc = prove(&trial, err);
	return rc ? dbs_error_context(err, "trying statements in `%s`",
				      reshape->scratch)
		  : DBS_OK;
}
