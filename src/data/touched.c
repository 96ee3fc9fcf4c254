/* touched.c - see touched.h. */
#include "dbsync/data/touched.h"

#include "by_keys.h"
#include "recorder.h"

#include "dbsync/base/own.h"
#include "dbsync/data/row_count.h"

static const struct range all_rows = {NULL, NULL, 0};

static enum dbs_rc take(void *self, const struct subject *subject,
			const struct change *change, struct dbs_error *err)
{
	(void)subject;
	return recorder_take(self, change, err);
}

static struct key_span span_of(struct key_set *keys)
{
	return (struct key_span){keys, 0, key_set_count(keys)};
}

static enum dbs_rc compare_rows_of(struct compare *compare,
				   const struct touched_wish *wish,
				   struct dbs_error *err)
{
	if (wish->keys)
		return by_keys_named(compare, wish->sql, span_of(wish->keys),
				     err);
	if (wish->subject->pair->identity == IDENTITY_ROWS)
		return compare_rows(compare, false, err);
	return compare_stream(compare, &all_rows, err);
}

/* Rows that are to be deleted: does the source really have none? */
static enum dbs_rc count_missing(struct compare *compare,
				 const struct touched_wish *wish,
				 struct dbs_error *err)
{
	if (wish->keys)
		return by_keys_count(compare, wish->sql, span_of(wish->keys),
				     err);
	return row_count_range(compare->link->conn[SOURCE],
			       wish->subject->projection[SOURCE], &all_rows,
			       compare->tally.seen[SOURCE], err);
}

enum dbs_rc touched_compare(const struct link *link,
			    const struct touched_wish *wish,
			    struct touched_found *out, struct dbs_error *err)
{
	enum { LEAF = 256 * 1024 };
	OWNED(recorder_release) struct recorder recorder = {
		.new_row = BUF_INIT, .old_row = BUF_INIT, .scratch = BUF_INIT};
	const struct sink sink = {
		.take = take, .self = &recorder, .rows_wanted = SIZE_MAX};
	struct compare compare = {
		.link = link,
		.subject = wish->subject,
		.sink = &sink,
		.meter = wish->meter,
		.cancel = wish->cancel,
		.leaf_bytes = LEAF,
	};

	*out = (struct touched_found){.segment = {.file = NULL}};
	recorder_begin(&recorder, link, wish->subject);
	enum dbs_rc rc = compare_rows_of(&compare, wish, err);

	if (!rc)
		rc = recorder_end(&recorder, link, &out->segment, err);
	if (!rc && out->segment.changes[CHANGE_DELETE])
		rc = count_missing(&compare, wish, err);
	out->rows = compare.tally;
	out->unwritable = recorder.unwritable;
	return rc;
}
