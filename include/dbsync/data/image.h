/*
 * image.h - rows as they are written to the target.
 *
 * Comparing looks at the columns that both sides have, long values as hashes;
 * writing needs values.  The image of a table says which columns a row of the
 * target consists of (all but those that the server computes), where in a
 * compared row each value is, and which have to be read in addition:
 *
 *	columns 0 … written_count     from the source; an INSERT names them
 *	        … count               only the target has them, or they were to
 *	                              be ignored: kept as they are
 *
 * The new image of a row is the tuple of its written columns, the old image
 * the tuple of all of them (literal.h).  Of a table whose columns are all
 * computed it is (), of which INSERT makes a row.
 *
 * Pure; lives in the pair's arena.
 */
#ifndef DBSYNC_DATA_IMAGE_H
#define DBSYNC_DATA_IMAGE_H

#include "dbsync/data/literal.h"
#include "dbsync/data/pair.h"

struct image_column {
	const struct column *column; /* of the target */
	size_t pair_column;          /* in pair.columns; SIZE_MAX: none */
	size_t cell;                 /* of a row of the target */
	bool is_set;                 /* an UPDATE sets it */
};

struct image {
	const struct pair *pair;
	struct image_column *columns;
	size_t count;
	size_t written_count;
	const size_t *key; /* the identity, as places in columns */
	size_t key_count;  /* 0: rows are known by all their columns, or … */
	/* ", `a`, `b`": what the target's SELECT gives in addition, or "" */
	const char *extra_select;
	size_t extra_count;
	/* … why rows cannot be written, or NULL */
	const char *refusal;
};

const struct image *image_make(const struct pair *pair);

/*
 * A name with a line break: a line of a backup point is a row, and names cannot
 * be written in another way.
 */
bool image_has_broken_name(const struct image *image);

/* Of a written column. */
const struct pair_column *image_pair_column(const struct image *image,
					    size_t column);

/*
 * Makes room for any tuple of a row that a server sent: DBS_E_LIMIT, with the
 * table and its size, when there is none.
 */
enum dbs_rc image_room(const struct image *image, const struct row *row,
		       struct buf *out, struct dbs_error *err);

/* Appends the tuple of a row as it came from compare. */
void image_new(const struct image *image, const struct row *source,
	       struct buf *out);
void image_old(const struct image *image, const struct row *target,
	       struct buf *out);

/* The key's literals of a row of the target: (1,'x'). */
void image_key(const struct image *image, const struct row *target,
	       struct buf *out);

/*
 * Whether the row bears a hash in place of a value, so that its image has to
 * be read by its key: image_select gives the list for that, of the same
 * columns as the tuple, and image_whole its tuple, with image_room.
 */
bool image_is_partial(const struct image *image, const struct row *row,
		      enum side side);
const char *image_select(const struct image *image, enum side side);
size_t image_width(const struct image *image, enum side side); /* its columns */
enum dbs_rc image_whole(const struct image *image, const struct row *row,
			enum side side, struct buf *out, struct dbs_error *err);

/*
 * A hash of what the target's row has besides the compared columns; 0 when the
 * target has no more than those.
 */
uint64_t image_rest(const struct image *image, const struct row *target);

/* The predicate that finds the row by its key on the side that it is of. */
void image_key_predicate(const struct image *image, const struct row *row,
			 enum side side, struct buf *out);

/*
 * A text of the source that its conversion to utf8mb4 would have changed: the
 * row cannot be written.
 */
bool image_is_lossy(const struct image *image, const struct row *source);
#endif
