/* greeting.c - see greeting.h. */
#include "greeting.h"

#include <string.h>

enum {
	HEADER = 4,
	PROTOCOL = 10,
	AN_ERROR = 0xff,
	NUMBERED = 3, /* bytes of an error, with its number */
	BEFORE_CAPABILITIES = 4 + 8 + 1, /* thread, nonce, 0 */
	TLS_IN_SECOND_BYTE = 0x08,
};

static enum greeting read_body(const uint8_t *body, size_t length)
{
	const uint8_t *end = memchr(body, '\0', length);
	const size_t behind = end ? (size_t)(body + length - end) - 1 : 0;

	if (behind < BEFORE_CAPABILITIES + 2)
		return GREETING_STRANGE;
	return end[1 + BEFORE_CAPABILITIES + 1] & TLS_IN_SECOND_BYTE
		       ? GREETING_TLS
		       : GREETING_PLAIN;
}

enum greeting greeting_read(const uint8_t *bytes, size_t length)
{
	if (length <= HEADER)
		return GREETING_UNFINISHED;
	const size_t rest = bytes[0] | (size_t)bytes[1] << 8 |
			    (size_t)bytes[2] << 16;

	if (bytes[HEADER] == AN_ERROR)
		return length >= HEADER + NUMBERED || length >= HEADER + rest
			       ? GREETING_ERROR
			       : GREETING_UNFINISHED;
	if (bytes[HEADER] != PROTOCOL || HEADER + rest > GREETING_MOST ||
	    length > HEADER + rest)
		return GREETING_STRANGE;
	if (length < HEADER + rest)
		return GREETING_UNFINISHED;
	return read_body(bytes + HEADER + 1, rest - 1);
}
