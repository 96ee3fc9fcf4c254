/*
 * load_answer.h - what a server says of a LOAD DATA.  Internal to db.
 */
#ifndef DBSYNC_DB_LOAD_ANSWER_H
#define DBSYNC_DB_LOAD_ANSWER_H

#include "dbsync/db/conn.h"

/* info: "Records: 3  Deleted: 0  Skipped: 0  Warnings: 0", or NULL. */
void load_answer_read(const char *info, unsigned warnings,
		      struct load_answer *out);
#endif
