/*
 * touched.h - rows of a table that somebody has named, or all of them, compared
 * once: what differs goes into a change file.
 *
 * For who has views of its own and compares again and again, as one who follows a
 * binary log does; a walk goes through whole databases.
 */
#ifndef DBSYNC_DATA_TOUCHED_H
#define DBSYNC_DATA_TOUCHED_H

#include "dbsync/data/change_file.h"
#include "dbsync/data/key_set.h"
#include "dbsync/data/row_sql.h"

struct touched_wish {
	const struct subject *subject; /* with an image */
	const struct row_sql *sql;     /* of the target */
	struct key_set *keys;          /* NULL: all rows */
	const struct cancel *cancel;
	struct meter *meter;
};

struct touched_found {
	struct segment segment;
	struct tally rows;   /* that were read */
	uint64_t unwritable; /* rows that the target cannot hold */
};

/*
 * The link has a change file; its connection to the source is in a view.  Of a row
 * that the source has not given, it is asked once more whether it has none.
 * DBS_E_RETRY: a row has changed while it was read.
 */
enum dbs_rc touched_compare(const struct link *link,
			    const struct touched_wish *wish,
			    struct touched_found *out, struct dbs_error *err);

/* Columns of a table that refer to the key of another one, on one side. */
struct touched_reference {
	const struct subject *child;
	enum side side;
	const char *const *columns; /* as many as the key has */
	size_t column_count;
};

/*
 * Of a child that walk_can_name: adds the keys of rows that refer to one of these
 * keys, as the connection sees them.
 */
enum dbs_rc touched_references(struct conn *conn,
			       const struct touched_reference *reference,
			       struct key_set *parents, struct key_set *out,
			       struct dbs_error *err);
#endif
