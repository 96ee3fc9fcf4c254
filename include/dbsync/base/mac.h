/*
 * mac.h - HMAC-SHA-256: who wrote these bytes?
 *
 * Whoever has the key can make the code of a text, and nobody else can; a
 * digest (xxhash) only says that nothing happened to it by accident.
 *
 *	mac_new ─▶ mac_add … ─▶ mac_end ─▶ mac_drop
 *
 * The work is OpenSSL's (libcrypto), which libmariadb brings anyway.
 */
#ifndef DBSYNC_BASE_MAC_H
#define DBSYNC_BASE_MAC_H

#include <stdbool.h>
#include <stddef.h>

enum { MAC_BYTES = 32, MAC_KEY_BYTES = 32 };

struct mac;

struct mac *mac_new(const unsigned char key[MAC_KEY_BYTES]);
void mac_drop(struct mac **mac);
void mac_add(struct mac *mac, const void *bytes, size_t count);
/* The code of all that was added; nothing can be added any more. */
void mac_end(struct mac *mac, unsigned char out[MAC_BYTES]);

/* Takes as long whether they differ early, late or not at all. */
bool mac_equal(const unsigned char a[MAC_BYTES],
	       const unsigned char b[MAC_BYTES]);

/* Bytes that nobody can guess; false: the system has none. */
bool mac_random(unsigned char key[MAC_KEY_BYTES]);
#endif
