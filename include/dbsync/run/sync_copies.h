/*
 * sync_copies.h - the tables of an incremental run that are copied as a whole:
 * chosen, planned, staged.
 *
 * What cannot be copied is written row by row, as if it had not been chosen;
 * only what the user named is told about.
 */
#ifndef DBSYNC_RUN_SYNC_COPIES_H
#define DBSYNC_RUN_SYNC_COPIES_H

#include "dbsync/plan/copies.h"
#include "dbsync/run/full_write.h"
#include "dbsync/run/target_side.h"

struct sync_copies {
	struct arena *arena;
	struct copies_request request; /* borrows the walk's findings */
	struct copies copies;
	struct full_run full;
	size_t told; /* of those in vain */
};

struct sync_copies_wish {
	const struct walk_request *request;
	const struct walk *walk;
	const struct target_facts *facts;
	struct text_list forced;
	unsigned min_rows;
};

/* Ended by sync_copies_release, chosen again or not. */
void sync_copies_choose(struct sync_copies *copies,
			const struct sync_copies_wish *wish);
void sync_copies_release(struct sync_copies *copies);

/* Why a table is copied, of each finding; NULL: none is. */
const char *const *sync_copies_reasons(const struct sync_copies *copies);

/* Chooses none when the target takes no databases of copies. */
enum dbs_rc sync_copies_try(struct sync_copies *copies,
			    const struct target_side *target, const char *run,
			    struct dbs_error *err);

/*
 * Takes those back that the reshape has left out; true when there are some, and
 * it is to be created again.
 */
bool sync_copies_heed(struct sync_copies *copies,
		      const struct reshape *reshape);

/* All of them; why lives as long. */
void sync_copies_give_up(struct sync_copies *copies, const char *why);

/* Of a reshape without such; before it no table is copied. */
void sync_copies_plan(struct sync_copies *copies, struct reshape *reshape,
		      const char *run);
/* Whether one of them takes the place of a table. */
bool sync_copies_replace(const struct sync_copies *copies);
/* NULL: no table is copied. */
struct full_run *sync_copies_full(struct sync_copies *copies);

/* What the user named and does not get. */
void sync_copies_tell(struct sync_copies *copies, const struct talk *talk);
#endif
