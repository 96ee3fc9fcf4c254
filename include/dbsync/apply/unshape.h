/*
 * unshape.h - what a backup point would change back of structures.
 *
 * Each of its tables is looked at as it is now:
 *
 *	as before the run	nothing to do (or it was undone already)
 *	as the run left it, or
 *	as one of its steps did	to be changed back
 *	one of these, without
 *	some foreign keys	likewise: they go first and come last
 *	neither			somebody altered it since
 *
 * The result is a reshape from what is there to what was there before, so
 * that proof, backup point and statements are those of every other run; and
 * the tables whose rows are all to be brought back (restore.h).
 */
#ifndef DBSYNC_APPLY_UNSHAPE_H
#define DBSYNC_APPLY_UNSHAPE_H

#include "dbsync/backup/point.h"

struct unshape;

/* All that goes in is borrowed. */
enum dbs_rc unshape_new(struct backup_reader *point, struct conn *conn,
			const char *scratch, struct unshape **out,
			struct dbs_error *err);
void unshape_drop(struct unshape **unshape);

/* Has no steps and keeps no rows when there is nothing to do. */
struct reshape *unshape_reshape(const struct unshape *unshape);

/* Whether a table is on its way back, or there. */
bool unshape_has_moved(const struct unshape *unshape, const char *database,
		       const char *table);

/* One for each shape of the manifest: whether its rows are to be loaded. */
const bool *unshape_loads(const struct unshape *unshape);

/* Tables that somebody altered since; texts like `shop`.`orders`. */
struct text_list unshape_drift(const struct unshape *unshape);

/*
 * Triggers that another run, which was interrupted, took away: those of its
 * backup point that are not there now, and of which this manifest says nothing
 * (away.h).  They come back with what else is created again.
 */
enum dbs_rc unshape_return_triggers(struct unshape *unshape,
				    const struct manifest *before,
				    struct dbs_error *err);
#endif
