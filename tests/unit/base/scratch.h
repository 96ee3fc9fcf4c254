/* scratch.h - a folder of a test's own, and what is in it, for unit tests. */
#ifndef DBSYNC_TESTS_SCRATCH_H
#define DBSYNC_TESTS_SCRATCH_H

#include "dbsync/base/buf.h"

#include <check.h>
#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char scratch[] = "/tmp/dbsync-test-XXXXXX";

static inline void scratch_make(void)
{
	memcpy(scratch + strlen(scratch) - 6, "XXXXXX", 6);
	ck_assert_ptr_nonnull(mkdtemp(scratch));
}

static inline int scratch_remove(const char *path, const struct stat *info,
				 int kind, struct FTW *ftw)
{
	(void)info;
	(void)kind;
	(void)ftw;
	return remove(path);
}

static inline void scratch_drop(void)
{
	(void)nftw(scratch, scratch_remove, 8, FTW_DEPTH | FTW_PHYS);
}

/* A path in the folder, good until the fourth call from now. */
static inline const char *scratch_path(const char *name)
{
	static char paths[4][256];
	static unsigned next;
	char *path = paths[next++ % 4];

	(void)snprintf(path, sizeof(*paths), "%s/%s", scratch, name);
	return path;
}

static inline void scratch_write(const char *path, const void *bytes,
				 size_t count)
{
	FILE *file = fopen(path, "we");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(bytes, 1, count, file), count);
	ck_assert_int_eq(fclose(file), 0);
}

static inline void scratch_read(const char *path, struct buf *out)
{
	FILE *file = fopen(path, "re");
	char block[4096];
	size_t count;

	ck_assert_ptr_nonnull(file);
	buf_clear(out);
	while ((count = fread(block, 1, sizeof(block), file)))
		buf_add(out, block, count);
	(void)fclose(file);
}

/* How many files the folder has. */
static inline size_t scratch_count(void)
{
	DIR *folder = opendir(scratch);
	const struct dirent *found;
	size_t count = 0;

	ck_assert_ptr_nonnull(folder);
	while ((found = readdir(folder)))
		count += *found->d_name != '.';
	(void)closedir(folder);
	return count;
}

static inline unsigned scratch_mode(const char *path)
{
	struct stat info;

	ck_assert_int_eq(stat(path, &info), 0);
	return (unsigned)info.st_mode & 07777;
}
#endif
