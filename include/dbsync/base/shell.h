/* shell.h - command lines that people can paste. */
#ifndef DBSYNC_BASE_SHELL_H
#define DBSYNC_BASE_SHELL_H

#include "dbsync/base/buf.h"

#include <stdbool.h>

/* " WORD", in quotes where a shell needs them. */
void shell_add(struct buf *out, const char *word);
/* " --NAME VALUE"; nothing when value is NULL. */
void shell_add_option(struct buf *out, const char *name, const char *value);
/* Of a file or folder; is_anywhere: by its whole path. */
void shell_add_place(struct buf *out, const char *name, const char *path,
		     bool is_anywhere);
#endif
