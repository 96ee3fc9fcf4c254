/*
 * open.h - opening files under names that others may have prepared.
 *
 * What stands there may be a named pipe or a device that makes us wait for
 * ever, or a link to a file of somebody else that we would write to.  So no
 * open waits, and what is judged is what was opened, never its name.
 */
#ifndef DBSYNC_BASE_OPEN_H
#define DBSYNC_BASE_OPEN_H

#include "dbsync/base/error.h"

#include <stddef.h>
#include <sys/types.h>

struct stat;

enum open_ways {
	OPEN_FILE = 0,         /* a regular file, and nothing else */
	OPEN_PIPE = 1 << 0,    /* a pipe will do, too: <(command) */
	OPEN_NO_LINK = 1 << 1, /* the name itself is not one of a link */
};

/*
 * For reading.  *fd_out is -1 when there is none; info, if not NULL, is of
 * what was opened.  What is no file is DBS_E_IO (without sys_errno).
 */
enum dbs_rc open_to_read(const char *path, unsigned ways, int *fd_out,
			 struct stat *info, struct dbs_error *err);

/*
 * A file of our own to write to (flags: O_RDWR, or O_WRONLY with O_APPEND),
 * made with mode 0600 when there is none.  It is a regular one, path is no link
 * and the only name that it has: else DBS_E_IO, and nothing was changed.
 */
enum dbs_rc open_own(const char *path, int flags, int *fd_out,
		     struct dbs_error *err);

/*
 * read(2) from what open_to_read opened.  A pipe has some seconds to say more
 * (it may be that of a program which asks somebody), then it is ETIMEDOUT.
 */
ssize_t open_read(int fd, void *bytes, size_t count);

/* Closes it when it is open; *fd is -1 afterwards. */
void open_drop(int *fd);
#endif
