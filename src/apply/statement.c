/* statement.c - see statement.h. */
#include "statement.h"

#include "dbsync/base/own.h"

#include <inttypes.h>

static bool is_ready(const struct batch_row *row, enum change_kind kind)
{
	return row->state == ROW_READY && row->record.kind == kind;
}

uint64_t statement_delete(const struct batch *batch, struct buf *out)
{
	const struct row_sql *sql = batch->table->sql;
	uint64_t expected = 0;

	buf_addf(out, "DELETE FROM %s WHERE ", row_sql_table(sql));
	row_sql_where_begin(sql, out);
	for (size_t i = 0; i < batch->rows.count; i++) {
		const struct batch_row *row = vec_at(&batch->rows, i);

		if (!is_ready(row, CHANGE_DELETE) || row->record.rows[SOURCE])
			continue;
		row_sql_where_row(sql, !expected, batch_key(batch, i), out);
		expected += row->record.rows[TARGET];
	}
	row_sql_where_end(sql, out);
	return expected;
}

uint64_t statement_delete_some(const struct batch *batch, size_t number,
			       struct buf *out)
{
	const struct row_sql *sql = batch->table->sql;
	const struct batch_row *row = vec_at(&batch->rows, number);
	const uint64_t many = row->record.rows[TARGET] -
			      row->record.rows[SOURCE];

	if (!is_ready(row, CHANGE_DELETE) || !row->record.rows[SOURCE])
		return 0;
	buf_addf(out, "DELETE FROM %s WHERE ", row_sql_table(sql));
	row_sql_where_begin(sql, out);
	row_sql_where_row(sql, true, batch_key(batch, number), out);
	row_sql_where_end(sql, out);
	buf_addf(out, " LIMIT %" PRIu64, many);
	return many;
}

/* What stands between two rows of an INSERT, and more. */
enum { BETWEEN_ROWS = 16 };

static uint64_t copies_of(const struct change_record *record)
{
	return record->rows[SOURCE] - record->rows[TARGET];
}

/* Moves on to a copy that is to be inserted; false: there is none. */
static bool find_copy(const struct batch *batch, struct statement_place *place)
{
	for (; place->row < batch->rows.count;
	     *place = (struct statement_place){place->row + 1, 0}) {
		const struct batch_row *row = vec_at(&batch->rows, place->row);

		if (is_ready(row, CHANGE_INSERT) &&
		    place->copy < copies_of(&row->record))
			return true;
	}
	return false;
}

uint64_t statement_insert(const struct batch *batch,
			  struct statement_place *place, uint64_t most_bytes,
			  struct buf *out)
{
	const size_t begin = out->length;
	uint64_t rows = 0;

	row_sql_insert_begin(batch->table->sql, batch->table->plan->is_whole,
			     out);
	while (find_copy(batch, place)) {
		const struct slice tuple =
			batch_record(batch, place->row).new_row;

		if (rows && out->length - begin + tuple.length + BETWEEN_ROWS >
				    most_bytes)
			break;
		row_sql_insert_row(!rows++, tuple, out);
		place->copy++;
	}
	return rows;
}

/* An INSERT of all updated rows, whole; how many they are. */
static uint64_t insert_updated(const struct batch *batch, struct buf *out)
{
	OWNED(buf_release) struct buf scratch = BUF_INIT;
	uint64_t rows = 0;

	row_sql_insert_begin(batch->table->sql, true, out);
	for (size_t i = 0; i < batch->rows.count; i++) {
		struct slice tuple;

		if (!is_ready(vec_at(&batch->rows, i), CHANGE_UPDATE))
			continue;
		DBS_BUG(!batch_whole_row(batch, i, &scratch, &tuple),
			"a change that does not fit its table");
		row_sql_insert_row(!rows++, tuple, out);
	}
	return rows;
}

uint64_t statement_update(const struct batch *batch, struct buf *out)
{
	const uint64_t rows = insert_updated(batch, out);

	row_sql_update_end(batch->table->sql, batch->table->plan->is_whole,
			   out);
	/* a row that was there and is changed counts twice */
	return 2 * rows;
}

uint64_t statement_make_room(const struct batch *batch, struct buf *out)
{
	const struct row_sql *sql = batch->table->sql;
	uint64_t rows = 0;

	buf_addf(out, "DELETE FROM %s WHERE ", row_sql_table(sql));
	row_sql_where_begin(sql, out);
	for (size_t i = 0; i < batch->rows.count; i++)
		if (is_ready(vec_at(&batch->rows, i), CHANGE_UPDATE))
			row_sql_where_row(sql, !rows++, batch_key(batch, i),
					  out);
	row_sql_where_end(sql, out);
	return rows;
}

uint64_t statement_fill_room(const struct batch *batch, struct buf *out)
{
	return insert_updated(batch, out);
}
