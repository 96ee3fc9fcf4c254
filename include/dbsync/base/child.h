/*
 * child.h - a command of the user's, run by sh, with a limit of time.
 */
#ifndef DBSYNC_BASE_CHILD_H
#define DBSYNC_BASE_CHILD_H

#include "dbsync/base/buf.h"
#include "dbsync/base/error.h"

#include <stdbool.h>
#include <stddef.h>

struct child_wish {
	const char *command; /* for sh -c */
	char *const *env;    /* "NAME=value" beside ours, NULL at the end */
	const char *input;   /* what it reads; NULL: nothing */
	size_t input_length;
	size_t output_limit; /* bytes kept of what it prints */
	unsigned seconds;    /* then it is killed */
	bool is_apart;       /* not of our terminal; its children end with it */
};

/*
 * Whatever it prints on stdout goes to output (NULL: where ours goes, or to
 * stderr when it is apart).
 * Fails when it cannot be started, does not end in time (DBS_E_LIMIT), or ends
 * otherwise than with 0 (DBS_E_REFUSED).  The command itself is no part of the
 * error.
 */
enum dbs_rc child_run(const struct child_wish *wish, struct buf *output,
		      struct dbs_error *err);

/*
 * Sets a variable for this process alone: commands get what it was before.  One,
 * once, while there is no other thread; name is kept.
 */
void child_set_ours(const char *name, const char *value);
#endif
