/* charset.c - see charset.h; iconv does it, under other names. */
#include "dbsync/data/charset.h"

#include <iconv.h>
#include <stdint.h>
#include <string.h>

/* Where the servers' name is not what iconv calls it. */
static const struct {
	const char *server;
	const char *iconv;
} names[] = {
	{"latin1", "CP1252"},
	{"latin2", "ISO-8859-2"},
	{"latin5", "ISO-8859-9"},
	{"latin7", "ISO-8859-13"},
	{"greek", "ISO-8859-7"},
	{"hebrew", "ISO-8859-8"},
	{"koi8r", "KOI8-R"},
	{"koi8u", "KOI8-U"},
	{"sjis", "SHIFT_JIS"},
	{"ujis", "EUC-JP"},
	{"eucjpms", "EUC-JP-MS"},
	{"euckr", "EUC-KR"},
	{"tis620", "TIS-620"},
	{"armscii8", "ARMSCII-8"},
	{"geostd8", "GEORGIAN-PS"},
	{"macroman", "MACINTOSH"},
	{"macce", "MAC-CENTRALEUROPE"},
	{"hp8", "HP-ROMAN8"},
	{"utf16", "UTF-16BE"},
	{"utf16le", "UTF-16LE"},
	{"utf32", "UTF-32BE"},
	{"ucs2", "UCS-2BE"},
};

static const char *iconv_name(const char *charset)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(names[i].server, charset))
			return names[i].iconv;
	return charset;
}

bool charset_to_utf8(const char *charset, const void *bytes, size_t length,
		     struct buf *out)
{
	const iconv_t way = iconv_open("UTF-8", iconv_name(charset));
	const size_t before = out->length;

	/* iconv_open's own way to say no */
	if (way == (iconv_t)-1) /* NOLINT(performance-no-int-to-ptr) */
		return false;
	buf_reserve(out, length * 4);
	/* iconv reads through a pointer to non-const and does not write */
	char *in = (char *)(uintptr_t)bytes;
	char *to = out->data + before;
	size_t in_left = length;
	size_t room = length * 4;
	const bool done = iconv(way, &in, &in_left, &to, &room) != (size_t)-1;

	(void)iconv_close(way);
	if (!done)
		return false;
	out->length = (size_t)(to - out->data);
	if (out->capacity)
		out->data[out->length] = '\0';
	return true;
}
