/*
 * log_pending.h - the changes of a transaction that has not ended yet.
 *
 * What is rolled back is forgotten, but for rows of tables that cannot roll back
 * (MyISAM): these have changed.  A transaction of any size needs the memory of
 * a few: the rest is in a file without a name.
 */
#ifndef DBSYNC_BINLOG_LOG_PENDING_H
#define DBSYNC_BINLOG_LOG_PENDING_H

#include "dbsync/binlog/log_table.h"
#include "dbsync/data/values.h"

enum logged_kind {
	LOGGED_INSERT,
	LOGGED_UPDATE,
	LOGGED_DELETE,
	LOGGED_STATEMENT, /* that changed a structure */
};

struct logged {
	enum logged_kind kind;
	uint32_t time;                 /* seconds since 1970 */
	uint64_t number;               /* in its transaction, from 1 */
	const struct log_table *table; /* NULL: of a statement */
	struct values before, after;   /* empty: there is none */
	struct slice database, text;   /* of a statement */
};

struct log_pending;

struct log_pending *log_pending_new(void);
void log_pending_drop(struct log_pending **pending);
/* Empty again. */
void log_pending_clear(struct log_pending *pending);
bool log_pending_is_empty(const struct log_pending *pending);

/* Keeps a copy, but of the table; item->number does not matter. */
enum dbs_rc log_pending_add(struct log_pending *pending,
			    const struct logged *item, struct dbs_error *err);

/* Names of savepoints are as of statement_savepoint. */
void log_pending_savepoint(struct log_pending *pending, const char *name);
/*
 * NULL: back to the beginning.  DBS_E_STRANGE: no savepoint has the name, or
 * letters beyond ASCII leave open which one has.
 */
enum dbs_rc log_pending_rollback(struct log_pending *pending, const char *name,
				 struct dbs_error *err);

typedef enum dbs_rc log_pending_take(void *self, const struct logged *item,
				     bool is_last, struct dbs_error *err);
/* In the order in which they came. */
enum dbs_rc log_pending_each(struct log_pending *pending,
			     log_pending_take *take, void *self,
			     struct dbs_error *err);
#endif
