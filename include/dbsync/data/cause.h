/*
 * cause.h - why two values of a row may have become different.
 *
 * A guess for people, out of the two values and their columns alone: what
 * would make the one of the other.  The first that fits, in the order of enum
 * cause.  It decides nothing.
 *
 * Pure.
 */
#ifndef DBSYNC_DATA_CAUSE_H
#define DBSYNC_DATA_CAUSE_H

#include "dbsync/data/value.h"

enum cause {
	CAUSE_UNKNOWN,
	CAUSE_NULL_EMPTY,    /* NULL here, '' or 0 there */
	CAUSE_NULL,          /* NULL here, a value there */
	CAUSE_COMPUTED,      /* generated columns of different definitions */
	CAUSE_ZERO_DATE,     /* 0000-00-00, or a date with such parts */
	CAUSE_ON_UPDATE,     /* ON UPDATE CURRENT_TIMESTAMP */
	CAUSE_TIME_ZONE,     /* apart by whole quarters of an hour */
	CAUSE_FRACTION,      /* fractions of seconds are missing */
	CAUSE_TIME_OF_DAY,   /* the date alone is left */
	CAUSE_MINUS_ZERO,    /* -0 and 0 */
	CAUSE_FLOAT,         /* the last digits of a float */
	CAUSE_SCALE,         /* rounded to fewer decimals */
	CAUSE_CLIPPED,       /* the largest value of a narrower type */
	CAUSE_SIGN,          /* the same without its sign */
	CAUSE_ZERO_BYTES,    /* BINARY(N) fills up with them */
	CAUSE_BLANKS_END,    /* blanks at the end */
	CAUSE_BLANKS_START,  /* at the beginning */
	CAUSE_ENCODED_TWICE, /* UTF-8 read as latin1, written as UTF-8 */
	CAUSE_REPLACED,      /* `?` for what a character set lacks */
	CAUSE_JSON,          /* the same JSON value, written otherwise */
	CAUSE_LINE_ENDS,     /* \r\n and \n */
	CAUSE_UNSEEN,        /* characters of no width */
	CAUSE_NORMALISATION, /* composed letters and their parts */
	CAUSE_LOOK_ALIKE,    /* letters of another script, other blanks */
	CAUSE_CASE,
	CAUSE_ACCENTS,
	CAUSE_SEVERAL, /* several of the last six */
	CAUSE_CUT,     /* one is the beginning of the other */
};

struct cause_case {
	const struct pair_column *column;
	struct value value[SIDES];
	struct cell text[SIDES]; /* UTF-8; data NULL: it is no text */
	bool is_on_update;       /* the target's column */
};

/* The guess, and appended, in words; nothing for CAUSE_UNKNOWN. */
enum cause cause_find(const struct cause_case *which, struct buf *out);

/* One word, for programs: "trailing_blanks"; NULL for CAUSE_UNKNOWN. */
const char *cause_word(enum cause cause);
#endif
