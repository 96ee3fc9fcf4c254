/* recorder.c - see recorder.h. */
#include "recorder.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/data/row_hash.h"
#include "dbsync/data/wires.h"

/* A change whose rows are read whole at the end. */
struct pending {
	struct change_record record; /* without tuples */
	char *source;                /* predicate; NULL: there is no row */
	char *target;
};

void recorder_begin(struct recorder *recorder, const struct link *link,
		    const struct subject *subject)
{
	struct change_file *file = link->changes;

	*recorder = (struct recorder){
		.file = file,
		.packet_limit = conn_packet_limit(link->target),
		.subject = subject,
		.pending = VEC_INIT(struct pending),
		.new_row = BUF_INIT,
		.old_row = BUF_INIT,
		.scratch = BUF_INIT,
	};
	change_file_begin(file);
}

void recorder_release(struct recorder *recorder)
{
	for (size_t i = 0; i < recorder->pending.count; i++) {
		struct pending *pending = vec_at(&recorder->pending, i);

		mem_drop(&pending->source);
		mem_drop(&pending->target);
	}
	vec_release(&recorder->pending);
	buf_release(&recorder->new_row);
	buf_release(&recorder->old_row);
	buf_release(&recorder->scratch);
}

static struct change_record record_of(struct recorder *recorder,
				      const struct change *change)
{
	const struct pair *pair = recorder->subject->pair;
	struct change_record record = {
		.kind = change->kind,
		.source_count = change->source_rows,
		.target_count = change->target_rows,
	};

	if (change->target)
		record.before = row_hash(pair, change->target, false,
					 &recorder->scratch)
					.low;
	if (change->target)
		record.rest = image_rest(recorder->subject->image,
					 change->target);
	if (change->source)
		record.after = row_hash(pair, change->source, true,
					&recorder->scratch)
				       .low;
	/* rows without a key are one row, often */
	if (pair->identity == IDENTITY_ROWS) {
		record.before |= record.after;
		record.after = record.before;
	}
	return record;
}

static char *predicate_of(const struct image *image, const struct row *row,
			  bool is_source)
{
	struct buf text = BUF_INIT;

	if (!row)
		return NULL;
	image_key_predicate(image, row, is_source, &text);
	return buf_detach(&text);
}

/* Whether one text finds the row by its key on either side, exactly. */
static bool can_be_found(const struct image *image)
{
	for (size_t k = 0; k < image->key_count; k++) {
		const size_t column = image->columns[image->key[k]].pair_column;

		if (image->pair->columns[column].is_convert)
			return false;
	}
	return image->key_count != 0;
}

/* Rows without a key cannot be found again by one. */
static bool put_off(struct recorder *recorder, const struct change *change,
		    const struct change_record *record)
{
	const struct image *image = recorder->subject->image;
	const bool is_partial =
		(change->source &&
		 image_is_partial(image, change->source, true)) ||
		(change->target &&
		 image_is_partial(image, change->target, false));

	if (!is_partial)
		return false;
	if (!can_be_found(image)) {
		recorder->unwritable++;
		return true;
	}
	*(struct pending *)vec_push(&recorder->pending) = (struct pending){
		.record = *record,
		.source = predicate_of(image, change->source, true),
		.target = predicate_of(image, change->target, false),
	};
	return true;
}

/* What a statement needs besides one row. */
enum { STATEMENT_ROOM = 65536 };

/*
 * A row that does not fit into a statement for the target could not be written
 * or, worse, not be restored.
 */
static enum dbs_rc add(struct recorder *recorder,
		       const struct change_record *record,
		       struct dbs_error *err)
{
	const size_t longest = record->new_row.length > record->old_row.length
				       ? record->new_row.length
				       : record->old_row.length;

	if (recorder->packet_limit &&
	    longest + STATEMENT_ROOM > recorder->packet_limit &&
	    longest > recorder->packet_limit / 2) {
		recorder->unwritable++;
		return DBS_OK;
	}
	return change_file_add(recorder->file, record, err);
}

static struct slice slice_of(const struct buf *buf)
{
	return (struct slice){buf->data, buf->length};
}

/* A server may send more than it should in place of a long value. */
static enum dbs_rc make_room(struct recorder *recorder, const struct row *row,
			     struct buf *tuple, struct dbs_error *err)
{
	const struct image *image = recorder->subject->image;

	buf_clear(tuple);
	buf_clear(&recorder->scratch);
	if (!row)
		return DBS_OK;
	enum dbs_rc rc = image_room(image, row, tuple, err);

	return rc ? rc : image_room(image, row, &recorder->scratch, err);
}

enum dbs_rc recorder_take(struct recorder *recorder,
			  const struct change *change, struct dbs_error *err)
{
	const struct image *image = recorder->subject->image;

	if (image->refusal || (!change->source_rows && !change->target_rows))
		return DBS_OK;
	if (change->source && image_is_lossy(image, change->source)) {
		recorder->unwritable++;
		return DBS_OK;
	}
	enum dbs_rc rc = make_room(recorder, change->source, &recorder->new_row,
				   err);

	if (!rc)
		rc = make_room(recorder, change->target, &recorder->old_row,
			       err);
	if (rc)
		return rc;
	struct change_record record = record_of(recorder, change);

	if (put_off(recorder, change, &record))
		return DBS_OK;
	if (change->source)
		image_new(image, change->source, &recorder->new_row);
	if (change->target)
		image_old(image, change->target, &recorder->old_row);
	record.new_row = slice_of(&recorder->new_row);
	record.old_row = slice_of(&recorder->old_row);
	return add(recorder, &record, err);
}

/* ------------------------------------------------------------------------
 * Rows with long values
 * --------------------------------------------------------------------- */

static enum dbs_rc read_whole(const struct recorder *recorder,
			      const struct link *link, const char *predicate,
			      bool is_source, struct buf *out,
			      struct dbs_error *err)
{
	const struct subject *subject = recorder->subject;
	const struct projection *projection = is_source ? subject->source
							: subject->target;
	OWNED(buf_release) struct buf sql = BUF_INIT;
	OWNED(stream_close) struct stream *stream = NULL;
	OWNED(row_release) struct row row = {0};
	struct packet packet;
	bool more = false;

	buf_addf(&sql, "%s%s WHERE %s", image_select(subject->image, is_source),
		 projection->from, predicate);
	enum dbs_rc rc = conn_stream(is_source ? link->source : link->target,
				     sql.data,
				     image_width(subject->image, is_source),
				     &stream, err);

	if (!rc)
		rc = wires_check_image(stream, subject->image, is_source, err);
	if (!rc)
		rc = stream_next(stream, &packet, &more, err);
	if (rc)
		return rc;
	if (!more)
		return dbs_fail(err, DBS_E_RETRY,
				"a row of `%s` has gone from the %s while it "
				"was being read",
				subject->pair->source->name,
				is_source ? "source" : "target");
	row_begin(&row, stream);
	rc = row_read(&row, stream, &packet, err);
	if (rc)
		return rc;
	rc = image_whole(subject->image, &row, is_source, out, err);
	if (!rc)
		rc = stream_next(stream, &packet, &more, err);
	if (!rc && more)
		rc = dbs_fail(err, DBS_E_UNKNOWN,
			      "the %s has two rows of `%s` for one key",
			      is_source ? "source" : "target",
			      subject->pair->source->name);
	return rc;
}

static enum dbs_rc complete(struct recorder *recorder, const struct link *link,
			    struct pending *pending, struct dbs_error *err)
{
	struct change_record record = pending->record;
	enum dbs_rc rc = DBS_OK;

	buf_release(&recorder->new_row);
	buf_release(&recorder->old_row);
	if (pending->source)
		rc = read_whole(recorder, link, pending->source, true,
				&recorder->new_row, err);
	if (!rc && pending->target)
		rc = read_whole(recorder, link, pending->target, false,
				&recorder->old_row, err);
	if (rc)
		return rc;
	record.new_row = slice_of(&recorder->new_row);
	record.old_row = slice_of(&recorder->old_row);
	return add(recorder, &record, err);
}

enum dbs_rc recorder_end(struct recorder *recorder, const struct link *link,
			 struct segment *out, struct dbs_error *err)
{
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; i < recorder->pending.count && !rc; i++)
		rc = complete(recorder, link, vec_at(&recorder->pending, i),
			      err);
	return rc ? rc : change_file_end(recorder->file, out, err);
}
