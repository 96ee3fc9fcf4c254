/* notify.c - see notify.h. */
#include "notify.h"

#include "dbsync/base/buf.h"
#include "dbsync/base/clock.h"
#include "dbsync/base/own.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void notify_tell(const char *lines)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	const size_t length = path ? strlen(path) : 0;

	if (length < 2 || length >= sizeof(at.sun_path) ||
	    (*path != '/' && *path != '@'))
		return;
	memcpy(at.sun_path, path, length);
	/* a name that is in no file system */
	if (*path == '@')
		at.sun_path[0] = '\0';
	const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return;
	(void)!sendto(
		fd, lines, strlen(lines), MSG_DONTWAIT | MSG_NOSIGNAL,
		(const struct sockaddr *)&at,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
	(void)close(fd);
}

void notify_reloading(void)
{
	OWNED(buf_release) struct buf lines = BUF_INIT;

	buf_addf(&lines, "RELOADING=1\nMONOTONIC_USEC=%llu",
		 (unsigned long long)(clock_ns() / 1000));
	notify_tell(lines.data);
}
