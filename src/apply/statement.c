/* statement.c - see statement.h. */
#include "statement.h"

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

		if (!is_ready(row, CHANGE_DELETE) || row->record.source_count)
			continue;
		row_sql_where_row(sql, !expected, batch_key(batch, i), out);
		expected += row->record.target_count;
	}
	row_sql_where_end(sql, out);
	return expected;
}

uint64_t statement_delete_some(const struct batch *batch, size_t number,
			       struct buf *out)
{
	const struct row_sql *sql = batch->table->sql;
	const struct batch_row *row = vec_at(&batch->rows, number);
	const uint64_t many = row->record.target_count -
			      row->record.source_count;

	if (!is_ready(row, CHANGE_DELETE) || !row->record.source_count)
		return 0;
	buf_addf(out, "DELETE FROM %s WHERE ", row_sql_table(sql));
	row_sql_where_begin(sql, out);
	row_sql_where_row(sql, true, batch_key(batch, number), out);
	row_sql_where_end(sql, out);
	buf_addf(out, " LIMIT %" PRIu64, many);
	return many;
}

uint64_t statement_put(const struct batch *batch, enum change_kind kind,
		       struct buf *out)
{
	const struct row_sql *sql = batch->table->sql;
	const bool is_update = kind == CHANGE_UPDATE;
	uint64_t rows = 0;

	row_sql_insert_begin(sql, batch->table->plan->is_whole, out);
	for (size_t i = 0; i < batch->rows.count; i++) {
		const struct batch_row *row = vec_at(&batch->rows, i);

		if (!is_ready(row, kind))
			continue;
		const struct change_record record = batch_record(batch, i);
		const uint64_t copies = is_update ? 1
						  : record.source_count -
							    record.target_count;

		for (uint64_t c = 0; c < copies; c++)
			row_sql_insert_row(!rows++, record.new_row, out);
	}
	if (is_update)
		row_sql_update_end(sql, out);
	/* a row that was there and is changed counts twice */
	return is_update ? 2 * rows : rows;
}
