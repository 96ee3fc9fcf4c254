/* interrupted.c - see interrupted.h. */
#include "interrupted.h"

#include "state.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/schema/object.h"

#include <string.h>

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

static enum dbs_rc open_point(const char *path, const char *command,
			      struct backup_reader **out, struct dbs_error *err)
{
	return path && backup_open(path, out, err)
		       ? dbs_error_context(err,
					   "a %s was interrupted here, and "
					   "what it took away is not known",
					   command)
		       : DBS_OK;
}

static enum dbs_rc heed_full(const char *state_dir, const char *lock,
			     struct dbs_error *err)
{
	OWNED(mem_drop) char *backup = NULL;
	OWNED(backup_close) struct backup_reader *reader = NULL;
	enum dbs_rc rc = state_interrupted(state_dir, lock, "full-sync",
					   &backup, err);

	if (!rc)
		rc = open_point(backup, "full-sync", &reader, err);
	if (rc || !reader || !has_taken(backup_manifest(reader)))
		return rc;
	return dbs_fail(err, DBS_E_REFUSED,
			"a full-sync was interrupted here, and may have left "
			"out triggers or foreign keys of the target: undo it "
			"first, by `dbsync rollback %s`",
			backup);
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

/* What a rollback has brought back, or not yet taken away, is no trouble. */
static enum dbs_rc heed_rollback(const char *state_dir, const char *lock,
				 const struct target_facts *facts,
				 struct dbs_error *err)
{
	OWNED(mem_drop) char *backup = NULL;
	OWNED(backup_close) struct backup_reader *reader = NULL;
	enum dbs_rc rc = state_interrupted(state_dir, lock, "rollback", &backup,
					   err);

	if (!rc)
		rc = open_point(backup, "rollback", &reader, err);
	if (rc || !reader || !facts->sees_triggers)
		return rc;
	const struct manifest *manifest = backup_manifest(reader);

	for (size_t i = 0; i < manifest->object_count; i++) {
		const struct manifest_object *object = &manifest->objects[i];

		if (object->before &&
		    object_kind_of(object->kind) == OBJECT_TRIGGER &&
		    !has_trigger(facts, object))
			return dbs_fail(err, DBS_E_REFUSED,
					"a rollback was interrupted here while "
					"triggers of the target were away "
					"(`%s`): repeat it first, by `dbsync "
					"rollback %s`",
					object->name, manifest->source);
	}
	return DBS_OK;
}

enum dbs_rc interrupted_heed(const char *state_dir,
			     const struct target_side *target,
			     struct dbs_error *err)
{
	OWNED(mem_drop) char *lock = target_lock_path(
		state_dir, target->facts.identity, target->databases.items[0]);
	enum dbs_rc rc = heed_full(state_dir, lock, err);

	return rc ? rc : heed_rollback(state_dir, lock, &target->facts, err);
}

enum dbs_rc interrupted_rollback(const char *state_dir, const char *lock,
				 struct backup_reader **out,
				 struct dbs_error *err)
{
	OWNED(mem_drop) char *backup = NULL;
	enum dbs_rc rc = state_unfinished(state_dir, lock, "rollback", &backup,
					  err);

	return rc ? rc : open_point(backup, "rollback", out, err);
}
