/*
 * changes_state.h - the file in which `dbsync changes` keeps where to go on.
 * Internal to cmd.
 *
 *	changes_state_open ─▶ changes_state_write … ─▶ changes_state_close
 */
#ifndef DBSYNC_CMD_CHANGES_STATE_H
#define DBSYNC_CMD_CHANGES_STATE_H

#include "dbsync/base/buf.h"
#include "dbsync/base/error.h"

#include <stdbool.h>

struct changes_state {
	struct buf path;  /* "": nothing is kept */
	int lock;         /* -1: none */
	struct buf place; /* "": the file has none yet */
};

#define CHANGES_STATE_INIT                                      \
	{                                                       \
		.path = BUF_INIT, .lock = -1, .place = BUF_INIT \
	}

/*
 * Reads the file, if there is one, and keeps others from it (FILE.lock).  If path is a
 * link, that is the file that it leads to.  NULL: nothing is kept.
 * DBS_E_FORMAT: it is none of ours, and stays as it is.
 */
enum dbs_rc changes_state_open(struct changes_state *state, const char *path,
			       struct dbs_error *err);
enum dbs_rc changes_state_write(const struct changes_state *state,
				const char *place, struct dbs_error *err);
void changes_state_close(struct changes_state *state);
#endif
