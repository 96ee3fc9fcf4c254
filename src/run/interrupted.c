/* interrupted.c - see interrupted.h. */
#include "dbsync/run/interrupted.h"

#include "dbsync/apply/away.h"
#include "dbsync/base/file.h"
#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/run/moment_defaults.h"
#include "dbsync/run/point_trust.h"
#include "dbsync/run/shape_run.h"
#include "dbsync/run/state.h"
#include "dbsync/schema/object.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Something that a run took away, and that only a rollback brings back. */
static bool has_taken(const struct manifest *manifest)
{
	for (size_t i = 0; i < manifest->object_count; i++)
		if (manifest->objects[i].before &&
		    object_kind_of(manifest->objects[i].kind) == OBJECT_TRIGGER)
			return true;
	for (size_t i = 0; i < manifest->shape_count; i++)
		if (!manifest->shapes[i].is_saved && manifest->shapes[i].before)
			return true;
	return false;
}

static enum dbs_rc heed_full(const char *state_dir, const char *lock,
			     struct dbs_error *err)
{
	OWNED(state_trouble_clear) struct state_trouble found = {0};
	OWNED(backup_close) struct backup_reader *reader = NULL;
	enum dbs_rc rc = state_interrupted(state_dir, lock, "full-sync", &found,
					   err);

	if (!rc && found.backup && backup_open(found.backup, &reader, err))
		return dbs_error_context(err,
					 "a full-sync was interrupted here, "
					 "and what it dropped is not known");
	if (rc || !reader || !has_taken(backup_manifest(reader)))
		return rc;
	return dbs_fail(err, DBS_E_REFUSED,
			"a full-sync was interrupted here, and may have left "
			"out triggers or foreign keys of the target: undo it "
			"first, with `%s`",
			found.undo);
}

static bool has_trigger(const struct target_facts *facts,
			const struct manifest_object *object)
{
	for (size_t d = 0; d < facts->database_count; d++)
		for (size_t i = 0; i < facts->relations[d]->trigger_count; i++)
			if (!strcmp(facts->databases[d], object->database) &&
			    !strcmp(facts->relations[d]->triggers[i].name,
				    object->name))
				return true;
	return false;
}

static enum dbs_rc open_away(const struct state_trouble *away,
			     struct backup_reader **out, struct dbs_error *err)
{
	return backup_open(away->backup, out, err)
		       ? dbs_error_context(err,
					   "the %s %s dropped triggers, and "
					   "its backup point contains them",
					   away->command, away->run)
		       : DBS_OK;
}

static const struct manifest_object *
find_missing(const struct manifest *manifest, const struct target_facts *facts)
{
	for (size_t i = 0; i < manifest->object_count; i++) {
		const struct manifest_object *object = &manifest->objects[i];

		if (object->before &&
		    object_kind_of(object->kind) == OBJECT_TRIGGER &&
		    !has_trigger(facts, object))
			return object;
	}
	return NULL;
}

/* What a rollback has brought back, or not yet taken away, is no trouble. */
static enum dbs_rc heed_rollback(const struct state_trouble *away,
				 const struct manifest *manifest,
				 const struct target_facts *facts, bool notes,
				 struct dbs_error *err)
{
	const struct manifest_object *missing = find_missing(manifest, facts);
	OWNED(buf_release) struct buf repeat = BUF_INIT;

	/* versions that kept no line named the file as it was typed */
	buf_addf(&repeat, "%s%s", away->repeat ? "" : "dbsync rollback ",
		 away->repeat ? away->repeat : manifest->source);
	if (missing && facts->sees_triggers)
		return dbs_fail(err, DBS_E_REFUSED,
				"a rollback did not restore triggers of the "
				"target (`%s`): repeat it first, with `%s`",
				missing->name, repeat.data);
	if (missing)
		return dbs_fail(err, DBS_E_REFUSED,
				"a rollback dropped triggers of the target, "
				"and this user, who lacks TRIGGER, cannot see "
				"whether they were restored: repeat it first, "
				"with `%s`",
				repeat.data);
	return notes ? state_rearmed(away->folder, away->run, err) : DBS_OK;
}

/* ------------------------------------------------------------------------
 * Triggers that an incremental took away
 * --------------------------------------------------------------------- */

/* What is needed to bring them back, and whether any was brought. */
struct returner {
	const struct interrupted_wish *wish;
	struct target_side *target;
	bool any;
};

static enum dbs_rc make(const struct returner *returner,
			const struct state_trouble *away,
			const struct reshape *reshape, struct dbs_error *err)
{
	struct target_side *target = returner->target;
	/* the default of a database that changes meanwhile is of that run */
	const struct moment_run noted = {away->folder, away->run,
					 target->facts.identity};
	const struct reform_request request = {
		.reshape = reshape,
		.target = &target->setup,
		.lock = target->lock,
		.run = away->run,
		.wait_s = returner->wish->wait_s,
		.no_binlog = target->is_unlogged,
		.defaults = moment_defaults_notes(&noted),
	};

	return away_return(&request, err);
}

static enum dbs_rc return_triggers(struct returner *returner,
				   const struct state_trouble *away,
				   const struct backup_reader *reader,
				   struct dbs_error *err)
{
	const struct talk *talk = returner->target->setup.talk;
	const struct point_trust_wish wish = {
		.talk = talk, .audience = returner->wish->audience};
	OWNED(shape_run_release) struct shape_run shapes = {0};
	OWNED(conn_close) struct conn *conn = NULL;
	enum dbs_rc rc = point_trust(reader, &wish, err);

	if (!rc)
		rc = conn_open(&returner->target->setup, &conn, err);
	if (rc)
		return rc;
	shape_run_plan_none(&shapes, conn_server(conn)->family,
			    returner->wish->wait_s);
	const struct away_wish collect = {
		.before = backup_manifest(reader),
		.databases = &returner->target->databases,
		.talk = talk,
	};

	rc = away_collect(conn, &collect, shapes.reshape, err);
	if (rc || !shapes.reshape->object_count)
		return rc;
	rc = make(returner, away, shapes.reshape, err);
	returner->any = returner->any || !rc;
	if (!rc)
		talk_note(talk,
			  "%zu triggers of the target, which the run %s had "
			  "dropped when it was interrupted, were restored",
			  shapes.reshape->object_count, away->run);
	return rc;
}

/* Triggers of databases that this run has nothing to do with. */
static bool has_others(const struct manifest *manifest,
		       const struct text_list *databases)
{
	for (size_t i = 0; i < manifest->object_count; i++)
		if (object_kind_of(manifest->objects[i].kind) ==
			    OBJECT_TRIGGER &&
		    !text_list_has(databases, manifest->objects[i].database))
			return true;
	return false;
}

static void tell_missing(const struct state_trouble *away,
			 const struct backup_reader *reader,
			 const struct target_side *target)
{
	const struct manifest_object *missing =
		find_missing(backup_manifest(reader), &target->facts);

	if (missing)
		talk_note(target->setup.talk,
			  "the trigger `%s` is missing since the run %s was "
			  "interrupted; the next run that writes restores it",
			  missing->name, away->run);
}

static enum dbs_rc heed_incremental(struct returner *returner,
				    const struct state_trouble *away,
				    const struct backup_reader *reader,
				    const struct target_side *target,
				    struct dbs_error *err)
{
	if (!returner) {
		tell_missing(away, reader, target);
		return DBS_OK;
	}
	enum dbs_rc rc = return_triggers(returner, away, reader, err);

	if (!rc && has_others(backup_manifest(reader), &target->databases))
		return DBS_OK;
	return rc ? dbs_error_context(
			    err,
			    "the run %s dropped triggers of the target, and "
			    "they cannot be restored (`dbsync status` has the "
			    "line that undoes it)",
			    away->run)
		  : state_rearmed(away->folder, away->run, err);
}

/* returner: NULL for a run that only looks. */
static enum dbs_rc heed_away(struct returner *returner,
			     const struct state_trouble *away,
			     const struct target_side *target,
			     struct dbs_error *err)
{
	OWNED(backup_close) struct backup_reader *reader = NULL;
	enum dbs_rc rc = open_away(away, &reader, err);

	if (rc)
		return dbs_error_recode(err, DBS_E_REFUSED);
	return strcmp(away->command, "rollback") != 0
		       ? heed_incremental(returner, away, reader, target, err)
		       : heed_rollback(away, backup_manifest(reader),
				       &target->facts, returner != NULL, err);
}

static enum dbs_rc heed_triggers(const char *state_dir, const char *lock,
				 struct returner *returner,
				 const struct target_side *target,
				 struct dbs_error *err)
{
	OWNED(state_away_drop) struct vec away = VEC_INIT(struct state_trouble);
	enum dbs_rc rc = state_triggers_away(state_dir, lock, &away, err);

	for (size_t i = 0; i < away.count && !rc; i++)
		rc = heed_away(returner, vec_at(&away, i), target, err);
	return rc;
}

static char *lock_of(const char *state_dir, const struct target_side *target,
		     size_t database)
{
	return target_lock_path(state_dir, target->facts.identity,
				target->databases.items[database]);
}

/* What runs left is looked for by each of the databases. */
static enum dbs_rc heed(const char *state_dir, struct returner *returner,
			const struct target_side *target, struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; i < target->databases.count && !rc; i++) {
		OWNED(mem_drop) char *lock = lock_of(state_dir, target, i);

		rc = heed_full(state_dir, lock, err);
		if (!rc)
			rc = heed_triggers(state_dir, lock, returner, target,
					   err);
	}
	return rc;
}

enum dbs_rc interrupted_heed(const struct interrupted_wish *wish,
			     struct target_side *target, bool *any_out,
			     struct dbs_error *err)
{
	struct returner returner = {.wish = wish, .target = target};
	enum dbs_rc rc = heed(wish->state_dir, &returner, target, err);

	*any_out = *any_out || returner.any;
	return rc;
}

enum dbs_rc interrupted_look(const char *state_dir,
			     const struct target_side *target,
			     struct dbs_error *err)
{
	OWNED(mem_drop) char *lock = lock_of(state_dir, target, 0);

	return file_is_locked(lock) ? DBS_OK
				    : heed(state_dir, NULL, target, err);
}

void interrupted_drop(struct vec *points)
{
	for (size_t i = 0; i < points->count; i++)
		backup_close(vec_at(points, i));
	vec_release(points);
}

enum dbs_rc interrupted_away(const char *state_dir, const char *lock,
			     const struct talk *talk, struct vec *out,
			     struct dbs_error *err)
{
	OWNED(state_away_drop) struct vec away = VEC_INIT(struct state_trouble);
	enum dbs_rc rc = state_triggers_away(state_dir, lock, &away, err);

	for (size_t i = 0; i < away.count && !rc; i++) {
		const struct state_trouble *item = vec_at(&away, i);

		/* nobody would ever get them back by waiting for it */
		if (access(item->backup, F_OK) && errno == ENOENT)
			talk_note(talk,
				  "triggers that the %s %s dropped are not "
				  "restored: its backup point %s is gone",
				  item->command, item->run, item->backup);
		else
			rc = open_away(item, vec_push(out), err);
	}
	return rc;
}
