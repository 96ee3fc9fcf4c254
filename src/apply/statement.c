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

static const struct slice appended_behind = {"", 0};

void statement_tuple(const struct batch *batch, size_t number, bool is_first,
		     struct buf *out)
{
	row_sql_insert_row(is_first, appended_behind, out);
	DBS_BUG(!batch_tuple(batch, number, out), "a change that is no row");
}

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
		const size_t before = out->length;

		statement_tuple(batch, place->row, !rows, out);
		if (rows && out->length - begin > most_bytes) {
			buf_truncate(out, before);
			break;
		}
		rows++;
		place->copy++;
	}
	return rows;
}

void statement_whole_tuple(const struct batch *batch, size_t number,
			   bool is_first, struct buf *out)
{
	row_sql_insert_row(is_first, appended_behind, out);
	DBS_BUG(!batch_whole_tuple(batch, number, out),
		"a change that does not fit its table");
}

/* An INSERT of all updated rows, whole; how many they are. */
static uint64_t insert_updated(const struct batch *batch, struct buf *out)
{
	uint64_t rows = 0;

	row_sql_insert_begin(batch->table->sql, true, out);
	for (size_t i = 0; i < batch->rows.count; i++)
		if (is_ready(vec_at(&batch->rows, i), CHANGE_UPDATE))
			statement_whole_tuple(batch, i, !rows++, out);
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
