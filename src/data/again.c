/* again.c - see again.h. */
#include "again.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"

enum { KEYS = 500, FEW = 8 /* of so many rows of a range, one changed */ };

bool again_by_keys(const struct pair *pair, const struct segment *segment,
		   uint64_t rows)
{
	const uint64_t changes = segment->changes[CHANGE_INSERT] +
				 segment->changes[CHANGE_UPDATE] +
				 segment->changes[CHANGE_DELETE];

	if (!segment->file || pair->identity == IDENTITY_ROWS ||
	    !pair->is_native || changes > rows / FEW)
		return false;
	/* the keys are written with the target's names, for both */
	for (size_t i = 0; i < pair->key_count; i++) {
		const struct pair_column *column =
			&pair->columns[pair->key[i].column];

		if (column->is_convert ||
		    !text_equal_nocase(column->on[SOURCE]->name,
				       column->on[TARGET]->name))
			return false;
	}
	return true;
}

static enum dbs_rc compare_keys(struct compare *compare,
				const struct row_sql *sql, struct buf *keys,
				const struct range *range,
				struct dbs_error *err)
{
	row_sql_where_end(sql, keys);
	compare->keys = keys->data;
	enum dbs_rc rc = compare_stream(compare, range, err);

	compare->keys = NULL;
	buf_clear(keys);
	return rc;
}

static enum dbs_rc add_key(const struct image *image, const struct row_sql *sql,
			   const struct change_record *record, bool is_first,
			   struct buf *keys, struct dbs_error *err)
{
	OWNED(buf_release) struct buf key = BUF_INIT;
	enum dbs_rc rc = change_record_key(record, image, &key, err);

	if (rc)
		return rc;
	if (is_first)
		row_sql_where_begin(sql, keys);
	row_sql_where_row(sql, is_first, (struct slice){key.data, key.length},
			  keys);
	return DBS_OK;
}

enum dbs_rc again_compare(struct compare *compare, const struct row_sql *sql,
			  const struct segment *segment,
			  const struct range *range, struct dbs_error *err)
{
	OWNED(change_reader_drop) struct change_reader *reader =
		change_reader_new(segment, 1);
	OWNED(buf_release) struct buf keys = BUF_INIT;
	struct change_record record;
	size_t count = 0;
	bool more = true;

	for (;;) {
		enum dbs_rc rc = change_reader_next(reader, &record, &more,
						    err);

		if (!rc && more)
			rc = add_key(compare->subject->image, sql, &record,
				     !count++, &keys, err);
		if (!rc && count && (count == KEYS || !more)) {
			rc = compare_keys(compare, sql, &keys, range, err);
			count = 0;
		}
		if (rc || !more)
			return rc;
	}
}
