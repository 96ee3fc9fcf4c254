/*
 * object_claim.h - do statements that bring an object back do only that?
 *
 * A backup point says of each view, routine, trigger, event and default of a
 * database which statements bring it back, and they are run as they stand.
 * Whoever wrote them, each has to be one of those that object_sql.c makes, of
 * the one object that they are said to be of: settings of the session that end
 * with it, the default of its database, a DROP of it, a CREATE of it.
 *
 * What it does when it is used (the body of a routine, the query of a view) is
 * the object itself, and is not looked into.
 */
#ifndef DBSYNC_SCHEMA_OBJECT_CLAIM_H
#define DBSYNC_SCHEMA_OBJECT_CLAIM_H

#include "dbsync/base/buf.h"
#include "dbsync/schema/object.h"

struct object_claim {
	enum object_kind kind;
	const char *database;
	const char *name;
	const char *table; /* of a trigger, else "" */
	const char *const *statements;
	size_t statement_count;
};

/* The first statement that does something else, or NULL.  Pure. */
const char *object_claim_doubt(const struct object_claim *claim);

/*
 * Appends the definer (user@host) with whose rights what they make acts, or
 * nothing: none is named, or a view says that it acts as who uses it.  What a
 * routine says of that stands behind its head, and is not looked at.
 */
void object_claim_definer(const struct object_claim *claim, struct buf *out);

/* Whether a text can be the name of a collation, and nothing else. */
bool object_is_collation(const char *text);
#endif
