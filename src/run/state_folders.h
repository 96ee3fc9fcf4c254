/*
 * state_folders.h - the folders that hold a state.  Internal to the files
 * state*.c.
 *
 * A target may be written to from several folders.  The one place of the user
 * knows those that have a state of their own ("folders").
 */
#ifndef DBSYNC_RUN_STATE_FOLDERS_H
#define DBSYNC_RUN_STATE_FOLDERS_H

#include "dbsync/base/error.h"
#include "dbsync/base/vec.h"

#include <json-c/json.h>
#include <stdbool.h>

/* Enters it in the one place.  Without it the run is as good. */
void state_folders_know(const char *folder);

/* folder, the one place, and those that it knows: char *. */
void state_folders_list(const char *folder, struct vec *out);
void state_folders_drop(struct vec *folders);

/* folder: of the state that the run is in; true: the run has been changed. */
typedef bool (*state_visit)(void *context, const char *folder,
			    struct json_object *run);

/*
 * All runs of all these folders, each folder's from the oldest to the newest,
 * and what was changed is written.  Other folders than the first are looked at
 * as far as that is possible: what fails there is no error.
 */
enum dbs_rc state_each_run(const char *folder, state_visit visit, void *context,
			   struct dbs_error *err);
#endif
