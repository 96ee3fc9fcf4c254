/* open.c - see open.h. */
#include "dbsync/base/open.h"

#include "dbsync/base/own.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of a pipe, until somebody writes to it, and between two pieces. */
enum { WRITER_S = 5, PIECE_S = 30 };

/* NULL: a regular file. */
static const char *kind_of(const struct stat *info)
{
	switch (info->st_mode & S_IFMT) {
	case S_IFREG:
		return NULL;
	case S_IFDIR:
		return "a folder";
	case S_IFIFO:
		return "a pipe";
	case S_IFLNK:
		return "a symbolic link";
	case S_IFSOCK:
		return "a socket";
	default:
		return "a device";
	}
}

static enum dbs_rc no_file(const char *path, const char *kind,
			   struct dbs_error *err)
{
	return dbs_fail(err, DBS_E_IO, "`%s` is %s, not a file", path, kind);
}

/* What the system refused: often by what it is. */
static enum dbs_rc refused(const char *path, const char *what,
			   struct dbs_error *err)
{
	const int number = errno;
	struct stat info;
	const char *kind = number != EACCES && !lstat(path, &info)
				   ? kind_of(&info)
				   : NULL;

	return kind ? no_file(path, kind, err)
		    : dbs_fail_errno(err, number, "cannot %s `%s`", what, path);
}

enum dbs_rc open_to_read(const char *path, unsigned ways, int *fd_out,
			 struct stat *info, struct dbs_error *err)
{
	const int link = ways & OPEN_NO_LINK ? O_NOFOLLOW : 0;
	OWNED(open_drop)
	int fd = open(path,
		      O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | link);
	struct stat seen;

	*fd_out = -1;
	if (fd < 0)
		return errno == ENOENT ? DBS_OK : refused(path, "read", err);
	if (fstat(fd, &seen))
		return dbs_fail_errno(err, errno, "cannot read `%s`", path);
	const bool is_pipe = (ways & OPEN_PIPE) && S_ISFIFO(seen.st_mode);

	if (kind_of(&seen) && !is_pipe)
		return no_file(path, kind_of(&seen), err);
	if (info)
		*info = seen;
	*fd_out = fd;
	fd = -1;
	return DBS_OK;
}

enum dbs_rc open_own(const char *path, int flags, int *fd_out,
		     struct dbs_error *err)
{
	OWNED(open_drop)
	int fd = open(path,
		      flags | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK |
			      O_NOFOLLOW,
		      0600);
	struct stat seen;

	*fd_out = -1;
	if (fd < 0)
		return refused(path, "make", err);
	if (fstat(fd, &seen))
		return dbs_fail_errno(err, errno, "cannot read `%s`", path);
	if (kind_of(&seen))
		return no_file(path, kind_of(&seen), err);
	if (seen.st_nlink > 1)
		return dbs_fail(err, DBS_E_IO,
				"`%s` is a file that has other names, too (a "
				"hard link), and is not written to",
				path);
	*fd_out = fd;
	fd = -1;
	return DBS_OK;
}

static bool is_pipe(int fd)
{
	struct stat info;

	return !fstat(fd, &info) && S_ISFIFO(info.st_mode);
}

void open_drop(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

ssize_t open_read(int fd, void *bytes, size_t count)
{
	for (;;) {
		const ssize_t done = read(fd, bytes, count);

		if (done > 0 || (done < 0 && errno != EAGAIN && errno != EINTR))
			return done;
		if (done < 0 && errno == EINTR)
			continue;
		if (!is_pipe(fd))
			return done;
		/* 0: nobody has it open, or has yet; poll knows which */
		struct pollfd wait = {.fd = fd, .events = POLLIN};
		const int seconds = done ? PIECE_S : WRITER_S;
		const int ready = poll(&wait, 1, seconds * 1000);

		if (ready > 0 && !(wait.revents & POLLIN))
			return 0;
		if (!ready) {
			errno = ETIMEDOUT;
			return -1;
		}
	}
}
