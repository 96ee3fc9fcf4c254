/* batch.c - see batch.h. */
#include "batch.h"

#include "statement.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"

#include <xxhash.h>

/* What stands around a tuple or a key in a statement, mostly. */
enum { ROW_ROOM = 256 };

void batch_init(struct batch *batch, const struct batch_table *table)
{
	*batch = (struct batch){
		.table = table,
		.bytes = BUF_INIT,
		.rows = VEC_INIT(struct batch_row),
		.seen = BUF_INIT,
	};
}

void batch_release(struct batch *batch)
{
	buf_release(&batch->bytes);
	buf_release(&batch->seen);
	vec_release(&batch->rows);
}

void batch_clear(struct batch *batch)
{
	buf_clear(&batch->bytes);
	buf_clear(&batch->seen);
	vec_truncate(&batch->rows, 0);
	batch->checks_inserts = false;
	batch->is_lax = false;
	batch->is_exchanged = false;
}

static size_t keep(struct batch *batch, const char *data, size_t length)
{
	const size_t at = batch->bytes.length;

	buf_add(&batch->bytes, data, length);
	return at;
}

static struct batch_row *add_row(struct batch *batch,
				 const struct change_record *record)
{
	struct batch_row *row = vec_push(&batch->rows);

	*row = (struct batch_row){.record = *record};
	row->new_row = keep(batch, record->new_row.data,
			    record->new_row.length);
	/* for rows that wait for others, and for what only the target has */
	if (batch->table->plan->is_serial ||
	    row_sql_needs_merge(batch->table->sql))
		row->old_row = keep(batch, record->old_row.data,
				    record->old_row.length);
	else
		row->record.old_row.length = 0;
	row->key = batch->bytes.length;
	return row;
}

static void end_row(const struct batch *batch, struct batch_row *row)
{
	row->key_length = batch->bytes.length - row->key;
	row->key_hash = XXH3_64bits(batch->bytes.data + row->key,
				    row->key_length);
}

static const struct image *image_of(const struct batch *batch)
{
	return batch->table->plan->finding->subject->image;
}

/* The rows, and the key, which is a piece of one of them as text. */
static enum dbs_rc make_room(struct batch *batch,
			     const struct change_record *record,
			     struct dbs_error *err)
{
	const size_t both = record->new_row.length + record->old_row.length;
	OWNED(buf_release) struct buf what = BUF_INIT;

	if (batch->bytes.length + 2 * both < batch->bytes.capacity)
		return DBS_OK;
	buf_addf(&what, "a row of %zu bytes of %s", both,
		 row_sql_table(batch->table->sql));
	return buf_try(&batch->bytes, 2 * both, what.data, err);
}

enum dbs_rc batch_add(struct batch *batch, const struct change_record *record,
		      struct dbs_error *err)
{
	const struct image *image = image_of(batch);
	enum dbs_rc rc = make_room(batch, record, err);

	if (!rc && (!image_fits(image, SOURCE, record->new_row) ||
		    !image_fits(image, TARGET, record->old_row)))
		rc = change_file_damaged(err);
	if (rc)
		return rc;
	struct batch_row *row = add_row(batch, record);

	rc = change_record_key(record, image, &batch->bytes, err);
	if (rc)
		return rc;
	end_row(batch, row);
	return DBS_OK;
}

void batch_add_key(struct batch *batch, const struct change_record *record,
		   struct slice key)
{
	struct batch_row *row = add_row(batch, record);

	(void)keep(batch, key.data, key.length);
	end_row(batch, row);
}

struct change_record batch_record(const struct batch *batch, size_t number)
{
	const struct batch_row *row = vec_at(&batch->rows, number);
	struct change_record record = row->record;

	record.new_row.data = batch->bytes.data + row->new_row;
	record.old_row.data = batch->bytes.data + row->old_row;
	return record;
}

bool batch_tuple(const struct batch *batch, size_t number, struct buf *out)
{
	return image_tuple(image_of(batch), SOURCE,
			   batch_record(batch, number).new_row, out);
}

bool batch_whole_tuple(const struct batch *batch, size_t number,
		       struct buf *out)
{
	const struct change_record record = batch_record(batch, number);

	if (batch->table->plan->is_whole ||
	    !row_sql_needs_merge(batch->table->sql))
		return batch_tuple(batch, number, out);
	return image_merged_tuple(image_of(batch), record.new_row,
				  record.old_row, out);
}

uint64_t batch_bytes(const struct batch *batch)
{
	uint64_t bytes = 0;
	uint64_t more = 0; /* of copies, besides one of each row */

	for (size_t i = 0; i < batch->rows.count; i++) {
		const struct batch_row *row = vec_at(&batch->rows, i);
		const struct change_record record = batch_record(batch, i);
		const uint64_t new_row = values_tuple_most(record.new_row) +
					 ROW_ROOM;

		bytes += new_row + values_tuple_most(record.old_row) +
			 row->key_length;
		if (record.rows[SOURCE] > record.rows[TARGET])
			more += (record.rows[SOURCE] - record.rows[TARGET] -
				 1) *
				new_row;
	}
	return bytes +
	       (more < STATEMENT_INSERT_BYTES ? more : STATEMENT_INSERT_BYTES);
}

struct slice batch_key(const struct batch *batch, size_t number)
{
	const struct batch_row *row = vec_at(&batch->rows, number);

	return (struct slice){batch->bytes.data + row->key, row->key_length};
}

size_t batch_count(const struct batch *batch, enum row_state state,
		   enum change_kind kind)
{
	size_t count = 0;

	for (size_t i = 0; i < batch->rows.count; i++) {
		const struct batch_row *row = vec_at(&batch->rows, i);

		count += row->state == state &&
			 (kind == CHANGE_KINDS || row->record.kind == kind);
	}
	return count;
}

static bool has_type(const struct table *table, enum type type)
{
	for (size_t i = 0; i < table->column_count; i++)
		if (table->columns[i].type == type)
			return true;
	return false;
}

/* What of it is no column; a prefix of a text is cut without a warning. */
static bool has_expression(const struct key *key)
{
	for (size_t i = 0; i < key->count; i++)
		if (!key->columns[i])
			return true;
	return false;
}

/* Columns, or keys over expressions. */
static bool has_computed(const struct table *table)
{
	for (size_t i = 0; i < table->column_count; i++)
		if (table->columns[i].is_generated)
			return true;
	for (size_t i = 0; i < table->key_count; i++)
		if (has_expression(&table->keys[i]))
			return true;
	return false;
}

bool batch_table_may_bend(const struct batch_table *table)
{
	const struct finding *finding = table->plan->finding;

	return (finding->records[CHANGE_INSERT] ||
		finding->records[CHANGE_UPDATE]) &&
	       pair_is_lossy(finding->subject->pair);
}

struct batch_table *batch_tables_make(const struct plan *plan,
				      const struct row_sql *const *sqls)
{
	struct batch_table *tables = mem_zero(plan->table_count + 1,
					      sizeof(*tables));

	for (size_t i = 0; i < plan->table_count; i++) {
		const struct plan_table *table = &plan->tables[i];

		tables[i] = (struct batch_table){
			.plan = table,
			.sql = sqls[i],
			.has_key = table->finding->subject->image->key_count !=
				   0,
			.has_enum = has_type(table->target, TYPE_ENUM),
			.has_computed = has_computed(table->target),
			.has_json = has_type(table->target, TYPE_JSON),
			.is_lossy = table->target->is_versioned ||
				    pair_is_lossy(
					    table->finding->subject->pair),
			.is_versioned = table->target->is_versioned,
		};
	}
	return tables;
}
