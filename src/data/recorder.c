/* recorder.c - see recorder.h. */
#include "recorder.h"

#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"
#include "dbsync/data/row_hash.h"
#include "dbsync/data/wires.h"

/* A change whose rows are read whole at the end. */
struct pending {
	struct change_record record; /* without rows */
	char *predicate[SIDES];      /* NULL: there is no row */
};

void recorder_begin(struct recorder *recorder, const struct link *link,
		    const struct subject *subject)
{
	struct change_file *file = link->changes;

	*recorder = (struct recorder){
		.file = file,
		.packet_limit = conn_packet_limit(link->conn[TARGET]),
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

		mem_drop(&pending->predicate[SOURCE]);
		mem_drop(&pending->predicate[TARGET]);
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
		.rows[SOURCE] = change->rows[SOURCE],
		.rows[TARGET] = change->rows[TARGET],
	};

	if (change->row[TARGET])
		record.before = row_hash(pair, change->row[TARGET], TARGET,
					 &recorder->scratch)
					.low;
	if (change->row[TARGET])
		record.rest = image_rest(recorder->subject->image,
					 change->row[TARGET]);
	if (change->row[SOURCE])
		record.after = row_hash(pair, change->row[SOURCE], SOURCE,
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
			  enum side side)
{
	struct buf text = BUF_INIT;

	if (!row)
		return NULL;
	image_key_predicate(image, row, side, &text);
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
		(change->row[SOURCE] &&
		 image_is_partial(image, change->row[SOURCE], SOURCE)) ||
		(change->row[TARGET] &&
		 image_is_partial(image, change->row[TARGET], TARGET));

	if (!is_partial)
		return false;
	if (!can_be_found(image)) {
		recorder->unwritable++;
		return true;
	}
	*(struct pending *)vec_push(&recorder->pending) = (struct pending){
		.record = *record,
		.predicate[SOURCE] = predicate_of(image, change->row[SOURCE],
						  SOURCE),
		.predicate[TARGET] = predicate_of(image, change->row[TARGET],
						  TARGET),
	};
	return true;
}

/* What a statement needs besides one row. */
enum { STATEMENT_ROOM = 65536 };

/* How long the tuple of a row is; only of what may be too long it is made. */
static enum dbs_rc tuple_length(const struct recorder *recorder, enum side side,
				struct values row, size_t *out,
				struct dbs_error *err)
{
	/* of its own: it may be large, and seldom is there another one */
	OWNED(buf_release) struct buf tuple = BUF_INIT;
	OWNED(buf_release) struct buf what = BUF_INIT;

	*out = values_tuple_most(row);
	if (!recorder->packet_limit || *out <= recorder->packet_limit / 2)
		return DBS_OK;
	buf_addf(&what, "a row of %zu bytes of `%s` as text", row.length,
		 recorder->subject->pair->table[TARGET]->name);
	enum dbs_rc rc = buf_try(&tuple, *out, what.data, err);

	if (rc)
		return rc;
	DBS_BUG(!image_tuple(recorder->subject->image, side, row, &tuple),
		"an image that is none");
	*out = tuple.length;
	return DBS_OK;
}

/*
 * A row that does not fit into a statement for the target could not be written
 * or, worse, not be restored.
 */
static enum dbs_rc add(struct recorder *recorder,
		       const struct change_record *record,
		       struct dbs_error *err)
{
	size_t longest = 0;
	size_t old = 0;
	enum dbs_rc rc = tuple_length(recorder, SOURCE, record->new_row,
				      &longest, err);

	if (!rc)
		rc = tuple_length(recorder, TARGET, record->old_row, &old, err);
	if (rc)
		return rc;
	longest = old > longest ? old : longest;
	if (recorder->packet_limit &&
	    longest + STATEMENT_ROOM > recorder->packet_limit &&
	    longest > recorder->packet_limit / 2) {
		recorder->unwritable++;
		return DBS_OK;
	}
	return change_file_add(recorder->file, record, err);
}

static struct values values_of(const struct buf *buf)
{
	return (struct values){buf->data, buf->length};
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

	if (image->refusal || (!change->rows[SOURCE] && !change->rows[TARGET]))
		return DBS_OK;
	if (change->row[SOURCE] && image_is_lossy(image, change->row[SOURCE])) {
		recorder->unwritable++;
		return DBS_OK;
	}
	enum dbs_rc rc = make_room(recorder, change->row[SOURCE],
				   &recorder->new_row, err);

	if (!rc)
		rc = make_room(recorder, change->row[TARGET],
			       &recorder->old_row, err);
	if (rc)
		return rc;
	struct change_record record = record_of(recorder, change);

	if (put_off(recorder, change, &record))
		return DBS_OK;
	if (change->row[SOURCE])
		image_values(image, SOURCE, change->row[SOURCE],
			     &recorder->new_row);
	if (change->row[TARGET])
		image_values(image, TARGET, change->row[TARGET],
			     &recorder->old_row);
	record.new_row = values_of(&recorder->new_row);
	record.old_row = values_of(&recorder->old_row);
	return add(recorder, &record, err);
}

/* ------------------------------------------------------------------------
 * Rows with long values
 * --------------------------------------------------------------------- */

static enum dbs_rc read_whole(const struct recorder *recorder,
			      const struct link *link, const char *predicate,
			      enum side side, struct buf *out,
			      struct dbs_error *err)
{
	const struct subject *subject = recorder->subject;
	const struct projection *projection = subject->projection[side];
	OWNED(buf_release) struct buf sql = BUF_INIT;
	OWNED(stream_close) struct stream *stream = NULL;
	OWNED(row_release) struct row row = {0};
	struct packet packet;
	bool more = false;

	buf_addf(&sql, "%s%s WHERE %s", image_select(subject->image, side),
		 projection->from, predicate);
	enum dbs_rc rc = conn_stream(link->conn[side], sql.data,
				     image_width(subject->image, side), &stream,
				     err);

	if (!rc)
		rc = wires_check_image(stream, subject->image, side, err);
	if (!rc)
		rc = stream_next(stream, &packet, &more, err);
	if (rc)
		return rc;
	if (!more)
		return dbs_fail(err, DBS_E_RETRY,
				"a row of `%s` has gone from the %s while it "
				"was being read",
				subject->pair->table[SOURCE]->name,
				side_name(side));
	row_begin(&row, stream);
	rc = row_read(&row, stream, &packet, err);
	if (rc)
		return rc;
	rc = image_values_whole(subject->image, &row, side, out, err);
	if (!rc)
		rc = stream_next(stream, &packet, &more, err);
	if (!rc && more)
		rc = dbs_fail(err, DBS_E_UNKNOWN,
			      "the %s has two rows of `%s` for one key",
			      side_name(side),
			      subject->pair->table[SOURCE]->name);
	return rc;
}

static enum dbs_rc complete(struct recorder *recorder, const struct link *link,
			    struct pending *pending, struct dbs_error *err)
{
	struct change_record record = pending->record;
	enum dbs_rc rc = DBS_OK;

	buf_release(&recorder->new_row);
	buf_release(&recorder->old_row);
	if (pending->predicate[SOURCE])
		rc = read_whole(recorder, link, pending->predicate[SOURCE],
				SOURCE, &recorder->new_row, err);
	if (!rc && pending->predicate[TARGET])
		rc = read_whole(recorder, link, pending->predicate[TARGET],
				TARGET, &recorder->old_row, err);
	if (rc)
		return rc;
	record.new_row = values_of(&recorder->new_row);
	record.old_row = values_of(&recorder->old_row);
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
