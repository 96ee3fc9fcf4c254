/* file.c - see file.h. */
#include "dbsync/base/file.h"

#include "dbsync/base/clock.h"
#include "dbsync/base/fault.h"
#include "dbsync/base/mem.h"
#include "dbsync/base/open.h"
#include "dbsync/base/own.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOCK_TEXT = 4096, LINKS_MOST = 40 /* as the system */ };

static enum dbs_rc write_all(int fd, const void *bytes, size_t count,
			     const char *name, struct dbs_error *err)
{
	const char *at = bytes;

	while (count) {
		const ssize_t done = write(fd, at, count);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return dbs_fail_errno(err, done ? errno : EIO,
					      "cannot write `%s`", name);
		at += done;
		count -= (size_t)done;
	}
	return DBS_OK;
}

/* ------------------------------------------------------------------------
 * Drafts
 * --------------------------------------------------------------------- */

/* Locks of this kind belong to the open file, and can be asked for. */
static struct flock whole_file(void)
{
	return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET};
}

/* "NAME.PID-xxxxxxxx.part" of a process that is not there. */
static bool is_left_behind(const char *name)
{
	const char *end = strrchr(name, '.');
	const char *dash = end ? memrchr(name, '-', (size_t)(end - name))
			       : NULL;
	const char *dot = dash ? memrchr(name, '.', (size_t)(dash - name))
			       : NULL;

	if (!dot || dot == name || strcmp(end, ".part") != 0 ||
	    end - dash != 9 || strspn(dash + 1, "0123456789abcdef") != 8 ||
	    dot + 1 == dash ||
	    strspn(dot + 1, "0123456789") != (size_t)(dash - dot) - 1)
		return false;
	const long pid = strtol(dot + 1, NULL, 10);

	return pid > 1 && pid < INT_MAX && kill((pid_t)pid, 0) &&
	       errno == ESRCH;
}

/* On a file system without locks it stays. */
static void sweep_draft(int folder, const char *name)
{
	OWNED(open_drop)
	int fd = openat(folder, name,
			O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK |
				O_NOFOLLOW);
	struct flock lock = whole_file();
	struct stat info;

	if (fd >= 0 && !fstat(fd, &info) && S_ISREG(info.st_mode) &&
	    !fcntl(fd, F_OFD_SETLK, &lock))
		(void)unlinkat(folder, name, 0);
}

void file_sweep_drafts(const char *folder)
{
	DIR *handle = opendir(folder);
	const struct dirent *found;

	if (!handle)
		return;
	while ((found = readdir(handle)))
		if (is_left_behind(found->d_name))
			sweep_draft(dirfd(handle), found->d_name);
	(void)closedir(handle);
}

/* Whether the draft is ours: one who sweeps may have been quicker. */
static bool take_draft(int fd)
{
	struct flock lock = whole_file();
	struct stat info;

	if (fcntl(fd, F_OFD_SETLK, &lock) &&
	    (errno == EAGAIN || errno == EACCES))
		return false;
	return !fstat(fd, &info) && info.st_nlink > 0;
}

enum dbs_rc file_draft_open(struct file_draft *draft, const char *path,
			    struct dbs_error *err)
{
	OWNED(buf_release) struct buf part = BUF_INIT;
	OWNED(mem_drop) char *folder = mem_strdup(path);
	OWNED(open_drop) int fd = -1;

	file_sweep_drafts(dirname(folder));
	do {
		open_drop(&fd);
		buf_clear(&part);
		/* others may write a file of the same name at the same time */
		buf_addf(&part, "%s.%ld-%08x.part", path, (long)getpid(),
			 clock_jitter(UINT32_MAX));
		fd = open(part.data, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
			  0600);
		if (fd < 0)
			return dbs_fail_errno(err, errno, "cannot make `%s`",
					      path);
	} while (!take_draft(fd));
	draft->fd = fd;
	fd = -1;
	draft->path = mem_strdup(path);
	draft->part = buf_detach(&part);
	return DBS_OK;
}

enum dbs_rc file_draft_write(struct file_draft *draft, const void *bytes,
			     size_t count, struct dbs_error *err)
{
	if (fault_error(FAULT_FILE_WRITE))
		return dbs_fail_errno(err, ENOSPC, "cannot write `%s`",
				      draft->part);
	return write_all(draft->fd, bytes, count, draft->part, err);
}

enum dbs_rc file_draft_sync(struct file_draft *draft, struct dbs_error *err)
{
	if (fault_error(FAULT_FILE_SYNC))
		return dbs_fail_errno(err, EIO, "cannot fsync `%s`",
				      draft->part);
	if (fsync(draft->fd))
		return dbs_fail_errno(err, errno, "cannot fsync `%s`",
				      draft->part);
	return DBS_OK;
}

static enum dbs_rc sync_folder_of(const char *path, struct dbs_error *err)
{
	OWNED(mem_drop) char *folder = mem_strdup(path);
	char *slash = strrchr(folder, '/');

	if (slash)
		*(slash == folder ? slash + 1 : slash) = '\0';
	int fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* some file systems know no fsync of folders */
	const bool failed = fd < 0 || (fsync(fd) && errno != EINVAL);
	const int number = errno;

	open_drop(&fd);
	return failed ? dbs_fail_errno(err, number, "cannot fsync `%s`",
				       slash ? folder : ".")
		      : DBS_OK;
}

/* 0, or errno: EEXIST when the name is taken. */
static int take_free_name(const char *part, const char *path)
{
	if (!link(part, path))
		return unlink(part) ? errno : 0;
	if (errno == EEXIST)
		return errno;
	/* not every file system has hard links */
	if (!renameat2(AT_FDCWD, part, AT_FDCWD, path, RENAME_NOREPLACE))
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return errno;
	if (!access(path, F_OK))
		return EEXIST;
	return rename(part, path) ? errno : 0;
}

void file_draft_rename(struct file_draft *draft, const char *path)
{
	mem_drop(&draft->path);
	draft->path = mem_strdup(path);
}

enum dbs_rc file_draft_keep(struct file_draft *draft, bool is_new,
			    struct dbs_error *err)
{
	int failure = 0;

	fault_here(FAULT_FILE_KEEP);
	if (is_new)
		failure = take_free_name(draft->part, draft->path);
	else if (rename(draft->part, draft->path))
		failure = errno;
	if (failure)
		return dbs_fail_errno(err, failure, "cannot make `%s`",
				      draft->path);
	mem_drop(&draft->part);
	return sync_folder_of(draft->path, err);
}

void file_draft_drop(struct file_draft *draft)
{
	open_drop(&draft->fd);
	if (draft->part)
		(void)unlink(draft->part);
	mem_drop(&draft->part);
	mem_drop(&draft->path);
}

enum dbs_rc file_replace(const char *path, const void *bytes, size_t count,
			 struct dbs_error *err)
{
	OWNED(file_draft_drop) struct file_draft draft = FILE_DRAFT_INIT;
	enum dbs_rc rc = file_draft_open(&draft, path, err);

	if (!rc)
		rc = file_draft_write(&draft, bytes, count, err);
	if (!rc)
		rc = file_draft_sync(&draft, err);
	return rc ? rc : file_draft_keep(&draft, false, err);
}

/* What a link at path says is relative to its folder. */
static void follow_link(struct buf *path, const char *target)
{
	const char *slash = *target == '/' ? NULL : strrchr(path->data, '/');

	buf_truncate(path, slash ? (size_t)(slash + 1 - path->data) : 0);
	buf_adds(path, target);
}

enum dbs_rc file_follow_links(const char *path, struct buf *out,
			      struct dbs_error *err)
{
	char target[PATH_MAX];
	int links = 0;

	buf_adds(out, path);
	for (;;) {
		const ssize_t length = readlink(out->data, target,
						sizeof(target) - 1);

		if (length < 0) /* no link, or nothing there */
			return DBS_OK;
		if (++links > LINKS_MOST)
			return dbs_fail_errno(err, ELOOP, "cannot read `%s`",
					      path);
		target[length] = '\0';
		follow_link(out, target);
	}
}

/* ------------------------------------------------------------------------
 * Reading, folders, offsets
 * --------------------------------------------------------------------- */

enum dbs_rc file_read_open(int fd, const char *name, size_t limit,
			   struct buf *out, struct dbs_error *err)
{
	char block[16384];

	for (;;) {
		const ssize_t count = open_read(fd, block, sizeof(block));

		if (count < 0)
			return dbs_fail_errno(err, errno, "cannot read `%s`",
					      name);
		if (!count)
			break;
		if (out->length + (size_t)count > limit)
			return dbs_fail(err, DBS_E_LIMIT,
					"`%s` is larger than %zu bytes", name,
					limit);
		buf_add(out, block, (size_t)count);
	}
	/* there may be secrets in it */
	mem_wipe(block, sizeof(block));
	return DBS_OK;
}

enum dbs_rc file_read(const char *path, size_t limit, struct buf *out,
		      bool *found_out, struct dbs_error *err)
{
	OWNED(open_drop) int fd = -1;
	enum dbs_rc rc = open_to_read(path, OPEN_FILE, &fd, NULL, err);

	*found_out = fd >= 0;
	return fd >= 0 ? file_read_open(fd, path, limit, out, err) : rc;
}

static enum dbs_rc make_folder(const char *path, struct dbs_error *err)
{
	struct stat info;

	if (!mkdir(path, 0700) ||
	    (errno == EEXIST && !stat(path, &info) && S_ISDIR(info.st_mode)))
		return DBS_OK;
	/* what is there is something else */
	return dbs_fail_errno(err, errno == EEXIST ? ENOTDIR : errno,
			      "cannot make the folder `%s`", path);
}

const char *file_home(void)
{
	const char *home = getenv("HOME");
	struct stat info;

	return home && *home == '/' && !stat(home, &info) &&
			       S_ISDIR(info.st_mode)
		       ? home
		       : NULL;
}

enum dbs_rc file_make_folders(const char *path, struct dbs_error *err)
{
	OWNED(mem_drop) char *copy = mem_strdup(path);
	enum dbs_rc rc = DBS_OK;

	for (char *at = copy + 1; *copy && *at && !rc; at++) {
		if (*at != '/')
			continue;
		*at = '\0';
		rc = make_folder(copy, err);
		*at = '/';
	}
	return rc || !*copy ? rc : make_folder(copy, err);
}

enum dbs_rc file_open_unnamed(int *fd_out, struct dbs_error *err)
{
	const char *folder = getenv("TMPDIR");
	OWNED(buf_release) struct buf name = BUF_INIT;

	buf_addf(&name, "%s/dbsync-XXXXXX",
		 folder && *folder ? folder : P_tmpdir);
	const int fd = mkostemp(name.data, O_CLOEXEC);

	if (fd < 0)
		return dbs_fail_errno(err, errno,
				      "cannot make a temporary file in `%s` "
				      "(TMPDIR)",
				      folder && *folder ? folder : P_tmpdir);
	(void)unlink(name.data);
	*fd_out = fd;
	return DBS_OK;
}

enum dbs_rc file_write_at(int fd, const void *bytes, size_t count,
			  uint64_t offset, struct dbs_error *err)
{
	const char *at = bytes;

	while (count) {
		const ssize_t done = pwrite(fd, at, count, (off_t)offset);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return dbs_fail_errno(err, done ? errno : EIO,
					      "cannot write a temporary file "
					      "(TMPDIR)");
		at += done;
		offset += (uint64_t)done;
		count -= (size_t)done;
	}
	return DBS_OK;
}

enum dbs_rc file_read_at(int fd, void *bytes, size_t count, uint64_t offset,
			 struct dbs_error *err)
{
	char *at = bytes;

	while (count) {
		const ssize_t done = pread(fd, at, count, (off_t)offset);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return dbs_fail_errno(err, done ? errno : EIO,
					      "cannot read a file at %llu",
					      (unsigned long long)offset);
		at += done;
		offset += (uint64_t)done;
		count -= (size_t)done;
	}
	return DBS_OK;
}

/* ------------------------------------------------------------------------
 * Locks
 * --------------------------------------------------------------------- */

/* What a holder wrote begins with the same word. */
static enum dbs_rc write_text(int fd, const char *path, const char *text,
			      struct dbs_error *err)
{
	OWNED(buf_release) struct buf before = BUF_INIT;
	enum dbs_rc rc = file_read_open(fd, path, LOCK_TEXT, &before, err);

	if (rc == DBS_E_LIMIT ||
	    (!rc && before.length &&
	     strncmp(before.data, text, strcspn(text, " ")) != 0))
		return dbs_fail(err, DBS_E_IO,
				"`%s` exists and is not a lock of dbsync: move "
				"it to another place",
				path);
	if (!rc && (ftruncate(fd, 0) || lseek(fd, 0, SEEK_SET)))
		rc = dbs_fail_errno(err, errno, "cannot write `%s`", path);
	return rc ? rc : write_all(fd, text, strlen(text), path, err);
}

enum dbs_rc file_lock(const char *path, const char *text, int *fd_out,
		      struct buf *holder, struct dbs_error *err)
{
	OWNED(open_drop) int fd = -1;
	struct flock lock = whole_file();
	enum dbs_rc rc = open_own(path, O_RDWR, &fd, err);

	*fd_out = -1;
	if (rc)
		return rc;
	if (fcntl(fd, F_OFD_SETLK, &lock)) {
		if (errno == EAGAIN || errno == EACCES)
			return file_read_open(fd, path, LOCK_TEXT, holder, err);
		return dbs_fail_errno(err, errno, "cannot lock `%s`", path);
	}
	rc = *text ? write_text(fd, path, text, err) : DBS_OK;
	if (!rc) {
		*fd_out = fd;
		fd = -1;
	}
	return rc;
}

bool file_is_locked(const char *path)
{
	OWNED(open_drop) int fd = -1;
	struct flock lock = whole_file();
	struct dbs_error err = {0};

	return !open_to_read(path, OPEN_NO_LINK, &fd, NULL, &err) && fd >= 0 &&
	       !fcntl(fd, F_OFD_GETLK, &lock) && lock.l_type != F_UNLCK;
}

void file_unlock(int *fd)
{
	open_drop(fd);
}
