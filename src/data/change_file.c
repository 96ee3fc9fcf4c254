/*
 * change_file.c - see change_file.h.
 *
 *	block	size as text (4) | size as stored (4) | zstd
 *	change	struct head | new row | old row, across blocks
 *
 * Numbers are in the order of this machine: nobody else reads the file.
 */
#include "dbsync/data/change_file.h"

#include "dbsync/base/fault.h"
#include "dbsync/base/file.h"
#include "dbsync/base/mem.h"
#include "dbsync/base/own.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

enum {
	BLOCK = 256 * 1024,
	LEVEL = 1,
	HEAD = 2 * sizeof(uint32_t),
};

static const uint64_t MOST_ROW = 1ull << 32;

struct head {
	uint64_t rows[SIDES];
	uint64_t before;
	uint64_t after;
	uint64_t rest;
	uint64_t new_length;
	uint64_t old_length;
	uint32_t kind;
	uint32_t idle;
};

struct change_file {
	int fd;
	ZSTD_CCtx *context;
	uint64_t end; /* of what is complete */
	uint64_t at;  /* of what is being written */
	struct segment segment;
	size_t held;
	char block[BLOCK];
	char packed[HEAD + BLOCK + BLOCK / 128 + 1024];
};

enum dbs_rc change_file_new(struct change_file **out, struct dbs_error *err)
{
	OWNED(change_file_drop) struct change_file *file =
		mem_zero(1, sizeof(*file));

	file->fd = -1;
	enum dbs_rc rc = file_open_unnamed(&file->fd, err);

	if (rc)
		return rc;
	file->context = ZSTD_createCCtx();
	DBS_BUG(!file->context, "zstd gave no context");
	DBS_BUG(ZSTD_compressBound(BLOCK) + HEAD > sizeof(file->packed),
		"a block does not fit");
	*out = own_take(&file);
	return DBS_OK;
}

void change_file_drop(struct change_file **file)
{
	if (!*file)
		return;
	(void)ZSTD_freeCCtx((*file)->context);
	if ((*file)->fd >= 0)
		(void)close((*file)->fd);
	mem_drop(file);
}

/* ------------------------------------------------------------------------
 * Writing
 * --------------------------------------------------------------------- */

void change_file_begin(struct change_file *file)
{
	file->at = file->end;
	file->held = 0;
	file->segment = (struct segment){.file = file, .offset = file->end};
}

static enum dbs_rc flush(struct change_file *file, struct dbs_error *err)
{
	if (!file->held)
		return DBS_OK;
	const size_t size = ZSTD_compressCCtx(file->context,
					      file->packed + HEAD,
					      sizeof(file->packed) - HEAD,
					      file->block, file->held, LEVEL);

	DBS_BUG(ZSTD_isError(size), "zstd: %s", ZSTD_getErrorName(size));
	const uint32_t sizes[] = {(uint32_t)file->held, (uint32_t)size};

	memcpy(file->packed, sizes, HEAD);
	if (fault_error(FAULT_DATA_CHANGE))
		return dbs_fail_errno(err, ENOSPC,
				      "cannot write a temporary file (TMPDIR)");
	enum dbs_rc rc = file_write_at(file->fd, file->packed, HEAD + size,
				       file->at, err);

	file->at += HEAD + size;
	file->held = 0;
	return rc;
}

static enum dbs_rc put(struct change_file *file, const void *bytes,
		       size_t count, struct dbs_error *err)
{
	const char *at = bytes;

	while (count) {
		const size_t room = BLOCK - file->held;
		const size_t part = count < room ? count : room;

		memcpy(file->block + file->held, at, part);
		file->held += part;
		at += part;
		count -= part;
		enum dbs_rc rc = file->held == BLOCK ? flush(file, err)
						     : DBS_OK;

		if (rc)
			return rc;
	}
	return DBS_OK;
}

uint64_t change_record_rows(const struct change_record *record)
{
	if (record->kind == CHANGE_UPDATE)
		return 1;
	return record->rows[SOURCE] > record->rows[TARGET]
		       ? record->rows[SOURCE] - record->rows[TARGET]
		       : record->rows[TARGET] - record->rows[SOURCE];
}

enum side change_record_side(const struct change_record *record)
{
	return record->old_row.length ? TARGET : SOURCE;
}

struct values change_record_row(const struct change_record *record)
{
	return record->old_row.length ? record->old_row : record->new_row;
}

enum dbs_rc change_record_key(const struct change_record *record,
			      const struct image *image, struct buf *out,
			      struct dbs_error *err)
{
	return image_key_tuple(image, change_record_side(record),
			       change_record_row(record), out)
		       ? DBS_OK
		       : change_file_damaged(err);
}

enum dbs_rc change_file_damaged(struct dbs_error *err)
{
	return dbs_fail(err, DBS_E_IO,
			"the temporary file of changes (TMPDIR) does not read "
			"back as it was written");
}

enum dbs_rc change_file_add(struct change_file *file,
			    const struct change_record *record,
			    struct dbs_error *err)
{
	const struct head head = {
		.rows[SOURCE] = record->rows[SOURCE],
		.rows[TARGET] = record->rows[TARGET],
		.before = record->before,
		.after = record->after,
		.rest = record->rest,
		.new_length = record->new_row.length,
		.old_length = record->old_row.length,
		.kind = (uint32_t)record->kind,
	};
	enum dbs_rc rc = put(file, &head, sizeof(head), err);

	if (!rc)
		rc = put(file, record->new_row.data, record->new_row.length,
			 err);
	if (!rc)
		rc = put(file, record->old_row.data, record->old_row.length,
			 err);
	file->segment.changes[record->kind] += change_record_rows(record);
	file->segment.bytes += record->new_row.length + record->old_row.length;
	return rc;
}

enum dbs_rc change_file_end(struct change_file *file, struct segment *out,
			    struct dbs_error *err)
{
	enum dbs_rc rc = flush(file, err);

	if (rc)
		return rc;
	file->end = file->at;
	file->segment.end = file->end;
	*out = file->segment;
	return DBS_OK;
}

/* ------------------------------------------------------------------------
 * Reading
 * --------------------------------------------------------------------- */

struct change_reader {
	const struct segment *segments;
	size_t count;
	size_t next; /* segment */
	uint64_t offset;
	uint64_t end;
	const struct change_file *file;
	ZSTD_DCtx *context;
	void *rows;
	size_t room; /* of rows */
	size_t held;
	size_t at;
	char block[BLOCK];
	char packed[BLOCK + BLOCK / 128 + 1024];
};

struct change_reader *change_reader_new(const struct segment *segments,
					size_t count)
{
	struct change_reader *reader = mem_zero(1, sizeof(*reader));

	reader->segments = segments;
	reader->count = count;
	reader->context = ZSTD_createDCtx();
	DBS_BUG(!reader->context, "zstd gave no context");
	return reader;
}

void change_reader_drop(struct change_reader **reader)
{
	if (!*reader)
		return;
	(void)ZSTD_freeDCtx((*reader)->context);
	mem_drop(&(*reader)->rows);
	mem_drop(reader);
}

static enum dbs_rc load(struct change_reader *reader, struct dbs_error *err)
{
	uint32_t sizes[2];
	enum dbs_rc rc = file_read_at(reader->file->fd, sizes, HEAD,
				      reader->offset, err);

	if (rc)
		return rc;
	if (sizes[0] > BLOCK || sizes[1] > sizeof(reader->packed))
		return change_file_damaged(err);
	rc = file_read_at(reader->file->fd, reader->packed, sizes[1],
			  reader->offset + HEAD, err);
	if (rc)
		return rc;
	if (ZSTD_decompressDCtx(reader->context, reader->block, BLOCK,
				reader->packed, sizes[1]) != sizes[0])
		return change_file_damaged(err);
	reader->offset += HEAD + sizes[1];
	reader->held = sizes[0];
	reader->at = 0;
	return DBS_OK;
}

static enum dbs_rc get(struct change_reader *reader, void *bytes, size_t count,
		       struct dbs_error *err)
{
	char *to = bytes;

	while (count) {
		if (reader->at == reader->held) {
			enum dbs_rc rc = reader->offset < reader->end
						 ? load(reader, err)
						 : change_file_damaged(err);

			if (rc)
				return rc;
		}
		const size_t left = reader->held - reader->at;
		const size_t part = count < left ? count : left;

		memcpy(to, reader->block + reader->at, part);
		reader->at += part;
		to += part;
		count -= part;
	}
	return DBS_OK;
}

/* No record is longer than all that is left: of a block no less than HEAD. */
static uint64_t most_left(const struct change_reader *reader)
{
	const uint64_t packed = reader->offset < reader->end
					? reader->end - reader->offset
					: 0;

	return reader->held - reader->at + packed / HEAD * BLOCK;
}

/* Moves to the next segment that has something; false at the end of all. */
static bool has_more(struct change_reader *reader)
{
	while (reader->at == reader->held && reader->offset == reader->end) {
		if (reader->next == reader->count)
			return false;
		const struct segment *segment =
			&reader->segments[reader->next++];

		reader->file = segment->file;
		reader->offset = segment->offset;
		reader->end = segment->file ? segment->end : segment->offset;
		reader->held = 0;
		reader->at = 0;
	}
	return true;
}

enum dbs_rc change_reader_next(struct change_reader *reader,
			       struct change_record *out, bool *more_out,
			       struct dbs_error *err)
{
	struct head head;

	*more_out = has_more(reader);
	if (!*more_out)
		return DBS_OK;
	enum dbs_rc rc = get(reader, &head, sizeof(head), err);

	if (rc)
		return rc;
	if (head.kind >= CHANGE_KINDS || head.new_length > MOST_ROW ||
	    head.old_length > MOST_ROW)
		return change_file_damaged(err);
	const size_t both = head.new_length + head.old_length;

	if (both > most_left(reader))
		return change_file_damaged(err);
	if (both >= reader->room) {
		rc = mem_try(&reader->rows, both + 1, 2 * MOST_ROW + 1,
			     "a changed row", err);
		reader->room = rc ? reader->room : both + 1;
	}
	if (!rc)
		rc = get(reader, reader->rows, both, err);
	if (rc)
		return rc;
	const char *rows = reader->rows;

	*out = (struct change_record){
		.kind = (enum change_kind)head.kind,
		.rows[SOURCE] = head.rows[SOURCE],
		.rows[TARGET] = head.rows[TARGET],
		.before = head.before,
		.after = head.after,
		.rest = head.rest,
		.new_row = {rows, head.new_length},
		.old_row = {rows + head.new_length, head.old_length},
	};
	return DBS_OK;
}
