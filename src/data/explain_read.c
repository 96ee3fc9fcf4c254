/* explain_read.c - the row of one side, kept; see explain_part.h. */
#include "explain_part.h"

#include "dbsync/base/own.h"
#include "dbsync/data/compare.h"
#include "dbsync/data/wires.h"
#include "dbsync/db/quote.h"

#include <string.h>

/* The first cell behind those that the walk's SELECT gives. */
static size_t first_free_cell(const struct explain_side *side)
{
	const struct pair *pair = side->subject->pair;
	const struct image *image = side->subject->image;
	size_t next = pair->column_count + pair->extra_count;

	if (!pair->column_count)
		next++;
	for (size_t i = 0; image && side->which == TARGET && i < image->count;
	     i++)
		if (image->columns[i].cell != SIZE_MAX &&
		    image->columns[i].cell >= next)
			next = image->columns[i].cell + 1;
	return next;
}

/* Texts that are compared in another character set, as they are stored: how many. */
static size_t add_stored(struct explain_side *side, struct buf *select)
{
	const struct pair *pair = side->subject->pair;
	size_t *cells = arena_alloc(side->arena,
				    (pair->column_count + 1) * sizeof(*cells));
	const size_t first = first_free_cell(side);
	size_t next = first;

	for (size_t i = 0; i < pair->column_count; i++) {
		const struct pair_column *column = &pair->columns[i];

		cells[i] = SIZE_MAX;
		if (!column->is_convert)
			continue;
		OWNED(buf_release) struct buf name = BUF_INIT;

		cells[i] = next++;
		quote_name(&name, column->on[side->which]->name);
		buf_addf(select,
			 ", IF(LENGTH(%s) > %d, NULL, CAST(%s AS BINARY))",
			 name.data, PAIR_LONG_BYTES, name.data);
	}
	side->stored = cells;
	return next - first;
}

static enum dbs_rc keep(struct explain_side *side, struct stream *stream,
			const struct packet *packet, struct dbs_error *err)
{
	size_t count = 0;
	const struct wire_column *from = stream_columns(stream, &count);
	struct wire_column *wires = arena_alloc(side->arena,
						count * sizeof(*wires));
	uint8_t *bytes = arena_alloc(side->arena, packet->length + 1);

	memcpy(wires, from, count * sizeof(*wires));
	memcpy(bytes, packet->data, packet->length);
	side->row = (struct row){
		.wires = wires,
		.cells = arena_alloc(side->arena,
				     count * sizeof(*side->row.cells)),
		.count = count,
	};
	side->is_there = true;
	enum dbs_rc rc = row_read(&side->row, stream,
				  &(struct packet){bytes, packet->length}, err);

	return rc ? rc
		  : compare_check_long(side->subject->pair, &side->row,
				       side->which, err);
}

enum dbs_rc explain_read(struct explain_side *side, struct dbs_error *err)
{
	const struct subject *subject = side->subject;
	OWNED(buf_release) struct buf extra = BUF_INIT;
	OWNED(buf_release) struct buf sql = BUF_INIT;
	OWNED(stream_close) struct stream *stream = NULL;
	struct packet packet;
	bool more = false;

	size_t extras = 0;

	if (side->which == TARGET && subject->image) {
		buf_adds(&extra, subject->image->extra_select);
		extras = subject->image->extra_count;
	}
	extras += add_stored(side, &extra);
	const struct projection *projection =
		projection_make(subject->pair, side->which, extra.data, extras);

	buf_adds(&sql, projection->select);
	projection_where(&sql, projection, side->condition);
	enum dbs_rc rc = conn_stream(side->conn, sql.data, projection->width,
				     &stream, err);

	if (!rc)
		rc = wires_check_pair(stream, subject->pair, side->which, err);
	if (!rc)
		rc = stream_next(stream, &packet, &more, err);
	if (!rc && more)
		rc = keep(side, stream, &packet, err);
	if (!rc && more)
		rc = stream_next(stream, &packet, &more, err);
	if (!rc && more)
		return dbs_fail(err, DBS_E_UNKNOWN,
				"the %s has several rows of that key in `%s`",
				side_name(side->which),
				subject->pair->table[SOURCE]->name);
	return rc;
}
