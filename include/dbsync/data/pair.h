/*
 * pair.h - two tables of one name and how their rows can be compared.
 *
 * pair_make looks at both models and decides, without a server:
 *  - which columns both have, and by which meaning each is compared;
 *  - what identifies a row on both sides (design D1);
 *  - in which order both servers give rows, so that they can be merged;
 *  - whether a digest made by the servers would mean the same on both.
 *
 * Identity, in order of preference:
 *
 *	1 the source's primary key, 2 another unique key of the source without
 *	NULLs, prefixes and expressions, PROVIDED that the target has a key of
 *	that kind over the same columns (in any order) and that the columns are
 *	comparable; 3 none: the table is a multiset of rows.
 *
 * A key without columns that the target computes goes before one with such, by
 * which rows can be compared but not written.
 *
 * Order, per key column (enum key_order): the native one of an index when the
 * client can reproduce it exactly; else an expression (values as bytes), which
 * costs both servers a sort and the table its division into ranges.
 *
 * A pair lives in an arena; it is not changed after pair_make.
 */
#ifndef DBSYNC_DATA_PAIR_H
#define DBSYNC_DATA_PAIR_H

#include "dbsync/base/mem.h"
#include "dbsync/base/side.h"
#include "dbsync/db/server.h"
#include "dbsync/schema/model.h"
#include "dbsync/schema/rename.h"

/* Values of long columns above this many bytes are fetched as their SHA-256. */
enum { PAIR_LONG_BYTES = 262144 };

/* A column that both tables have. */
struct pair_column {
	const char *name; /* the source's spelling */
	const struct column *on[SIDES];
	enum type_kind kind;
	bool is_json;    /* JSON, parsed on one side and a text on the other */
	bool is_parsed;  /* JSON, parsed on both sides: may be long */
	bool is_long;    /* may be so large that only its hash is fetched */
	bool is_convert; /* character sets differ: compared as utf8mb4 */
	bool is_number;  /* ENUM, SET: by number, since a name is ambiguous */
	bool is_marked;  /* ENUM: by name, but for its invalid member */
	bool folds_zero; /* -0.0 equals 0.0: one family cannot store it */
	bool is_ignored; /* part of the key, but its bytes are not compared */
};

enum key_order {
	ORDER_INTEGER, /* numbers that fit in 64 bits: integer, bit, year */
	ORDER_DECIMAL,
	ORDER_REAL,
	ORDER_MOMENT,
	ORDER_TIME,
	ORDER_BYTES,    /* memcmp */
	ORDER_PADDED,   /* memcmp, the shorter one padded with spaces */
	ORDER_WEIGHT,   /* by the collation's weights, fetched with the row */
	ORDER_MEMBER,   /* enum, set: by number, fetched with the row */
	ORDER_AS_BYTES, /* not native: both servers sort by the bytes */
};

struct key_column {
	size_t column; /* in pair.columns */
	enum key_order order;
	bool is_padded; /* ORDER_WEIGHT: the collation pads */
	size_t extra;   /* in the row: weight or number, when fetched */
};

enum identity { IDENTITY_PRIMARY, IDENTITY_UNIQUE, IDENTITY_ROWS };

/* A column that cannot be compared, and why, for the report. */
struct pair_difference {
	const char *column;
	const char *text; /* "only on the source", "int here, text there" */
	const char *lack; /* what it would be called on `lacks`; NULL: both */
	enum side lacks;  /* the side that did not list it */
};

struct pair {
	const char *database[SIDES];
	const struct table *table[SIDES];
	const char *where; /* NULL: all rows */
	struct arena *arena;
	struct pair_column *columns;
	size_t column_count;
	const struct pair_difference *differences;
	size_t difference_count;
	struct renames renames;     /* in force */
	const char *const *ignored; /* names, for the report */
	size_t ignored_count;

	enum identity identity;
	const char *key_text;        /* "primary", "unique:NAME" or "rows" */
	const char *key_name[SIDES]; /* or NULL */
	const char *index[SIDES];    /* to read by, or NULL */
	struct key_column *key;
	size_t key_count;
	bool is_native;           /* both sides give the order by index */
	bool cuts_weights[SIDES]; /* else: a sort takes not all of a text's */

	size_t extra_count;    /* values fetched besides the columns */
	bool is_same_layout;   /* equal packets mean equal rows */
	bool can_digest;       /* the servers' digests mean the same */
	const char *no_digest; /* why not, or NULL */
	const char *unknown;   /* a column of a type nobody knows, or NULL */
};

struct pair_wish {
	const struct server *server[SIDES];
	const char *database[SIDES];
	const char *where;
	const char *const *ignored; /* names of columns; unknown ones allowed */
	size_t ignored_count;
	struct renames renames;
};

/*
 * Whether a value of the source might become another one when it is stored in
 * its column of the target, for their types are not the same.
 */
bool pair_is_lossy(const struct pair *pair);

/* Whether a row of the target may be of many MiB. */
bool pair_has_long_rows(const struct pair *pair);

/* How a column was compared, to be remembered: the flags of pair_column. */
struct pair_form {
	const char *name;
	bool is_json;
	bool is_long;
	bool is_convert;
	bool is_number;
	bool is_marked;
	bool folds_zero;
	bool is_ignored;
};

/*
 * A pair of a table with itself, whose rows have the same hashes and keys as
 * in the pair that these forms and key columns are of (no key: none).  NULL
 * when the table has no such columns or no such key any more.
 */
struct pair *pair_make_again(struct arena *arena, const struct table *table,
			     const char *database,
			     const struct pair_form *forms, size_t form_count,
			     const char *const *key, size_t key_count);

/* Never fails: what cannot be compared is said in the pair. */
struct pair *pair_make(struct arena *arena, const struct table *source,
		       const struct table *target,
		       const struct pair_wish *wish);
#endif
