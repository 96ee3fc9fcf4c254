/*
 * rollback.c - `dbsync rollback FILE`: undo a run from its backup point.
 *
 *	check the whole file, and whose it is ─▶ connect, lock ─▶ the right server? ─▶ look at
 *	its rows and structures ─▶ drift? ─▶ plan, guards, question ─▶ backup
 *	point ═▶ rows ─▶ look again ─▶ structures, and the rows of those that
 *	are kept as a whole ─▶ look again ─▶ report
 *
 * It goes the way of every run that writes (sync_run.h), so that a rollback
 * can be rolled back.
 */
#include "dbsync/cmd/command.h"

#include "point_show.h"
#include "privileges.h"
#include "sync_report.h"
#include "sync_run.h"

#include "dbsync/apply/proof.h"
#include "dbsync/apply/restore.h"
#include "dbsync/apply/survey.h"
#include "dbsync/apply/sweep.h"
#include "dbsync/apply/undo.h"
#include "dbsync/backup/catalogue.h"
#include "dbsync/base/clock.h"
#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/cmd/endpoints.h"
#include "dbsync/cmd/signals.h"
#include "dbsync/run/backup_places.h"
#include "dbsync/run/interrupted.h"
#include "dbsync/run/state.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct rollback {
	struct walk_options walk; /* parallel, servers and output of it */
	struct write_options write;
	unsigned lock_wait_s;
	bool force;
	bool any_server;
	bool last;
	bool trust_file;
};

#define WALK offsetof(struct rollback, walk)
#define WRITE offsetof(struct rollback, write)
#define AT(field) offsetof(struct rollback, field)

/* clang-format off */
static const struct option_row rows[] = {
	{"force", '\0', OPTION_FLAG, AT(force), NULL,
	 "restore rows too that somebody changed since the run",
	 "What to undo", 0, 0, NULL, NULL},
	{"last", '\0', OPTION_FLAG, AT(last), NULL,
	 "the newest backup point of the target, in the place of FILE",
	 NULL, 0, 0, NULL, NULL},
	{"any-server", '\0', OPTION_FLAG, AT(any_server), NULL,
	 "the target is another server than that of the run\n"
	 "(it was moved, or restored elsewhere)", NULL, 0, 0, NULL, NULL},
	{"trust-file", '\0', OPTION_FLAG, AT(trust_file), NULL,
	 "a backup point without a MAC, or by a foreign key;\n"
	 "all statements are shown first", NULL, 0, 0, NULL, NULL},
	{"parallel", 'p', OPTION_UNSIGNED, WALK_AT(WALK, parallel), "N",
	 "connections that write (default: the cores of this\n"
	 "machine, at most 8)", NULL, 1, MOST_WORKERS, NULL, NULL},
	WRITE_ROWS(WRITE),
	{"lock-wait", '\0', OPTION_UNSIGNED, AT(lock_wait_s), "SECONDS",
	 "for a table that somebody uses and that is to be\n"
	 "altered back (default 60)", NULL, 1, 86400, NULL, NULL},
	WALK_ROWS_BRAKE(WALK),
	{"json", '\0', OPTION_FLAG, WALK_AT(WALK, json), NULL,
	 "one JSON object on stdout (docs/json.md)",
	 "Output", 0, 0, NULL, NULL},
	{"progress", '\0', OPTION_CHOICE, WALK_AT(WALK, progress), "HOW",
	 "auto (default): on a terminal; none; json: lines on\n"
	 "stderr", NULL, 0, 0, progress_words, NULL},
	{"quiet", 'q', OPTION_FLAG, WALK_AT(WALK, quiet), NULL,
	 "only the verdict", NULL, 0, 0, NULL, NULL},
	WALK_ROWS_SERVERS(WALK),
};
/* clang-format on */

static void defaults(void *options)
{
	struct rollback *rollback = options;

	walk_options_defaults(&rollback->walk);
	write_options_defaults(&rollback->write);
	rollback->lock_wait_s = 60;
}

struct job {
	const struct rollback *options;
	char *path;
	char id[40];
	struct dsn dsn;
	struct conn_setup setup;
	struct conn *conn;
	struct arena *arena;
	struct backup_reader *reader;
	struct vec before; /* readers: of rollbacks that took triggers away */
	struct unshape *unshape;
	struct undo *undo;
	struct shape_run shapes;
	uint64_t loaded; /* rows of tables that were kept as a whole */
	struct target_facts facts;
	struct text_list databases;
	struct target_lock *lock;
	struct plan *plan;
	struct sync_run run;
	struct progress *progress;
	struct brake brake;
	uint64_t start_ns;
	char target_name[256];
};

static void job_release(struct job *job)
{
	sync_run_release(&job->run);
	plan_drop(&job->plan);
	undo_drop(&job->undo);
	mem_drop(&job->shapes.results);
	mem_drop(&job->shapes.made);
	mem_drop(&job->shapes.kept);
	unshape_drop(&job->unshape);
	backup_close(&job->reader);
	interrupted_drop(&job->before);
	target_lock_release(&job->lock);
	conn_close(&job->conn);
	arena_drop(&job->arena);
	mem_drop(&job->path);
	brake_release(&job->brake);
	dsn_clear(&job->dsn);
}

/* The name of a file, or of one in the folder of backup points. */
static char *find_file(const struct rollback *options, const char *name)
{
	struct buf path = BUF_INIT;

	if (access(name, F_OK) && !strchr(name, '/'))
		buf_addf(&path, "%s/", options->write.backup_dir);
	buf_adds(&path, name);
	return buf_detach(&path);
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

static enum dbs_rc find_last(struct job *job, struct dbs_error *err)
{
	const char *folder = job->options->write.backup_dir;
	OWNED(catalogue_release) struct vec entries = VEC_INIT(
		struct backup_entry);
	struct target_facts facts = {0};
	enum dbs_rc rc = survey_target(job->conn, NULL, 0, job->arena, &facts,
				       err);

	if (!rc)
		rc = backup_places_load(folder, job->options->write.state_dir,
					job->setup.cancel, &entries, err);
	for (size_t i = 0; i < entries.count && !rc && !job->path; i++) {
		const struct backup_entry *entry = vec_at(&entries, i);

		if (entry->manifest &&
		    !strcmp(entry->manifest->target_identity, facts.identity) &&
		    is_of(entry->manifest, job->dsn.database))
			job->path = mem_strdup(entry->path);
	}
	if (!rc && !job->path)
		return dbs_fail(err, DBS_E_USAGE,
				"there is no whole backup point of %s%s%s in "
				"`%s`",
				job->target_name, job->dsn.database ? ", " : "",
				job->dsn.database ? job->dsn.database : "",
				folder);
	if (!rc)
		talk_note(job->setup.talk, "the newest backup point is %s",
			  job->path);
	return rc;
}

/* ------------------------------------------------------------------------
 * Until there is a plan
 * --------------------------------------------------------------------- */

/* The rows go where they came from, whatever database the target names. */
static enum dbs_rc check_database(const struct job *job, struct dbs_error *err)
{
	const char *named = job->dsn.database;

	for (size_t i = 0; i < job->databases.count && named; i++)
		if (text_equal_nocase(job->databases.items[i], named))
			named = NULL;
	if (!named)
		return DBS_OK;
	return dbs_fail(err, DBS_E_REFUSED,
			"the backup point is not of database `%s` but of `%s`, "
			"and would be restored there",
			named, job->databases.items[0]);
}

static enum dbs_rc check_server(const struct job *job, struct dbs_error *err)
{
	const struct manifest *manifest = backup_manifest(job->reader);

	if (job->options->any_server ||
	    !strcmp(manifest->target_identity, job->facts.identity))
		return DBS_OK;
	return dbs_fail(err, DBS_E_REFUSED,
			"the backup point is of another server (%s, %s) than "
			"%s (%s); --any-server takes this one",
			manifest->target, manifest->target_identity,
			job->target_name, job->facts.identity);
}

static enum dbs_rc take_lock(struct job *job, struct dbs_error *err)
{
	const struct target_lock_wish wish = {
		.setup = &job->setup,
		.databases = job->databases.items,
		.database_count = job->databases.count,
		.identity = job->facts.identity,
		.folder = job->options->write.state_dir,
		.run = job->id,
		.command = "rollback",
		.is_unlogged = job->options->write.binlog == 1,
	};

	return target_lock_take(&wish, &job->lock, err);
}

static enum dbs_rc refuse_drift(const struct job *job, struct dbs_error *err)
{
	const struct manifest *manifest = backup_manifest(job->reader);
	const struct undo_table *tables = undo_tables(job->undo);
	uint64_t drifted = 0;

	for (size_t i = 0; i < manifest->table_count; i++) {
		drifted += tables[i].drifted;
		for (size_t k = 0; k < tables[i].drift_count; k++)
			talk_note(job->setup.talk,
				  "%s.%s: somebody changed %s since the run",
				  tables[i].database, tables[i].table,
				  tables[i].drift[k]);
	}
	if (!drifted || job->options->force)
		return DBS_OK;
	return dbs_fail(err, DBS_E_REFUSED,
			"%" PRIu64 " rows were changed by somebody else since "
			"the run; --force restores them as well",
			drifted);
}

static enum dbs_rc refuse_altered(const struct job *job, struct dbs_error *err)
{
	const struct text_list drift = unshape_drift(job->unshape);

	for (size_t i = 0; i < drift.count; i++)
		talk_note(job->setup.talk,
			  "%s: somebody altered its structure since the run",
			  drift.items[i]);
	if (!drift.count || job->options->force)
		return DBS_OK;
	return dbs_fail(err, DBS_E_REFUSED,
			"%zu tables were altered by somebody else since the "
			"run; --force brings back their former structure as "
			"well",
			drift.count);
}

/* What there is to undo, and whether it is as the run left it. */
static enum dbs_rc look(struct job *job, struct dbs_error *err)
{
	enum dbs_rc rc = unshape_new(job->reader, job->conn,
				     proof_database(job->id, job->arena),
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

/* Whole, and whatever --quiet says: it is what is being trusted. */
static void show_line(void *self, const char *text)
{
	(void)self;
	(void)fprintf(stderr, "%s\n", text);
}

static void show_statements(const struct job *job,
			    const struct backup_reader *reader)
{
	talk_note(job->setup.talk,
		  "this backup point is taken on trust (--trust-file); what it "
		  "says, besides rows:");
	point_show(backup_manifest(reader), show_line, NULL);
}

static enum dbs_rc refuse_stranger(const struct backup_reader *reader,
				   enum backup_trust trust,
				   struct dbs_error *err)
{
	const char *path = backup_path(reader);

	if (trust == BACKUP_LOST)
		return backup_lost(reader, err);
	if (trust == BACKUP_UNSIGNED)
		return dbs_fail(err, DBS_E_REFUSED,
				"`%s` has no MAC: an older dbsync wrote it, or "
				"one without a key, or somebody else; "
				"--trust-file takes it (dbsync backups show "
				"says what it would run)",
				path);
	return dbs_fail(err, DBS_E_REFUSED,
			"`%s` has a MAC by the key %s, which is not this "
			"installation's: dbsync key import takes that over, "
			"--trust-file takes this file alone (dbsync backups "
			"show says what it would run)",
			path, backup_key_id(reader));
}

/* Nothing that is run may be anybody else's. */
static enum dbs_rc trust(const struct job *job,
			 const struct backup_reader *reader,
			 struct dbs_error *err)
{
	OWNED(keys_drop) struct keys *keys = NULL;
	enum backup_trust whose = BACKUP_UNSIGNED;
	enum dbs_rc rc = backup_check_owner(reader, err);

	if (!rc)
		rc = keys_load(&keys, err);
	if (!rc && *keys->lack)
		talk_note(job->setup.talk, "%s", keys->lack);
	if (!rc)
		rc = backup_judge(reader, keys, &whose, err);
	if (!rc && whose != BACKUP_OURS && !job->options->trust_file)
		rc = refuse_stranger(reader, whose, err);
	if (!rc && whose != BACKUP_OURS)
		show_statements(job, reader);
	return rc ? rc : backup_vet(backup_manifest(reader), err);
}

/* Those that a rollback took away, and did not bring back. */
static enum dbs_rc look_for_triggers(struct job *job, struct dbs_error *err)
{
	OWNED(mem_drop) char *lock =
		target_lock_path(job->options->write.state_dir,
				 job->facts.identity, job->databases.items[0]);
	enum dbs_rc rc = interrupted_rollbacks(job->options->write.state_dir,
					       lock, job->setup.talk,
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

static enum dbs_rc collect(struct job *job, struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	if (job->options->last) {
		rc = conn_open(&job->setup, &job->conn, err);
		if (!rc)
			rc = find_last(job, err);
	}
	if (!rc)
		rc = backup_open(job->path, &job->reader, err);
	if (!rc)
		rc = trust(job, job->reader, err);
	if (!rc && !job->conn)
		rc = conn_open(&job->setup, &job->conn, err);
	if (!rc)
		rc = look(job, err);
	if (rc)
		return rc;
	job->databases = undo_databases(job->undo);
	rc = survey_target(job->conn, job->databases.items,
			   job->databases.count, job->arena, &job->facts, err);
	if (!rc)
		rc = check_server(job, err);
	if (!rc)
		rc = check_database(job, err);
	if (!rc)
		rc = privileges_check(&job->setup, job->databases,
				      backup_manifest(job->reader)->table_count
					      ? WRITES_ROWS
					      : 0,
				      &job->options->write, err);
	if (!rc)
		rc = take_lock(job, err);
	/* which lives no more, or we would not have the lock */
	if (!rc)
		rc = sweep_run(&job->setup, backup_manifest(job->reader)->run,
			       err);
	if (!rc)
		rc = look_for_triggers(job, err);
	if (!rc)
		rc = undo_collect(job->undo, job->options->force, err);
	return rc ? rc : refuse_drift(job, err);
}

/* What the run was allowed, its undoing is; and it is meant to delete. */
static struct text_list allowed(struct job *job)
{
	const struct text_list *before = &backup_manifest(job->reader)->allowed;
	const struct vec *now = &job->options->write.allow;
	const char **all = arena_alloc(
		job->arena, (before->count + now->count + 2) * sizeof(*all));
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

static void make_plan(struct job *job)
{
	const struct manifest *manifest = backup_manifest(job->reader);
	const struct plan_request request = {
		.findings = undo_findings(job->undo),
		.finding_count = manifest->table_count,
		.reshape = unshape_reshape(job->unshape),
		.facts = &job->facts,
		.max_delete_percent = 100,
		.allow = allowed(job),
		.counters = undo_counters(job->undo),
		.is_whole = true,
		.disarms = true,
	};

	job->plan = plan_make(&request);
	job->shapes.reshape = unshape_reshape(job->unshape);
	reshape_disarm(job->shapes.reshape, job->plan, &job->facts);
	job->shapes.wait_s = job->options->lock_wait_s;
	shape_run_prepare(&job->shapes);
	job->run = (struct sync_run){
		.command = "rollback",
		.id = job->id,
		.walk_options = &job->options->walk,
		.options = &job->options->write,
		.setup = &job->setup,
		.progress = job->progress,
		.facts = &job->facts,
		.plan = job->plan,
		.source_name = job->path,
		.undoes = whole_path(job->arena, job->path),
		.is_forced = job->options->force,
		.takes_any_server = job->options->any_server,
		.takes_unsigned = job->options->trust_file,
		.target_name = job->target_name,
		.target_server = conn_server(job->conn),
		.databases = job->databases.items,
		.database_count = job->databases.count,
		.lock = job->lock,
		.shapes = &job->shapes,
	};
	sync_run_prepare(&job->run);
}

/* ------------------------------------------------------------------------
 * The rest
 * --------------------------------------------------------------------- */

static void quiet_down(struct job *job)
{
	brake_quiet(&job->brake);
	target_lock_release(&job->lock);
	progress_end(&job->progress);
}

static int fail(struct job *job, struct dbs_error *err)
{
	sync_run_rearm(&job->run);
	quiet_down(job);
	return walk_options_fail(&job->options->walk, "rollback", err);
}

static void print(const struct job *job, bool was_written,
		  enum sync_verdict verdict)
{
	const struct sync_report report = {
		.command = "rollback",
		.run = &job->run,
		.was_written = was_written,
		.verdict = verdict,
		.seconds = clock_since(job->start_ns),
		.is_quiet = job->options->walk.quiet,
	};

	if (!job->options->walk.json)
		sync_report_text(&report);
	sync_report_json(&report, job->options->walk.json);
}

static bool has_shapes(const struct job *job)
{
	return !reshape_is_empty(unshape_reshape(job->unshape));
}

/* Nobody has looked whether somebody wrote to these since the run. */
static void note_wholes(const struct job *job)
{
	const struct reshape *reshape = unshape_reshape(job->unshape);

	for (size_t i = 0; i < reshape->table_count; i++)
		if (reshape->tables[i].is_saved)
			talk_note(
				job->setup.talk,
				"%s.%s goes back as a whole: what was written "
				"to it since the run goes into the backup "
				"point of this rollback",
				reshape->tables[i].database,
				reshape->tables[i].table);
}

/* Structures, and the rows of those that are kept as a whole. */
static enum dbs_rc bring_back(struct job *job, struct dbs_error *err)
{
	const struct reform_request reform = sync_run_reform(&job->run);
	const struct restore_request request = {
		.reform = &reform,
		.manifest = backup_manifest(job->reader),
		.point = job->reader,
		.loads = unshape_loads(job->unshape),
		.results = job->shapes.results,
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

static int finish(struct job *job, struct dbs_error *err)
{
	uint64_t left = 0;
	struct dbs_error other;

	if (undo_check(job->undo, &left, err)) {
		(void)sync_run_end(&job->run, false, false, &other);
		(void)dbs_error_context(err, "everything was written, but "
					     "could not be looked at again");
		return fail(job, err);
	}
	if (has_shapes(job) && bring_back(job, err)) {
		(void)sync_run_failed(&job->run, err->code, err);
		return fail(job, err);
	}
	const bool is_done = !left && !sync_run_is_partial(&job->run) &&
			     !job->plan->gap_count;

	if (sync_run_end(&job->run, is_done, is_done, &other))
		talk_note(job->setup.talk, "%s", other.text);
	if (left)
		talk_note(job->setup.talk,
			  "%" PRIu64 " rows are not as they were", left);
	quiet_down(job);
	print(job, true, is_done ? SYNC_RESTORED : SYNC_PARTIAL);
	return is_done ? EXIT_EQUAL : EXIT_INCOMPLETE;
}

static int finish_nothing(struct job *job)
{
	const bool is_restored = !job->plan->gap_count;
	struct dbs_error err = {0};

	/* what was interrupted is as it was */
	if (is_restored && sync_run_repaired(&job->run, &err))
		talk_note(job->setup.talk, "%s", err.text);
	quiet_down(job);
	print(job, false, is_restored ? SYNC_RESTORED : SYNC_PARTIAL);
	return is_restored ? EXIT_EQUAL : EXIT_INCOMPLETE;
}

static int run_job(struct job *job)
{
	struct dbs_error err = {0};

	if (state_tell(job->options->write.state_dir, job->setup.talk, &err) ||
	    collect(job, &err))
		return fail(job, &err);
	make_plan(job);
	if (plan_is_empty(job->plan) && !has_shapes(job))
		return finish_nothing(job);
	if (sync_run_allowed(&job->run, &err) ||
	    sync_run_write(&job->run, &err))
		return fail(job, &err);
	return finish(job, &err);
}

static enum dbs_rc set_up(struct job *job, struct cancel *cancel,
			  struct conn_group *group, struct dbs_error *err)
{
	const struct walk_options *options = &job->options->walk;
	OWNED(buf_release) struct buf name = BUF_INIT;

	job->progress = progress_begin((enum progress_mode)options->progress,
				       options->quiet);
	enum dbs_rc rc = brake_open(&options->brake, job->progress, &job->brake,
				    err);

	job->setup = (struct conn_setup){
		.dsn = &job->dsn,
		.side = DBS_SIDE_TARGET,
		.cancel = cancel,
		.talk = progress_talk(job->progress),
		.group = group,
		.run = job->id,
		.throttle = job->brake.throttle,
		.attempts = options->retries,
		.net_timeout_s = options->net_timeout_s,
		/* it may be one that the run made */
		.may_lack_database = true,
	};
	dsn_show(&job->dsn, &name);
	(void)snprintf(job->target_name, sizeof(job->target_name), "%s",
		       name.data);
	job->arena = arena_new();
	job->start_ns = clock_ns();
	sync_run_name(job->id);
	return rc ? rc : brake_watch(&job->brake, NULL, &job->setup, err);
}

static enum dbs_rc load(struct job *job, const struct vec *operands,
			struct dbs_error *err)
{
	const struct rollback *options = job->options;
	const char *const *names = operands->items;
	const size_t files = options->last ? 0 : 1;

	if (operands->count < files || operands->count > files + 1)
		return dbs_fail(err, DBS_E_USAGE,
				"name one backup point, and the target if it "
				"stands nowhere else: dbsync rollback FILE "
				"[TARGET], or dbsync rollback --last [TARGET]");
	if (files)
		job->path = find_file(options, names[0]);
	enum dbs_rc rc = endpoints_load_target(
		&options->walk.endpoints,
		operands->count > files ? names[files] : NULL, &job->dsn, err);

	return rc ? rc : write_options_check(&options->write, err);
}

static int run(void *options, const struct vec *operands)
{
	struct job job = {.options = options,
			  .dsn = DSN_INIT,
			  .before = VEC_INIT(struct backup_reader *)};
	struct cancel cancel = {false};
	struct dbs_error err = {0};

	if (load(&job, operands, &err)) {
		const int status = fail(&job, &err);

		job_release(&job);
		return status;
	}
	OWNED(conn_group_drop) struct conn_group *group = conn_group_new();
	OWNED(signals_end) struct signals *signals = NULL;

	const int status = signals_begin(&cancel, group, &signals, &err) ||
					   set_up(&job, &cancel, group, &err)
				   ? fail(&job, &err)
				   : run_job(&job);

	/* a stop that comes late needs the job's dsn */
	signals_end(&signals);
	job_release(&job);
	return status;
}

const struct command command_rollback = {
	.name = "rollback",
	.summary = "undo a run from its backup point",
	.operands = "FILE [TARGET]",
	.text = "Checks the backup point, looks which of its rows the run "
		"changed, and restores\n"
		"them and the AUTO_INCREMENT counters.  It works after a "
		"complete run, after one\n"
		"that was killed at any instant, and any number of times; it "
		"writes a backup point\n"
		"of its own, so that it can be undone.\n"
		"\n"
		"Rows that somebody else changed since the run are listed, "
		"and nothing is written\n"
		"unless --force restores them too.\n"
		"\n"
		"What a backup point says is run, so it has to be this "
		"installation's: its MAC is\n"
		"by a key of it (dbsync key --help), and nobody else may write "
		"to the file and its\n"
		"folder.  One that has no MAC, or another's, takes "
		"--trust-file.\n"
		"\n"
		"FILE is a path, or a name in --backup-dir; TARGET is a URL, "
		"or stands in\n"
		"DBSYNC_TARGET or .env.\n"
		"\n"
		"Exit status: 0 undone, 2 usage, 3 refused or drift, 4 server "
		"or network, 5 the\n"
		"file is damaged or files cannot be written, 6 partly done, 7 "
		"cancelled.\n",
	.options = rows,
	.option_count = sizeof(rows) / sizeof(*rows),
	.options_size = sizeof(struct rollback),
	.endpoints = offsetof(struct rollback, walk.endpoints),
	.defaults = defaults,
	.run = run,
};
