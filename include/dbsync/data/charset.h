/*
 * charset.h - stored bytes of a server's character set as UTF-8, for display.
 *
 * Comparing never goes through here: bytes are compared as they are stored.
 */
#ifndef DBSYNC_DATA_CHARSET_H
#define DBSYNC_DATA_CHARSET_H

#include "dbsync/base/buf.h"

#include <stdbool.h>

/*
 * Appends the text in UTF-8; false (and nothing appended) when the character
 * set is not known to the system or the bytes are none of its text.
 */
bool charset_to_utf8(const char *charset, const void *bytes, size_t length,
		     struct buf *out);
#endif
