/* undo.c - see undo.h. */
#include "dbsync/apply/undo.h"

#include "look.h"

#include "dbsync/base/own.h"
#include "dbsync/base/text.h"
#include "dbsync/data/wires.h"
#include "dbsync/schema/load.h"

#include <string.h>

enum { BATCH_ROWS = 500, BATCH_BYTES = 512 * 1024, DRIFT_TEXT = 80 };

struct entry {
	const struct manifest_table *manifest;
	struct subject subject;
	struct finding finding;
	struct plan_table plan;
	struct batch_table batch;
	struct segment segment;
	uint64_t counter; /* to be set */
	bool is_passed;   /* its structure is as before the run already */
};

struct undo {
	struct backup_reader *reader;
	const struct manifest *manifest;
	const struct unshape *unshape;
	struct conn *conn;
	struct arena *arena;
	struct change_file *file;
	struct entry *tables;
	struct undo_table *results;
	struct finding *findings;
	uint64_t *counters;
	struct text_list databases;
	bool force;
	bool is_check; /* only counts what is not as it was */
	uint64_t left;
};

void undo_drop(struct undo **undo)
{
	struct undo *u = *undo;

	if (!u)
		return;
	for (size_t i = 0; i < u->manifest->table_count; i++)
		for (size_t k = 0; k < u->results[i].drift_count; k++)
			mem_drop(&u->results[i].drift[k]);
	change_file_drop(&u->file);
	arena_drop(&u->arena);
	mem_drop(undo);
}

const struct undo_table *undo_tables(const struct undo *undo)
{
	return undo->results;
}

struct finding *undo_findings(const struct undo *undo)
{
	return undo->findings;
}

const uint64_t *undo_counters(const struct undo *undo)
{
	return undo->counters;
}

/* ------------------------------------------------------------------------
 * Tables
 * --------------------------------------------------------------------- */

static void add_database(const char **names, size_t *count, const char *name)
{
	for (size_t i = 0; i < *count; i++)
		if (!strcmp(names[i], name))
			return;
	names[(*count)++] = name;
}

struct text_list undo_databases(const struct manifest *manifest,
				struct arena *arena)
{
	const char **names = arena_alloc(arena, (manifest->table_count +
						 manifest->shape_count +
						 manifest->object_count + 1) *
							sizeof(*names));
	size_t count = 0;

	for (size_t i = 0; i < manifest->table_count; i++)
		add_database(names, &count, manifest->tables[i].database);
	for (size_t i = 0; i < manifest->shape_count; i++)
		add_database(names, &count, manifest->shapes[i].database);
	for (size_t i = 0; i < manifest->object_count; i++)
		add_database(names, &count, manifest->objects[i].database);
	return (struct text_list){names, count};
}

static bool same_columns(const struct image *image,
			 const struct manifest_table *manifest)
{
	if (image->count != manifest->column_count ||
	    image->written_count != manifest->written_count)
		return false;
	for (size_t i = 0; i < image->count; i++) {
		const struct column *column = image->columns[i].column;
		const struct manifest_column *was = &manifest->columns[i];

		if (strcmp(column->name, was->name) != 0 ||
		    strcmp(column->type_text, was->type) != 0 ||
		    strcmp(column->collation, was->collation) != 0)
			return false;
	}
	return true;
}

static enum dbs_rc altered(const struct manifest_table *manifest,
			   const char *what, struct dbs_error *err)
{
	return dbs_fail(err, DBS_E_REFUSED,
			"`%s`.`%s` %s; its rows can still be restored by hand, "
			"the backup point is SQL (zstdcat)",
			manifest->database, manifest->table, what);
}

static enum dbs_rc make_table(struct undo *undo, size_t number,
			      const struct database *model,
			      struct dbs_error *err)
{
	const struct manifest_table *manifest = &undo->manifest->tables[number];
	struct entry *table = &undo->tables[number];
	const struct table *found = NULL;

	for (size_t i = 0; i < model->table_count; i++)
		if (!strcmp(model->tables[i].name, manifest->table))
			found = &model->tables[i];
	if (!found)
		return altered(manifest, "no longer exists", err);
	const struct pair *pair = pair_make_again(
		undo->arena, found, manifest->database, manifest->forms,
		manifest->form_count, manifest->key, manifest->key_count);

	if (!pair)
		return altered(manifest, "was altered since the run", err);
	const struct image *image = image_make(pair);

	if (image->refusal || !same_columns(image, manifest))
		return altered(manifest, "was altered since the run", err);
	*table = (struct entry){
		.manifest = manifest,
		.subject = {.pair = pair, .image = image},
		.counter = found->auto_increment == manifest->counter
				   ? 0
				   : manifest->counter,
	};
	table->subject.projection[TARGET] = projection_make(
		pair, TARGET, image->extra_select, image->extra_count);
	table->subject.projection[SOURCE] = table->subject.projection[TARGET];
	table->finding = (struct finding){
		.database[SOURCE] = manifest->database,
		.database[TARGET] = manifest->database,
		.table = found->name,
		.key = pair->key_text,
		.subject = &table->subject,
		.segments = &table->segment,
	};
	table->plan = (struct plan_table){
		.finding = &table->finding, .target = found, .is_whole = true};
	table->batch = (struct batch_table){
		.plan = &table->plan,
		.sql = row_sql_make(image, manifest->database,
				    conn_server(undo->conn), undo->arena),
		.has_key = image->key_count != 0,
	};
	return DBS_OK;
}

static enum dbs_rc make_or_pass(struct undo *undo, size_t number,
				const struct database *model,
				struct dbs_error *err)
{
	const struct manifest_table *manifest = &undo->manifest->tables[number];
	enum dbs_rc rc = make_table(undo, number, model, err);

	undo->results[number].database = manifest->database;
	undo->results[number].table = manifest->table;
	if (rc != DBS_E_REFUSED ||
	    !unshape_has_moved(undo->unshape, manifest->database,
			       manifest->table))
		return rc;
	dbs_error_clear(err);
	undo->tables[number] = (struct entry){.manifest = manifest,
					      .is_passed = true};
	return DBS_OK;
}

static enum dbs_rc make_tables(struct undo *undo, struct dbs_error *err)
{
	for (size_t d = 0; d < undo->databases.count; d++) {
		const struct database *model = NULL;
		/* of one that is not there, each table says so */
		bool is_there = true;
		enum dbs_rc rc = schema_load_if_there(undo->conn,
						      undo->databases.items[d],
						      undo->arena, &model,
						      &is_there, err);

		for (size_t i = 0; i < undo->manifest->table_count && !rc; i++)
			if (!strcmp(undo->manifest->tables[i].database,
				    undo->databases.items[d]))
				rc = make_or_pass(undo, i, model, err);
		if (rc)
			return rc;
	}
	return DBS_OK;
}

enum dbs_rc undo_new(struct backup_reader *reader, struct conn *conn,
		     const struct unshape *unshape, struct undo **out,
		     struct dbs_error *err)
{
	OWNED(undo_drop) struct undo *undo = mem_zero(1, sizeof(*undo));
	struct arena *arena = arena_new();

	undo->reader = reader;
	undo->manifest = backup_manifest(reader);
	undo->unshape = unshape;
	undo->conn = conn;
	undo->arena = arena;
	const size_t count = undo->manifest->table_count + 1;

	undo->tables = arena_alloc(arena, count * sizeof(*undo->tables));
	undo->results = arena_alloc(arena, count * sizeof(*undo->results));
	undo->findings = arena_alloc(arena, count * sizeof(*undo->findings));
	undo->counters = arena_alloc(arena, count * sizeof(*undo->counters));
	memset(undo->results, 0, count * sizeof(*undo->results));
	undo->databases = undo_databases(undo->manifest, arena);
	enum dbs_rc rc = make_tables(undo, err);

	if (!rc)
		rc = change_file_new(&undo->file, err);
	if (!rc)
		*out = own_take(&undo);
	return rc;
}

/* ------------------------------------------------------------------------
 * Rows
 * --------------------------------------------------------------------- */

/* The whole row behind a predicate. */
static enum dbs_rc read_whole(const struct undo *undo,
			      const struct entry *table, struct slice predicate,
			      struct buf *out, struct dbs_error *err)
{
	OWNED(buf_release) struct buf sql = BUF_INIT;
	OWNED(stream_close) struct stream *stream = NULL;
	OWNED(row_release) struct row row = {0};
	struct packet packet;
	bool more = false;

	buf_addf(&sql, "%s%s WHERE ",
		 image_select(table->subject.image, TARGET),
		 table->subject.projection[TARGET]->from);
	buf_add(&sql, predicate.data, predicate.length);
	const struct image *image = table->subject.image;
	enum dbs_rc rc = conn_stream(undo->conn, sql.data,
				     image_width(image, TARGET), &stream, err);

	if (!rc)
		rc = wires_check_image(stream, image, TARGET, err);
	if (!rc)
		rc = stream_next(stream, &packet, &more, err);
	if (rc)
		return rc;
	if (!more)
		return dbs_fail(err, DBS_E_CHANGED,
				"a row of `%s` has gone while it was read",
				table->manifest->table);
	row_begin(&row, stream);
	rc = row_read(&row, stream, &packet, err);
	if (rc)
		return rc;
	rc = image_values_whole(image, &row, TARGET, out, err);
	return rc ? rc : stream_next(stream, &packet, &more, err);
}

static void keep_drift(struct undo_table *result, struct slice key)
{
	const size_t most = sizeof(result->drift) / sizeof(*result->drift);
	struct buf text = BUF_INIT;

	result->drifted++;
	if (result->drift_count == most)
		return;
	text_show(&text, key.data, key.length, DRIFT_TEXT);
	result->drift[result->drift_count++] = buf_detach(&text);
}

/* The change that brings a row back from whatever the target has now. */
static struct change_record change_back(const struct batch *batch,
					size_t number)
{
	const struct batch_row *row = vec_at(&batch->rows, number);
	struct change_record record = batch_record(batch, number);

	record.rows[TARGET] = row->seen_count;
	record.rest = row->seen_count ? row->seen_rest : 0;
	if (batch->table->has_key)
		record.before = row->seen_hash;
	if (record.rows[SOURCE] && row->seen_count && batch->table->has_key)
		record.kind = CHANGE_UPDATE;
	else
		record.kind = record.rows[SOURCE] > row->seen_count
				      ? CHANGE_INSERT
				      : CHANGE_DELETE;
	return record;
}

static enum dbs_rc record_row(struct undo *undo, const struct entry *table,
			      const struct batch *batch, size_t number,
			      struct dbs_error *err)
{
	const struct batch_row *row = vec_at(&batch->rows, number);
	struct change_record record = change_back(batch, number);
	OWNED(buf_release) struct buf whole = BUF_INIT;
	const char *seen = batch->seen.data + row->seen;
	enum dbs_rc rc = DBS_OK;

	if (record.rows[SOURCE] == record.rows[TARGET] &&
	    record.before == record.after)
		return DBS_OK;
	if (row->seen_count)
		record.old_row = (struct values){seen, row->seen_length};
	if (row->seen_count && row->is_partial) {
		rc = read_whole(undo, table,
				(struct slice){seen, row->seen_length}, &whole,
				err);
		record.old_row = (struct values){whole.data, whole.length};
	}
	return rc ? rc : change_file_add(undo->file, &record, err);
}

/* Rows seen are as before the run, as after it, or neither. */
static enum dbs_rc take_batch(struct undo *undo, size_t number,
			      struct batch *batch, struct dbs_error *err)
{
	struct undo_table *result = &undo->results[number];
	enum dbs_rc rc = batch->rows.count
				 ? look_and_keep(undo->conn, batch, err)
				 : DBS_OK;

	for (size_t i = 0; i < batch->rows.count && !rc; i++) {
		const struct batch_row *row = vec_at(&batch->rows, i);

		if (row->state == ROW_DONE) {
			result->as_before++;
			continue;
		}
		undo->left++;
		if (undo->is_check)
			continue;
		if (row->state == ROW_DRIFT)
			keep_drift(result, batch_key(batch, i));
		if (row->state == ROW_READY || undo->force)
			rc = record_row(undo, &undo->tables[number], batch, i,
					err);
	}
	batch_clear(batch);
	return rc;
}

static enum dbs_rc no_row(const struct undo *undo, struct dbs_error *err)
{
	return dbs_fail(err, DBS_E_FORMAT,
			"a row of the backup point of run %s does not have the "
			"columns that its manifest says",
			undo->manifest->run);
}

/*
 * The key of a row, and its values: all of them, or none when its key is all that
 * is known of it.
 */
static bool take_row(const struct batch *batch, const struct backup_row *row,
		     struct buf *key, struct buf *values)
{
	const struct image *image = batch->table->plan->finding->subject->image;
	const bool is_whole = row->tuple.length != 0;

	if (!is_whole && !row_sql_parse_key(batch->table->sql, row->key, key))
		return false;
	const struct slice tuple =
		is_whole ? row->tuple : (struct slice){key->data, key->length};

	/* without a key all of the row is key */
	if ((is_whole || !batch->table->has_key) &&
	    !values_of_tuple(tuple, image->count, values))
		return false;
	return !is_whole ||
	       image_key_tuple(image, TARGET,
			       (struct values){values->data, values->length},
			       key);
}

static enum dbs_rc add_row(struct undo *undo, struct batch *batch,
			   const struct backup_row *row, struct dbs_error *err)
{
	OWNED(buf_release) struct buf key = BUF_INIT;
	OWNED(buf_release) struct buf values = BUF_INIT;
	struct change_record record = {
		.kind = row->kind,
		.rows[SOURCE] = row->before_count,
		.rows[TARGET] = row->after_count,
		.before = row->after,
		.after = row->before,
	};

	if (!take_row(batch, row, &key, &values))
		return no_row(undo, err);
	record.new_row = (struct values){values.data, values.length};
	/* without keys one hash stands for both */
	if (!batch->table->has_key) {
		record.after |= record.before;
		record.before = record.after;
	}
	batch_add_key(batch, &record, (struct slice){key.data, key.length});
	return DBS_OK;
}

/* ------------------------------------------------------------------------
 * The whole of it
 * --------------------------------------------------------------------- */

/* The sections of a table lie together, so its changes are one segment. */
static enum dbs_rc end_table(struct undo *undo, size_t number,
			     struct batch *batch, struct dbs_error *err)
{
	struct entry *table = &undo->tables[number];
	enum dbs_rc rc = take_batch(undo, number, batch, err);

	batch_release(batch);
	if (!rc && !undo->is_check)
		rc = change_file_end(undo->file, &table->segment, err);
	return rc;
}

static enum dbs_rc each_row(struct undo *undo, struct dbs_error *err)
{
	size_t current = SIZE_MAX;
	struct backup_row row;
	struct batch batch;
	bool more = true;
	enum dbs_rc rc = DBS_OK;

	while (!rc) {
		rc = backup_next(undo->reader, &row, &more, err);
		if (rc || !more)
			break;
		if (undo->tables[row.table].is_passed)
			continue;
		if (row.table != current) {
			if (current != SIZE_MAX)
				rc = end_table(undo, current, &batch, err);
			current = row.table;
			batch_init(&batch, &undo->tables[current].batch);
			change_file_begin(undo->file);
		}
		if (!rc)
			rc = add_row(undo, &batch, &row, err);
		if (!rc && (batch.rows.count >= BATCH_ROWS ||
			    batch.bytes.length >= BATCH_BYTES))
			rc = take_batch(undo, current, &batch, err);
	}
	if (current == SIZE_MAX)
		return rc;
	if (rc) {
		batch_release(&batch);
		return rc;
	}
	return end_table(undo, current, &batch, err);
}

static enum dbs_rc in_one_view(struct undo *undo, struct dbs_error *err)
{
	struct dbs_error ignored;
	enum dbs_rc rc = backup_rewind(undo->reader, err);

	if (!rc)
		rc = conn_run(undo->conn,
			      "START TRANSACTION WITH CONSISTENT SNAPSHOT",
			      err);
	if (!rc)
		rc = each_row(undo, err);
	if (!conn_is_broken(undo->conn))
		(void)conn_run(undo->conn, "ROLLBACK", &ignored);
	return rc;
}

static void conclude(struct undo *undo)
{
	for (size_t i = 0; i < undo->manifest->table_count; i++) {
		struct entry *table = &undo->tables[i];
		struct finding *finding = &table->finding;

		if (table->is_passed) {
			const struct manifest_table *passed =
				&undo->manifest->tables[i];

			undo->findings[i] = (struct finding){
				.database[SOURCE] = passed->database,
				.database[TARGET] = passed->database,
				.table = passed->table,
				.verdict = VERDICT_EQUAL,
			};
			undo->counters[i] = 0;
			continue;
		}
		memcpy(finding->records, table->segment.changes,
		       sizeof(finding->records));
		memcpy(finding->changes, table->segment.changes,
		       sizeof(finding->changes));
		finding->record_bytes = table->segment.bytes;
		finding->segment_count = table->segment.file != NULL;
		finding->verdict = VERDICT_DIFFERENT;
		undo->findings[i] = *finding;
		undo->counters[i] = table->counter;
	}
}

enum dbs_rc undo_collect(struct undo *undo, bool force, struct dbs_error *err)
{
	undo->force = force;
	enum dbs_rc rc = in_one_view(undo, err);

	if (!rc)
		conclude(undo);
	return rc;
}

enum dbs_rc undo_check(struct undo *undo, uint64_t *left_out,
		       struct dbs_error *err)
{
	undo->is_check = true;
	undo->left = 0;
	enum dbs_rc rc = in_one_view(undo, err);

	*left_out = undo->left;
	return rc;
}
