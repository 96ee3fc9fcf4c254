/*
 * one_file.h - a file of a name in a folder of its own, for fuzzers of what is
 * read by its path.
 */
#ifndef DBSYNC_TESTS_ONE_FILE_H
#define DBSYNC_TESTS_ONE_FILE_H

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* The folder of this process, in memory where that can be. */
static inline const char *one_folder(void)
{
	static char folder[64];
	static int is_made;
	const char *base = access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm";

	if (!is_made)
		(void)snprintf(folder, sizeof(folder), "%s/dbsync-fuzz-XXXXXX",
			       base);
	if (!is_made && !mkdtemp(folder))
		abort();
	is_made = 1;
	return folder;
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
