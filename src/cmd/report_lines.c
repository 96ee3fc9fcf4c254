/* report_lines.c - see report_lines.h. */
#include "report_lines.h"

#include "paint.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"

#include <string.h>

enum { WIDEST = 4000 };

static void print_lines(FILE *to, const char *indent, const char *text,
			const char *end, bool is_diff)
{
	while (*text) {
		OWNED(buf_release) struct buf line = BUF_INIT;
		const size_t length = strcspn(text, "\n");
		const enum paint paint = is_diff ? paint_of_diff(text)
						 : PAINT_NONE;

		text_show_sql(&line, text, length, WIDEST);
		text += length + (text[length] == '\n');
		(void)fprintf(to, "%s%s%s%s%s\n", indent,
			      paint_begin(to, paint), line.data,
			      *text ? "" : end, paint_end(to, paint));
	}
}

void report_lines(FILE *to, const char *indent, const char *text,
		  const char *end)
{
	print_lines(to, indent, text, end, false);
}

void report_diff(FILE *to, const char *indent, const char *text)
{
	print_lines(to, indent, text, "", true);
}
