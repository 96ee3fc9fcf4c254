/* row_hash.c - see row_hash.h. */
#include "dbsync/data/row_hash.h"

#include "dbsync/base/buf.h"
#include "dbsync/data/value.h"

#include <string.h>
#include <xxhash.h>

/* tag, length (written once the value is there), value */
static void add_tagged(struct buf *out, const struct pair_column *column,
		       struct value value)
{
	const size_t head = out->length;
	uint64_t length = 0;

	buf_addc(out, value.cell.data ? 'v' : 'n');
	if (!value.cell.data)
		return;
	buf_add(out, &length, sizeof(length));
	value_canonical(out, column, value);
	length = out->length - head - 1 - sizeof(length);
	memcpy(out->data + head + 1, &length, sizeof(length));
}

/*
 * The length of a long column; servers give it in different widths.  Two JSON
 * texts that mean the same may be of two lengths: that of a hash alone counts.
 */
static void add_length(struct buf *out, const struct pair_column *column,
		       const struct row *row, size_t cell)
{
	const struct value value = {TYPE_INTEGER, &row->wires[cell],
				    row->cells[cell]};
	uint64_t length = value.cell.data ? value_integer(value).magnitude : 0;

	if (value_is_json(column) && length <= PAIR_LONG_BYTES)
		length = 0;
	buf_add(out, &length, sizeof(length));
}

struct hash row_hash(const struct pair *pair, const struct row *row,
		     enum side side, struct buf *scratch)
{
	size_t length_at = pair->column_count;

	buf_clear(scratch);
	for (size_t i = 0; i < pair->column_count; i++) {
		const struct pair_column *column = &pair->columns[i];

		if (column->is_ignored)
			continue;
		add_tagged(scratch, column, value_of(column, row, i, side));
		if (column->is_long)
			add_length(scratch, column, row, length_at++);
	}
	const XXH128_hash_t hash = XXH3_128bits(scratch->data, scratch->length);

	return (struct hash){hash.high64, hash.low64};
}
