/*
 * seal.h - the code at the end of a backup point that says who wrote it.
 * Internal to the backup floor.
 *
 * The last frame of the file is one that every zstd skips:
 *
 *	5d 2a 4d 18, length (4 bytes, little-endian), then as text:
 *	-- mac {"key":"16 digits","hmac-sha256":"64 digits"}
 *
 * The code is over all bytes of the file before this frame, as they are
 * compressed: rows, statements and manifest, in their order.  So it costs what
 * hashing the small file costs, not the text; what comes from another file, or
 * is cut off, or is added, does not fit.  Compressing the text again loses it.
 */
#ifndef DBSYNC_BACKUP_SEAL_H
#define DBSYNC_BACKUP_SEAL_H

#include "dbsync/backup/key.h"
#include "dbsync/base/file.h"

#include <stdbool.h>

/* Appends it; the draft has all else. */
enum dbs_rc seal_add(struct file_draft *draft, const struct signing_key *key,
		     struct dbs_error *err);

struct seal {
	char key[KEY_ID + 1];
	unsigned char code[MAC_BYTES];
	uint64_t end; /* of the bytes that it is over */
};

/* *found_out false: the file does not end with one. */
enum dbs_rc seal_read(int fd, const char *name, struct seal *out,
		      bool *found_out, struct dbs_error *err);

/* Whether it is the code of the file by that key. */
enum dbs_rc seal_fits(int fd, const char *name, const struct seal *seal,
		      const struct signing_key *key, bool *fits_out,
		      struct dbs_error *err);
#endif
