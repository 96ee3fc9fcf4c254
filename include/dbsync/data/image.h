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
 * The new image of a row has the values of its written columns (values.h), the
 * old one those of all of them; either becomes a tuple of SQL.  Of a table whose
 * columns are all computed that is (), of which INSERT makes a row.
 *
 * Pure; lives in the pair's arena.
 */
#ifndef DBSYNC_DATA_IMAGE_H
#define DBSYNC_DATA_IMAGE_H

#include "dbsync/data/pair.h"
#include "dbsync/data/values.h"

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

/*
 * Appends the image of a row as it came from compare: the new one of a row of
 * the source, the old one of a row of the target.
 */
void image_values(const struct image *image, enum side side,
		  const struct row *row, struct buf *out);

/*
 * Whether there is no image, or one of as many values as that side's or, out of a
 * backup point, as all columns.
 */
bool image_fits(const struct image *image, enum side side,
		struct values values);
/* Appends the tuple of an image.  False: it does not fit. */
bool image_tuple(const struct image *image, enum side side,
		 struct values values, struct buf *out);
/* Of an update: what it sets is new, the other columns are as they were. */
bool image_merged_tuple(const struct image *image, struct values new_row,
			struct values old_row, struct buf *out);
/* Those of the key alone; the whole of it when rows have no key. */
bool image_key_tuple(const struct image *image, enum side side,
		     struct values values, struct buf *out);

/* The key's literals of a row of the target as it came: (1,'x'). */
void image_key(const struct image *image, const struct row *target,
	       struct buf *out);

/*
 * Whether the row bears a hash in place of a value, so that its image has to
 * be read by its key: image_select gives the list for that, of the same
 * columns, image_values_whole its image, and image_whole its tuple at once, both
 * with image_room.
 */
bool image_is_partial(const struct image *image, const struct row *row,
		      enum side side);
const char *image_select(const struct image *image, enum side side);
size_t image_width(const struct image *image, enum side side); /* its columns */
enum dbs_rc image_values_whole(const struct image *image, const struct row *row,
			       enum side side, struct buf *out,
			       struct dbs_error *err);
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
