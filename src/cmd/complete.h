/*
 * complete.h - what a shell may offer for a word of a command line.
 *
 * The scripts that `dbsync --completion SHELL` prints call `dbsync --complete
 * WORD...` with the words behind the program's name; the last one is the one that
 * is written.  Internal to cmd.
 */
#ifndef DBSYNC_CMD_COMPLETE_H
#define DBSYNC_CMD_COMPLETE_H

#include "manual.h"

#include "dbsync/base/buf.h"

/*
 * A candidate per line, with a tab and a text that explains it, if there is one.
 * The lines ":files" and ":folders" ask the shell for its own.  Troubles, such as
 * a configuration that cannot be read, leave candidates out.
 */
void complete_words(const struct manual *manual, int argc, char **argv,
		    struct buf *out);
#endif
