/*
 * projection.h - the SQL that reads one side of a pair.
 *
 * Pure.  The select list gives the cells of a row in this order, the same on
 * both sides:
 *
 *	columns of the pair | lengths of its long columns | extras of its key
 *
 * and, on the target and when rows are to be written, what its image needs in
 * addition (image.h).
 *
 * A long column's value above 256 KiB comes as its SHA-256, so that no row
 * needs more memory than the budget of a worker; its length comes beside it,
 * which keeps a hash from being taken for a value.
 *
 * The digest of a row is CRC32(columns) * CRC32(columns backwards), 64 bits
 * and not linear (design D3; measurements: like a 60-bit hash under BIT_XOR
 * where one CRC32 cancels out).  Columns are written so that no two rows give
 * one text: numbers as such, strings after their length, NULL as `N`.
 */
#ifndef DBSYNC_DATA_PROJECTION_H
#define DBSYNC_DATA_PROJECTION_H

#include "dbsync/base/buf.h"
#include "dbsync/data/pair.h"
#include "dbsync/data/row.h"

struct projection {
	const char *select; /* SELECT list FROM table index */
	size_t width;       /* columns of the list */
	const char *from;   /* FROM table index */
	const char *order;  /*  ORDER BY …, or "" */
	const char *where;  /*  WHERE (the user's), or NULL */
	const char *digest; /* COUNT(*), BIT_XOR(…); NULL when it cannot */
	const char *sum;    /* COUNT(*), SUM(…): for rows without identity */
	const char **keys;  /* key_count expressions for predicates */
	uint64_t digest_bytes; /* the longest text that is digested */
};

/*
 * Lives in the pair's arena.  extra_select, of extra_count columns, is appended
 * to the select list (", `a`"), "" for nothing.
 */
struct projection *projection_make(const struct pair *pair, enum side side,
				   const char *extra_select,
				   size_t extra_count);

/* A column's value as it is compared, never as a hash. */
void projection_value(struct buf *out, const struct pair_column *column,
		      enum side side);
/* A column's value as it is stored. */
void projection_stored(struct buf *out, const struct column *column);

/* What begins a text that has no faithful form in utf8mb4 (image.h). */
#define PROJECTION_LOSSY "dbsync: source bytes "
bool projection_is_lossy(const struct cell *cell);

/* Appends ` WHERE …` of the projection and condition (which may be NULL). */
void projection_where(struct buf *out, const struct projection *projection,
		      const char *condition);
#endif
