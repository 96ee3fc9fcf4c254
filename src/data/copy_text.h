/*
 * copy_text.h - rows as lines for LOAD DATA LOCAL.  Internal to data.
 *
 * The lines are read with CHARACTER SET binary, so bytes arrive as they are:
 * cells apart by a tab, rows by a line break, `\` before what would be one of
 * them, `\N` for NULL.  What a column does not take as such bytes goes through
 * a variable and an expression (SET `c` = CONVERT(@v3 USING utf8mb4)).
 */
#ifndef DBSYNC_DATA_COPY_TEXT_H
#define DBSYNC_DATA_COPY_TEXT_H

#include "dbsync/data/image.h"

/*
 * What makes a text column's value of its bytes, an SQL expression of a binary
 * string; false: the column takes them as they are.
 */
bool copy_text_convert(struct buf *sql, const struct pair_column *column,
		       const char *bytes);

/* The statement, in the pair's arena. */
const char *copy_text_statement(const struct image *image);

/* Makes text of rows, piece by piece. */
struct copy_text {
	const struct image *image;
	const struct row *row;
	struct buf text; /* made, and not yet taken from taken on */
	size_t taken;
	struct buf scratch; /* a value that is not taken as it is */
	bool has_row;
	size_t cell; /* of the row: the one at hand … */
	size_t at;   /* … and how much of it is made */
};

void copy_text_begin(struct copy_text *text, const struct image *image,
		     const struct row *row);
void copy_text_end(struct copy_text *text);

/* Whether a piece is to be made before the next one is taken. */
bool copy_text_wants_more(const struct copy_text *text);
/* Whether all of the last row is made; copy_text_row says there is a new one. */
bool copy_text_needs_row(const struct copy_text *text);
void copy_text_row(struct copy_text *text);
/* Makes a piece more of the row. */
void copy_text_more(struct copy_text *text);
/* At most room bytes; how many. */
size_t copy_text_take(struct copy_text *text, char *into, size_t room);
#endif
