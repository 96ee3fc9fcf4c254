/*
 * buf.h - a byte string that grows.
 *
 * Invariants:
 *  - data is never NULL and data[length] is a NUL that length does not count;
 *  - data is valid until the next call that changes the buffer;
 *  - nobody but buf.c touches capacity.
 *
 * Life: BUF_INIT, then buf_add*, then buf_release (contents) or buf_detach
 * (the only way to take the memory out).  buf_clear empties it and keeps the
 * memory.  It ends the process when there is no memory, which is meant for text
 * sized by us: what a server sizes goes through buf_try first.
 */
#ifndef DBSYNC_BASE_BUF_H
#define DBSYNC_BASE_BUF_H

#include "dbsync/base/error.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
	char *data;
	size_t length;
	size_t capacity; /* 0: data is not ours yet */
};

extern char buf_empty[1];
#define BUF_INIT                \
	{                       \
		buf_empty, 0, 0 \
	}

void buf_release(struct buf *buf);
/* Of a secret; where it grew, what it had stays: reserve before. */
void buf_wipe(struct buf *buf);
void buf_clear(struct buf *buf);
char *buf_detach(struct buf *buf) __attribute__((returns_nonnull));

/* Makes room for at least extra more bytes and the NUL. */
void buf_reserve(struct buf *buf, size_t extra);
/* The same, of what a server or a file sizes: DBS_E_LIMIT (mem_try). */
enum dbs_rc buf_try(struct buf *buf, size_t extra, const char *what,
		    struct dbs_error *err);
void buf_truncate(struct buf *buf, size_t length);
void buf_add(struct buf *buf, const void *bytes, size_t count);
void buf_adds(struct buf *buf, const char *text);
void buf_addc(struct buf *buf, char c);
/* A number in decimal digits; a format would take several times as long. */
void buf_addu(struct buf *buf, uint64_t number);
void buf_addf(struct buf *buf, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void buf_addv(struct buf *buf, const char *fmt, va_list args)
	__attribute__((format(printf, 2, 0)));
/* count bytes as lower case hexadecimal digits */
void buf_addhex(struct buf *buf, const void *bytes, size_t count);
#endif
