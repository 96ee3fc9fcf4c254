/*
 * change_file.h - what differs, kept on disk until it is written.
 *
 * A change file is an unnamed temporary file of zstd blocks.  Changes are
 * appended between change_file_begin and change_file_end, which gives the
 * segment they lie in; a segment that was begun and never ended is forgotten
 * (its range was lost half-way and is read again).  Segments of several files
 * are read in any order, and any number of times, by change readers.
 *
 * Memory: one block for each file and reader, and the largest change.
 * Threads: a file belongs to one thread while it is written; readers only need
 * that the segments are complete.
 */
#ifndef DBSYNC_DATA_CHANGE_FILE_H
#define DBSYNC_DATA_CHANGE_FILE_H

#include "dbsync/data/compare.h"
#include "dbsync/data/values.h"

/* A row with a key: one row or none.  Without: how many equal ones. */
struct change_record {
	enum change_kind kind;
	uint64_t rows[SIDES];  /* that there should be, that there were */
	uint64_t before;       /* hash of the row on the target; 0: none */
	uint64_t after;        /* hash that it shall have; 0: none */
	uint64_t rest;         /* hash of what is not compared (image_rest) */
	struct values new_row; /* of the source (image.h); empty: none */
	struct values old_row; /* of the target */
};

/* How many rows it inserts, updates or deletes. */
uint64_t change_record_rows(const struct change_record *record);

/* The row by which it is known: the target's, or the new one where none is. */
enum side change_record_side(const struct change_record *record);
struct values change_record_row(const struct change_record *record);
/* Appends the key tuple of that row; change_file_damaged when it is none. */
enum dbs_rc change_record_key(const struct change_record *record,
			      const struct image *image, struct buf *out,
			      struct dbs_error *err);
/* DBS_E_IO: what was read is not what was written. */
enum dbs_rc change_file_damaged(struct dbs_error *err);

struct change_file;

struct segment {
	const struct change_file *file; /* NULL: nothing */
	uint64_t offset;
	uint64_t end;
	uint64_t changes[CHANGE_KINDS]; /* rows of each kind */
	uint64_t bytes;                 /* of the rows */
};

enum dbs_rc change_file_new(struct change_file **out, struct dbs_error *err);
void change_file_drop(struct change_file **file);

void change_file_begin(struct change_file *file);
enum dbs_rc change_file_add(struct change_file *file,
			    const struct change_record *record,
			    struct dbs_error *err);
enum dbs_rc change_file_end(struct change_file *file, struct segment *out,
			    struct dbs_error *err);

struct change_reader;

/* Reads segments one after the other; the array is borrowed. */
struct change_reader *change_reader_new(const struct segment *segments,
					size_t count);
void change_reader_drop(struct change_reader **reader);
/* The tuples are valid until the next call. */
enum dbs_rc change_reader_next(struct change_reader *reader,
			       struct change_record *out, bool *more_out,
			       struct dbs_error *err);
#endif
