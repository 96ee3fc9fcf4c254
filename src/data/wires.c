/* wires.c - see wires.h. */
#include "dbsync/data/wires.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"

#include <string.h>

static bool is_integer(const struct wire_column *wire)
{
	return wire->wire == WIRE_FIXED && !wire->is_double && wire->size;
}

static bool is_string(const struct wire_column *wire)
{
	return wire->wire == WIRE_STRING && !wire->is_decimal;
}

static bool fits_number(const struct wire_column *wire,
			const struct column *column)
{
	if (column->type == TYPE_DECIMAL)
		return wire->is_decimal;
	if (column->type == TYPE_BIT)
		return is_string(wire);
	return is_integer(wire) && (column->type != TYPE_INTEGER ||
				    wire->is_unsigned == column->is_unsigned);
}

bool wires_fit(const struct wire_column *wire, const struct column *column,
	       bool by_number)
{
	if (by_number)
		return is_integer(wire);
	switch (type_kind(column->type)) {
	case KIND_NUMBER:
		return fits_number(wire, column);
	case KIND_REAL:
		return wire->wire == WIRE_FIXED && wire->is_double;
	case KIND_MOMENT:
		return wire->wire == WIRE_SHORT && !wire->is_time;
	case KIND_TIME:
		return wire->wire == WIRE_SHORT && wire->is_time;
	case KIND_TEXT:
	case KIND_BYTES:
		return is_string(wire);
	case KIND_NONE:
		break;
	}
	return true;
}

static enum dbs_rc check_one(struct stream *stream, size_t at,
			     const struct column *column, bool by_number,
			     struct dbs_error *err)
{
	size_t count = 0;
	const struct wire_column *wires = stream_columns(stream, &count);
	OWNED(buf_release) struct buf why = BUF_INIT;

	DBS_BUG(at >= count, "column %zu of %zu", at, count);
	if (wires_fit(&wires[at], column, by_number))
		return DBS_OK;
	buf_adds(&why, "column `");
	text_show(&why, column->name, strlen(column->name), 64);
	buf_adds(&why, "` in another type, expected ");
	text_show(&why, column->type_text, strlen(column->type_text), 64);
	return stream_refuse(stream, why.data, err);
}

enum dbs_rc wires_check_pair(struct stream *stream, const struct pair *pair,
			     enum side side, struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; i < pair->column_count && !rc; i++) {
		const struct pair_column *column = &pair->columns[i];

		rc = check_one(stream, i, column->on[side], column->is_number,
			       err);
	}
	return rc;
}

enum dbs_rc wires_check_copy(struct stream *stream, const struct image *image,
			     enum side side, struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; i < image->written_count && !rc; i++) {
		const struct pair_column *column = image_pair_column(image, i);

		rc = check_one(stream, i, column->on[side], column->is_number,
			       err);
	}
	return rc;
}

enum dbs_rc wires_check_image(struct stream *stream, const struct image *image,
			      enum side side, struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	if (side == SOURCE)
		return wires_check_copy(stream, image, SOURCE, err);
	for (size_t i = 0; i < image->count && !rc; i++) {
		const struct column *column = image->columns[i].column;

		rc = check_one(stream, i, column, column_is_ambiguous(column),
			       err);
	}
	return rc;
}
