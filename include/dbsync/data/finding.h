/*
 * finding.h - what a walk has found: of a table, of what there is besides
 * tables, and of the walk as a whole.
 *
 * Findings belong to their walk, and live as long as it does.
 */
#ifndef DBSYNC_DATA_FINDING_H
#define DBSYNC_DATA_FINDING_H

#include "dbsync/data/change_file.h"
#include "dbsync/data/difference.h"
#include "dbsync/data/strip.h"
#include "dbsync/data/walk_request.h"
#include "dbsync/db/snapshot.h"

enum verdict {
	VERDICT_UNDECIDED,
	VERDICT_EQUAL,
	VERDICT_DIFFERENT,
	VERDICT_INCOMPLETE,
	VERDICT_MISSING_ON_TARGET,
	VERDICT_MISSING_ON_SOURCE,
};

/* A differing row, as texts for people (value_show). */
struct detail_value {
	const char *column;
	const char *text[SIDES];  /* NULL: SQL NULL; of a row that is not there,
				     which the change's kind says, NULL too */
	bool is_text;             /* characters, not a number or bytes */
	struct difference place;  /* where both part, of bytes and texts */
	const char *found[SIDES]; /* what is there (difference.h); or NULL */
};

struct detail {
	enum change_kind kind;
	struct detail_value *key; /* source and target are the same */
	size_t key_count;
	struct detail_value *columns; /* those that differ */
	size_t column_count;
};

struct structure; /* structure.h */

/* Whether the rows of a table were counted in a second way, and why not. */
enum count_state {
	COUNT_UNNEEDED,  /* no bound of its ranges can be misread */
	COUNT_UNGUARDED, /* there is no one view to count in */
	COUNT_WANTED,    /* the others: on the way */
	COUNT_ASKED,
	COUNT_DONE,
	COUNT_SAME, /* as many as were read, or it is incomplete */
};

/* Which rows of a table are read: those that the logs name, or all. */
enum rows_read { READ_ALL, READ_KEYS, READ_NONE };

struct finding {
	const char *database[SIDES];
	const char *table;
	enum verdict verdict;
	const char *key;    /* "primary", "unique:NAME", "rows" */
	enum digest digest; /* the one most ranges used; AUTO: none */
	struct tally rows;
	uint64_t changes[CHANGE_KINDS];
	uint64_t ranges;
	enum count_state count;
	double seconds;
	enum rows_read read;
	uint64_t rows_unread; /* that there are, as far as the logs tell */
	uint64_t rows_source; /* that the source has, read or not */
	const char *why_read; /* although others are not; NULL: all are */
	const char *skipped;  /* why it is incomplete, or NULL */
	bool lacks_structure; /* for which it alone is incomplete */
	/* at most what the walk's views are; of tables on one side alone: none */
	enum consistency consistency[SIDES];
	const struct renames *renames; /* of columns, in force; or NULL */
	const char *const *ignored;
	size_t ignored_count;
	const struct pair_difference *differences; /* in the columns */
	size_t difference_count;
	const struct detail *details;
	size_t detail_count;
	const struct structure *structure; /* NULL: was not looked at */
	struct strip strip; /* no cells: no row differs, as far as is known */

	/* with keeps_changes; they live as long as the walk */
	const struct subject *subject; /* NULL: only one side has the table */
	struct segment *segments;      /* in the order of keys */
	size_t segment_count;
	uint64_t records[CHANGE_KINDS];
	uint64_t record_bytes;
	uint64_t unwritable; /* rows that the target cannot hold */
};

/* How many rows a side has, also those that were not read and are equal. */
uint64_t finding_rows(const struct finding *finding, enum side side);

/* What the target calls the table, or would call it. */
const char *finding_target_name(const struct finding *finding);

struct object_pair; /* object.h */

struct object_finding {
	const char *database[SIDES];
	enum verdict verdict;
	const struct object_pair *pair;
};

/* When views of a side were opened, and what they are. */
struct moment {
	enum side side;
	time_t at;
	enum consistency consistency;
};

struct walk_summary {
	struct server server[SIDES];
	char name[SIDES][256];               /* user@host:port */
	const char *cipher[SIDES];           /* NULL: no TLS */
	enum consistency consistency[SIDES]; /* the least of all tables' */
	enum consistency views[SIDES]; /* what the views are, for those tables
					  whose engine has any */
	const struct moment *moments;  /* in the order in which they came */
	size_t moment_count;
	unsigned workers;
	uint64_t bytes[SIDES]; /* received from there */
};
#endif
