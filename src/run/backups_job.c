/* backups_job.c - see backups_job.h. */
#include "dbsync/run/backups_job.h"

#include "dbsync/base/file.h"
#include "dbsync/base/own.h"
#include "dbsync/run/backup_places.h"
#include "dbsync/run/state.h"

#include <errno.h>
#include <unistd.h>

enum dbs_rc backups_list(const struct backups_request *request,
			 struct backups_result *result, struct dbs_error *err)
{
	return backup_places_load(request->folder, request->state_dir,
				  request->cancel, &result->entries, err);
}

enum dbs_rc backups_show(const struct backups_request *request,
			 struct backups_result *result, struct dbs_error *err)
{
	OWNED(keys_drop) struct keys *keys = NULL;

	result->path = backup_place_of(request->folder, request->file);
	enum dbs_rc rc = backup_open(result->path, &result->reader, err);

	if (!rc)
		rc = keys_load(&keys, err);
	return rc ? rc
		  : backup_judge(result->reader, keys, &result->whose, err);
}

enum dbs_rc backups_verify(const struct backups_request *request,
			   struct backups_result *result, struct dbs_error *err)
{
	enum dbs_rc rc = backups_show(request, result, err);

	if (!rc && result->whose == BACKUP_LOST)
		rc = backup_lost(result->reader, err);
	return rc ? rc
		  : backup_read_through(result->reader, &result->rows, err);
}

static enum dbs_rc remove_file(const struct backup_entry *entry,
			       struct dbs_error *err)
{
	return unlink(entry->path)
		       ? dbs_fail_errno(err, errno, "cannot remove `%s`",
					entry->path)
		       : DBS_OK;
}

/*
 * What an interrupted run is undone by, or what a rollback has taken away is
 * brought back by, stays however old it is.
 */
static enum dbs_rc let_go(const struct backups_request *request,
			  struct backups_result *result, const bool *doomed,
			  struct dbs_error *err)
{
	OWNED(state_needed_drop) struct vec needed = VEC_INIT(char *);
	enum dbs_rc rc = state_needed(request->state_dir, &needed, err);

	for (size_t i = 0; i < result->entries.count && !rc; i++) {
		const struct backup_entry *entry = vec_at(&result->entries, i);

		if (!doomed[i])
			continue;
		if (state_is_needed(&needed, entry->path)) {
			result->fates[i] = BACKUP_SPARED;
			continue;
		}
		if (!request->is_dry)
			rc = remove_file(entry, err);
		if (!rc)
			result->fates[i] = BACKUP_GONE;
	}
	return rc;
}

enum dbs_rc backups_prune(const struct backups_request *request,
			  struct backups_result *result, struct dbs_error *err)
{
	struct vec *entries = &result->entries;

	if (!request->is_dry)
		file_sweep_drafts(request->folder);
	enum dbs_rc rc = catalogue_load(request->folder, request->cancel,
					entries, err);

	/* whoever else may write there says what a name stands for */
	if (!rc && entries->count)
		rc = backup_check_folder(request->folder, err);
	if (rc)
		return rc;
	OWNED(mem_drop) bool *doomed = mem_zero(entries->count + 1,
						sizeof(*doomed));

	result->fates = mem_zero(entries->count + 1, sizeof(*result->fates));
	catalogue_choose(entries, request->keep, request->older_s, time(NULL),
			 doomed);
	return let_go(request, result, doomed, err);
}

void backups_result_release(struct backups_result *result)
{
	catalogue_release(&result->entries);
	mem_drop(&result->fates);
	mem_drop(&result->path);
	backup_close(&result->reader);
}
