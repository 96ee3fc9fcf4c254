/*
 * faces.h - a column's values of both rows, ready to be shown beside each
 * other: for details and explanations.  Internal to data.
 *
 * Texts of other character sets are shown in UTF-8, long values as their
 * hashes, and where both rows have a value that consists of bytes or of
 * characters, around the place where the two part (difference.h).
 */
#ifndef DBSYNC_DATA_FACES_H
#define DBSYNC_DATA_FACES_H

#include "dbsync/data/compare.h"
#include "dbsync/data/difference.h"

struct faces {
	const struct pair *pair;
	size_t at;                     /* the column */
	const struct row *rows[SIDES]; /* NULL: no row */
	struct cell bytes[SIDES];      /* as they are compared */
	struct cell texts[SIDES];      /* the same in UTF-8; no data: no text */
	bool is_hash[SIDES];
	struct difference place;
};

/* Of two rows, or of one; either may be NULL.  Converted texts go to arena. */
struct faces faces_of(const struct pair *pair, size_t column,
		      const struct row *source, const struct row *target,
		      struct arena *arena);

/* Appends a value, at most limit characters; there must be a row. */
void faces_show(const struct faces *faces, enum side side, size_t limit,
		struct buf *out);
/* What stands at the place ("U+0430"), or NULL; in arena. */
const char *faces_found(const struct faces *faces, enum side side,
			struct arena *arena);
#endif
