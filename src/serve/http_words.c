/* http_words.c - see http_words.h. */
#include "http_words.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

/* ------------------------------------------------------------------------
 * Where to listen
 * --------------------------------------------------------------------- */

const char *http_unix_path(const char *words)
{
	static const char scheme[] = "unix:";
	const size_t length = sizeof(scheme) - 1;

	return strncmp(words, scheme, length) != 0 ? NULL : words + length;
}

static enum dbs_rc check_port(const char *words, const char *port,
			      struct dbs_error *err)
{
	enum { DIGITS = 5, MOST = 65535 };
	const size_t length = strlen(port);
	unsigned number = 0;
	size_t i = 0;

	for (; i < length && i < DIGITS && isdigit((unsigned char)port[i]); i++)
		number = number * 10 + (unsigned)(port[i] - '0');
	return length && i == length && number <= MOST
		       ? DBS_OK
		       : dbs_fail(err, DBS_E_USAGE,
				  "cannot listen on `%s`: `%s` is not a port "
				  "(0 to 65535)",
				  words, port);
}

enum dbs_rc http_split(const char *words, struct buf *host, const char **port,
		       struct dbs_error *err)
{
	const char *colon = strrchr(words, ':');
	const bool has_brackets = *words == '[' && colon > words + 2 &&
				  colon[-1] == ']';
	const size_t around = has_brackets;
	const char *from = words + around;
	const size_t length = colon ? (size_t)(colon - words) - 2 * around : 0;

	if (colon == words)
		return dbs_fail(err, DBS_E_USAGE,
				"cannot listen on `%s`: it names no address; "
				"127.0.0.1%s is for this machine only, "
				"0.0.0.0%s for all networks",
				words, words, words);
	/* an address of IPv6 without brackets could end in a port, or not */
	if (!colon || strchr(words, '/') || strcspn(from, "[]") < length ||
	    (!has_brackets && memchr(from, ':', length)))
		return dbs_fail(err, DBS_E_USAGE,
				"cannot listen on `%s`: write HOST:PORT, "
				"[ADDRESS]:PORT, unix:PATH or none",
				words);
	const enum dbs_rc rc = check_port(words, colon + 1, err);

	if (rc)
		return rc;
	buf_add(host, from, length);
	*port = colon + 1;
	return DBS_OK;
}

/* ------------------------------------------------------------------------
 * Who asks whom
 * --------------------------------------------------------------------- */

/* Of an address of IPv6 and a port, or without one, in bare. */
static bool take_six(const char *host, struct buf *bare)
{
	const size_t length = strcspn(host + 1, "]");
	const char *end = host + 1 + length;

	buf_add(bare, host + 1, length);
	return *end == ']' && (!end[1] || end[1] == ':');
}

bool http_is_name(const char *host)
{
	OWNED(buf_release) struct buf bare = BUF_INIT;
	struct in6_addr ignored;

	if (!host)
		return false;
	if (*host == '[')
		return !take_six(host, &bare) ||
		       inet_pton(AF_INET6, bare.data, &ignored) != 1;
	buf_add(&bare, host, strcspn(host, ":"));
	return !text_equal_nocase(bare.data, "localhost") &&
	       inet_pton(AF_INET, bare.data, &ignored) != 1;
}

bool http_is_loopback(const struct sockaddr *address)
{
	const struct sockaddr_in *four = (const void *)address;
	const struct sockaddr_in6 *six = (const void *)address;

	if (!address)
		return false;
	if (address->sa_family == AF_INET)
		return ntohl(four->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
	if (address->sa_family != AF_INET6)
		return false;
	return IN6_IS_ADDR_LOOPBACK(&six->sin6_addr) ||
	       (IN6_IS_ADDR_V4MAPPED(&six->sin6_addr) &&
		six->sin6_addr.s6_addr[12] == IN_LOOPBACKNET);
}

/* ------------------------------------------------------------------------
 * Paths and events
 * --------------------------------------------------------------------- */

static int digit_of(char c)
{
	if (isdigit((unsigned char)c))
		return c - '0';
	return isxdigit((unsigned char)c) ? (c | 0x20) - 'a' + 10 : -1;
}

/* The byte that *at begins with, as it is or as %XX; -1: neither. */
static int next_byte(const char **at)
{
	const char *from = *at;

	*at = from + 1;
	if (*from != '%')
		return (unsigned char)*from;
	const int high = digit_of(from[1]);
	const int low = high < 0 ? -1 : digit_of(from[2]);

	*at = from + 3;
	return low < 0 ? -1 : high * 16 + low;
}

static bool has_dots(const char *path)
{
	for (const char *at = path; *at; at += strcspn(at, "/")) {
		const size_t length = strcspn(++at, "/");

		if ((length == 1 || length == 2) && strspn(at, ".") >= length)
			return true;
	}
	return false;
}

bool http_decode(const char *path, struct buf *out)
{
	const size_t before = out->length;

	if (*path != '/')
		return false;
	while (*path) {
		const int byte = next_byte(&path);

		if (byte < ' ' || byte == 0x7f)
			return false;
		buf_addc(out, (char)byte);
	}
	const char *decoded = out->data + before;

	return text_is_utf8(decoded, out->length - before) &&
	       !has_dots(decoded);
}

void http_event(const char *text, struct buf *out)
{
	do {
		const size_t length = strcspn(text, "\r\n");

		buf_adds(out, "data: ");
		buf_add(out, text, length);
		buf_addc(out, '\n');
		text += length;
		text += strspn(text, "\r\n");
	} while (*text);
	buf_addc(out, '\n');
}
