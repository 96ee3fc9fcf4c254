/*
 * log_flow.h - events become transactions: whole ones, that were committed.
 *
 * A transaction begins with its id (or BEGIN) and ends with XID or COMMIT.  One
 * that is prepared (XA) is kept until it is committed, perhaps much later; one
 * that the log does not end is none.  What the log has no rows of (statements of
 * sessions with another binlog_format, incidents, events that this version does
 * not know) is an error that names the place: nothing is passed over in silence.
 */
#ifndef DBSYNC_BINLOG_LOG_FLOW_H
#define DBSYNC_BINLOG_LOG_FLOW_H

#include "dbsync/binlog/log_book.h"
#include "dbsync/binlog/log_pending.h"

struct log_transaction {
	const char *id; /* "0-1-27", "UUID:27", or "": it has none */
	uint32_t time;
	struct log_point start;
	struct log_point end;  /* the next one begins there, or behind */
	struct log_point held; /* oldest that is prepared still; no file: none */
	struct log_pending *changes;
};

struct log_interest {
	void *self;
	bool (*in_table)(void *self, const char *database, const char *table);
	/* Whether a statement may be about tables of interest. */
	bool (*is_about)(void *self, const struct log_query *query);
	bool with_statements; /* those that change structures are changes, too */
};

/* One that has ended; also one without changes of interest. */
typedef enum dbs_rc log_flow_take(void *self,
				  const struct log_transaction *transaction,
				  struct dbs_error *err);

struct log_flow;

/*
 * All is borrowed.  Transactions that begin before silent (no file: none) are
 * not given out; what they prepare is kept.
 */
struct log_flow *log_flow_new(struct log_book *book,
			      const struct log_interest *interest,
			      const struct log_point *silent,
			      log_flow_take *take, void *self);
void log_flow_drop(struct log_flow **flow);

enum dbs_rc log_flow_event(struct log_flow *flow,
			   const struct log_reader *reader,
			   const struct log_event *event,
			   struct dbs_error *err);
/* Between two transactions. */
bool log_flow_is_between(const struct log_flow *flow);
#endif
