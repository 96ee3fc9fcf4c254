/*
 * writer.c - write a backup point; see point.h.
 *
 *	header ─▶ for each table: deletes, inserts ─▶ trailer ─▶ seal ─▶ fsync
 *	   ─▶ read back, digest compared ─▶ name, fsync of the folder
 *
 * The changes of a table are read twice from the change file, once for each
 * section, so that memory stays bounded.
 */
#include "dbsync/backup/point.h"

#include "check.h"
#include "seal.h"
#include "writer.h"

#include "dbsync/base/fault.h"
#include "dbsync/base/own.h"
#include "dbsync/base/owner.h"
#include "dbsync/base/zip.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

enum { FLUSH_BYTES = 256 * 1024 };

static enum dbs_rc put(struct writer *writer, const char *data, size_t length,
		       struct dbs_error *err)
{
	(void)XXH3_128bits_update(writer->digest, data, length);
	writer->bytes += length;
	return zip_write(writer->zip, data, length, err);
}

static enum dbs_rc flush(struct writer *writer, struct dbs_error *err)
{
	enum dbs_rc rc = put(writer, writer->text.data, writer->text.length,
			     err);

	buf_clear(&writer->text);
	return rc;
}

enum dbs_rc writer_put(struct writer *writer, const struct slice *pieces,
		       size_t count, struct dbs_error *err)
{
	(void)pthread_mutex_lock(&writer->mutex);
	enum dbs_rc rc = cancel_check(writer->request->cancel, err);

	if (!rc)
		rc = flush(writer, err);
	for (size_t i = 0; i < count && !rc; i++)
		rc = put(writer, pieces[i].data, pieces[i].length, err);
	(void)pthread_mutex_unlock(&writer->mutex);
	return rc;
}

enum dbs_rc writer_flush_if_full(struct writer *writer, struct dbs_error *err)
{
	if (writer->text.length < FLUSH_BYTES)
		return DBS_OK;
	enum dbs_rc rc = cancel_check(writer->request->cancel, err);

	return rc ? rc : flush(writer, err);
}

/* ------------------------------------------------------------------------
 * Statements
 * --------------------------------------------------------------------- */

static void end_statement(struct writer *writer)
{
	if (writer->rows)
		buf_adds(&writer->text, writer->ending);
	writer->rows = 0;
}

static bool is_full(const struct writer *writer, size_t next)
{
	return writer->rows >= STATEMENT_ROWS ||
	       writer->bytes + writer->text.length + next - writer->began >=
		       STATEMENT_BYTES;
}

/* next: bytes of the row that is to be added */
static void begin_if_none(struct writer *writer, bool is_delete, size_t next)
{
	if (writer->rows && is_full(writer, next))
		end_statement(writer);
	if (writer->rows)
		return;
	writer->began = writer->bytes + writer->text.length;
	if (is_delete) {
		buf_addf(&writer->text, "DELETE FROM %s WHERE ",
			 row_sql_table(writer->sql));
		row_sql_where_begin(writer->sql, &writer->text);
	} else {
		row_sql_insert_begin(writer->sql, true, &writer->text);
	}
}

/* For what the change has in one of its two statements. */
static enum dbs_rc make_room(struct writer *writer,
			     const struct change_record *record,
			     struct dbs_error *err)
{
	const size_t both = values_tuple_most(record->new_row) +
			    values_tuple_most(record->old_row);
	OWNED(buf_release) struct buf what = BUF_INIT;

	if (writer->text.length + both < writer->text.capacity &&
	    both < writer->key.capacity)
		return DBS_OK;
	buf_addf(&what, "a row of %zu bytes of %s", both,
		 row_sql_table(writer->sql));
	buf_clear(&writer->key);
	enum dbs_rc rc = buf_try(&writer->key, both, what.data, err);

	return rc ? rc : buf_try(&writer->text, both, what.data, err);
}

static const struct image *image_of(const struct writer *writer)
{
	return writer->table->finding->subject->image;
}

static bool has_key(const struct writer *writer)
{
	return image_of(writer)->key_count != 0;
}

static enum dbs_rc add_delete(struct writer *writer,
			      const struct change_record *record,
			      struct dbs_error *err)
{
	buf_clear(&writer->key);
	enum dbs_rc rc = change_record_key(record, image_of(writer),
					   &writer->key, err);

	if (rc)
		return rc;
	begin_if_none(writer, true, writer->key.length);
	row_sql_where_row(writer->sql, !writer->rows,
			  (struct slice){writer->key.data, writer->key.length},
			  &writer->text);
	writer->rows++;
	if (record->rows[TARGET])
		return DBS_OK;
	buf_addf(&writer->text, " /* i %016" PRIx64, record->after);
	if (!has_key(writer))
		buf_addf(&writer->text, " %" PRIu64, record->rows[SOURCE]);
	buf_adds(&writer->text, " */");
	return DBS_OK;
}

/* The tuple of a row, in writer->key. */
static enum dbs_rc make_tuple(struct writer *writer, enum side side,
			      struct values row, struct dbs_error *err)
{
	buf_clear(&writer->key);
	return image_tuple(image_of(writer), side, row, &writer->key)
		       ? DBS_OK
		       : change_file_damaged(err);
}

static void add_tuple(struct writer *writer)
{
	begin_if_none(writer, false, writer->key.length);
	row_sql_insert_row(!writer->rows,
			   (struct slice){writer->key.data, writer->key.length},
			   &writer->text);
	writer->rows++;
}

static enum dbs_rc add_copies(struct writer *writer,
			      const struct change_record *record,
			      struct dbs_error *err)
{
	enum dbs_rc rc = make_tuple(writer, change_record_side(record),
				    change_record_row(record), err);

	if (rc)
		return rc;
	add_tuple(writer);
	buf_addf(&writer->text,
		 " /* r %016" PRIx64 " %" PRIu64 " %" PRIu64 " */",
		 record->before, record->rows[TARGET], record->rows[SOURCE]);
	for (uint64_t i = 1; i < record->rows[TARGET] && !rc; i++) {
		add_tuple(writer);
		buf_adds(&writer->text, " /* + */");
		rc = writer_flush_if_full(writer, err);
	}
	return rc;
}

static enum dbs_rc add_insert(struct writer *writer,
			      const struct change_record *record,
			      struct dbs_error *err)
{
	if (!record->rows[TARGET])
		return DBS_OK;
	if (!has_key(writer))
		return add_copies(writer, record, err);
	enum dbs_rc rc = make_tuple(writer, TARGET, record->old_row, err);

	if (rc)
		return rc;
	add_tuple(writer);
	if (record->rows[SOURCE])
		buf_addf(&writer->text,
			 " /* u %016" PRIx64 " %016" PRIx64 " */",
			 record->before, record->after);
	else
		buf_addf(&writer->text, " /* d %016" PRIx64 " */",
			 record->before);
	return DBS_OK;
}

/* ------------------------------------------------------------------------
 * Tables
 * --------------------------------------------------------------------- */

typedef enum dbs_rc add_record(struct writer *writer,
			       const struct change_record *record,
			       struct dbs_error *err);

static enum dbs_rc each_record(struct writer *writer, add_record *add,
			       struct dbs_error *err)
{
	const struct finding *finding = writer->table->finding;
	OWNED(change_reader_drop) struct change_reader *reader =
		change_reader_new(finding->segments, finding->segment_count);
	struct change_record record;
	bool more = false;

	for (;;) {
		enum dbs_rc rc = change_reader_next(reader, &record, &more,
						    err);

		if (!rc && more)
			rc = make_room(writer, &record, err);
		if (!rc && more)
			rc = add(writer, &record, err);
		if (!rc && more)
			rc = writer_flush_if_full(writer, err);
		if (rc || !more) {
			end_statement(writer);
			return rc;
		}
	}
}

/* at: in the plan; number: in the manifest */
static enum dbs_rc write_table(struct writer *writer, size_t at, size_t number,
			       struct dbs_error *err)
{
	const struct plan_table *table = &writer->request->plan->tables[at];
	const uint64_t counter = table->target->auto_increment;

	writer->table = table;
	writer->sql = writer->request->sqls[at];
	buf_addf(&writer->text, "-- table %zu %s\n", number,
		 row_sql_table(writer->sql));
	buf_adds(&writer->text, "START TRANSACTION;\n");
	writer->ending = has_key(writer) && image_of(writer)->key_count == 1
				 ? "\n);\n"
				 : ";\n";
	enum dbs_rc rc = each_record(writer, add_delete, err);

	writer->ending = ";\n";
	if (!rc)
		rc = each_record(writer, add_insert, err);
	buf_adds(&writer->text, "COMMIT;\n");
	if (counter)
		buf_addf(&writer->text,
			 "ALTER TABLE %s AUTO_INCREMENT = %" PRIu64 ";\n",
			 row_sql_table(writer->sql), counter);
	return rc;
}

static void write_header(struct writer *writer)
{
	struct buf *text = &writer->text;

	buf_adds(text,
		 "-- dbsync backup point, format 1: rows as they were before "
		 "a run\n-- manifest ");
	manifest_write(writer->request->manifest, text);
	buf_addc(text, '\n');
	pins_script(text, CONN_SQL_MODE);
	if (writer->request->reshape && writer->request->reshape->table_count)
		pins_script_tables(text);
}

static enum dbs_rc write_trailer(struct writer *writer, struct dbs_error *err)
{
	enum dbs_rc rc = flush(writer, err);
	const XXH128_hash_t hash = XXH3_128bits_digest(writer->digest);
	OWNED(buf_release) struct buf line = BUF_INIT;

	if (rc)
		return rc;
	buf_addf(&line,
		 "-- end {\"bytes\":%" PRIu64 ",\"xxh3\":\"%016" PRIx64
		 "%016" PRIx64 "\"}\n",
		 writer->bytes, hash.high64, hash.low64);
	return zip_write(writer->zip, line.data, line.length, err);
}

static enum dbs_rc write_tables(struct writer *writer, struct dbs_error *err)
{
	const struct backup_request *request = writer->request;
	const struct plan *plan = request->plan;
	size_t number = 0;
	enum dbs_rc rc = DBS_OK;

	for (size_t i = 0; plan && i < plan->table_count && !rc; i++) {
		const struct plan_table *table = &plan->tables[i];

		if (!reshape_owns_rows(request->reshape,
				       table->finding->database[TARGET],
				       table->target->name))
			rc = write_table(writer, i, number++, err);
	}
	return rc;
}

static enum dbs_rc write_all(struct writer *writer, struct dbs_error *err)
{
	write_header(writer);
	enum dbs_rc rc = write_tables(writer, err);

	if (!rc && writer->request->reshape)
		rc = writer->request->joined ? writer_join_shapes(writer, err)
					     : writer_add_shapes(writer, err);
	if (!rc)
		rc = write_trailer(writer, err);
	return rc ? rc : zip_finish(writer->zip, err);
}

static void writer_release(struct writer *writer)
{
	zip_writer_drop(&writer->zip);
	(void)XXH3_freeState(writer->digest);
	(void)pthread_mutex_destroy(&writer->mutex);
	buf_release(&writer->text);
	buf_release(&writer->key);
}

/* ------------------------------------------------------------------------
 * The file
 * --------------------------------------------------------------------- */

/* backup_point_20261121_041122.sql.zst, and _2 … when that is taken. */
static char *name_of(const char *folder, time_t seconds, unsigned number)
{
	struct buf path = BUF_INIT;
	struct tm local;
	char stamp[32];

	(void)localtime_r(&seconds, &local);
	(void)strftime(stamp, sizeof(stamp), "%Y%m%d_%H%M%S", &local);
	buf_addf(&path, "%s/backup_point_%s", folder, stamp);
	if (number > 1)
		buf_addf(&path, "_%u", number);
	buf_adds(&path, ".sql.zst");
	return buf_detach(&path);
}

/* Another run may have taken the name a moment ago. */
static enum dbs_rc keep_under_free_name(struct file_draft *draft,
					const char *folder, time_t seconds,
					struct dbs_error *err)
{
	for (unsigned i = 1;; i++) {
		OWNED(mem_drop) char *path = name_of(folder, seconds, i);

		dbs_error_clear(err);
		file_draft_rename(draft, path);
		enum dbs_rc rc = file_draft_keep(draft, true, err);

		if (rc != DBS_E_IO || err->sys_errno != EEXIST)
			return rc;
	}
}

static enum dbs_rc write_draft(const struct backup_request *request,
			       struct file_draft *draft, struct dbs_error *err)
{
	OWNED(writer_release) struct writer writer = {
		.request = request,
		.zip = zip_writer_new(draft, request->level, request->threads),
		.digest = XXH3_createState(),
		.text = BUF_INIT,
		.key = BUF_INIT,
		.mutex = PTHREAD_MUTEX_INITIALIZER,
	};

	DBS_BUG(!writer.digest, "xxhash gave no state");
	(void)XXH3_128bits_reset(writer.digest);
	const struct keys *keys = request->keys;
	enum dbs_rc rc = write_all(&writer, err);

	if (!rc && keys && keys->count)
		rc = seal_add(draft, &keys->items[0], err);
	if (!rc)
		rc = file_draft_sync(draft, err);
	if (rc)
		return rc;
	DBS_BUG(fault_error(FAULT_BACKUP_CHECK) && ftruncate(draft->fd, 10),
		"%s cannot be cut", draft->part);
	return backup_check(draft->fd, draft->part, err);
}

enum dbs_rc backup_check_folder(const char *folder, struct dbs_error *err)
{
	struct stat info;

	if (stat(folder, &info))
		return dbs_fail_errno(err, errno, "cannot read `%s`", folder);
	const char *doubt = owner_doubt_of_folder(&info);

	return doubt ? dbs_fail(err, DBS_E_REFUSED,
				"the folder `%s` is not safe for what a "
				"rollback would run: %s",
				folder, doubt)
		     : DBS_OK;
}

/*
 * A rollback reads the manifest, and runs only what is what it says to be
 * (backup_vet).  Were one of our own refused by that, it would be when nothing
 * else undoes the run: so the same is asked of it here, of the very text.
 */
static enum dbs_rc check_way_back(const struct manifest *manifest,
				  struct dbs_error *err)
{
	OWNED(buf_release) struct buf json = BUF_INIT;
	OWNED(manifest_drop) struct manifest *read = NULL;

	manifest_write(manifest, &json);
	enum dbs_rc rc = manifest_parse(json.data, &read, err);

	if (!rc)
		rc = backup_vet(read, err);
	if (!rc)
		return DBS_OK;
	(void)dbs_error_context(err, "a rollback would refuse it, which is a "
				     "bug in dbsync");
	return dbs_error_recode(err, DBS_E_FORMAT);
}

enum dbs_rc backup_write(const struct backup_request *request, char **path_out,
			 uint64_t *bytes_out, struct dbs_error *err)
{
	const time_t now = time(NULL);
	OWNED(mem_drop) char *path = name_of(request->folder, now, 1);
	OWNED(file_draft_drop) struct file_draft draft = FILE_DRAFT_INIT;
	enum dbs_rc rc = check_way_back(request->manifest, err);

	if (!rc)
		rc = file_make_folders(request->folder, err);
	if (!rc)
		rc = backup_check_folder(request->folder, err);
	if (!rc)
		rc = file_draft_open(&draft, path, err);
	if (!rc)
		rc = write_draft(request, &draft, err);
	if (!rc)
		rc = keep_under_free_name(&draft, request->folder, now, err);
	if (rc)
		return rc == DBS_E_CANCELLED
			       ? rc
			       : dbs_error_context(err, "the backup point");
	*bytes_out = (uint64_t)lseek(draft.fd, 0, SEEK_END);
	*path_out = mem_strdup(draft.path);
	fault_here(FAULT_BACKUP_DONE);
	return DBS_OK;
}
