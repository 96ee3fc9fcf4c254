/* owner.c - see owner.h. */
#include "dbsync/base/owner.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"

#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *doubt(const struct stat *info, bool is_shared)
{
	if (info->st_uid && info->st_uid != geteuid())
		return "it belongs to another user, who may write to it";
	if (!is_shared && (info->st_mode & (S_IWGRP | S_IWOTH)))
		return "others may write to it";
	return NULL;
}

const char *owner_doubt(const struct stat *info)
{
	/* a pipe is whose process it is */
	return S_ISREG(info->st_mode) || S_ISDIR(info->st_mode)
		       ? doubt(info, false)
		       : NULL;
}

const char *owner_doubt_of_secret(const struct stat *info)
{
	const char *reason = owner_doubt(info);

	if (reason)
		return reason;
	if (info->st_mode & S_IRWXO)
		return "others may read it";
	if (info->st_uid && (info->st_mode & S_IRWXG))
		return "its group may read it";
	return NULL;
}

const char *owner_doubt_of_folder(const struct stat *info)
{
	return doubt(info, (info->st_mode & S_ISVTX) != 0);
}

void owner_name(uid_t user, struct buf *out)
{
	enum { ROOM = 16 * 1024 };
	OWNED(mem_drop) char *room = mem_alloc(ROOM);
	struct passwd entry;
	struct passwd *found = NULL;

	if (!getpwuid_r(user, &entry, room, ROOM, &found) && found)
		buf_adds(out, found->pw_name);
	else
		buf_addf(out, "#%ju", (uintmax_t)user);
}

/* The folder of that path, or the nearest above it that is there; or NULL. */
static char *real_folder(const char *path)
{
	OWNED(mem_drop) char *at = mem_strdup(path);
	char *found = NULL;

	do {
		char *above = mem_strdup(dirname(at));

		mem_drop(&at);
		at = above;
		found = realpath(at, NULL);
	} while (!found && errno == ENOENT && strcmp(at, "/") != 0 &&
		 strcmp(at, ".") != 0);
	return found;
}

static const char *doubt_of_path(const char *path)
{
	struct stat info;

	if (lstat(path, &info))
		return "it cannot be examined";
	return owner_doubt_of_folder(&info);
}

/* Of the folder that holds path, and of all above it. */
static const char *doubt_upwards(const char *path, struct buf *folder)
{
	OWNED(mem_drop) char *at = real_folder(path);
	const char *reason = at ? doubt_of_path(at) : "it cannot be examined";

	while (!reason && strcmp(at, "/") != 0) {
		(void)dirname(at);
		reason = doubt_of_path(at);
	}
	if (reason)
		buf_adds(folder, at ? at : path);
	return reason;
}

const char *owner_doubt_of_folders(const char *path, struct buf *folder)
{
	OWNED(mem_drop) char *real = realpath(path, NULL);
	const char *reason = doubt_upwards(path, folder);

	return reason || !real ? reason : doubt_upwards(real, folder);
}

enum dbs_rc owner_check_found(const char *path, const char *option,
			      struct dbs_error *err)
{
	OWNED(buf_release) struct buf folder = BUF_INIT;
	const char *reason = owner_doubt_of_folders(path, &folder);

	if (!reason)
		return DBS_OK;
	return dbs_fail(err, DBS_E_REFUSED,
			"`%s` was found in the current folder, and of the "
			"folder `%s`: %s; chmod go-w it, or name the file with "
			"--%s",
			path, folder.data, reason, option);
}
