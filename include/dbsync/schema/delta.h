/*
 * delta.h - what makes one table's definition another's.
 *
 * Both definitions are canonical (canon.h) and of the same family.  Things are
 * matched by name: a column under a new name is one that goes and one that
 * comes, for a guess that is wrong loses data; unless the user says that it was
 * renamed (rename.h).  Renaming is a statement of its own, before all that
 * names columns.
 *
 * A delta is a list of clauses, each with what it may cost (hazards); and the
 * statements that they make, in the order in which they work.
 */
#ifndef DBSYNC_SCHEMA_DELTA_H
#define DBSYNC_SCHEMA_DELTA_H

#include "dbsync/schema/canon.h"
#include "dbsync/schema/rename.h"

/* What a clause may cost; each has a word for --allow-unsafe. */
enum hazard {
	HAZARD_NONE,
	HAZARD_DROP_COLUMN,
	HAZARD_DROP_PARTITION,
	HAZARD_NARROW,       /* a type that holds less */
	HAZARD_SIGN,         /* signed becomes unsigned or the other way */
	HAZARD_TYPE,         /* a type of another kind */
	HAZARD_CHARSET,      /* another character set */
	HAZARD_COLLATION,    /* other texts are equal: unique keys may clash */
	HAZARD_ENUM_REORDER, /* members that go or move */
	HAZARD_NOT_NULL,     /* NULLs become values, or are in the way */
	HAZARD_UNIQUE,       /* rows with the same key are in the way */
	HAZARD_CHECK,        /* rows against the check are in the way */
	HAZARD_ENGINE,
	HAZARD_GENERATED, /* stored values become computed ones */
	HAZARD_SRID, /* places of another reference system are in the way */
	HAZARD_KINDS
};

const char *hazard_word(enum hazard hazard);
const char *hazard_meaning(enum hazard hazard);

/* Each phase is one ALTER TABLE, but for those said to be alone. */
enum delta_phase {
	DELTA_DROP_FOREIGN_KEYS,
	DELTA_RENAME,
	DELTA_DROP_KEYS, /* that a change of their columns must not meet */
	DELTA_MAIN,
	DELTA_ALONE,            /* each clause is a statement of its own */
	DELTA_ADD_FOREIGN_KEYS, /* after the data, when parents are there */
	DELTA_PHASES
};

struct delta_clause {
	enum delta_phase phase;
	const char *sql;
	enum hazard hazard;
	const char *what;                          /* "column `a`" */
	const struct def_key *key;                 /* that it adds, or NULL */
	const struct def_check *check;             /* that it adds, or NULL */
	const struct def_column *column;           /* or changes, or NULL */
	const struct def_foreign_key *foreign_key; /* or drops, or NULL */
	/* keys that a foreign key would replace, were it added alone
	 * (implicit.h); each is settled once in a statement */
	const struct def_key **settles;
	size_t settle_count;
	/* a condition on the target's rows that are in danger, or NULL */
	const char *endangered;
	/* a second one, of the same clause; HAZARD_NONE: there is none */
	enum hazard also;
	const char *also_endangered;
	/* a check of the column's own comes with it: a HAZARD_CHECK */
	bool brings_check;
	const char *check_endangered;
};

struct delta {
	const struct delta_clause *clauses; /* by phase */
	size_t count;
	enum server_family family;
};

/*
 * An empty delta: the definitions are the same.  renames: those in force, or
 * NULL.
 */
void delta_make(const struct definition *have, const struct definition *want,
		const struct renames *renames, enum server_family family,
		struct arena *arena, struct delta *out);

/* Whether it has the same one under the same name. */
bool delta_has_foreign_key(const struct definition *definition,
			   const struct def_foreign_key *key);

/* Whether a column is of the same type in both. */
bool delta_same_type(const struct def_column *a, const struct def_column *b);

/*
 * Whether a column becomes wider and stays the same otherwise, so that no value
 * which is there can change: longer texts and bytes, larger integers, more
 * digits of a decimal on both sides of its point, finer moments; NULL may be
 * allowed.  In doubt it is not so: of a computed column, of ZEROFILL, of BINARY,
 * which is filled up, of FLOAT, which rounds.
 */
bool delta_only_widens(const struct def_column *have,
		       const struct def_column *want);

/* ALTER TABLE statements of all phases, without a semicolon. */
struct delta_statements {
	const char **items;
	enum delta_phase *phases;
	size_t count;
};

/* Puts one before all others; its phase is DELTA_MAIN. */
void delta_prepend(struct delta_statements *statements, const char *sql,
		   struct arena *arena);

void delta_statements(const struct delta *delta, const char *table,
		      const char *options, struct arena *arena,
		      struct delta_statements *out);
#endif
