/*
 * follow_cascade.h - rows that a foreign key of the source changes, and no log names.
 * Internal to run.
 *
 * They are known by what they refer to: rows of the target that refer to a parent
 * that went, or had another key, and rows of the source that refer to a parent's
 * new key.  What they are changes others in turn, so this goes on until there is
 * nothing new.  Where it cannot be known by keys, the whole table is compared.
 */
#ifndef DBSYNC_RUN_FOLLOW_CASCADE_H
#define DBSYNC_RUN_FOLLOW_CASCADE_H

#include "dbsync/schema/relations.h"

struct follow_session;

struct follow_cascade {
	const struct foreign_key *key;
	size_t child;
	size_t parent; /* SIZE_MAX: none that is followed */
	bool by_keys;  /* it refers to what the parent's rows are known by */
};

/* Once the tables are known; nothing where the source logs such rows. */
enum dbs_rc follow_cascades_find(struct follow_session *session,
				 struct dbs_error *err);
/*
 * The tables say what the log names of them: adds what that has changed besides,
 * in the view that is open.
 */
enum dbs_rc follow_cascades_spread(struct follow_session *session,
				   struct dbs_error *err);
#endif
