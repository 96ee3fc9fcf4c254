/* interrupted.c - see interrupted.h. */
#include "interrupted.h"

#include "state.h"

#include "dbsync/backup/point.h"
#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/schema/object.h"

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

enum dbs_rc interrupted_heed(const char *state_dir,
			     const struct target_side *target,
			     struct dbs_error *err)
{
	OWNED(mem_drop) char *lock = target_lock_path(
		state_dir, target->facts.identity, target->databases.items[0]);
	OWNED(mem_drop) char *backup = NULL;
	OWNED(backup_close) struct backup_reader *reader = NULL;
	enum dbs_rc rc = state_interrupted(state_dir, lock, "full-sync",
					   &backup, err);

	if (rc || !backup)
		return rc;
	rc = backup_open(backup, &reader, err);
	if (rc)
		return dbs_error_context(
			err, "a full-sync was interrupted here, and what it "
			     "took away is not known");
	if (!has_taken(backup_manifest(reader)))
		return DBS_OK;
	return dbs_fail(err, DBS_E_REFUSED,
			"a full-sync was interrupted here, and may have left "
			"out triggers or foreign keys of the target: undo it "
			"first, by `dbsync rollback %s`",
			backup);
}
