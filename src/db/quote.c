/* quote.c - see quote.h. */
#include "dbsync/db/quote.h"

#include <string.h>

void quote_name(struct buf *out, const char *name)
{
	buf_addc(out, '`');
	for (const char *p = name; *p; p++) {
		if (*p == '`')
			buf_addc(out, '`');
		buf_addc(out, *p);
	}
	buf_addc(out, '`');
}

void quote_table(struct buf *out, const char *database, const char *table)
{
	quote_name(out, database);
	buf_addc(out, '.');
	quote_name(out, table);
}

void quote_bytes(struct buf *out, const void *bytes, size_t length)
{
	buf_adds(out, "x'");
	buf_addhex(out, bytes, length);
	buf_addc(out, '\'');
}

void quote_string(struct buf *out, const char *charset, const void *bytes,
		  size_t length)
{
	buf_addf(out, "_%s ", charset);
	quote_bytes(out, bytes, length);
}

void quote_text(struct buf *out, const char *text)
{
	quote_string(out, "utf8mb4", text, strlen(text));
}
