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

static uint64_t put_copies(const struct batch *batch, size_t number,
			   bool is_first, struct buf *out)
{
	const struct change_record record = batch_record(batch, number);
	const uint64_t copies = record.rows[SOURCE] - record.rows[TARGET];

	for (uint64_t i = 0; i < copies; i++)
		row_sql_insert_row(is_first && !i, record.new_row, out);
	return copies;
}

static uint64_t statement_insert(const struct batch *batch, struct buf *out)
{
	uint64_t rows = 0;

	row_sql_insert_begin(batch->table->sql, batch->table->plan->is_whole,
			     out);
	for (size_t i = 0; i < batch->rows.count; i++)
		if (is_ready(vec_at(&batch->rows, i), CHANGE_INSERT))
			rows += put_copies(batch, i, !rows, out);
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

static uint64_t statement_update(const struct batch *batch, struct buf *out)
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

uint64_t statement_put(const struct batch *batch, enum change_kind kind,
		       struct buf *out)
{
	return kind == CHANGE_UPDATE ? statement_update(batch, out)
				     : statement_insert(batch, out);
}
