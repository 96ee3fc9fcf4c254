/* sync_run.c - see sync_run.h. */
#include "dbsync/run/sync_run.h"

#include "dbsync/apply/disarm.h"
#include "dbsync/apply/keepers.h"
#include "dbsync/apply/remake.h"
#include "dbsync/base/clock.h"
#include "dbsync/base/fault.h"
#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/run/backup_places.h"
#include "dbsync/run/state.h"
#include "dbsync/run/undo_line.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void write_options_defaults(struct write_options *options)
{
	*options = (struct write_options){
		.allow = VEC_INIT(char *),
		.backup_dir = BACKUP_PLACE,
		.backup_level = 1,
		.backup_threads = 1,
	};
}

void sync_run_name(char id[40])
{
	const time_t seconds = time(NULL);
	struct tm utc;
	char stamp[32];

	(void)gmtime_r(&seconds, &utc);
	(void)strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", &utc);
	(void)snprintf(id, 40, "%s-%06x", stamp, clock_jitter(1u << 24));
}

void sync_run_prepare(struct sync_run *run)
{
	const struct plan *plan = run->plan;

	run->results = mem_zero(plan->table_count + 1, sizeof(*run->results));
	run->orphans = mem_zero(plan->doubtful_count + 1,
				sizeof(*run->orphans));
	run->sqls = plan_sqls(plan, run->target_server);
}

void sync_run_release(struct sync_run *run)
{
	if (run->results)
		table_results_release(run->results, run->plan->table_count);
	mem_drop(&run->results);
	mem_drop(&run->sqls);
	mem_drop(&run->orphans);
	mem_drop(&run->backup);
}

/* ------------------------------------------------------------------------
 * May it be done?
 * --------------------------------------------------------------------- */

/* Of rows and of structures. */
static size_t refusals(const struct sync_run *run,
		       const struct guard **first_out)
{
	const struct reshape *reshape = run->shapes ? run->shapes->reshape
						    : NULL;
	size_t count = plan_refusals(run->plan, first_out);

	if (reshape)
		count += guards_refusals(reshape->guards, reshape->guard_count,
					 first_out);
	return count;
}

bool sync_run_is_refused(const struct sync_run *run)
{
	const struct guard *first = NULL;

	return refusals(run, &first) != 0;
}

enum dbs_rc sync_run_refuse(const struct sync_run *run, struct dbs_error *err)
{
	const struct guard *first = NULL;
	const size_t count = refusals(run, &first);

	if (!count)
		return DBS_OK;
	OWNED(buf_release) struct buf more = BUF_INIT;

	if (count > 1)
		buf_addf(&more, " (and %zu more, see above)", count - 1);
	return dbs_fail(
		err, DBS_E_REFUSED, "%s%s%s%s%s%s; to allow it: %s%s",
		first->table ? "`" : "", first->table ? first->database : "",
		first->table ? "`.`" : "", first->table ? first->table : "",
		first->table ? "`: " : "", first->text, first->way, more.data);
}

static bool changes_structures(const struct sync_run *run)
{
	return run->shapes && shape_run_has_steps(run->shapes);
}

/* Triggers are away while it writes. */
static bool disarms(const struct sync_run *run)
{
	return run->shapes && shape_run_disarms(run->shapes);
}

enum dbs_rc sync_run_allowed(const struct sync_run *run, struct dbs_error *err)
{
	const bool can_ask = audience_is_there(run->audience);
	const uint64_t deletes = run->plan->changes[CHANGE_DELETE];

	if (sync_run_is_refused(run)) {
		audience_sees(run->audience, run);
		return sync_run_refuse(run, err);
	}
	if (run->options->yes || run->is_second)
		return DBS_OK;
	if (!can_ask && deletes)
		return dbs_fail(err, DBS_E_REFUSED,
				"%" PRIu64 " rows would be deleted, and there "
				"is no terminal to ask on: --yes allows it",
				deletes);
	if (!can_ask && changes_structures(run))
		return dbs_fail(err, DBS_E_REFUSED,
				"structures would be changed, and there is no "
				"terminal to ask on: --yes allows it (and "
				"--data-only leaves them unchanged)");
	if (!can_ask)
		return DBS_OK;
	audience_sees(run->audience, run);
	return audience_agrees(run->audience, run)
		       ? DBS_OK
		       : dbs_fail(err, DBS_E_CANCELLED, "nothing was written");
}

/* ------------------------------------------------------------------------
 * Doing it
 * --------------------------------------------------------------------- */

/* Of each table of the reshape; NULL: structures are left alone. */
static struct dump_total *kept_of(const struct sync_run *run)
{
	return run->shapes ? run->shapes->kept : NULL;
}

/* It is made when it is first needed; that there is none is said once. */
static enum dbs_rc take_keys(const struct sync_run *run, struct keys **out,
			     struct dbs_error *err)
{
	enum dbs_rc rc = keys_make(out, err);

	if (!rc && !(*out)->count && !run->is_second)
		talk_note(run->setup->talk,
			  "the backup point is not signed, since there is no "
			  "key and none can be created: %s; a rollback of it "
			  "needs --trust-file (set DBSYNC_KEY_FILE)",
			  (*out)->lack);
	return rc;
}

static enum dbs_rc write_point(struct sync_run *run, const struct plan *plan,
			       const struct keepers *keepers,
			       struct dbs_error *err)
{
	OWNED(keys_drop) struct keys *keys = NULL;
	enum dbs_rc rc = take_keys(run, &keys, err);

	if (rc)
		return rc;
	run->is_unsigned = !keys->count;
	const struct reshape *reshape = run->shapes ? run->shapes->reshape
						    : NULL;
	const struct manifest_wish wish = {
		.run = run->id,
		.command = run->command,
		.source = run->source_name,
		.target = run->target_name,
		.target_version = run->target_server->text,
		.facts = run->facts,
		.key = keys->count ? keys->items[0].id : "",
		.plan = plan,
		.reshape = reshape,
		.allow = text_list_of(&run->options->allow),
	};
	OWNED(manifest_drop) struct manifest *manifest = manifest_of_plan(
		&wish);
	const struct backup_request request = {
		.folder = run->options->backup_dir,
		.level = (int)run->options->backup_level,
		.threads = (int)run->options->backup_threads,
		.manifest = manifest,
		.plan = plan,
		.sqls = run->sqls,
		.keys = keys,
		.cancel = run->setup->cancel,
		.reshape = reshape && !reshape_is_empty(reshape) ? reshape
								 : NULL,
		.conns = keepers->conns,
		.conn_count = keepers->count,
		.joined = run->joined,
		/* what is joined has its own */
		.totals = run->is_second ? NULL : kept_of(run),
	};
	const uint64_t start = clock_ns();

	rc = backup_write(&request, &run->backup, &run->backup_bytes, err);
	run->backup_seconds += clock_since(start);
	return rc;
}

static bool keeps_large_table(const struct reshape *reshape)
{
	for (size_t i = 0; i < reshape->table_count; i++) {
		const struct reshape_table *table = &reshape->tables[i];

		if (!table->left_out && table->model &&
		    reshape_restores_rows(table) && dump_is_large(table->model))
			return true;
	}
	return false;
}

/* plan: NULL for the structures alone */
static enum dbs_rc write_backup(struct sync_run *run, const struct plan *plan,
				struct dbs_error *err)
{
	OWNED(keepers_close) struct keepers keepers = {NULL, 0};
	const bool reads = (changes_structures(run) || disarms(run)) &&
			   !run->is_second;
	enum dbs_rc rc = DBS_OK;

	if (run->options->no_backup)
		return DBS_OK;
	if (reads)
		rc = keepers_open(run->setup, &keepers, err);
	if (reads && !rc)
		rc = remake_keep(keepers.conns[0], run->shapes->reshape, err);
	if (reads && !rc && !run->request->no_snapshot &&
	    keeps_large_table(run->shapes->reshape))
		rc = keepers_share(&keepers, run->request->parallel, err);
	if (!rc)
		rc = write_point(run, plan, &keepers, err);
	if (!rc)
		talk_step(run->setup->talk,
			  "backup point %s: %llu bytes, read back", run->backup,
			  (unsigned long long)run->backup_bytes);
	return rc;
}

/* For whoever finds the run interrupted, in whatever folder. */
static void add_undo(const struct sync_run *run, struct buf *out)
{
	struct undo_wish wish = undo_wish_of(run);

	wish.is_anywhere = true;
	if (wish.backup)
		undo_line(run, &wish, out);
}

/* The rollback itself, once more. */
static void add_repeat(const struct sync_run *run, struct buf *out)
{
	const struct undo_wish wish = {
		.backup = run->undoes,
		.is_anywhere = true,
		.is_forced = run->is_forced,
		.takes_any_server = run->takes_any_server,
		.takes_unsigned = run->takes_unsigned,
	};

	if (run->undoes)
		undo_line(run, &wish, out);
}

/*
 * The new backup point has all that the older one has.  Until the state names
 * the new one, either of them undoes all that was done so far.
 */
static enum dbs_rc take_over(struct sync_run *run, struct dbs_error *err)
{
	OWNED(buf_release) struct buf undo = BUF_INIT;

	fault_here(FAULT_BACKUP_JOIN);
	add_undo(run, &undo);
	enum dbs_rc rc = state_backup(run->options->state_dir, run->id,
				      run->backup, undo.data, err);

	if (!rc && run->joined)
		(void)unlink(run->joined);
	return rc;
}

static enum dbs_rc enter_state(struct sync_run *run, struct dbs_error *err)
{
	OWNED(buf_release) struct buf databases = BUF_INIT;
	OWNED(buf_release) struct buf undo = BUF_INIT;
	OWNED(buf_release) struct buf repeat = BUF_INIT;
	OWNED(arena_drop) struct arena *arena = arena_new();
	const char **locks = arena_alloc(arena, (run->database_count + 1) *
							sizeof(*locks));
	struct state_run entry = {
		.id = run->id,
		.command = run->command,
		.source = run->source_name,
		.target = run->target_name,
		.backup = run->backup,
		.has_shapes = changes_structures(run),
		.takes_triggers = disarms(run),
		.locks = {locks, run->database_count},
	};

	if (run->is_second)
		return run->backup ? take_over(run, err) : DBS_OK;
	for (size_t i = 0; i < run->database_count; i++) {
		OWNED(mem_drop)
		char *lock = target_lock_path(run->options->state_dir,
					      run->facts->identity,
					      run->databases[i]);

		locks[i] = arena_strdup(arena, lock);
		buf_addf(&databases, "%s%s", i ? "," : "", run->databases[i]);
	}
	entry.lock = locks[0];
	add_undo(run, &undo);
	add_repeat(run, &repeat);
	entry.databases = databases.data;
	entry.undo = run->backup ? undo.data : NULL;
	entry.repeat = run->undoes ? repeat.data : NULL;
	return state_begin(run->options->state_dir, &entry, err);
}

/* A run that wrote nothing leaves no backup point either. */
static void forget_backup(struct sync_run *run)
{
	if (run->backup)
		(void)unlink(run->backup);
	mem_drop(&run->backup);
}

/* A rollback writes rows first: they are not what was kept any more. */
static void forget_kept(const struct sync_run *run)
{
	const struct reshape *reshape = run->shapes ? run->shapes->reshape
						    : NULL;

	for (size_t i = 0; reshape && i < run->plan->table_count; i++) {
		const struct reshape_table *table = reshape_member(
			reshape, run->plan->tables[i].finding->database[TARGET],
			run->plan->tables[i].target->name);

		if (table)
			kept_of(run)[table - reshape->tables].rows =
				DUMP_UNKNOWN;
	}
}

static enum dbs_rc apply(struct sync_run *run, struct dbs_error *err)
{
	struct meter meter = {0};
	const uint64_t start = clock_ns();
	const struct apply_request request = {
		.plan = run->plan,
		.sqls = run->sqls,
		.setup = run->setup,
		.lock = run->lock,
		.run = run->id,
		.workers = run->request->parallel,
		.attempts = run->request->attempts * 3,
		.no_binlog = run->options->binlog == 1,
		.meter = &meter,
	};
	const uint64_t total = run->plan->changes[CHANGE_INSERT] +
			       run->plan->changes[CHANGE_UPDATE] +
			       run->plan->changes[CHANGE_DELETE];

	audience_writes(run->audience, "writing", &meter, total);
	talk_step(run->setup->talk, "writing %llu rows",
		  (unsigned long long)total);
	enum dbs_rc rc = apply_run(&request, run->results, err);

	audience_writes(run->audience, NULL, NULL, 0);
	run->apply_seconds = clock_since(start);
	forget_kept(run);
	return rc;
}

enum dbs_rc sync_run_failed(struct sync_run *run, enum dbs_rc rc,
			    struct dbs_error *err)
{
	struct dbs_error other;

	(void)state_end(run->options->state_dir, run->id, "failed",
			sync_run_written(run), &other);
	OWNED(buf_release) struct buf undo = BUF_INIT;
	struct undo_wish wish = undo_wish_of(run);

	if (!wish.backup)
		wish.backup = run->joined;
	if (wish.backup)
		undo_line(run, &wish, &undo);
	if (undo.length)
		talk_note(run->setup->talk,
			  "what was written can be undone: %s", undo.data);
	(void)err;
	return rc;
}

/* What must be safe before the target is written to. */
static enum dbs_rc be_safe(struct sync_run *run, const struct plan *plan,
			   struct dbs_error *err)
{
	enum dbs_rc rc = target_lock_check(run->lock, err);

	if (!rc)
		rc = write_backup(run, plan, err);
	if (rc)
		return rc;
	rc = enter_state(run, err);
	if (rc)
		forget_backup(run);
	return rc;
}

/* ------------------------------------------------------------------------
 * Triggers of tables that are written to
 * --------------------------------------------------------------------- */

/* Who finds the run dead makes them out of its backup point, if it is ours. */
static enum dbs_rc check_key(struct dbs_error *err)
{
	OWNED(keys_drop) struct keys *keys = NULL;
	enum dbs_rc rc = keys_make(&keys, err);

	if (!rc && !keys->count)
		rc = dbs_fail(err, DBS_E_REFUSED,
			      "triggers must be dropped while rows are "
			      "written, and no later run could restore them "
			      "from a backup point that is not signed: set "
			      "DBSYNC_KEY_FILE (%s)",
			      keys->lack);
	return rc;
}

/* Whether they may be away for a while; asked before anything is written. */
static enum dbs_rc check_triggers(const struct sync_run *run,
				  struct dbs_error *err)
{
	const struct reform_request request = sync_run_reform(run);
	OWNED(conn_close) struct conn *conn = NULL;

	if (run->options->no_backup)
		return dbs_fail(err, DBS_E_REFUSED,
				"tables to be written have triggers, which "
				"must be dropped during the run, and only a "
				"backup point can keep them: omit --no-backup");
	enum dbs_rc rc = run->undoes ? DBS_OK : check_key(err);

	if (!rc)
		rc = conn_open(run->setup, &conn, err);
	/* what the first passage has kept, the second may have changed */
	if (!rc && !run->is_second)
		rc = remake_keep(conn, run->shapes->reshape, err);
	return rc ? rc : disarm_check(&request, err);
}

static enum dbs_rc disarm(struct sync_run *run, struct dbs_error *err)
{
	const struct reform_request request = sync_run_reform(run);

	run->is_disarmed = true;
	run->has_disarmed = true;
	conn_group_owes(run->setup->group);
	return disarm_take(&request, err);
}

/* Not one that had vanished before it was to be dropped. */
static enum dbs_rc find_unarmed(const struct sync_run *run,
				struct dbs_error *err)
{
	const struct reshape *reshape = run->shapes->reshape;
	const struct reform_result *made = run->shapes->made;

	for (size_t i = 0; i < reshape->object_count && run->has_disarmed; i++)
		if (reshape->objects[i].is_disarmed && !made[i].steps_done &&
		    reshape->objects[i].kept.create)
			return dbs_fail(err, DBS_E_SERVER, "`%s`.`%s`%s%s",
					reshape->objects[i].database,
					reshape->objects[i].name,
					made[i].error.code ? ": " : "",
					made[i].error.text);
	return DBS_OK;
}

/* What is done to a target whose connections may all be gone. */
static enum dbs_rc bring_triggers_back(struct sync_run *run,
				       struct dbs_error *err)
{
	const struct conn_setup setup = conn_setup_cleaning(run->setup);
	struct reform_request request = sync_run_reform(run);

	run->is_disarmed = false;
	request.target = &setup;
	enum dbs_rc rc = remake_return(&request, run->shapes->made, err);

	if (!rc)
		rc = find_unarmed(run, err);
	return rc ? rc : state_rearmed(run->options->state_dir, run->id, err);
}

void sync_run_rearm(struct sync_run *run)
{
	struct dbs_error err = {0};

	/* nothing was taken away: nobody has to wait for it */
	if (!run->is_disarmed && !run->has_disarmed && disarms(run))
		(void)state_rearmed(run->options->state_dir, run->id, &err);
	if (run->is_disarmed && bring_triggers_back(run, &err))
		talk_note(run->setup->talk,
			  "not all dropped triggers were restored (%s): %s",
			  run->undoes ? "repeat the rollback"
				      : "the next run that writes restores "
					"them",
			  err.text);
}

enum dbs_rc sync_run_return_triggers(struct sync_run *run,
				     struct dbs_error *err)
{
	if (!run->is_disarmed)
		return DBS_OK;
	const struct reform_request request = sync_run_reform(run);

	return remake_return(&request, run->shapes->made, err);
}

enum dbs_rc sync_run_write(struct sync_run *run, struct dbs_error *err)
{
	const bool takes = disarms(run);
	enum dbs_rc rc = takes ? check_triggers(run, err) : DBS_OK;

	if (rc == DBS_E_REFUSED && run->is_second) {
		(void)dbs_error_context(err, "the structures have changed, the "
					     "rows were not touched");
		rc = dbs_error_recode(err, DBS_E_LIMIT);
	}
	if (!rc)
		rc = be_safe(run, run->plan, err);
	if (rc)
		return run->is_second ? sync_run_failed(run, rc, err) : rc;
	if (takes)
		rc = disarm(run, err);
	if (!rc)
		rc = apply(run, err);
	return rc ? sync_run_failed(run, rc, err) : DBS_OK;
}

struct reform_request sync_run_reform(const struct sync_run *run)
{
	return (struct reform_request){
		.reshape = run->shapes->reshape,
		.source = run->source,
		.target = run->setup,
		.lock = run->lock,
		.run = run->id,
		.wait_s = run->shapes->wait_s,
		.no_binlog = run->options->binlog == 1,
		.kept = run->options->no_backup ? NULL : kept_of(run),
		.has_disarmed = run->has_disarmed,
		.defaults = moment_defaults_notes(&run->noted),
	};
}

enum dbs_rc sync_run_return_keys(struct sync_run *run, struct dbs_error *err)
{
	const struct reform_request request = sync_run_reform(run);

	if (run->shapes->has_returned)
		return DBS_OK;
	enum dbs_rc rc = reform_run(&request, REFORM_RETURNS,
				    run->shapes->results, err);

	run->shapes->has_returned = !rc;
	return rc;
}

static void tell_failures(const struct shape_run *shapes,
			  const struct talk *talk)
{
	for (size_t i = 0; i < shapes->reshape->table_count; i++)
		if (shapes->results[i].error.code)
			talk_note(talk, "`%s`.`%s`: %s",
				  shapes->reshape->tables[i].database,
				  shapes->reshape->tables[i].table,
				  shapes->results[i].error.text);
}

void sync_run_bring_back(struct sync_run *run)
{
	struct shape_run *shapes = run->shapes;
	struct dbs_error err = {0};
	enum dbs_rc rc = DBS_OK;

	if (!shapes || !shapes->was_written || shapes->is_ended)
		return;
	const struct conn_setup setup = conn_setup_cleaning(run->setup);
	struct reform_request request = sync_run_reform(run);

	shapes->is_ended = true;
	request.target = &setup;
	request.source = NULL;
	request.brings_back = true;
	if (!shapes->has_returned)
		rc = reform_run(&request, REFORM_RETURNS, shapes->results,
				&err);
	if (!rc)
		rc = reform_run(&request, REFORM_LATE, shapes->results, &err);
	if (rc)
		talk_note(setup.talk,
			  "not all lifted foreign keys were restored: %s",
			  err.text);
	tell_failures(shapes, setup.talk);
}

static enum dbs_rc reform(struct sync_run *run, bool is_late,
			  struct dbs_error *err)
{
	const struct reform_request request = sync_run_reform(run);
	const uint64_t start = clock_ns();

	run->shapes->was_written = true;
	conn_group_owes(run->setup->group);
	enum dbs_rc rc = DBS_OK;

	if (!is_late)
		rc = remake_run(&request, false, run->shapes->made, err);
	if (!rc && is_late)
		rc = sync_run_return_keys(run, err);
	if (is_late)
		fault_here(FAULT_REFORM_LATE);
	if (!rc)
		rc = reform_run(&request, is_late ? REFORM_LATE : REFORM_EARLY,
				run->shapes->results, err);
	if (!rc && is_late)
		rc = remake_run(&request, true, run->shapes->made, err);
	if (!rc && is_late)
		rc = reform_check(&request, run->shapes->results, err);
	run->shapes->is_ended = is_late && !rc;
	run->shapes->seconds += clock_since(start);
	return rc ? sync_run_failed(run, rc, err) : DBS_OK;
}

enum dbs_rc sync_run_reshape(struct sync_run *run, struct dbs_error *err)
{
	enum dbs_rc rc = disarms(run) ? check_triggers(run, err) : DBS_OK;

	if (!rc)
		rc = be_safe(run, NULL, err);
	if (!rc)
		rc = reform(run, false, err);
	fault_here(FAULT_REFORM_ROWS);
	return rc;
}

enum dbs_rc sync_run_reshape_early(struct sync_run *run, struct dbs_error *err)
{
	return reform(run, false, err);
}

enum dbs_rc sync_run_reshape_late(struct sync_run *run, struct dbs_error *err)
{
	return reform(run, true, err);
}

static bool has_failed(const struct shape_run *shapes, const char *database,
		       const char *name)
{
	const struct reshape_table *table = reshape_member(shapes->reshape,
							   database, name);

	return table &&
	       shapes->results[table - shapes->reshape->tables].error.code;
}

/*
 * A key that the target does not have is of tables as they should be: where one
 * of them did not become that, its columns may be missing, and its error says
 * enough.
 */
static bool cannot_be_counted(const struct shape_run *shapes,
			      const struct foreign_key *key)
{
	const struct vec *lost = &shapes->reshape->lost;
	bool is_lost = false;

	for (size_t i = 0; i < lost->count; i++)
		is_lost = is_lost || vec_at(lost, i) == key;
	return is_lost &&
	       (has_failed(shapes, key->child_database, key->child) ||
		has_failed(shapes, key->parent_database, key->parent));
}

static void leave_out_failed(struct sync_run *run)
{
	const bool has_shapes = run->shapes && run->shapes->reshape &&
				run->shapes->results;

	for (size_t i = 0; i < run->plan->doubtful_count; i++)
		run->orphans[i] = (struct orphans){
			.is_left_out =
				has_shapes &&
				cannot_be_counted(run->shapes,
						  run->plan->doubtful[i]),
		};
}

enum dbs_rc sync_run_count_orphans(struct sync_run *run, struct dbs_error *err)
{
	OWNED(conn_close) struct conn *conn = NULL;

	enum dbs_rc rc = DBS_OK;

	leave_out_failed(run);

	if (run->plan->doubtful_count)
		rc = conn_open(run->setup, &conn, err);
	if (!rc)
		rc = orphans_count(conn, run->plan, run->orphans, err);
	run->has_counted = !rc;
	return rc;
}

enum dbs_rc sync_run_repaired(const struct sync_run *run, struct dbs_error *err)
{
	OWNED(mem_drop) char *lock = target_lock_path(run->options->state_dir,
						      run->facts->identity,
						      run->databases[0]);

	return state_repaired(run->options->state_dir, lock,
			      run->shapes && run->request->scope != SCOPE_DATA,
			      err);
}

enum dbs_rc sync_run_end(struct sync_run *run, bool is_done, bool is_all,
			 struct dbs_error *err)
{
	enum dbs_rc rc = state_end(run->options->state_dir, run->id,
				   is_done ? "done" : "partly",
				   sync_run_written(run), err);
	struct dbs_error other = {0};

	if (!rc && disarms(run) && !find_unarmed(run, &other))
		rc = state_rearmed(run->options->state_dir, run->id, err);
	return rc || !is_all ? rc : sync_run_repaired(run, err);
}

uint64_t sync_run_written(const struct sync_run *run)
{
	uint64_t written = 0;

	for (size_t i = 0; i < run->plan->table_count; i++)
		for (size_t k = 0; k < CHANGE_KINDS; k++)
			written += run->results[i].written[k];
	return written;
}

bool sync_run_is_partial(const struct sync_run *run)
{
	for (size_t i = 0; i < run->plan->table_count; i++)
		if (run->results[i].drifted || run->results[i].refused ||
		    run->results[i].error.code)
			return true;
	for (size_t i = 0; i < run->plan->doubtful_count; i++)
		if (run->orphans[i].rows || run->orphans[i].has_no_table)
			return true;
	return run->shapes && shape_run_is_partial(run->shapes);
}
