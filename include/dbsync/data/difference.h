/*
 * difference.h - where two values part, and how people can see it.
 *
 * Two long values have their beginnings in common, two short ones may look the
 * same: a blank at the end, a letter of another script, a letter of two parts.
 * So values are shown around the place where they part, and what cannot be told
 * apart by eye is written as an escape:
 *
 *	·         a blank at an end, beside another blank, or where they part
 *	\u{00A0}  other blanks, look-alikes among ASCII letters, parts of
 *	          letters, what cannot be seen, and · itself
 *	…         there is more
 *
 * Pure.  Offsets are from 0.  Texts are UTF-8, or nearly (text_show).
 */
#ifndef DBSYNC_DATA_DIFFERENCE_H
#define DBSYNC_DATA_DIFFERENCE_H

#include "dbsync/base/buf.h"
#include "dbsync/data/row.h"

struct difference {
	bool is_found;    /* false: the bytes are the same, or one is NULL */
	size_t byte;      /* the first that differs, or the end of one */
	bool is_text;     /* then also: */
	size_t character; /* in characters */
	size_t start; /* where that character begins, in bytes of the text */
};

/* Of two values as bytes. */
struct difference difference_of_bytes(struct cell source, struct cell target);
/*
 * Of two texts; source_text and target_text are the same values in UTF-8,
 * which may be the bytes themselves.
 */
struct difference difference_of_texts(struct cell source, struct cell target,
				      struct cell source_text,
				      struct cell target_text);

/* NULL for "all from the beginning": no place is of interest. */
void difference_show_text(struct buf *out, struct cell text,
			  const struct difference *at, size_t limit);
/* 0x…; limit in bytes */
void difference_show_bytes(struct buf *out, struct cell bytes,
			   const struct difference *at, size_t limit);
/* A text that is a name or a key: escapes, and no marks. */
void difference_show_key(struct buf *out, const char *text, size_t length,
			 size_t limit);

/* "character 3, byte 4", "byte 500" */
void difference_place(struct buf *out, const struct difference *at);
/* What a value has there: "U+0430", "0x62", "the end". */
void difference_found(struct buf *out, const struct difference *at,
		      struct cell bytes, struct cell text);

/* "U+0061 U+0430", at most limit of them from the place on. */
void difference_codes(struct buf *out, struct cell text, size_t start,
		      size_t limit);
#endif
