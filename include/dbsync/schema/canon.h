/*
 * canon.h - definitions of two servers in one form, to be compared and to be
 * written on the target.
 *
 * What a server leaves unsaid is said, what has two spellings gets one, what
 * only says how it was said (display widths, KEY USING BTREE on InnoDB, the
 * counter) goes.  A source of the other family is translated: JSON of MySQL is
 * LONGTEXT with json_valid() on MariaDB and the other way round, collations
 * become their nearest relatives.
 *
 * Pure.  The result shares texts with what it was made of.
 */
#ifndef DBSYNC_SCHEMA_CANON_H
#define DBSYNC_SCHEMA_CANON_H

#include "dbsync/schema/definition.h"

/* The collation that a server takes when only a character set is named. */
struct charset_default {
	const char *charset;
	const char *collation;
};

/* With the names that servers have today: utf8mb3, not utf8. */
struct collations {
	const struct charset_default *defaults;
	size_t default_count;
	const char *const *names; /* all that the server has, sorted */
	size_t name_count;
};

struct canon_request {
	const struct definition *definition;
	enum server_family from;
	enum server_family to;
	const struct collations *here;  /* of the server it comes from */
	const struct collations *there; /* of the target */
	const char *database;           /* that the table is in */
	const char *target_database;    /* and its counterpart on the target */
	bool lowers_names; /* the target calls tables in lower case */
};

struct canon {
	const struct definition *definition;
	const char **losses; /* what the target's family cannot hold */
	size_t loss_count;
};

void definition_canon(const struct canon_request *request, struct arena *arena,
		      struct canon *out);

/*
 * Whether two expressions are the same but for how they are written: blanks,
 * case of words, introducers of character sets, and parentheses that say what
 * would be so without them.
 */
bool expression_equal(const char *a, const char *b, struct arena *arena);

/* Whether it has that name in it, in backquotes. */
bool expression_names(const char *text, const char *name, struct arena *arena);

/* Whether it calls a function of that name, in lower case. */
bool expression_calls(const char *text, const char *function,
		      struct arena *arena);

/* Whether it is a string or a number and nothing else. */
bool expression_is_literal(const char *text, struct arena *arena);

/* A literal of bytes, 'a', 0x61 or x'61', as x'61'; all else as it is. */
const char *expression_bytes(const char *text, struct arena *arena);

/* A string in one spelling, with a line break as \n; all else as it is. */
const char *expression_string(const char *text, struct arena *arena);

/* Without introducers: for a session that speaks utf8mb4 they say nothing. */
const char *expression_plain(const char *text, struct arena *arena);

/* a,b as `a`,`b`; all else as it is. */
const char *expression_quoted_names(const char *text, struct arena *arena);

/* The names of the definition's columns alone, in any expression. */
const char *expression_quoted_columns(const char *text,
				      const struct definition *definition,
				      struct arena *arena);
#endif
