/*
 * structure.h - how the definitions of two tables differ, and what makes the
 * target's the source's.
 *
 * Read with SHOW CREATE TABLE, both servers at once.  Nothing is written.
 */
#ifndef DBSYNC_SCHEMA_STRUCTURE_H
#define DBSYNC_SCHEMA_STRUCTURE_H

#include "dbsync/base/side.h"
#include "dbsync/db/conn.h"
#include "dbsync/schema/delta.h"

/* Of one table; exists on the source, on the target, or on both. */
struct structure {
	const char *table[SIDES]; /* NULL: only the other side has it */
	const char *name;         /* on the target, or what it would be there */
	const char *unknown; /* why it cannot be compared or made, or NULL */
	/* why it cannot be made, where both sides show the same text, so that
	   it is equal; or NULL.  Without want, have and delta, as unknown */
	const char *opaque;
	const char *text[SIDES];       /* as that side shows it, or NULL */
	const struct definition *want; /* canonical, for the target's family */
	const struct definition *have; /* canonical */
	const struct definition *renamed; /* have, its columns renamed */
	struct renames renames;           /* in force */
	const char **losses;              /* of want */
	size_t loss_count;
	struct delta delta;
	struct delta_statements statements;
	const char *diff; /* as diff -u shows it; "" when nothing differs */
};

struct structure_reader;

/* Learns what collations both servers know.  The reader lives in arena. */
enum dbs_rc structure_reader_new(struct conn *source, struct conn *target,
				 struct arena *arena,
				 struct structure_reader **out,
				 struct dbs_error *err);

struct structure_wish {
	const char *database[SIDES];
	const char *table[SIDES];
	const struct renames *renames; /* of columns, or NULL */
};

/*
 * Fails only when a connection does.  What a server does not show, and what
 * this version does not understand, is said in the structure.
 */
enum dbs_rc structure_read(struct structure_reader *reader,
			   const struct structure_wish *wish,
			   struct structure *out, struct dbs_error *err);

/*
 * As structure_read, but what is wanted is a definition that the target itself
 * showed once, and the source is not asked: want_text NULL, no such table.
 */
enum dbs_rc structure_read_back(struct structure_reader *reader,
				const struct structure_wish *wish,
				const char *want_text, struct structure *out,
				struct dbs_error *err);

/*
 * The canonical form of a definition that the target showed once; NULL when it
 * is not understood.
 */
const struct definition *structure_of_text(struct structure_reader *reader,
					   const struct structure_wish *wish,
					   const char *text);

/* Whether two canonical definitions of the target's family are the same. */
bool structure_is_same(const struct definition *a, const struct definition *b,
		       enum server_family family);

/* The same, whatever foreign keys either has. */
bool structure_is_same_but_keys(const struct definition *a,
				const struct definition *b,
				enum server_family family);

/* Whether b is the same as a, but for foreign keys that a does not have yet. */
bool structure_is_before_keys(const struct definition *a,
			      const struct definition *b,
			      enum server_family family);

/* Whether anything differs, as far as it was understood. */
bool structure_differs(const struct structure *structure);
#endif
