/*
 * sealed.h - any text as the file of a backup point, with a right trailer, so
 * that a test or fuzzer reaches what reads behind the digest.
 */
#ifndef DBSYNC_TESTS_SEALED_H
#define DBSYNC_TESTS_SEALED_H

#include "dbsync/base/zip.h"

#include <inttypes.h>
#include <xxhash.h>

/* Appends the trailer of what is in text. */
static inline void sealed_trailer(struct buf *text)
{
	const XXH128_hash_t hash = XXH3_128bits(text->data, text->length);

	buf_addf(text,
		 "-- end {\"bytes\":%zu,\"xxh3\":\"%016" PRIx64 "%016" PRIx64
		 "\"}\n",
		 text->length, hash.high64, hash.low64);
}

/* Replaces the file at path by the text, compressed. */
static inline enum dbs_rc sealed_write(const char *path, const struct buf *text,
				       struct dbs_error *err)
{
	struct file_draft draft = FILE_DRAFT_INIT;
	enum dbs_rc rc = file_draft_open(&draft, path, err);
	struct zip_writer *writer = zip_writer_new(&draft, 1, 0);

	if (!rc)
		rc = zip_write(writer, text->data, text->length, err);
	if (!rc)
		rc = zip_finish(writer, err);
	if (!rc)
		rc = file_draft_keep(&draft, false, err);
	zip_writer_drop(&writer);
	file_draft_drop(&draft);
	return rc;
}
#endif
