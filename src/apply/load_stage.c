/* load_stage.c - see load.h: the databases of copies, and empty ones in them. */
#include "dbsync/apply/load.h"

#include "load_table.h"
#include "scratch_database.h"

#include "dbsync/base/own.h"

enum {
	WAIT_S = 60, /* for metadata locks; nobody else knows these names */
	CLEAN_TRIES = 3,
};

struct load_ground {
	const struct stage *stage;
	const struct talk *talk;
	struct ddl_wish wish;
	struct ddl ddl;
	size_t made; /* databases */
};

static void refuse(struct reshape *reshape, const struct stage_table *table,
		   const char *why)
{
	struct reshape_table *at =
		&reshape->tables[table->table - reshape->tables];

	at->left_out = arena_printf(reshape->arena,
				    "a copy of it cannot be made: %s", why);
}

/* Foreign keys apart, whose parents have other names here. */
static enum dbs_rc look_at(struct load_ground *ground, struct reshape *reshape,
			   const struct stage_table *table,
			   struct structure_reader *reader,
			   struct dbs_error *err)
{
	struct structure now;
	const struct structure_wish wish = {
		.database[TARGET] = table->database->stage,
		.table[TARGET] = table->table->table,
	};
	enum dbs_rc rc = structure_read_back(reader, &wish, NULL, &now, err);

	if (rc)
		return rc;
	if (now.unknown) {
		refuse(reshape, table, now.unknown);
		return DBS_OK;
	}
	if (!structure_is_same_but_keys(now.have, table->table->structure->want,
					conn_server(ground->ddl.conn)->family))
		refuse(reshape, table,
		       "created on the target, it differs from the source");
	return DBS_OK;
}

static enum dbs_rc make_table(struct load_ground *ground,
			      struct reshape *reshape,
			      const struct stage_table *table,
			      struct structure_reader *reader,
			      struct dbs_error *err)
{
	enum dbs_rc rc = ddl_run(&ground->ddl, table->create, false, err);

	if (!rc && table->count)
		rc = ddl_run(&ground->ddl, table->count, false, err);
	if (!rc)
		return look_at(ground, reshape, table, reader, err);
	if (!dbs_is_refusal(rc))
		return dbs_error_context(err, "making the copy of `%s`.`%s`",
					 table->table->database,
					 table->table->table);
	refuse(reshape, table, err->text);
	dbs_error_clear(err);
	return DBS_OK;
}

static enum dbs_rc make_tables(struct load_ground *ground,
			       struct reshape *reshape, bool *refused_out,
			       struct dbs_error *err)
{
	const struct stage *stage = ground->stage;
	struct structure_reader *reader = NULL;
	enum dbs_rc rc = structure_reader_new(
		ground->ddl.conn, ground->ddl.conn, stage->arena, &reader, err);

	for (size_t i = 0; i < stage->table_count && !rc; i++) {
		rc = make_table(ground, reshape, &stage->tables[i], reader,
				err);
		*refused_out = *refused_out || stage->tables[i].table->left_out;
	}
	return rc;
}

static enum dbs_rc explain_refusal(struct dbs_error *err)
{
	enum { RUNS_WITH_OPTION = 1290 /* read_only and the like */ };

	if (err->server_errno == RUNS_WITH_OPTION)
		return dbs_error_context(err,
					 "copies are made in a database of "
					 "their own, which the server does not "
					 "create in its current mode");
	return dbs_error_context(err,
				 "copies are made in a database of their own, "
				 "which this user may not create (`dbsync "
				 "doctor` has the GRANT; `full-sync --no-swap` "
				 "needs none)");
}

enum dbs_rc load_try(const struct conn_setup *target, const char *database,
		     const char *run, bool no_binlog, struct dbs_error *err)
{
	const struct ddl_wish wish = {target, no_binlog, WAIT_S};
	OWNED(arena_drop) struct arena *arena = arena_new();
	OWNED(ddl_close) struct ddl ddl = {0};
	const char *name = stage_database_name(arena, run, database, 0);
	enum dbs_rc rc = ddl_open(&ddl, &wish, err);

	if (!rc)
		rc = scratch_make(&ddl, name, err);
	if (!rc)
		rc = scratch_remove(&ddl, name, err);
	return dbs_is_refusal(rc) ? explain_refusal(err) : rc;
}

enum dbs_rc load_stage(const struct stage *stage, struct reshape *reshape,
		       const struct conn_setup *target, bool no_binlog,
		       struct load_ground **out, bool *refused_out,
		       struct dbs_error *err)
{
	OWNED(load_unstage) struct load_ground *ground =
		mem_zero(1, sizeof(*ground));

	*refused_out = false;
	ground->stage = stage;
	ground->talk = target->talk;
	ground->wish = (struct ddl_wish){target, no_binlog, WAIT_S};
	enum dbs_rc rc = ddl_open(&ground->ddl, &ground->wish, err);

	/* it holds the locks, and has nothing to say while rows are loaded */
	if (!rc)
		rc = conn_run(ground->ddl.conn,
			      "SET SESSION wait_timeout = 31536000", err);
	for (size_t i = 0; i < stage->database_count && !rc; i++) {
		conn_group_owes(target->group);
		rc = scratch_make(&ground->ddl, stage->databases[i].stage, err);
		ground->made += !rc;
	}
	if (dbs_is_refusal(rc))
		return explain_refusal(err);
	if (!rc)
		rc = make_tables(ground, reshape, refused_out, err);
	if (!rc && !*refused_out)
		*out = own_take(&ground);
	return rc;
}

/* The connection that holds the lock may be lost since. */
enum dbs_rc load_empty(struct load_ground *ground, struct dbs_error *err)
{
	OWNED(ddl_close) struct ddl ddl = {0};
	enum dbs_rc rc = ddl_open(&ddl, &ground->wish, err);

	for (size_t i = 0; i < ground->stage->table_count && !rc; i++)
		rc = load_empty_table(ddl.conn, &ground->stage->tables[i], err);
	return rc;
}

static enum dbs_rc remove_all(struct load_ground *ground, struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	ddl_close(&ground->ddl);
	if (ground->made)
		rc = ddl_open(&ground->ddl, &ground->wish, err);
	for (size_t i = 0; i < ground->made && !rc; i++)
		rc = scratch_remove(&ground->ddl,
				    ground->stage->databases[i].stage, err);
	return rc;
}

void load_unstage(struct load_ground **ground)
{
	struct load_ground *g = *ground;
	struct dbs_error err = {0};
	enum dbs_rc rc = DBS_OK;

	if (!g)
		return;
	/* after a stop, too: what is cancelled is the work, not this */
	const struct conn_setup setup = conn_setup_cleaning(g->wish.setup);

	g->wish.setup = &setup;
	for (unsigned i = 0; i < CLEAN_TRIES && (!i || rc == DBS_E_LOST); i++) {
		dbs_error_clear(&err);
		rc = remove_all(g, &err);
	}
	if (rc)
		talk_note(g->talk,
			  "`%s` with unfinished copies was left behind, the "
			  "next run drops it: %s",
			  g->stage->databases[0].stage, err.text);
	ddl_close(&g->ddl);
	mem_drop(ground);
}
