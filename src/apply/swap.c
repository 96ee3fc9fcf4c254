/* swap.c - see swap.h. */
#include "dbsync/apply/swap.h"

#include "dbsync/apply/remake.h"

#include "ddl_again.h"
#include "hold.h"
#include "scratch_database.h"
#include "swap_keys.h"

#include "dbsync/base/clock.h"
#include "dbsync/base/fault.h"
#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/db/quote.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
	ENDING_S = 60, /* for a statement whose connection was lost */
	ERROR_TRIGGER_IN_WRONG_SCHEMA = 1435,
};

/* What went before the swap, up to which object and table. */
struct cleared {
	size_t triggers;
	size_t keys;
};

struct swapper {
	const struct swap_request *request;
	struct ddl_wish wish;
	struct ddl ddl;
	struct structure_reader *reader; /* NULL: not needed yet */
};

static void swapper_release(struct swapper *swapper)
{
	ddl_close(&swapper->ddl);
}

static enum dbs_rc swapper_open(struct swapper *swapper,
				const struct swap_request *request,
				struct dbs_error *err)
{
	const struct reform_request *reform = request->reform;

	*swapper = (struct swapper){
		.request = request,
		.wish = {reform->target, reform->no_binlog, reform->wait_s},
	};
	return ddl_open(&swapper->ddl, &swapper->wish, err);
}

static const struct reshape *reshape_of(const struct swapper *swapper)
{
	return swapper->request->reform->reshape;
}

/* ------------------------------------------------------------------------
 * Triggers
 * --------------------------------------------------------------------- */

/* One that the target has now, on a table that is to move. */
static bool is_in_the_way(const struct reshape *reshape,
			  const struct reshape_object *object)
{
	return object->kind == OBJECT_TRIGGER && object->kept.create &&
	       reshape_replaces(reshape, object->database, object->table);
}

/* "DEFINER=`u`@`h`" of what SHOW CREATE TRIGGER gave, appended. */
static void add_definer(struct buf *sql, const char *create)
{
	const char *begin = strstr(create, "DEFINER=");
	const char *end = begin ? strstr(begin, " TRIGGER ") : NULL;

	if (end)
		buf_add(sql, begin, (size_t)(end - begin));
}

static const struct stage_table *copy_of(const struct stage *stage,
					 const struct reshape_object *object)
{
	for (size_t i = 0; i < stage->table_count; i++)
		if (!strcmp(stage->tables[i].table->database,
			    object->database) &&
		    !strcmp(stage->tables[i].table->table, object->table))
			return &stage->tables[i];
	return NULL;
}

/* Whether this user may make a trigger of that definer: on the copy, for once. */
static enum dbs_rc probe(struct swapper *swapper,
			 const struct reshape_object *object,
			 struct dbs_error *err)
{
	const struct stage_table *copy = copy_of(swapper->request->stage,
						 object);
	OWNED(buf_release) struct buf make = BUF_INIT;
	OWNED(buf_release) struct buf drop = BUF_INIT;

	if (!copy)
		return DBS_OK;
	buf_adds(&make, "CREATE ");
	add_definer(&make, object->kept.create);
	buf_adds(&make, " TRIGGER ");
	quote_table(&make, copy->database->stage, "dbsync_probe");
	buf_adds(&make, " BEFORE INSERT ON ");
	quote_table(&make, copy->database->stage, copy->table->table);
	buf_adds(&make, " FOR EACH ROW SET @dbsync_probe = 1");
	buf_adds(&drop, "DROP TRIGGER IF EXISTS ");
	quote_table(&drop, copy->database->stage, "dbsync_probe");
	enum dbs_rc rc = ddl_run(&swapper->ddl, make.data, false, err);

	if (!rc)
		rc = ddl_run(&swapper->ddl, drop.data, false, err);
	return rc ? dbs_error_context(err,
				      "the trigger `%s`.`%s` would have to be "
				      "created again, which this user may not "
				      "do",
				      object->database, object->name)
		  : DBS_OK;
}

static enum dbs_rc probe_triggers(struct swapper *swapper,
				  struct dbs_error *err)
{
	const struct reshape *reshape = reshape_of(swapper);
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; i < reshape->object_count && !rc; i++)
		if (is_in_the_way(reshape, &reshape->objects[i]))
			rc = probe(swapper, &reshape->objects[i], err);
	return rc;
}

/*
 * *tried_out: those before it may be gone.  The one whose connection was lost
 * is among them, for nobody knows.
 */
static enum dbs_rc drop_triggers(struct swapper *swapper, size_t *tried_out,
				 struct dbs_error *err)
{
	const struct reshape *reshape = reshape_of(swapper);
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; i < reshape->object_count && !rc; i++) {
		const struct reshape_object *object = &reshape->objects[i];
		OWNED(buf_release) struct buf sql = BUF_INIT;

		*tried_out = i + 1;
		if (!is_in_the_way(reshape, object))
			continue;
		buf_adds(&sql, "DROP TRIGGER IF EXISTS ");
		quote_table(&sql, object->database, object->name);
		rc = ddl_run(&swapper->ddl, sql.data, false, err);
	}
	return rc;
}

/* The same objects; to be brought back are triggers that may be gone. */
static struct reshape *mark_dropped(const struct reshape *reshape, size_t tried)
{
	struct arena *arena = reshape->arena;
	struct reshape *marked = arena_alloc(arena, sizeof(*marked));

	*marked = *reshape;
	marked->objects = arena_alloc(arena, (reshape->object_count + 1) *
						     sizeof(*marked->objects));
	for (size_t i = 0; i < reshape->object_count; i++) {
		struct reshape_object *object = &marked->objects[i];

		*object = reshape->objects[i];
		object->is_disarmed = i < tried &&
				      is_in_the_way(reshape, object);
	}
	return marked;
}

static void tell_lost(const struct reform_request *reform,
		      const struct reshape_object *object, const char *why)
{
	talk_note(reform->target->talk,
		  "the trigger `%s`.`%s` was dropped and could not be "
		  "restored%s: %s",
		  object->database, object->name,
		  reform->kept ? " (the backup point has it)" : "", why);
}

/* As they acted (remake.h); what is not available is said. */
static void bring_back_triggers(const struct reform_request *reform,
				size_t tried)
{
	const struct reshape *reshape = mark_dropped(reform->reshape, tried);
	OWNED(mem_drop) struct reform_result *made =
		mem_zero(reshape->object_count, sizeof(*made));
	struct reform_request again = *reform;
	struct dbs_error err = {0};

	again.reshape = reshape;
	(void)remake_return(&again, made, &err);
	for (size_t i = 0; i < reshape->object_count; i++)
		if (reshape->objects[i].is_disarmed && !made[i].steps_done)
			tell_lost(reform, &reshape->objects[i],
				  made[i].error.code ? made[i].error.text
						     : err.text);
}

/* ------------------------------------------------------------------------
 * Has anything moved?
 * --------------------------------------------------------------------- */

/* Learns once what the server knows of collations. */
static enum dbs_rc read_structure(struct swapper *swapper, const char *database,
				  const char *table, struct structure *out,
				  struct dbs_error *err)
{
	const struct structure_wish wish = {
		.database[TARGET] = database,
		.table[TARGET] = table,
	};
	enum dbs_rc rc = DBS_OK;

	if (!swapper->reader)
		rc = structure_reader_new(swapper->ddl.conn, swapper->ddl.conn,
					  swapper->request->stage->arena,
					  &swapper->reader, err);
	return rc ? rc
		  : structure_read_back(swapper->reader, &wish, NULL, out, err);
}

/* A table that is replaced, where it is now; keys are looked at apart. */
static enum dbs_rc is_as_planned(struct swapper *swapper,
				 const struct reshape_table *table,
				 const char *database, bool *same_out,
				 struct dbs_error *err)
{
	struct structure now;
	enum dbs_rc rc = read_structure(swapper, database, table->table, &now,
					err);

	*same_out = false;
	if (rc || now.unknown || !now.have)
		return rc;
	*same_out = structure_is_same_but_keys(now.have, table->structure->have,
					       reshape_of(swapper)->family);
	return DBS_OK;
}

static enum dbs_rc check_tables(struct swapper *swapper, struct dbs_error *err)
{
	const struct stage *stage = swapper->request->stage;
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; i < stage->table_count && !rc; i++) {
		const struct stage_table *table = &stage->tables[i];
		bool is_same = true;

		if (table->is_replaced)
			rc = is_as_planned(swapper, table->table,
					   table->database->target, &is_same,
					   err);
		if (!rc && !is_same)
			rc = dbs_fail(err, DBS_E_CHANGED,
				      "somebody altered `%s`.`%s` on the "
				      "target since the run began: run again",
				      table->table->database,
				      table->table->table);
	}
	return rc;
}

/* A key of a table that stays would follow its parent to where that goes. */
static enum dbs_rc check_keys(struct swapper *swapper, struct dbs_error *err)
{
	const struct stage *stage = swapper->request->stage;
	const struct reshape *reshape = reshape_of(swapper);
	enum dbs_rc rc = DBS_OK;

	for (size_t d = 0; d < stage->database_count && !rc; d++) {
		const struct relations *now = NULL;

		rc = relations_load(swapper->ddl.conn,
				    stage->databases[d].target, stage->arena,
				    &now, err);
		for (size_t i = 0; !rc && i < now->foreign_key_count; i++) {
			const struct foreign_key *key = &now->foreign_keys[i];

			if (reshape_replaces(reshape, key->parent_database,
					     key->parent) &&
			    !reshape_replaces(reshape, key->child_database,
					      key->child))
				rc = dbs_fail(
					err, DBS_E_CHANGED,
					"`%s`.`%s` refers to `%s`.`%s` since "
					"the run began (foreign key `%s`): run "
					"again",
					key->child_database, key->child,
					key->parent_database, key->parent,
					key->name);
		}
	}
	return rc;
}

enum dbs_rc swap_check(const struct swap_request *request,
		       struct dbs_error *err)
{
	OWNED(swapper_release) struct swapper swapper = {0};
	enum dbs_rc rc = swapper_open(&swapper, request, err);

	if (!rc)
		rc = check_tables(&swapper, err);
	return rc ? rc : probe_triggers(&swapper, err);
}

/* ------------------------------------------------------------------------
 * The swap
 * --------------------------------------------------------------------- */

static enum dbs_rc make_databases(struct swapper *swapper,
				  struct dbs_error *err)
{
	const struct stage *stage = swapper->request->stage;
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; i < stage->database_count && !rc; i++)
		rc = scratch_make(&swapper->ddl, stage->databases[i].old, err);
	return rc;
}

/*
 * After a failure, whatever it was: on a connection of its own, that a stop by
 * the user does not end.
 */
static void undo(const struct swap_request *request,
		 const struct cleared *cleared)
{
	const struct conn_setup setup = conn_setup_cleaning(
		request->reform->target);
	struct reform_request reform = *request->reform;
	struct swap_request again = *request;
	struct dbs_error err = {0};
	bool is_removed = false;
	OWNED(swapper_release) struct swapper swapper = {0};

	reform.target = &setup;
	again.reform = &reform;
	if (swapper_open(&swapper, &again, &err)) {
		talk_note(setup.talk, "%s", err.text);
		return;
	}
	if (cleared->triggers)
		bring_back_triggers(&reform, cleared->triggers);
	swap_keys_return(&swapper.ddl, request->stage, cleared->keys,
			 setup.talk);
	for (size_t i = 0; i < request->stage->database_count; i++)
		(void)scratch_remove_empty(&swapper.ddl,
					   request->stage->databases[i].old,
					   &is_removed, &err);
}

/* Whether the copies are still where they were made: all, or none. */
static enum dbs_rc ask(struct swapper *swapper, bool *done_out,
		       struct dbs_error *err)
{
	const struct stage *stage = swapper->request->stage;
	OWNED(buf_release) struct buf sql = BUF_INIT;
	uint64_t left = 0;

	buf_adds(&sql, "SELECT COUNT(*) FROM INFORMATION_SCHEMA.TABLES "
		       "WHERE TABLE_SCHEMA IN (");
	for (size_t i = 0; i < stage->database_count; i++)
		buf_addf(&sql, "%s'%s'", i ? ", " : "",
			 stage->databases[i].stage);
	buf_adds(&sql, ")");
	swapper->reader = NULL; /* it is of that connection */
	enum dbs_rc rc = ddl_come_back(&swapper->ddl, ENDING_S, err);

	if (!rc)
		rc = conn_fetch_number(swapper->ddl.conn, sql.data, &left, err);
	if (rc)
		return rc;
	*done_out = !left;
	if (left && left != stage->table_count)
		return dbs_fail(err, DBS_E_CHANGED,
				"the server died while it renamed tables, and "
				"some of them have moved: restore the old "
				"tables with `dbsync rollback`");
	return DBS_OK;
}

static enum dbs_rc rename_all(struct swapper *swapper, bool *done_out,
			      struct dbs_error *err)
{
	const struct swap_request *request = swapper->request;
	OWNED(buf_release) struct buf sql = BUF_INIT;

	buf_addf(&sql, "%s /* dbsync %s */", request->stage->swap,
		 request->reform->run);
	enum dbs_rc rc = ddl_run(&swapper->ddl, sql.data, false, err);

	*done_out = !rc;
	if (rc != DBS_E_LOST)
		return rc;
	struct dbs_error lost = *err;

	dbs_error_clear(err);
	rc = ask(swapper, done_out, err);
	if (rc || *done_out)
		return rc;
	*err = lost;
	return err->code;
}

/*
 * With its triggers a table does not move, which is the last thing that a
 * server finds out: everything else is in order then.
 */
static enum dbs_rc rename_around_triggers(struct swapper *swapper,
					  bool *done_out,
					  struct cleared *cleared,
					  struct dbs_error *err)
{
	enum dbs_rc rc = rename_all(swapper, done_out, err);

	if (!rc || err->server_errno != ERROR_TRIGGER_IN_WRONG_SCHEMA)
		return rc;
	dbs_error_clear(err);
	rc = drop_triggers(swapper, &cleared->triggers, err);
	fault_here(FAULT_SWAP_TRIGGERS);
	return rc ? rc : rename_all(swapper, done_out, err);
}

/* And around foreign keys that are malformed, of tables that go anyway. */
static enum dbs_rc rename_around(struct swapper *swapper, bool *done_out,
				 struct cleared *cleared, struct dbs_error *err)
{
	enum dbs_rc rc = rename_around_triggers(swapper, done_out, cleared,
						err);

	if (!rc || !swap_keys_are_malformed(err))
		return rc;
	talk_step(swapper->wish.setup->talk,
		  "foreign keys of the tables that are replaced go first: %s",
		  err->text);
	dbs_error_clear(err);
	rc = swap_keys_drop(&swapper->ddl, swapper->request->stage,
			    &cleared->keys, err);
	fault_here(FAULT_SWAP_KEYS);
	return rc ? rc
		  : rename_around_triggers(swapper, done_out, cleared, err);
}

enum dbs_rc swap_run(const struct swap_request *request,
		     struct swap_result *result, struct dbs_error *err)
{
	OWNED(swapper_release) struct swapper swapper = {0};
	struct cleared cleared = {0};
	enum dbs_rc rc = target_lock_check(request->reform->lock, err);

	if (!rc)
		rc = swapper_open(&swapper, request, err);
	if (!rc)
		rc = make_databases(&swapper, err);
	if (!rc)
		rc = check_tables(&swapper, err);
	if (!rc)
		rc = check_keys(&swapper, err);
	const uint64_t start = clock_ns();

	fault_here(FAULT_SWAP_BEFORE);
	if (!rc)
		rc = rename_around(&swapper, &result->is_done, &cleared, err);
	result->seconds = clock_since(start);
	fault_here(FAULT_SWAP_DONE);
	if (!rc)
		talk_step(request->reform->target->talk,
			  "%zu tables swapped in within %.0f ms",
			  request->stage->table_count, result->seconds * 1000);
	if (rc)
		undo(request, &cleared);
	return rc;
}

/* ------------------------------------------------------------------------
 * What was replaced
 * --------------------------------------------------------------------- */

static void keep(struct swapper *swapper, struct swap_result *result,
		 const struct stage_table *table)
{
	const struct stage *stage = swapper->request->stage;

	result->is_kept[table->database - stage->databases] = true;
	result->notes[result->note_count++] = arena_printf(
		stage->arena,
		"somebody wrote to `%s`.`%s`, or altered it, after the backup "
		"point was made: what it held is kept in `%s`",
		table->table->database, table->table->table,
		table->database->old);
}

static enum dbs_rc compare_all(struct swapper *swapper,
			       struct swap_result *result,
			       struct dbs_error *err)
{
	const struct stage *stage = swapper->request->stage;
	const struct reshape *reshape = reshape_of(swapper);
	const struct dump_total *kept = swapper->request->reform->kept;
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; i < stage->table_count && !rc; i++) {
		const struct stage_table *table = &stage->tables[i];
		bool is_same = true;

		if (!table->is_replaced || !kept)
			continue;
		rc = is_as_planned(swapper, table->table, table->database->old,
				   &is_same, err);
		if (!rc && is_same)
			rc = hold_compare(&swapper->ddl, table->table->model,
					  table->database->old,
					  &kept[table->table - reshape->tables],
					  &is_same, err);
		if (!rc && !is_same)
			keep(swapper, result, table);
	}
	return rc;
}

static enum dbs_rc drop_old(struct swapper *swapper, struct swap_result *result,
			    size_t number, struct dbs_error *err)
{
	const struct stage *stage = swapper->request->stage;
	const char *old = stage->databases[number].old;

	/* a table that refers to one of them from elsewhere shows now */
	enum dbs_rc rc = conn_run(swapper->ddl.conn,
				  "SET SESSION foreign_key_checks = 1", err);

	if (!rc)
		rc = scratch_remove(&swapper->ddl, old, err);
	if (!dbs_is_refusal(rc))
		return rc;
	result->is_kept[number] = true;
	result->notes[result->note_count++] = arena_printf(
		stage->arena, "the tables that were replaced stay in `%s`: %s",
		old, err->text);
	dbs_error_clear(err);
	return DBS_OK;
}

enum dbs_rc swap_finish(const struct swap_request *request,
			struct swap_result *result, struct dbs_error *err)
{
	const struct stage *stage = request->stage;
	OWNED(swapper_release) struct swapper swapper = {0};
	enum dbs_rc rc = swapper_open(&swapper, request, err);

	result->is_kept = arena_alloc(stage->arena, stage->database_count + 1);
	memset(result->is_kept, 0, stage->database_count + 1);
	result->notes = arena_alloc(
		stage->arena, (stage->table_count + stage->database_count + 1) *
				      sizeof(*result->notes));
	if (!rc)
		rc = compare_all(&swapper, result, err);
	fault_here(FAULT_SWAP_OLD);
	for (size_t i = 0; i < stage->database_count && !rc; i++)
		if (!result->is_kept[i])
			rc = drop_old(&swapper, result, i, err);
	return rc;
}
