/* buf.c - see buf.h. */
#include "dbsync/base/buf.h"

#include "dbsync/base/error.h"
#include "dbsync/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LARGE = 1024 * 1024 };

/* A row of 1 GiB, the most that the protocol has, is twice that as text. */
static const size_t MOST = (size_t)8 << 30;

/* What data of an empty buffer points to; never written to. */
char buf_empty[1];

void buf_release(struct buf *buf)
{
	if (buf->capacity)
		free(buf->data);
	*buf = (struct buf)BUF_INIT;
}

void buf_wipe(struct buf *buf)
{
	if (buf->length)
		mem_wipe(buf->data, buf->length);
	buf_release(buf);
}

void buf_clear(struct buf *buf)
{
	buf_truncate(buf, 0);
}

char *buf_detach(struct buf *buf)
{
	char *data = buf->capacity ? buf->data : mem_strdup("");

	*buf = (struct buf)BUF_INIT;
	return data;
}

/* What it shall have, when it needs more than it has. */
static size_t grown(const struct buf *buf, size_t need)
{
	/* a large one grows by a quarter: what it holds is large, too */
	size_t capacity = buf->capacity > LARGE
				  ? buf->capacity + buf->capacity / 4
				  : buf->capacity * 2;

	if (!buf->capacity)
		capacity = 64;
	return capacity < need ? need : capacity;
}

static void take_room(struct buf *buf, void *data, size_t capacity)
{
	buf->data = data;
	buf->capacity = capacity;
	buf->data[buf->length] = '\0';
}

void buf_reserve(struct buf *buf, size_t extra)
{
	const size_t need = buf->length + extra + 1;

	if (need <= buf->capacity)
		return;
	const size_t capacity = grown(buf, need);

	take_room(buf, mem_grow(buf->capacity ? buf->data : NULL, capacity),
		  capacity);
}

enum dbs_rc buf_try(struct buf *buf, size_t extra, const char *what,
		    struct dbs_error *err)
{
	const size_t need = extra < MOST ? buf->length + extra + 1 : extra;

	if (need <= buf->capacity)
		return DBS_OK;
	const size_t capacity = grown(buf, need);
	void *data = buf->capacity ? buf->data : NULL;
	enum dbs_rc rc = mem_try(&data, capacity, MOST, what, err);

	if (!rc)
		take_room(buf, data, capacity);
	return rc;
}

void buf_truncate(struct buf *buf, size_t length)
{
	DBS_BUG(length > buf->length, "truncating %zu to %zu", buf->length,
		length);
	buf->length = length;
	if (buf->capacity)
		buf->data[length] = '\0';
}

void buf_add(struct buf *buf, const void *bytes, size_t count)
{
	if (!count)
		return;
	buf_reserve(buf, count);
	memcpy(buf->data + buf->length, bytes, count);
	buf->length += count;
	buf->data[buf->length] = '\0';
}

void buf_adds(struct buf *buf, const char *text)
{
	buf_add(buf, text, strlen(text));
}

void buf_addc(struct buf *buf, char c)
{
	buf_reserve(buf, 1);
	buf->data[buf->length++] = c;
	buf->data[buf->length] = '\0';
}

void buf_addu(struct buf *buf, uint64_t number)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	buf_add(buf, digits + at, sizeof(digits) - at);
}

void buf_addv(struct buf *buf, const char *fmt, va_list args)
{
	const size_t room = buf->capacity ? buf->capacity - buf->length : 0;
	va_list again;

	va_copy(again, args);
	/* mostly it fits, and is formatted once */
	int length = vsnprintf(room ? buf->data + buf->length : NULL, room, fmt,
			       args);

	DBS_BUG(length < 0, "format `%s`", fmt);
	if ((size_t)length >= room) {
		buf_reserve(buf, (size_t)length);
		(void)vsnprintf(buf->data + buf->length, (size_t)length + 1,
				fmt, again);
	}
	buf->length += (size_t)length;
	va_end(again);
}

void buf_addf(struct buf *buf, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	buf_addv(buf, fmt, args);
	va_end(args);
}

void buf_addhex(struct buf *buf, const void *bytes, size_t count)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *from = bytes;

	buf_reserve(buf, count * 2);
	char *to = buf->data + buf->length;

	for (size_t i = 0; i < count; i++) {
		*to++ = digits[from[i] >> 4];
		*to++ = digits[from[i] & 15];
	}
	*to = '\0';
	buf->length += count * 2;
}
