/*
 * greeting.h - what the first packet of a server says about TLS, before it has
 * been told anything.  Internal to the db floor.
 *
 *	length of the rest (3)   number (1)
 *	10 (1)   version, up to a NUL   thread (4)   nonce (8)   0 (1)
 *	capabilities (2), of which 0x0800 is TLS   ...
 *
 * It is read as strictly as a decision about passwords needs: what the client
 * library could take for something else is strange, and nothing is said to
 * whoever sent it.  A greeting is also all that a server sends unasked.  More
 * behind it would lie in the library's buffer, and be taken for an answer that
 * came through TLS.
 */
#ifndef DBSYNC_DB_GREETING_H
#define DBSYNC_DB_GREETING_H

#include <stddef.h>
#include <stdint.h>

enum greeting {
	GREETING_UNFINISHED, /* the rest is still to come */
	GREETING_TLS,        /* the server offers TLS */
	GREETING_PLAIN,      /* it offers none */
	GREETING_ERROR,      /* an error, and its number: it takes nobody */
	GREETING_STRANGE,
};

/* Longer ones are strange; those of servers have about 100 bytes. */
enum { GREETING_MOST = 1024 };

/* All the bytes that have come by now. */
enum greeting greeting_read(const uint8_t *bytes, size_t length);
#endif
