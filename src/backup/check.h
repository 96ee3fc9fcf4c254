/*
 * check.h - whether a backup point is whole.  Internal to the backup floor.
 */
#ifndef DBSYNC_BACKUP_CHECK_H
#define DBSYNC_BACKUP_CHECK_H

#include "dbsync/base/error.h"

/*
 * Reads all of an open file: it decompresses, ends with a trailer, and its
 * digest is what that says.  DBS_E_FORMAT names the offset of damage.
 */
enum dbs_rc backup_check(int fd, const char *name, struct dbs_error *err);
#endif
