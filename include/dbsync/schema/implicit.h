/*
 * implicit.h - keys that a server made by itself, for a foreign key.
 *
 * Whoever says FOREIGN KEY (p) and no KEY (p) gets one, called after the
 * constraint or else after the column.  It looks like any other, and no
 * server says which keys are such; but it is the server's to take away:
 *
 *	ADD FOREIGN KEY (p)	puts one in its place that is called after the
 *				constraint
 *	ADD KEY (p, q)		goes before it without a word, since the new
 *				one would do for the foreign key
 *
 * DROP KEY and ADD KEY of the same name and columns, in one statement, make
 * such a key one that was asked for; to one that already is, they do nothing.
 * So whoever adds what might replace a key says these two, and the table
 * comes out the same, whatever the key was.
 */
#ifndef DBSYNC_SCHEMA_IMPLICIT_H
#define DBSYNC_SCHEMA_IMPLICIT_H

#include "dbsync/schema/definition.h"

/* Whether a key or foreign key over these columns would replace this one. */
bool implicit_gives_way(const struct def_key *key, const char *const *columns,
			size_t count);

/* "DROP KEY …, ADD KEY …" */
void implicit_settle(const struct def_key *key, enum server_family family,
		     struct buf *out);

/*
 * The keys of both definitions that a foreign key would replace: out has room
 * for all of after's.  before: with the columns' new names.
 */
size_t implicit_find(const struct definition *before,
		     const struct definition *after,
		     const struct def_foreign_key *key,
		     const struct def_key **out);

/*
 * The definition without the keys that a server would make for its foreign
 * keys; these have no name where the server would give them theirs.  NULL:
 * there is no such key.
 */
const struct definition *implicit_twin(const struct definition *definition,
				       struct arena *arena);

/* Without the keys that a server would make for its foreign keys, and then lacks. */
const struct definition *implicit_without(const struct definition *definition,
					  const struct definition *then,
					  struct arena *arena);
#endif
