/* zip.c - see zip.h. */
#include "dbsync/base/zip.h"

#include "dbsync/base/mem.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

enum {
	BLOCK = 128 * 1024,
	FRAME_BYTES = 32 * 1024 * 1024, /* of the text, in one frame */
};

struct zip_writer {
	struct file_draft *draft;
	ZSTD_CCtx *context;
	size_t in_frame;
	char out[BLOCK];
};

/*
 * Its threads are made when it begins, and are not always available
 * (thread.h); without them it compresses in ours, into the same bytes.
 */
static void begin(ZSTD_CCtx *context, int threads)
{
	char nothing[1];
	ZSTD_inBuffer in = {NULL, 0, 0};
	ZSTD_outBuffer out = {nothing, 0, 0};

	/* a library without threads refuses this and works without */
	(void)ZSTD_CCtx_setParameter(context, ZSTD_c_nbWorkers, threads);
	if (!ZSTD_isError(
		    ZSTD_compressStream2(context, &out, &in, ZSTD_e_continue)))
		return;
	(void)ZSTD_CCtx_reset(context, ZSTD_reset_session_only);
	(void)ZSTD_CCtx_setParameter(context, ZSTD_c_nbWorkers, 0);
}

struct zip_writer *zip_writer_new(struct file_draft *draft, int level,
				  int threads)
{
	struct zip_writer *writer = mem_zero(1, sizeof(*writer));

	writer->draft = draft;
	writer->context = ZSTD_createCCtx();
	DBS_BUG(!writer->context, "zstd gave no context");
	(void)ZSTD_CCtx_setParameter(writer->context, ZSTD_c_compressionLevel,
				     level);
	(void)ZSTD_CCtx_setParameter(writer->context, ZSTD_c_checksumFlag, 1);
	begin(writer->context, threads);
	return writer;
}

void zip_writer_drop(struct zip_writer **writer)
{
	if (!*writer)
		return;
	(void)ZSTD_freeCCtx((*writer)->context);
	mem_drop(writer);
}

/* Runs the compressor until it has taken all of in and done what how says. */
static enum dbs_rc press(struct zip_writer *writer, ZSTD_inBuffer *in,
			 ZSTD_EndDirective how, struct dbs_error *err)
{
	for (;;) {
		ZSTD_outBuffer out = {writer->out, sizeof(writer->out), 0};
		const size_t left = ZSTD_compressStream2(writer->context, &out,
							 in, how);

		if (ZSTD_isError(left))
			return dbs_fail(err, DBS_E_IO, "zstd: %s",
					ZSTD_getErrorName(left));
		enum dbs_rc rc = out.pos ? file_draft_write(writer->draft,
							    writer->out,
							    out.pos, err)
					 : DBS_OK;

		if (rc)
			return rc;
		if (how == ZSTD_e_end ? !left : in->pos == in->size)
			return DBS_OK;
	}
}

static enum dbs_rc end_frame(struct zip_writer *writer, struct dbs_error *err)
{
	ZSTD_inBuffer none = {NULL, 0, 0};

	writer->in_frame = 0;
	return press(writer, &none, ZSTD_e_end, err);
}

enum dbs_rc zip_write(struct zip_writer *writer, const void *bytes,
		      size_t count, struct dbs_error *err)
{
	ZSTD_inBuffer in = {bytes, count, 0};
	enum dbs_rc rc = press(writer, &in, ZSTD_e_continue, err);

	writer->in_frame += count;
	if (rc || writer->in_frame < FRAME_BYTES)
		return rc;
	return end_frame(writer, err);
}

enum dbs_rc zip_finish(struct zip_writer *writer, struct dbs_error *err)
{
	return writer->in_frame ? end_frame(writer, err) : DBS_OK;
}

/* ------------------------------------------------------------------------
 * Reading
 * --------------------------------------------------------------------- */

struct zip_reader {
	int fd;
	const char *name;
	ZSTD_DCtx *context;
	ZSTD_inBuffer in;
	uint64_t offset; /* in the file, of the end of block */
	bool in_frame;
	char block[BLOCK];
};

struct zip_reader *zip_reader_new(int fd, const char *name)
{
	struct zip_reader *reader = mem_zero(1, sizeof(*reader));

	reader->fd = fd;
	reader->name = name;
	reader->context = ZSTD_createDCtx();
	DBS_BUG(!reader->context, "zstd gave no context");
	/* 8 MiB, what the highest of the usual levels needs; a hostile file
	 * must not ask for more */
	(void)ZSTD_DCtx_setParameter(reader->context, ZSTD_d_windowLogMax, 23);
	reader->in.src = reader->block;
	return reader;
}

void zip_reader_drop(struct zip_reader **reader)
{
	if (!*reader)
		return;
	(void)ZSTD_freeDCtx((*reader)->context);
	mem_drop(reader);
}

uint64_t zip_offset(const struct zip_reader *reader)
{
	return reader->offset - (reader->in.size - reader->in.pos);
}

static enum dbs_rc fill(struct zip_reader *reader, bool *end_out,
			struct dbs_error *err)
{
	ssize_t count;

	do
		count = pread(reader->fd, reader->block, sizeof(reader->block),
			      (off_t)reader->offset);
	while (count < 0 && errno == EINTR);
	if (count < 0)
		return dbs_fail_errno(err, errno, "cannot read `%s` at %llu",
				      reader->name,
				      (unsigned long long)reader->offset);
	reader->offset += (uint64_t)count;
	reader->in.size = (size_t)count;
	reader->in.pos = 0;
	*end_out = !count;
	return DBS_OK;
}

static enum dbs_rc damaged(const struct zip_reader *reader, const char *what,
			   struct dbs_error *err)
{
	return dbs_fail(err, DBS_E_FORMAT, "`%s` is damaged at byte %llu: %s",
			reader->name, (unsigned long long)zip_offset(reader),
			what);
}

enum dbs_rc zip_read(struct zip_reader *reader, void *bytes, size_t limit,
		     size_t *count_out, struct dbs_error *err)
{
	ZSTD_outBuffer out = {bytes, limit, 0};

	while (out.pos < limit) {
		bool at_end = false;
		enum dbs_rc rc = reader->in.pos == reader->in.size
					 ? fill(reader, &at_end, err)
					 : DBS_OK;

		if (rc)
			return rc;
		if (at_end && !reader->in_frame)
			break;
		/* with nothing more to read, there may still be text inside */
		const size_t before = out.pos;
		const size_t left = ZSTD_decompressStream(reader->context, &out,
							  &reader->in);

		if (ZSTD_isError(left))
			return damaged(reader, ZSTD_getErrorName(left), err);
		if (at_end && left && out.pos == before)
			return damaged(reader, "it ends in the middle", err);
		reader->in_frame = left != 0;
	}
	*count_out = out.pos;
	return DBS_OK;
}
