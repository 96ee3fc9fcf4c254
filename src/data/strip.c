/* strip.c - see strip.h. */
#include "dbsync/data/strip.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/data/charset.h"

#include <stdlib.h>
#include <string.h>

enum {
	SHOWN = 40,      /* characters of a value */
	SHOWN_KEY = 120, /* bytes after which no further column is named */
};

/* ------------------------------------------------------------------------
 * Cells
 * --------------------------------------------------------------------- */

uint64_t strip_cell_rows(const struct strip_cell *cell)
{
	const uint64_t seen = cell->rows.seen[SOURCE] > cell->rows.seen[TARGET]
				      ? cell->rows.seen[SOURCE]
				      : cell->rows.seen[TARGET];

	return seen + cell->undone_rows;
}

/* An empty range is a piece of the key space, too. */
static double weight(const struct strip_cell *range)
{
	return (double)strip_cell_rows(range) + 1;
}

static void add_range(struct strip_cell *cell, const struct strip_cell *range)
{
	cell->ranges += range->ranges;
	cell->rows.seen[SOURCE] += range->rows.seen[SOURCE];
	cell->rows.seen[TARGET] += range->rows.seen[TARGET];
	for (size_t k = 0; k < CHANGE_KINDS; k++)
		cell->changes[k] += range->changes[k];
	cell->undone += range->undone;
	cell->undone_rows += range->undone_rows;
}

/* In which of STRIP_CELLS equal parts of all rows the middle of a range is. */
static size_t part_of(double before, const struct strip_cell *range,
		      double total)
{
	const double middle = before + weight(range) / 2;
	const size_t part = (size_t)(middle * STRIP_CELLS / total);

	return part < STRIP_CELLS ? part : STRIP_CELLS - 1;
}

struct strip strip_make(const struct strip_cell *ranges, size_t count,
			struct arena *arena)
{
	const size_t most = count < STRIP_CELLS ? count : STRIP_CELLS;
	struct strip_cell *cells = arena_alloc(arena,
					       (most + 1) * sizeof(*cells));
	size_t made = 0;
	size_t last = 0;
	double total = 0;
	double before = 0;

	for (size_t i = 0; i < count; i++)
		total += weight(&ranges[i]);
	for (size_t i = 0; i < count; i++) {
		const size_t part = count > STRIP_CELLS
					    ? part_of(before, &ranges[i], total)
					    : i;

		if (!made || part != last)
			cells[made++] = (struct strip_cell){
				.low = ranges[i].low};
		add_range(&cells[made - 1], &ranges[i]);
		before += weight(&ranges[i]);
		last = part;
	}
	return (struct strip){cells, made};
}

/* ------------------------------------------------------------------------
 * Bounds for people
 * --------------------------------------------------------------------- */

/* The bytes of x'…', which literal ends with. */
static void add_unhexed(struct buf *out, const char *literal)
{
	OWNED(buf_release) struct buf digits = BUF_INIT;
	const char *begin = strchr(literal, '\'');

	if (begin)
		buf_add(&digits, begin + 1, strcspn(begin + 1, "'"));
	if (digits.length)
		(void)text_unhex(out, digits.data);
}

static void show_text(struct buf *out, const struct column *column,
		      const struct buf *bytes)
{
	OWNED(buf_release) struct buf text = BUF_INIT;

	if (bytes->length && strncmp(column->charset, "utf8", 4) != 0 &&
	    charset_to_utf8(column->charset, bytes->data, bytes->length, &text))
		text_show(out, text.data, text.length, SHOWN);
	else
		text_show(out, bytes->length ? bytes->data : "", bytes->length,
			  SHOWN);
}

/* A literal as range.c writes it, without what only SQL needs. */
static void show_literal(struct buf *out, const struct column *column,
			 const char *literal)
{
	OWNED(buf_release) struct buf bytes = BUF_INIT;

	switch (type_kind(column->type)) {
	case KIND_NUMBER:
		buf_adds(out, literal);
		break;
	case KIND_REAL:
		buf_addf(out, "%.9g", strtod(literal, NULL));
		break;
	case KIND_MOMENT:
	case KIND_TIME:
		buf_add(out, literal + 1, strcspn(literal + 1, "'"));
		break;
	case KIND_TEXT:
		add_unhexed(&bytes, literal);
		show_text(out, column, &bytes);
		break;
	case KIND_BYTES:
	case KIND_NONE:
		add_unhexed(&bytes, literal);
		text_show_hex(out, bytes.data, bytes.length, SHOWN / 4);
		break;
	}
}

void strip_show_bound(struct buf *out, const struct pair *pair,
		      const struct bound *bound)
{
	const size_t before = out->length;

	for (size_t i = 0; i <= bound->column; i++) {
		const struct pair_column *column =
			&pair->columns[pair->key[i].column];

		if (i && out->length - before > SHOWN_KEY) {
			buf_adds(out, ", …");
			return;
		}
		buf_adds(out, i ? ", " : "");
		text_show(out, column->name, strlen(column->name), SHOWN);
		buf_addc(out, '=');
		show_literal(out, column->on[SOURCE],
			     i < bound->column ? bound->prefix[i]
					       : bound->literal);
	}
}
