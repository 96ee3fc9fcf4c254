/*
 * zip.h - a stream of bytes through zstd, into a draft and out of a file.
 *
 * Written as a sequence of frames, each with its checksum, so that damage is
 * found near where it is and the rest of the tools (zstdcat) read it as one.
 */
#ifndef DBSYNC_BASE_ZIP_H
#define DBSYNC_BASE_ZIP_H

#include "dbsync/base/file.h"

struct zip_writer;

/* threads: 0 compresses in the calling one.  The draft is borrowed. */
struct zip_writer *zip_writer_new(struct file_draft *draft, int level,
				  int threads);
void zip_writer_drop(struct zip_writer **writer);
enum dbs_rc zip_write(struct zip_writer *writer, const void *bytes,
		      size_t count, struct dbs_error *err);
/* Ends the last frame; everything is in the draft then. */
enum dbs_rc zip_finish(struct zip_writer *writer, struct dbs_error *err);

struct zip_reader;

/* Reads an open file from its beginning; the descriptor is borrowed. */
struct zip_reader *zip_reader_new(int fd, const char *name);
void zip_reader_drop(struct zip_reader **reader);

/*
 * Up to limit bytes; *count_out = 0 at the end.  DBS_E_FORMAT names the offset
 * in the file at which it is damaged or ends too early.
 */
enum dbs_rc zip_read(struct zip_reader *reader, void *bytes, size_t limit,
		     size_t *count_out, struct dbs_error *err);
/* How far it is in the file. */
uint64_t zip_offset(const struct zip_reader *reader);
#endif
