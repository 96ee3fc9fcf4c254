/*
 * recorder.h - differences of a range on their way into a change file.
 * Internal to data.
 *
 *	recorder_begin ─▶ recorder_take … ─▶ recorder_end
 *
 * A row that was compared by hashes of long values cannot be written from what
 * was compared.  Its key is remembered, and recorder_end reads it whole, once
 * the streams are closed, in the same view of the same connections.
 */
#ifndef DBSYNC_DATA_RECORDER_H
#define DBSYNC_DATA_RECORDER_H

#include "dbsync/base/vec.h"
#include "dbsync/data/change_file.h"

struct recorder {
	struct change_file *file;
	uint64_t packet_limit; /* of the target */
	const struct subject *subject;
	struct vec pending; /* struct pending */
	struct buf new_row;
	struct buf old_row;
	struct buf scratch;
	uint64_t unwritable; /* rows that cannot be written to the target */
};

/* DBS_OK always; the change file forgets what was begun before. */
void recorder_begin(struct recorder *recorder, const struct link *link,
		    const struct subject *subject);
enum dbs_rc recorder_take(struct recorder *recorder,
			  const struct change *change, struct dbs_error *err);
/* DBS_E_RETRY when a row is not there any more. */
enum dbs_rc recorder_end(struct recorder *recorder, const struct link *link,
			 struct segment *out, struct dbs_error *err);
void recorder_release(struct recorder *recorder);
#endif
