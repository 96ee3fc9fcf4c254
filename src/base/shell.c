/* shell.c - see shell.h. */
#include "dbsync/base/shell.h"

#include <stdlib.h>
#include <string.h>

void shell_add(struct buf *out, const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_./:@%+,=-";

	buf_addc(out, ' ');
	if (*word && strspn(word, plain) == strlen(word)) {
		buf_adds(out, word);
		return;
	}
	buf_addc(out, '\'');
	for (; *word; word++)
		if (*word == '\'')
			buf_adds(out, "'\\''");
		else
			buf_addc(out, *word);
	buf_addc(out, '\'');
}

void shell_add_option(struct buf *out, const char *name, const char *value)
{
	if (!value)
		return;
	buf_addf(out, " --%s", name);
	shell_add(out, value);
}

void shell_add_place(struct buf *out, const char *name, const char *path,
		     bool is_anywhere)
{
	char *absolute = path && is_anywhere ? realpath(path, NULL) : NULL;

	shell_add_option(out, name, absolute ? absolute : path);
	free(absolute);
}
