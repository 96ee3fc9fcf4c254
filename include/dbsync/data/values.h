/*
 * values.h - the values of a row, each with its type, in one piece of memory.
 *
 * What a change carries from those who find it to those who write it down: in a
 * database, a backup point, or as text for programs.  It is no SQL; who needs
 * SQL makes it of the values (image_tuple).
 *
 *	row	count (4) | value …
 *	value	form (1)                       FORM_NULL, FORM_ABSENT
 *		form (1) | 8 bytes             integers, DOUBLE; FLOAT has 4
 *		form (1) | length (8) | bytes  all others
 *
 * A form says what the bytes are, not how they came: an integer is the same 8
 * bytes whatever the width of its column.  Numbers are in the order of this
 * machine; nobody else reads them.
 */
#ifndef DBSYNC_DATA_VALUES_H
#define DBSYNC_DATA_VALUES_H

#include "dbsync/base/buf.h"
#include "dbsync/data/literal.h"
#include "dbsync/data/row.h"

#include <stdbool.h>
#include <stdint.h>

enum value_form {
	FORM_NULL,
	FORM_SIGNED,
	FORM_UNSIGNED,
	FORM_FLOAT,
	FORM_DOUBLE,
	FORM_DECIMAL, /* digits */
	FORM_MOMENT,  /* as the binary protocol has dates and times, … */
	FORM_SPAN,    /* … and TIME */
	FORM_BYTES,   /* of a text in its character set, too */
	FORM_JSON,    /* text of what the server stores parsed */
	FORM_LITERAL, /* SQL text, as a backup point has it */
	FORM_ABSENT,  /* nobody knows: of a row that a log has in part */
	FORM_FORMS,
};

/* A row, or what is left of one.  Empty: there is no row. */
struct values {
	const char *data; /* not NUL-terminated */
	size_t length;
};

/* One of them; the cell points into the values. */
struct one_value {
	enum value_form form;
	struct wire_column wire; /* by which value.h reads the cell */
	struct cell cell;
};

/* Begins a row of so many values, which follow. */
void values_begin(struct buf *out, size_t count);
/* Appends one as it came. */
void values_add(struct buf *out, const struct wire_column *wire,
		struct cell cell);
void values_add_absent(struct buf *out);
/* The row of a tuple of so many literals; false: it is no such tuple. */
bool values_of_tuple(struct slice tuple, size_t count, struct buf *out);

/* So many bytes has its tuple at most. */
size_t values_tuple_most(struct values row);

/*
 * The values of a row: so many of them are to be in rest.  False: it is no row
 * at all.
 */
bool values_open(struct values row, size_t *count_out, struct values *rest);
/*
 * Takes the first one off rest.  False: there is none, or what is there is no
 * value, and rest is left as it was.
 */
bool values_next(struct values *rest, struct one_value *out);
#endif
