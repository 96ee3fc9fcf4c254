/*
 * http_place.c - see http_place.h.
 *
 * Two services that start at once could each find the same socket of a third that
 * died, and the second remove what the first has just made.  So the folder is
 * locked from the look at the socket until somebody listens.  The lock is a
 * courtesy: whoever may read the folder can hold it, so it is not waited for long.
 */
#include "http_place.h"

#include "http_words.h"

#include "dbsync/base/buf.h"
#include "dbsync/base/mem.h"
#include "dbsync/base/open.h"
#include "dbsync/base/own.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 4096, LOCK_TRIES = 20, LOCK_PAUSE_US = 50000 };

/* What to do about it, in words of its own where there is something. */
static enum dbs_rc refuse(const char *words, int number, struct dbs_error *err)
{
	const char *why = "";

	if (number == EADDRINUSE)
		why = ", which another program listens on";
	else if (number == EADDRNOTAVAIL)
		why = ", which is not an address of this machine";
	else if (number == EACCES)
		why = ", which this user may not use";
	return dbs_fail_errno(err, number, "cannot listen on `%s`%s", words,
			      why);
}

/* ------------------------------------------------------------------------
 * TCP
 * --------------------------------------------------------------------- */

/* -1 and errno. */
static int listen_at(const struct addrinfo *at)
{
	const int one = 1;
	const int none = 0;
	int fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	/* after a restart, connections of the one before may still be closing */
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	/* [::] is all addresses, whatever the system's default */
	if (at->ai_family == AF_INET6)
		(void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &none,
				 sizeof(none));
	if (!bind(fd, at->ai_addr, at->ai_addrlen) && !listen(fd, BACKLOG))
		return fd;
	const int number = errno;

	open_drop(&fd);
	errno = number;
	return -1;
}

/*
 * A name may have several addresses.  One that this machine does not have is left
 * out; if one is in use the next is not taken: nobody would find the service.
 */
static int listen_at_first(const struct addrinfo *found, int *family)
{
	int fd = -1;

	errno = EADDRNOTAVAIL;
	for (; found && fd < 0; found = found->ai_next) {
		fd = listen_at(found);
		*family = found->ai_family;
		if (fd < 0 && errno != EADDRNOTAVAIL && errno != EAFNOSUPPORT)
			break;
	}
	return fd;
}

/* With the port that the system has chosen for 0. */
static char *name_of(int fd)
{
	struct sockaddr_storage at;
	socklen_t length = sizeof(at);
	char host[NI_MAXHOST] = "";
	char port[NI_MAXSERV] = "";
	struct buf name = BUF_INIT;

	if (!getsockname(fd, (struct sockaddr *)&at, &length))
		(void)getnameinfo((const struct sockaddr *)&at, length, host,
				  sizeof(host), port, sizeof(port),
				  NI_NUMERICHOST | NI_NUMERICSERV);
	buf_addf(&name, strchr(host, ':') ? "[%s]:%s" : "%s:%s", host, port);
	return buf_detach(&name);
}

static enum dbs_rc open_tcp(const char *words, struct http_place *out,
			    struct dbs_error *err)
{
	const struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
	};
	OWNED(buf_release) struct buf host = BUF_INIT;
	struct addrinfo *found = NULL;
	const char *port = NULL;
	enum dbs_rc rc = http_split(words, &host, &port, err);

	if (rc)
		return rc;
	const int problem = getaddrinfo(host.data, port, &hints, &found);

	if (problem)
		return dbs_fail(err, DBS_E_USAGE,
				"cannot listen on `%s`: the name `%s` has no "
				"address: %s",
				words, host.data, gai_strerror(problem));
	out->fd = listen_at_first(found, &out->family);
	const int number = errno;

	freeaddrinfo(found);
	if (out->fd < 0)
		return refuse(words, number, err);
	out->name = name_of(out->fd);
	return DBS_OK;
}

/* ------------------------------------------------------------------------
 * A file
 * --------------------------------------------------------------------- */

/* -1: without. */
static int lock_folder(const char *path)
{
	OWNED(mem_drop) char *copy = mem_strdup(path);
	int fd = open(dirname(copy),
		      O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);

	for (int i = 0; fd >= 0 && i < LOCK_TRIES; i++) {
		if (!flock(fd, LOCK_EX | LOCK_NB) || errno != EWOULDBLOCK)
			break;
		(void)usleep(LOCK_PAUSE_US);
	}
	return fd;
}

/* 0: somebody listens; ECONNREFUSED: nobody; or why that cannot be said. */
static int ask(const struct sockaddr_un *at)
{
	OWNED(open_drop)
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return errno;
	if (!connect(fd, (const struct sockaddr *)at, sizeof(*at)) ||
	    errno == EAGAIN)
		return 0;
	return errno;
}

/* Removes what a service that died has left, and nothing else. */
static enum dbs_rc remove_stale(const char *path, const struct sockaddr_un *at,
				struct dbs_error *err)
{
	struct stat info;

	if (lstat(path, &info))
		return errno == ENOENT ? DBS_OK : refuse(path, errno, err);
	if (!S_ISSOCK(info.st_mode))
		return dbs_fail(err, DBS_E_IO,
				"cannot listen on `%s`: it is there, and is no "
				"socket",
				path);
	if (info.st_uid != geteuid())
		return dbs_fail(err, DBS_E_IO,
				"cannot listen on `%s`: the socket of that "
				"name belongs to another user",
				path);
	const int number = ask(at);

	if (number != ECONNREFUSED)
		return refuse(path, number ? number : EADDRINUSE, err);
	return unlink(path) && errno != ENOENT ? refuse(path, errno, err)
					       : DBS_OK;
}

/* Linux gives the file the mode of the socket: no umask, which is all threads'. */
static enum dbs_rc bind_own(struct http_place *out,
			    const struct sockaddr_un *at, struct dbs_error *err)
{
	struct stat info;

	if (fchmod(out->fd, 0600) ||
	    bind(out->fd, (const struct sockaddr *)at, sizeof(*at)))
		return refuse(at->sun_path, errno, err);
	out->path = mem_strdup(at->sun_path);
	if (lstat(out->path, &info))
		return refuse(out->path, errno, err);
	out->device = info.st_dev;
	out->inode = info.st_ino;
	if (!S_ISSOCK(info.st_mode) || (info.st_mode & 077))
		return dbs_fail(err, DBS_E_IO,
				"cannot listen on `%s`: others could use it",
				out->path);
	return listen(out->fd, BACKLOG) ? refuse(out->path, errno, err)
					: DBS_OK;
}

static enum dbs_rc open_file(const char *path, struct http_place *out,
			     struct dbs_error *err)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	const size_t length = strlen(path);

	if (!length || length >= sizeof(at.sun_path))
		return dbs_fail(err, DBS_E_USAGE,
				"cannot listen on `unix:%s`: the path of a "
				"socket has 1 to %zu bytes, not %zu",
				path, sizeof(at.sun_path) - 1, length);
	memcpy(at.sun_path, path, length);
	OWNED(open_drop) int lock = lock_folder(path);
	enum dbs_rc rc = remove_stale(path, &at, err);

	if (rc)
		return rc;
	out->family = AF_UNIX;
	out->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (out->fd < 0)
		return refuse(path, errno, err);
	rc = bind_own(out, &at, err);
	if (rc)
		return rc;
	OWNED(buf_release) struct buf name = BUF_INIT;

	buf_addf(&name, "unix:%s", path);
	out->name = buf_detach(&name);
	return DBS_OK;
}

/* ------------------------------------------------------------------------
 * Both
 * --------------------------------------------------------------------- */

enum dbs_rc http_place_open(const char *words, struct http_place *out,
			    struct dbs_error *err)
{
	const char *path = http_unix_path(words);

	*out = (struct http_place)HTTP_PLACE_INIT;
	const enum dbs_rc rc = path ? open_file(path, out, err)
				    : open_tcp(words, out, err);

	if (rc)
		http_place_close(out);
	return rc;
}

void http_place_close(struct http_place *place)
{
	struct stat info;

	open_drop(&place->fd);
	if (place->path && !lstat(place->path, &info) &&
	    info.st_dev == place->device && info.st_ino == place->inode)
		(void)unlink(place->path);
	mem_drop(&place->path);
	mem_drop(&place->name);
}
