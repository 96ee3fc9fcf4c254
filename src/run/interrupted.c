/* interrupted.c - see interrupted.h. */
#include "dbsync/run/interrupted.h"

#include "dbsync/base/file.h"
#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
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
					 "and what it took away is not known");
	if (rc || !reader || !has_taken(backup_manifest(reader)))
		return rc;
	return dbs_fail(err, DBS_E_REFUSED,
			"a full-sync was interrupted here, and may have left "
			"out triggers or foreign keys of the target: undo it "
			"first, by `%s`",
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
					   "the rollback %s took triggers "
					   "away, and its backup point has "
					   "them",
					   away->run)
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
static enum dbs_rc heed_away(const struct state_trouble *away,
			     const struct target_facts *facts, bool notes,
			     struct dbs_error *err)
{
	OWNED(backup_close) struct backup_reader *reader = NULL;
	enum dbs_rc rc = open_away(away, &reader, err);

	if (rc)
		return dbs_error_recode(err, DBS_E_REFUSED);
	const struct manifest *manifest = backup_manifest(reader);
	const struct manifest_object *missing = find_missing(manifest, facts);
	OWNED(buf_release) struct buf repeat = BUF_INIT;

	/* versions that kept no line named the file as it was typed */
	buf_addf(&repeat, "%s%s", away->repeat ? "" : "dbsync rollback ",
		 away->repeat ? away->repeat : manifest->source);
	if (missing && facts->sees_triggers)
		return dbs_fail(err, DBS_E_REFUSED,
				"a rollback left triggers of the target away "
				"(`%s`): repeat it first, by `%s`",
				missing->name, repeat.data);
	if (missing)
		return dbs_fail(err, DBS_E_REFUSED,
				"a rollback took triggers of the target away, "
				"and this user, who lacks TRIGGER, cannot see "
				"whether they are back: repeat it first, by "
				"`%s`",
				repeat.data);
	return notes ? state_rearmed(away->folder, away->run, err) : DBS_OK;
}

static enum dbs_rc heed_rollbacks(const char *state_dir, const char *lock,
				  const struct target_facts *facts, bool notes,
				  struct dbs_error *err)
{
	OWNED(state_away_drop) struct vec away = VEC_INIT(struct state_trouble);
	enum dbs_rc rc = state_triggers_away(state_dir, lock, &away, err);

	for (size_t i = 0; i < away.count && !rc; i++)
		rc = heed_away(vec_at(&away, i), facts, notes, err);
	return rc;
}

static enum dbs_rc heed(const char *state_dir, const char *lock,
			const struct target_side *target, bool notes,
			struct dbs_error *err)
{
	enum dbs_rc rc = heed_full(state_dir, lock, err);

	return rc ? rc
		  : heed_rollbacks(state_dir, lock, &target->facts, notes, err);
}

static char *lock_of(const char *state_dir, const struct target_side *target)
{
	return target_lock_path(state_dir, target->facts.identity,
				target->databases.items[0]);
}

enum dbs_rc interrupted_heed(const char *state_dir,
			     const struct target_side *target,
			     struct dbs_error *err)
{
	OWNED(mem_drop) char *lock = lock_of(state_dir, target);

	return heed(state_dir, lock, target, true, err);
}

enum dbs_rc interrupted_look(const char *state_dir,
			     const struct target_side *target,
			     struct dbs_error *err)
{
	OWNED(mem_drop) char *lock = lock_of(state_dir, target);

	return file_is_locked(lock) ? DBS_OK
				    : heed(state_dir, lock, target, false, err);
}

void interrupted_drop(struct vec *points)
{
	for (size_t i = 0; i < points->count; i++)
		backup_close(vec_at(points, i));
	vec_release(points);
}

enum dbs_rc interrupted_rollbacks(const char *state_dir, const char *lock,
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
				  "triggers that the rollback %s took away "
				  "are not brought back: its backup point %s "
				  "is gone",
				  item->run, item->backup);
		else
			rc = open_away(item, vec_push(out), err);
	}
	return rc;
}
