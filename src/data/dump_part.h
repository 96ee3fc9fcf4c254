/*
 * dump_part.h - a range of what dump.h reads.  Internal to data.
 */
#ifndef DBSYNC_DATA_DUMP_PART_H
#define DBSYNC_DATA_DUMP_PART_H

#include "dbsync/data/dump.h"
#include "dbsync/data/range.h"
#include "dbsync/data/subject.h"

struct dump_part {
	const struct subject *subject;
	const struct range *range; /* NULL: all rows */
};

#define DUMP_ALL ((struct dump_part){NULL, NULL})

/* As dump_rows, of a part. */
enum dbs_rc dump_some(const struct dump *dump, struct conn *conn,
		      struct dump_part part, dump_take *take, void *self,
		      struct dump_total *total_out, struct dbs_error *err);

/* What the table is cut by, in arena; NULL: it has no key for that. */
const struct subject *dump_subject(const struct dump *dump,
				   struct arena *arena);
const struct table *dump_table(const struct dump *dump);
#endif
