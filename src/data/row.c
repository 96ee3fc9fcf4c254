/* row.c - see row.h. */
#include "dbsync/data/row.h"

#include "dbsync/base/mem.h"

#include <math.h>
#include <string.h>

enum { BITMAP_OFFSET = 2 }; /* the protocol leaves two bits unused */

void row_init(struct row *row, const struct wire_column *wires, size_t count)
{
	row->wires = wires;
	row->count = count;
	row->cells = mem_zero(count, sizeof(*row->cells));
}

void row_release(struct row *row)
{
	mem_drop(&row->cells);
	row->count = 0;
}

/* Reads a length-encoded integer; false when it does not fit before end. */
static bool read_length(const uint8_t **at, const uint8_t *end, size_t *out)
{
	static const uint8_t sizes[] = {
		[0xfc - 0xfc] = 2, [0xfd - 0xfc] = 3, [0xfe - 0xfc] = 8};
	uint64_t value = 0;

	if (*at == end)
		return false;
	const uint8_t first = *(*at)++;

	if (first < 0xfb) {
		*out = first;
		return true;
	}
	if (first < 0xfc || first > 0xfe)
		return false;
	const size_t size = sizes[first - 0xfc];

	if ((size_t)(end - *at) < size)
		return false;
	for (size_t i = 0; i < size; i++)
		value |= (uint64_t) * (*at)++ << (8 * i);
	*out = value;
	return true;
}

/* Parts at the end that are 0 are left out, and nothing else is. */
static bool has_time_length(const struct wire_column *wire, size_t length)
{
	if (wire->is_time)
		return length == 0 || length == 8 || length == 12;
	return length == 0 || length == 4 || length == 7 || length == 11;
}

/* No column holds infinity, or what is not a number. */
static bool is_finite(const struct cell *cell)
{
	float narrow = 0;
	double number = 0;

	if (cell->length == sizeof(number)) {
		memcpy(&number, cell->data, sizeof(number));
		return isfinite(number);
	}
	memcpy(&narrow, cell->data, sizeof(narrow));
	return isfinite(narrow);
}

static bool is_digit(uint8_t byte)
{
	return byte >= '0' && byte <= '9';
}

/*
 * It is written as it is, -0012.50 and nothing behind it, and cut out of a
 * tuple again (literal.h), where a number begins with a digit.
 */
static bool is_decimal(const struct cell *cell)
{
	const uint8_t *at = cell->data;
	const uint8_t *end = at + cell->length;
	size_t points = 0;

	if (at < end && *at == '-')
		at++;
	if (at == end || !is_digit(*at))
		return false;
	for (; at < end && (is_digit(*at) || *at == '.'); at++)
		points += *at == '.';
	return at == end && points <= 1;
}

/* Whether a server can have stored it. */
static bool is_possible(const struct wire_column *wire, const struct cell *cell)
{
	if (wire->wire == WIRE_SHORT)
		return has_time_length(wire, cell->length);
	if (wire->is_double)
		return is_finite(cell);
	return !wire->is_decimal || is_decimal(cell);
}

static bool take_cell(const struct wire_column *wire, const uint8_t **at,
		      const uint8_t *end, struct cell *out)
{
	size_t length = wire->size;

	if (wire->wire == WIRE_SHORT) {
		if (*at == end)
			return false;
		length = *(*at)++;
	} else if (wire->wire == WIRE_STRING &&
		   !read_length(at, end, &length)) {
		return false;
	}
	if ((size_t)(end - *at) < length)
		return false;
	out->data = *at;
	out->length = length;
	*at += length;
	return true;
}

/* An empty text is no JSON: the server could not give it. */
static bool is_missing(const struct wire_column *wire, const struct cell *cell)
{
	return wire->is_json && cell->data && !cell->length;
}

enum dbs_rc row_split(struct row *row, const struct packet *packet,
		      struct dbs_error *err)
{
	const uint8_t *end = packet->data + packet->length;
	const size_t bitmap = (row->count + BITMAP_OFFSET + 7) / 8;
	const uint8_t *at = packet->data + bitmap;

	if (packet->length < bitmap)
		return dbs_fail(err, DBS_E_STRANGE,
				"a row packet of %zu bytes is too short",
				packet->length);
	for (size_t i = 0; i < row->count; i++) {
		const size_t bit = i + BITMAP_OFFSET;

		if (packet->data[bit / 8] & (1u << (bit % 8)))
			row->cells[i] = (struct cell){NULL, 0};
		else if (!take_cell(&row->wires[i], &at, end, &row->cells[i]))
			return dbs_fail(err, DBS_E_STRANGE,
					"a row packet ends inside column %zu",
					i + 1);
		else if (!is_possible(&row->wires[i], &row->cells[i]))
			return dbs_fail(err, DBS_E_STRANGE,
					"column %zu of a row has a value that "
					"its type has not",
					i + 1);
		if (is_missing(&row->wires[i], &row->cells[i]))
			return dbs_fail(err, DBS_E_LIMIT,
					"JSON in column %zu is larger than the "
					"server's max_allowed_packet",
					i + 1);
	}
	if (at != end)
		return dbs_fail(err, DBS_E_STRANGE,
				"a row packet has %zu bytes too many",
				(size_t)(end - at));
	return DBS_OK;
}

void row_begin(struct row *row, const struct stream *stream)
{
	size_t count = 0;
	const struct wire_column *wires = stream_columns(stream, &count);

	row_init(row, wires, count);
}

enum dbs_rc row_read(struct row *row, struct stream *stream,
		     const struct packet *packet, struct dbs_error *err)
{
	struct dbs_error why;
	enum dbs_rc rc = row_split(row, packet, &why);

	if (rc == DBS_E_STRANGE)
		return stream_refuse(stream, why.text, err);
	if (rc)
		*err = why;
	return rc;
}

static void add_length(struct buf *out, uint64_t length)
{
	enum { TWO = 0xfc, THREE = 0xfd, EIGHT = 0xfe };
	unsigned size = 8;

	if (length < 0xfb) {
		buf_addc(out, (char)length);
		return;
	}
	if (length < (1u << 24))
		size = length < (1u << 16) ? 2 : 3;
	buf_addc(out, (char)(size == 2 ? TWO : size == 3 ? THREE : EIGHT));
	for (unsigned i = 0; i < size; i++)
		buf_addc(out, (char)(length >> (8 * i)));
}

void row_bulk(const struct row *row, struct buf *out)
{
	enum { VALUE = 0, IS_NULL = 1 };

	for (size_t i = 0; i < row->count; i++) {
		const struct cell *cell = &row->cells[i];

		buf_addc(out, cell->data ? VALUE : IS_NULL);
		if (!cell->data)
			continue;
		if (row->wires[i].wire != WIRE_FIXED)
			add_length(out, cell->length);
		buf_add(out, cell->data, cell->length);
	}
}
