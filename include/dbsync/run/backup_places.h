/*
 * backup_places.h - the backup points that a user has, wherever they lie.
 *
 * A run leaves its backup point in a folder of where it was started, and the
 * state remembers by absolute path which.  Who asks elsewhere for the backup
 * points means these.
 */
#ifndef DBSYNC_RUN_BACKUP_PLACES_H
#define DBSYNC_RUN_BACKUP_PLACES_H

#include "dbsync/backup/catalogue.h"

#define BACKUP_PLACE "backups/database"

/* The path of a file that a user has named: itself, or in the folder; mem_drop. */
char *backup_place_of(const char *folder, const char *file);

/*
 * The catalogue of folder and, unless the user has named one (it is not
 * BACKUP_PLACE), of each other folder in which a run that the state knows has
 * left one; the newest first.
 */
enum dbs_rc backup_places_load(const char *folder, const char *state_folder,
			       const struct cancel *cancel, struct vec *entries,
			       struct dbs_error *err);
#endif
