/* report_lines.c - see report_lines.h. */
#include "report_lines.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"

#include <string.h>

enum { WIDEST = 4000 };

void report_lines(FILE *to, const char *indent, const char *text,
		  const char *end)
{
	while (*text) {
		OWNED(buf_release) struct buf line = BUF_INIT;
		const size_t length = strcspn(text, "\n");

		text_show_sql(&line, text, length, WIDEST);
		text += length + (text[length] == '\n');
		(void)fprintf(to, "%s%s%s\n", indent, line.data,
			      *text ? "" : end);
	}
}
