/*
 * owner.h - who may have written a file: the one rule for files that hold
 * secrets, commands or statements.
 *
 * Whoever may write such a file chooses the servers, the commands that are run
 * and what is written.  So it belongs to the user or to root, and nobody else
 * may write to it.  Of a file that nobody named, but that was found where it
 * usually is, the same is asked of the folder that holds it and of all above
 * it, as sshd does for authorized_keys: who may write to one of them puts
 * another file there, one of the user's own, perhaps.
 */
#ifndef DBSYNC_BASE_OWNER_H
#define DBSYNC_BASE_OWNER_H

#include "dbsync/base/buf.h"
#include "dbsync/base/error.h"

#include <sys/types.h>

struct stat;

/*
 * Why an open file (fstat) is not trusted; NULL: it is ours, or root's,
 * and nobody else's to write.  A pipe is whose process it is: NULL.
 */
const char *owner_doubt(const struct stat *info);

/*
 * The same of a file that holds a key: it is its owner's alone to read, but for a
 * group, which may read what root has given it (0640 root:dbsync).
 */
const char *owner_doubt_of_secret(const struct stat *info);

/*
 * Why files of a folder are not trusted.  A folder that is sticky
 * (/tmp) gives to each what is theirs: it may be anybody's to write when it is
 * root's or ours.
 */
const char *owner_doubt_of_folder(const struct stat *info);

/* The name of a user, or "#999" where it has none, as sudo -u takes both. */
void owner_name(uid_t user, struct buf *out);

/*
 * The same of the folder that holds path, of the one that holds what path links
 * to, and of all above them; its name is added to *folder.  What is not there
 * yet has the folders that are.
 */
const char *owner_doubt_of_folders(const char *path, struct buf *folder);

/*
 * DBS_E_REFUSED for a file that was found in such a folder; option: the one
 * that would name it, without its dashes.
 */
enum dbs_rc owner_check_found(const char *path, const char *option,
			      struct dbs_error *err);
#endif
