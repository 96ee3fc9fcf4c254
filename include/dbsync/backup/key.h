/*
 * key.h - the keys of an installation, by which it knows its backup points.
 *
 * A rollback runs what a backup point says.  So each bears a code (HMAC-SHA-256,
 * base/mac.h) that only who has the key can make, and a rollback believes those
 * of its own keys alone.  They stand in one file, one a line, for their owner
 * only:
 *
 *	dbsync-key-1 64 hexadecimal digits
 *
 * The first one signs, all are believed.  The file is $DBSYNC_KEY_FILE, else
 * /var/lib/dbsync/key where that is the user's home (the service's), else
 * $XDG_STATE_HOME/dbsync/key, which is ~/.local/state/dbsync/key by default.
 * It is made when the first backup point is written.
 */
#ifndef DBSYNC_BACKUP_KEY_H
#define DBSYNC_BACKUP_KEY_H

#include "dbsync/base/buf.h"
#include "dbsync/base/error.h"
#include "dbsync/base/mac.h"

enum { KEY_ID = 16, KEY_MOST = 32 };

struct signing_key {
	unsigned char bytes[MAC_KEY_BYTES];
	char id[KEY_ID + 1]; /* which it is; tells nothing of it */
};

struct keys {
	char *path; /* NULL: no place for it */
	struct signing_key items[KEY_MOST];
	size_t count;
	char lack[480]; /* of none: why there is none, else "" */
};

/*
 * Those that are there, perhaps none (lack); DBS_E_REFUSED when others may read or
 * write the file, DBS_E_FORMAT when it is no file of keys.
 */
enum dbs_rc keys_load(struct keys **out, struct dbs_error *err);

/*
 * The same, and when there is none yet it is made.  Where the file cannot be
 * made, and nobody named it, there is none (lack).
 */
enum dbs_rc keys_make(struct keys **out, struct dbs_error *err);

/* Wipes them. */
void keys_drop(struct keys **keys);

/* NULL: it is none of these. */
const struct signing_key *keys_find(const struct keys *keys, const char *id);

/* As the file has them. */
void keys_write(const struct keys *keys, struct buf *out);

/*
 * Puts the keys of a text in front of those of the file: the first of them
 * signs from now on.  *added_out says how many of them are new.  One that others
 * add at the same time, or make by the first use, stays.
 */
enum dbs_rc keys_import(const struct buf *text, struct keys **out,
			size_t *added_out, struct dbs_error *err);
#endif
