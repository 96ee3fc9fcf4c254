/*
 * statement_class.h - what a statement in the log is, by its first words.
 *
 * Pure.  What is not known is CLASS_ROWS: something whose effect on rows only the
 * statement tells.
 */
#ifndef DBSYNC_BINLOG_STATEMENT_CLASS_H
#define DBSYNC_BINLOG_STATEMENT_CLASS_H

#include "dbsync/base/buf.h"

#include <stdbool.h>
#include <stddef.h>

enum statement_class {
	CLASS_BEGIN, /* XA START, too */
	CLASS_COMMIT,
	CLASS_ROLLBACK,
	CLASS_SAVEPOINT,
	CLASS_ROLLBACK_TO,
	CLASS_XA_PREPARE,
	CLASS_XA_COMMIT,
	CLASS_XA_ROLLBACK,
	CLASS_NOTHING,   /* rights, upkeep, temporary tables: no rows change */
	CLASS_STRUCTURE, /* CREATE, ALTER, DROP, RENAME, TRUNCATE */
	CLASS_ROWS,
};

enum statement_class statement_class(const char *text, size_t length);

/*
 * Whether no table that was there before it is another one behind it, as far as
 * rows of before are concerned: TRUNCATE, and CREATE of something new.
 */
bool statement_keeps_tables(const char *text, size_t length);

/* Behind XA COMMIT or XA ROLLBACK: X'..',X'..',1, in one form. */
bool statement_xid(const char *text, size_t length, struct buf *xid);
/* Of SAVEPOINT or ROLLBACK TO: the name without quotes, in lower case. */
bool statement_savepoint(const char *text, size_t length, struct buf *name);
/*
 * Whether the word may be a name in it, in any case: more often than it is, never
 * more seldom.
 */
bool statement_names(const char *text, size_t length, const char *word);
/* Whether one that changes structures may be about the table. */
bool statement_is_about(const char *text, size_t length, const char *database,
			const char *table);
#endif
