/* http_place.c - see http_place.h. */
#include "http_place.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/base/text.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

enum { BACKLOG = 1024, MOST_PORT = 65535 };

static void close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

static enum dbs_rc refuse(const char *listen, int number, struct dbs_error *err)
{
	return dbs_fail_errno(err, number, "cannot listen on `%s`", listen);
}

/* ------------------------------------------------------------------------
 * Addresses
 * --------------------------------------------------------------------- */

static enum dbs_rc wrong_words(const char *listen, struct dbs_error *err)
{
	return dbs_fail(err, DBS_E_USAGE,
			"--listen takes HOST:PORT, [ADDRESS]:PORT, unix:PATH "
			"or none, and not `%s`",
			listen);
}

/* Of "HOST:PORT"; host is what is before the last colon, without brackets. */
static bool split(const char *listen, struct buf *host, const char **port)
{
	const char *colon = strrchr(listen, ':');
	const bool is_bracketed = *listen == '[';
	char *end = NULL;

	if (!colon || colon == listen || !isdigit((unsigned char)colon[1]))
		return false;
	const unsigned long number = strtoul(colon + 1, &end, 10);

	if (*end || number > MOST_PORT)
		return false;
	if (is_bracketed && colon[-1] != ']')
		return false;
	buf_add(host, listen + is_bracketed,
		(size_t)(colon - listen) - (is_bracketed ? 2 : 0));
	*port = colon + 1;
	/* an address of IPv6 needs its brackets */
	return host->length && (is_bracketed || !strchr(host->data, ':'));
}

static int listen_at(const struct addrinfo *at)
{
	const int one = 1;
	int fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (!bind(fd, at->ai_addr, at->ai_addrlen) && !listen(fd, BACKLOG))
		return fd;
	const int number = errno;

	close_fd(&fd);
	errno = number;
	return -1;
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

static enum dbs_rc open_address(const char *listen, struct http_place *out,
				struct dbs_error *err)
{
	const struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
	};
	OWNED(buf_release) struct buf host = BUF_INIT;
	struct addrinfo *found = NULL;
	const char *port = NULL;

	if (!split(listen, &host, &port))
		return wrong_words(listen, err);
	const int problem = getaddrinfo(host.data, port, &hints, &found);

	if (problem)
		return dbs_fail(err, DBS_E_USAGE, "--listen `%s`: %s", listen,
				gai_strerror(problem));
	int number = 0;

	for (const struct addrinfo *at = found; at && out->fd < 0;
	     at = at->ai_next) {
		out->fd = listen_at(at);
		number = errno;
	}
	freeaddrinfo(found);
	if (out->fd < 0)
		return refuse(listen, number, err);
	out->name = name_of(out->fd);
	return DBS_OK;
}

/* ------------------------------------------------------------------------
 * Unix sockets
 * --------------------------------------------------------------------- */

static bool is_answered(const struct sockaddr_un *at)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	const bool is_there =
		fd >= 0 &&
		(!connect(fd, (const struct sockaddr *)at, sizeof(*at)) ||
		 errno != ECONNREFUSED);

	close_fd(&fd);
	return is_there;
}

/* What a service that died has left goes; nothing else does. */
static enum dbs_rc make_room(const char *path, const struct sockaddr_un *at,
			     struct dbs_error *err)
{
	struct stat info;

	if (lstat(path, &info))
		return DBS_OK;
	if (!S_ISSOCK(info.st_mode))
		return dbs_fail(err, DBS_E_IO,
				"cannot listen on `%s`: it is there, and is no "
				"socket",
				path);
	if (is_answered(at))
		return refuse(path, EADDRINUSE, err);
	return unlink(path) && errno != ENOENT ? refuse(path, errno, err)
					       : DBS_OK;
}

/* Nobody else can open it, from the first moment on. */
static bool bind_own(int fd, const struct sockaddr_un *at)
{
	const mode_t before = umask(0177);
	const bool is_bound = !bind(fd, (const struct sockaddr *)at,
				    sizeof(*at));
	const int number = errno;

	(void)umask(before);
	errno = number;
	return is_bound;
}

static enum dbs_rc open_unix(const char *path, struct http_place *out,
			     struct dbs_error *err)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	const size_t length = strlen(path);

	if (!length || length >= sizeof(at.sun_path))
		return dbs_fail(err, DBS_E_USAGE,
				"--listen: the path of a socket has 1 to %zu "
				"characters, and not %zu",
				sizeof(at.sun_path) - 1, length);
	memcpy(at.sun_path, path, length);
	enum dbs_rc rc = make_room(path, &at, err);

	if (rc)
		return rc;
	out->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (out->fd < 0 || !bind_own(out->fd, &at))
		return refuse(path, errno, err);
	out->path = mem_strdup(path);
	if (lstat(path, &out->was) || listen(out->fd, BACKLOG))
		return refuse(path, errno, err);
	OWNED(buf_release) struct buf name = BUF_INIT;

	buf_addf(&name, "unix:%s", path);
	out->name = buf_detach(&name);
	return DBS_OK;
}

enum dbs_rc http_place_open(const char *listen, struct http_place *out,
			    struct dbs_error *err)
{
	static const char scheme[] = "unix:";
	const size_t length = sizeof(scheme) - 1;

	*out = (struct http_place)HTTP_PLACE_INIT;
	const enum dbs_rc rc = strncmp(listen, scheme, length)
				       ? open_address(listen, out, err)
				       : open_unix(listen + length, out, err);

	if (rc)
		http_place_close(out);
	return rc;
}

void http_place_close(struct http_place *place)
{
	struct stat now;

	close_fd(&place->fd);
	if (place->path && !lstat(place->path, &now) &&
	    now.st_ino == place->was.st_ino && now.st_dev == place->was.st_dev)
		(void)unlink(place->path);
	mem_drop(&place->path);
	mem_drop(&place->name);
}

/* ------------------------------------------------------------------------
 * What clients say
 * --------------------------------------------------------------------- */

bool http_is_local(const struct sockaddr *address)
{
	const struct sockaddr_in *four = (const void *)address;
	const struct sockaddr_in6 *six = (const void *)address;

	if (!address || address->sa_family == AF_UNIX)
		return true;
	if (address->sa_family == AF_INET)
		return ntohl(four->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	if (address->sa_family != AF_INET6)
		return false;
	return IN6_IS_ADDR_LOOPBACK(&six->sin6_addr) ||
	       (IN6_IS_ADDR_V4MAPPED(&six->sin6_addr) &&
		six->sin6_addr.s6_addr[12] == IN_LOOPBACKNET);
}

/* Without its port, and without brackets. */
static void take_host(const char *host, struct buf *out)
{
	const char *end = *host == '[' ? strchr(host, ']') : NULL;

	if (end)
		buf_add(out, host + 1, (size_t)(end - host - 1));
	else
		buf_add(out, host, strcspn(host, ":"));
}

bool http_has_name(const char *host)
{
	OWNED(buf_release) struct buf bare = BUF_INIT;
	struct in6_addr ignored;

	if (!host || !*host)
		return false;
	take_host(host, &bare);
	return !text_equal_nocase(bare.data, "localhost") &&
	       inet_pton(AF_INET, bare.data, &ignored) != 1 &&
	       inet_pton(AF_INET6, bare.data, &ignored) != 1;
}

static int digit_of(char c)
{
	if (isdigit((unsigned char)c))
		return c - '0';
	return isxdigit((unsigned char)c) ? (c | 0x20) - 'a' + 10 : -1;
}

bool http_decode(const char *path, struct buf *out)
{
	for (const char *c = path; *c; c++) {
		int code = (unsigned char)*c;

		if (*c == '%') {
			const int high = digit_of(c[1]);
			const int low = high < 0 ? -1 : digit_of(c[2]);

			if (low < 0)
				return false;
			code = high * 16 + low;
			c += 2;
		}
		if (code < ' ' || code == 0x7f)
			return false;
		buf_addc(out, (char)code);
	}
	return true;
}
