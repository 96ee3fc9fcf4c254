/*
 * serial.h - rows that may clash in unique keys besides their own.
 * Internal to the apply floor.
 *
 *	1 try batch by batch; one that clashes (1062) is put aside
 *	2 try those again, from the last to the first and back, as long as some
 *	  get through: each may have waited for another (a chain)
 *	3 what is left waits for each other (a cycle): all at once, deletes
 *	  first, in one transaction
 *	4 what clashes even then clashes with rows that are none of ours: row by
 *	  row, so that only those are left out, and the table says so
 */
#ifndef DBSYNC_APPLY_SERIAL_H
#define DBSYNC_APPLY_SERIAL_H

#include "pump.h"
#include "writer.h"

enum { DUPLICATE_KEY = 1062 };

enum dbs_rc serial_run(struct writer *writer, struct pump *pump,
		       const struct segment *segments, size_t count,
		       struct table_result *result, struct dbs_error *err);
#endif
