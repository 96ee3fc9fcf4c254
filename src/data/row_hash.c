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

/* Lengths of long columns: the cell is a number, the same on both sides. */
static void add_length(struct buf *out, const struct cell *cell)
{
	buf_addc(out, cell->data ? 'l' : 'n');
	buf_add(out, cell->data, cell->length);
}

struct hash row_hash(const struct pair *pair, const struct row *row,
		     bool is_source, struct buf *scratch)
{
	size_t length_at = pair->column_count;

	buf_clear(scratch);
	for (size_t i = 0; i < pair->column_count; i++) {
		const struct pair_column *column = &pair->columns[i];

		add_tagged(scratch, column,
			   value_of(column, row, i, is_source));
		if (column->is_long)
			add_length(scratch, &row->cells[length_at++]);
	}
	const XXH128_hash_t hash = XXH3_128bits(scratch->data, scratch->length);

	return (struct hash){hash.high64, hash.low64};
}
