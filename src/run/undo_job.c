/*
 * undo_job.c - see undo_job.h.
 *
 *	check the whole file, and whose it is ─▶ connect ─▶ the right server?
 *	─▶ lock ─▶ look at its rows and structures ─▶ drift? ─▶ plan, guards,
 *	question ─▶ backup point ═▶ rows ─▶ look again ─▶ structures, and the
 *	rows of those that are kept as a whole ─▶ look again ─▶ report
 *
 * It goes the way of every run that writes (sync_run.h), so that a rollback
 * can be rolled back.
 */
#include "dbsync/run/undo_job.h"

#include "run_base.h"

#include "dbsync/apply/proof.h"
#include "dbsync/apply/restore.h"
#include "dbsync/apply/survey.h"
#include "dbsync/apply/sweep.h"
#include "dbsync/apply/undo.h"
#include "dbsync/backup/catalogue.h"
#include "dbsync/base/clock.h"
#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/run/backup_places.h"
#include "dbsync/run/interrupted.h"
#include "dbsync/run/point_trust.h"
#include "dbsync/run/state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct undo_job {
	struct run_base base;
	const struct undo_request *request;
	char *path; /* of the backup point */
	struct conn *conn;
	struct backup_reader *reader;
	struct vec before; /* readers: of rollbacks that took triggers away */
	struct unshape *unshape;
	struct undo *undo;
	uint64_t loaded; /* rows of tables that were kept as a whole */
	struct plan *plan;
	struct sync_run run;
	char target_name[256];
};

static void drop(void *self)
{
	struct undo_job *job = self;
	struct shape_run *shapes = &job->base.shapes;

	sync_run_release(&job->run);
	plan_drop(&job->plan);
	undo_drop(&job->undo);
	mem_drop(&shapes->results);
	mem_drop(&shapes->made);
	mem_drop(&shapes->kept);
	unshape_drop(&job->unshape);
	backup_close(&job->reader);
	interrupted_drop(&job->before);
	conn_close(&job->conn);
	mem_drop(&job->path);
	run_base_release(&job->base);
	mem_drop(&job);
}

/*
 * For what this rollback leaves behind, which may be read in another folder.  Of a
 * link, its own path: who reads the file sees to it.
 */
static const char *whole_path(struct arena *arena, const char *path)
{
	char *here = *path == '/' ? NULL : getcwd(NULL, 0);
	const char *whole = here ? arena_printf(arena, "%s/%s", here, path)
				 : path;

	free(here);
	return whole;
}

/* ------------------------------------------------------------------------
 * The newest
 * --------------------------------------------------------------------- */

/* Whether it is about a database; NULL: whichever. */
static bool is_of(const struct manifest *manifest, const char *database)
{
	for (size_t i = 0; database && i < manifest->table_count; i++)
		if (!strcmp(manifest->tables[i].database, database))
			return true;
	for (size_t i = 0; database && i < manifest->shape_count; i++)
		if (!strcmp(manifest->shapes[i].database, database))
			return true;
	for (size_t i = 0; database && i < manifest->object_count; i++)
		if (!strcmp(manifest->objects[i].database, database))
			return true;
	return !database;
}

static enum dbs_rc find_last(struct undo_job *job, struct dbs_error *err)
{
	const char *folder = job->base.asked->write->backup_dir;
	OWNED(catalogue_release) struct vec entries = VEC_INIT(
		struct backup_entry);
	struct target_facts facts = {0};
	enum dbs_rc rc = survey_target(job->conn, NULL, 0,
				       job->base.target.arena, &facts, err);

	if (!rc)
		rc = backup_places_load(folder,
					job->base.asked->write->state_dir,
					job->base.walk.cancel, &entries, err);
	for (size_t i = 0; i < entries.count && !rc && !job->path; i++) {
		const struct backup_entry *entry = vec_at(&entries, i);

		if (entry->manifest &&
		    !strcmp(entry->manifest->target_identity, facts.identity) &&
		    is_of(entry->manifest,
			  job->base.walk.dsn[TARGET]->database))
			job->path = mem_strdup(entry->path);
	}
	if (!rc && !job->path)
		return dbs_fail(err, DBS_E_USAGE,
				"there is no whole backup point of %s%s%s in "
				"`%s`",
				job->target_name,
				job->base.walk.dsn[TARGET]->database ? ", "
								     : "",
				job->base.walk.dsn[TARGET]->database
					? job->base.walk.dsn[TARGET]->database
					: "",
				folder);
	if (!rc)
		talk_note(job->base.target.setup.talk,
			  "the newest backup point is %s", job->path);
	return rc;
}

/* ------------------------------------------------------------------------
 * Until there is a plan
 * --------------------------------------------------------------------- */

/* The rows go where they came from, whatever database the target names. */
static enum dbs_rc check_database(const struct undo_job *job,
				  struct dbs_error *err)
{
	const char *named = job->base.walk.dsn[TARGET]->database;

	for (size_t i = 0; i < job->base.target.databases.count && named; i++)
		if (text_equal_nocase(job->base.target.databases.items[i],
				      named))
			named = NULL;
	if (!named)
		return DBS_OK;
	return dbs_fail(err, DBS_E_REFUSED,
			"the backup point is not of database `%s` but of `%s`, "
			"and would be restored there",
			named, job->base.target.databases.items[0]);
}

static enum dbs_rc check_server(const struct undo_job *job,
				struct dbs_error *err)
{
	const struct manifest *manifest = backup_manifest(job->reader);

	if (job->request->takes_any_server ||
	    !strcmp(manifest->target_identity, job->base.target.facts.identity))
		return DBS_OK;
	return dbs_fail(err, DBS_E_REFUSED,
			"the backup point is of another server (%s, %s) than "
			"%s (%s); --any-server takes this one",
			manifest->target, manifest->target_identity,
			job->target_name, job->base.target.facts.identity);
}

/* Whether both changed rows of one table. */
static bool shares_table(const struct manifest *one,
			 const struct manifest *other)
{
	for (size_t i = 0; i < one->table_count; i++)
		for (size_t k = 0; k < other->table_count; k++)
			if (!strcmp(one->tables[i].database,
				    other->tables[k].database) &&
			    !strcmp(one->tables[i].table,
				    other->tables[k].table))
				return true;
	return false;
}

/* By their names, which begin with the second in which they began. */
static int run_second_order(const char *a, const char *b)
{
	return strncmp(a, b, sizeof("20261231-235959") - 1);
}

/* Runs of ours on these tables since, the newest first; what is left unread is none. */
static void add_later_runs(const struct undo_job *job, struct buf *out)
{
	const struct manifest *ours = backup_manifest(job->reader);
	OWNED(catalogue_release) struct vec entries = VEC_INIT(
		struct backup_entry);
	struct dbs_error err = {0};

	if (backup_places_load(job->base.asked->write->backup_dir,
			       job->base.asked->write->state_dir,
			       job->base.walk.cancel, &entries, &err))
		return;
	/* of runs of one second, the newest are first as well */
	int least = 0;

	for (size_t i = 0; i < entries.count; i++) {
		const struct backup_entry *entry = vec_at(&entries, i);
		const struct manifest *other = entry->manifest;

		if (other && !strcmp(other->run, ours->run))
			least = 1;
		else if (other &&
			 run_second_order(other->run, ours->run) >= least &&
			 !strcmp(other->target_identity,
				 ours->target_identity) &&
			 shares_table(ours, other))
			buf_addf(out, "%s%s", out->length ? ", " : "",
				 entry->name);
	}
}

static enum dbs_rc refuse_drift(const struct undo_job *job,
				struct dbs_error *err)
{
	const struct manifest *manifest = backup_manifest(job->reader);
	const struct undo_table *tables = undo_tables(job->undo);
	uint64_t drifted = 0;

	for (size_t i = 0; i < manifest->table_count; i++) {
		drifted += tables[i].drifted;
		for (size_t k = 0; k < tables[i].drift_count; k++)
			talk_note(job->base.target.setup.talk,
				  "%s.%s: somebody changed %s since the run",
				  tables[i].database, tables[i].table,
				  tables[i].drift[k]);
	}
	if (!drifted || job->request->is_forced)
		return DBS_OK;
	OWNED(buf_release) struct buf later = BUF_INIT;

	add_later_runs(job, &later);
	if (later.length)
		return dbs_fail(err, DBS_E_REFUSED,
				"%" PRIu64 " rows were changed since the run; "
				"dbsync has written to these tables since: "
				"roll these runs back first, the newest first "
				"(%.200s), or --force restores the rows as "
				"well",
				drifted, later.data);
	return dbs_fail(err, DBS_E_REFUSED,
			"%" PRIu64 " rows were changed by somebody else since "
			"the run; --force restores them as well",
			drifted);
}

static enum dbs_rc refuse_altered(const struct undo_job *job,
				  struct dbs_error *err)
{
	const struct text_list drift = unshape_drift(job->unshape);

	for (size_t i = 0; i < drift.count; i++)
		talk_note(job->base.target.setup.talk,
			  "%s: somebody altered its structure since the run",
			  drift.items[i]);
	if (!drift.count || job->request->is_forced)
		return DBS_OK;
	return dbs_fail(err, DBS_E_REFUSED,
			"%zu tables were altered by somebody else since the "
			"run; --force restores their old structure as well",
			drift.count);
}

/* What there is to undo, and whether it is as the run left it. */
static enum dbs_rc look(struct undo_job *job, struct dbs_error *err)
{
	enum dbs_rc rc = unshape_new(job->reader, job->conn,
				     proof_database(job->base.id,
						    job->base.target.arena),
				     &job->unshape, err);

	if (!rc)
		rc = refuse_altered(job, err);
	return rc ? rc
		  : undo_new(job->reader, job->conn, job->unshape, &job->undo,
			     err);
}

/* ------------------------------------------------------------------------
 * Whose it is
 * --------------------------------------------------------------------- */

static enum dbs_rc trust(const struct undo_job *job,
			 const struct backup_reader *reader,
			 struct dbs_error *err)
{
	const struct point_trust_wish wish = {
		.talk = job->base.target.setup.talk,
		.audience = job->base.asked->audience,
		.takes_unsigned = job->request->takes_unsigned,
	};

	return point_trust(reader, &wish, err);
}

/* Those that a run took away, and did not bring back. */
static enum dbs_rc look_for_triggers(struct undo_job *job,
				     struct dbs_error *err)
{
	OWNED(mem_drop) char *lock =
		target_lock_path(job->base.asked->write->state_dir,
				 job->base.target.facts.identity,
				 job->base.target.databases.items[0]);
	enum dbs_rc rc = interrupted_away(job->base.asked->write->state_dir,
					  lock, job->base.target.setup.talk,
					  &job->before, err);

	for (size_t i = 0; i < job->before.count && !rc; i++) {
		struct backup_reader *const *at = vec_at(&job->before, i);

		rc = trust(job, *at, err);
		if (!rc)
			rc = unshape_return_triggers(job->unshape,
						     backup_manifest(*at), err);
	}
	return rc;
}

static enum dbs_rc collect(struct undo_job *job, struct dbs_error *err)
{
	const struct undo_request *request = job->request;
	struct target_side *target = &job->base.target;
	enum dbs_rc rc = DBS_OK;

	if (!request->file) {
		rc = conn_open(&target->setup, &job->conn, err);
		if (!rc)
			rc = find_last(job, err);
	}
	if (!rc)
		rc = backup_open(job->path, &job->reader, err);
	if (!rc)
		rc = trust(job, job->reader, err);
	if (!rc && !job->conn)
		rc = conn_open(&target->setup, &job->conn, err);
	if (rc)
		return rc;
	target->databases = undo_databases(backup_manifest(job->reader),
					   target->arena);
	rc = survey_target(job->conn, target->databases.items,
			   target->databases.count, target->arena,
			   &target->facts, err);
	if (!rc)
		rc = check_server(job, err);
	if (!rc)
		rc = check_database(job, err);
	if (!rc)
		rc = run_base_enter(&job->base,
				    backup_manifest(job->reader)->table_count
					    ? WRITES_ROWS
					    : 0,
				    err);
	if (!rc)
		rc = look(job, err);
	/* which lives no more, or we would not have the lock */
	if (!rc)
		rc = sweep_run(&target->setup, target->databases,
			       backup_manifest(job->reader)->run, err);
	if (!rc)
		rc = look_for_triggers(job, err);
	if (!rc)
		rc = undo_collect(job->undo, request->is_forced, err);
	return rc ? rc : refuse_drift(job, err);
}

/* What the run was allowed, its undoing is; and it is meant to delete. */
static struct text_list allowed(struct undo_job *job)
{
	const struct text_list *before = &backup_manifest(job->reader)->allowed;
	const struct vec *now = &job->base.asked->write->allow;
	const char **all = arena_alloc(job->base.target.arena,
				       (before->count + now->count + 2) *
					       sizeof(*all));
	size_t count = 0;

	for (size_t i = 0; i < before->count; i++)
		all[count++] = before->items[i];
	for (size_t i = 0; i < now->count; i++)
		all[count++] = *(const char **)vec_at(now, i);
	all[count++] = guard_word(GUARD_CASCADE);
	/* there is no other way back, and it was small perhaps */
	all[count++] = guard_word(GUARD_NO_KEY);
	return (struct text_list){all, count};
}

static void make_plan(struct undo_job *job)
{
	const struct manifest *manifest = backup_manifest(job->reader);
	struct target_side *target = &job->base.target;
	struct shape_run *shapes = &job->base.shapes;
	const struct plan_request request = {
		.findings = undo_findings(job->undo),
		.finding_count = manifest->table_count,
		.reshape = unshape_reshape(job->unshape),
		.facts = &target->facts,
		.max_delete_percent = 100,
		.allow = allowed(job),
		.counters = undo_counters(job->undo),
		.is_whole = true,
		.disarms = true,
		.disarms_all = true,
	};

	job->plan = plan_make(&request);
	shapes->reshape = unshape_reshape(job->unshape);
	reshape_disarm(shapes->reshape, job->plan, &request);
	shapes->wait_s = job->request->lock_wait_s;
	shape_run_prepare(shapes);
	job->run = run_base_run(&job->base, job->plan);
	job->run.shapes = shapes;
	job->run.source_name = job->path;
	job->run.undoes = whole_path(target->arena, job->path);
	job->run.is_forced = job->request->is_forced;
	job->run.takes_any_server = job->request->takes_any_server;
	job->run.takes_unsigned = job->request->takes_unsigned;
	job->run.target_name = job->target_name;
	job->run.target_server = conn_server(job->conn);
	sync_run_prepare(&job->run);
}

/* ------------------------------------------------------------------------
 * The rest
 * --------------------------------------------------------------------- */

static bool has_shapes(const struct undo_job *job)
{
	return !reshape_is_empty(unshape_reshape(job->unshape));
}

/* Nobody has looked whether somebody wrote to these since the run. */
static void note_wholes(const struct undo_job *job)
{
	const struct reshape *reshape = unshape_reshape(job->unshape);

	for (size_t i = 0; i < reshape->table_count; i++)
		if (reshape->tables[i].is_saved)
			talk_note(job->base.target.setup.talk,
				  "%s.%s is restored as a whole: what was "
				  "written to it since the run is kept in the "
				  "backup point of this rollback",
				  reshape->tables[i].database,
				  reshape->tables[i].table);
}

/* Structures, and the rows of those that are kept as a whole. */
static enum dbs_rc bring_back(struct undo_job *job, struct dbs_error *err)
{
	const struct reform_request reform = sync_run_reform(&job->run);
	const struct restore_request request = {
		.reform = &reform,
		.manifest = backup_manifest(job->reader),
		.point = job->reader,
		.loads = unshape_loads(job->unshape),
		.results = job->base.shapes.results,
	};
	note_wholes(job);
	enum dbs_rc rc = restore_empty(&request, err);

	if (!rc)
		rc = sync_run_reshape_early(&job->run, err);
	if (!rc)
		rc = restore_rows(&request, &job->loaded, err);
	if (!rc)
		rc = sync_run_reshape_late(&job->run, err);
	return rc;
}

static void give(const struct undo_job *job, bool was_written, bool is_done,
		 struct run_result *result)
{
	result->verdict = is_done ? RUN_RESTORED : RUN_PARTIAL;
	result->was_written = was_written;
	result->seconds = clock_since(job->base.start_ns);
	result->run = &job->run;
}

static enum dbs_rc finish(struct undo_job *job, struct run_result *result,
			  struct dbs_error *err)
{
	const struct talk *talk = job->base.target.setup.talk;
	uint64_t left = 0;
	struct dbs_error other;
	enum dbs_rc rc = undo_check(job->undo, &left, err);

	/* structures come behind the rows: not everything was written */
	if (rc && has_shapes(job))
		return sync_run_failed(&job->run, rc, err);
	if (rc) {
		(void)sync_run_end(&job->run, false, false, &other);
		return dbs_error_context(
			err, "everything was written, but could not be "
			     "checked again");
	}
	if (has_shapes(job))
		rc = bring_back(job, err);
	if (rc)
		return sync_run_failed(&job->run, rc, err);
	const bool is_done = !left && !sync_run_is_partial(&job->run) &&
			     !job->plan->gap_count;

	if (sync_run_end(&job->run, is_done, is_done, &other))
		talk_note(talk, "%s", other.text);
	if (left)
		talk_note(talk, "%" PRIu64 " rows are not as they were", left);
	give(job, true, is_done, result);
	return DBS_OK;
}

static void finish_nothing(struct undo_job *job, struct run_result *result)
{
	const bool is_restored = !job->plan->gap_count;
	struct dbs_error err = {0};

	/* what was interrupted is as it was */
	if (is_restored && sync_run_repaired(&job->run, &err))
		talk_note(job->base.target.setup.talk, "%s", err.text);
	give(job, false, is_restored, result);
}

static enum dbs_rc run(struct undo_job *job, struct run_result *result,
		       struct dbs_error *err)
{
	enum dbs_rc rc = state_tell(job->base.asked->write->state_dir,
				    job->base.target.setup.talk, err);

	if (!rc)
		rc = collect(job, err);
	if (rc)
		return rc;
	make_plan(job);
	if (plan_is_empty(job->plan) && !has_shapes(job)) {
		finish_nothing(job, result);
		return DBS_OK;
	}
	rc = sync_run_allowed(&job->run, err);
	if (!rc)
		rc = sync_run_write(&job->run, err);
	return rc ? rc : finish(job, result, err);
}

static enum dbs_rc set_up(struct undo_job *job, struct dbs_error *err)
{
	OWNED(buf_release) struct buf name = BUF_INIT;

	job->base.walk = job->base.asked->walk;
	/* the database may be one that the run made */
	job->base.walk.makes_databases = true;
	if (job->request->file)
		job->path = mem_strdup(job->request->file);
	dsn_show(job->base.walk.dsn[TARGET], &name);
	(void)snprintf(job->target_name, sizeof(job->target_name), "%s",
		       name.data);
	return run_base_open(&job->base, false, err);
}

enum dbs_rc undo_job_run(const struct undo_request *request,
			 struct run_result *result, struct dbs_error *err)
{
	struct undo_job *job = mem_zero(1, sizeof(*job));

	job->request = request;
	job->base.asked = &request->run;
	job->before = (struct vec)VEC_INIT(struct backup_reader *);
	*result = (struct run_result){.job = job, .drop = drop};
	enum dbs_rc rc = set_up(job, err);

	if (!rc)
		rc = run(job, result, err);
	if (rc)
		sync_run_rearm(&job->run);
	run_base_quiet(&job->base);
	return rc;
}
