/*
 * explain.h - one row of both sides, column by column: what differs, where in
 * the value, what each server makes of it, why that may be, and the statement
 * that would correct it.
 *
 * The row is read and compared as a walk does it (the pair, the projections,
 * compare_column_differs), so that both always say the same.  Only reads.
 *
 *	walk_new, walk_open	both databases
 *	explain_row		as often as wanted
 *
 * The explanation lives in the arena, and points into the walk.
 */
#ifndef DBSYNC_DATA_EXPLAIN_H
#define DBSYNC_DATA_EXPLAIN_H

#include "dbsync/data/cause.h"
#include "dbsync/data/difference.h"
#include "dbsync/data/walk.h"

/* Which row: the table (`t`, `db.t`), and a text for each column of its key. */
struct explain_request {
	const char *table;
	const char *const *key;
	size_t key_count;
};

/* A value of one side.  Texts are around the place where both part. */
struct explain_value {
	const struct column *column;
	bool is_null;
	const char *text;  /* as a detail has it */
	bool is_quoted;    /* characters, rather than a number or bytes */
	uint64_t bytes;    /* the length of the value as it is stored */
	const char *hex;   /* bytes of it; NULL: a number, a date */
	uint64_t hex_at;   /* the offset of the first of them */
	const char *codes; /* of characters from the place on, or NULL */
	const char *found; /* what is at the place: U+0430, 0x62, the end */
};

enum explain_state { EXPLAIN_EQUAL, EXPLAIN_DIFFERENT, EXPLAIN_IGNORED };

/* What a server says to: is its value equal to the other one? */
enum explain_opinion { EXPLAIN_UNASKED, EXPLAIN_SAME, EXPLAIN_NOT_SAME };

struct explain_column {
	const char *name;
	enum explain_state state;
	const struct explain_value *value[SIDES]; /* NULL: no row */
	struct difference place;
	enum explain_opinion says[SIDES];
	enum cause cause;
	const char *cause_text; /* "" when nobody knows */
};

struct explanation {
	const struct pair *pair;
	const char *const *key; /* the texts that were asked for */
	bool has_row[SIDES];
	const struct explain_column *columns;
	size_t column_count;
	size_t different;         /* columns */
	const char *statement;    /* NULL: there is none … */
	const char *no_statement; /* … because; NULL: the rows are equal */
};

/* Whether the rows are equal, as verify sees it. */
bool explain_is_equal(const struct explanation *explanation);

/*
 * DBS_E_USAGE: no such table, not so many key values, no such row on either
 * side.  DBS_E_REFUSED: the table has no key.
 */
enum dbs_rc explain_row(const struct walk *walk,
			const struct explain_request *request,
			struct arena *arena, struct explanation *out,
			struct dbs_error *err);
#endif
