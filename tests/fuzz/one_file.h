/*
 * one_file.h - a file of a name in a folder of its own, for fuzzers of what is
 * read by its path.
 *
 * The folder goes with the process, but for one that ends by a signal or by what
 * it has found: scripts/fuzz names a TMPDIR, which it removes.
 */
#ifndef DBSYNC_TESTS_ONE_FILE_H
#define DBSYNC_TESTS_ONE_FILE_H

#include <fcntl.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char one_folder_path[160];
static pid_t one_folder_owner;

static inline int one_remove(const char *path, const struct stat *info,
			     int kind, struct FTW *ftw)
{
	(void)info;
	(void)kind;
	(void)ftw;
	return remove(path);
}

/* Not in a child of the process, which may end before it. */
static inline void one_folder_drop(void)
{
	if (getpid() == one_folder_owner)
		(void)nftw(one_folder_path, one_remove, 8,
			   FTW_DEPTH | FTW_PHYS);
}

/* The folder of this process, in memory where that can be. */
static inline const char *one_folder(void)
{
	const char *named = getenv("TMPDIR");
	const char *base = access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm";

	if (one_folder_owner)
		return one_folder_path;
	(void)snprintf(one_folder_path, sizeof(one_folder_path),
		       "%s/dbsync-fuzz-XXXXXX", named && *named ? named : base);
	if (!mkdtemp(one_folder_path) || atexit(one_folder_drop))
		abort();
	one_folder_owner = getpid();
	return one_folder_path;
}

static inline const char *one_file(const char *name, const uint8_t *data,
				   size_t size)
{
	static char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", one_folder(), name);
	const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
			    0600);

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	(void)close(fd);
	return path;
}
#endif
