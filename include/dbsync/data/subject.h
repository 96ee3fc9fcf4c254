/*
 * subject.h - what one comparison is about, and the way to both servers.
 *
 * A subject (the pair and its SQL) is shared by all workers and not changed; a
 * link is a worker's own two connections and the file for its changes.
 */
#ifndef DBSYNC_DATA_SUBJECT_H
#define DBSYNC_DATA_SUBJECT_H

#include "dbsync/data/image.h"
#include "dbsync/data/pair.h"
#include "dbsync/data/projection.h"
#include "dbsync/db/conn.h"

struct subject {
	const struct pair *pair;
	const struct projection *projection[SIDES];
	const struct image *image; /* NULL: rows are only compared */
};

struct change_file;

struct link {
	struct conn *conn[SIDES];
	struct change_file *changes; /* NULL: they are not kept */
};
#endif
