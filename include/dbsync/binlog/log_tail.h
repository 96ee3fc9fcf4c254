/*
 * log_tail.h - the log of a server as it grows: whole transactions, read on and on
 * over one connection.
 *
 * What the events are about goes to a window (log_touch.h), which may be another
 * one for each stretch.
 *
 *	log_tail_open ─▶ log_tail_wait, log_tail_reach … ─▶ log_tail_close
 */
#ifndef DBSYNC_BINLOG_LOG_TAIL_H
#define DBSYNC_BINLOG_LOG_TAIL_H

#include "dbsync/binlog/log_touch.h"

struct log_tail;

/* from is a position; the setup is borrowed.  It is checked by the first reading. */
enum dbs_rc log_tail_open(const struct conn_setup *setup,
			  const struct log_place *from, uint32_t server_id,
			  struct log_tail **out, struct dbs_error *err);
void log_tail_close(struct log_tail **tail);

/*
 * Until a transaction has ended, or the server has nothing to say for a while:
 * then *any_out is false.
 */
enum dbs_rc log_tail_wait(struct log_tail *tail, struct log_window *into,
			  bool *any_out, struct dbs_error *err);
/* Until a point that the log of the server has reached, and between transactions. */
enum dbs_rc log_tail_reach(struct log_tail *tail, struct log_window *into,
			   const struct log_point *to, struct dbs_error *err);

/* Behind the last transaction that has ended. */
const struct log_point *log_tail_end(const struct log_tail *tail);
/* When its file was begun; 0: that was not read yet. */
uint32_t log_tail_birth(const struct log_tail *tail);
/* When the last transaction was logged, seconds since 1970; 0: none was read. */
uint32_t log_tail_time(const struct log_tail *tail);
/* How many transactions have ended. */
uint64_t log_tail_transactions(const struct log_tail *tail);
/*
 * MySQL: the ids of the transactions that have ended since the last call, as a set;
 * false: some have none.
 */
bool log_tail_take_ids(struct log_tail *tail, struct buf *out);
/*
 * Whether a transaction that was prepared (XA) has ended, since log_tail_forget_ended;
 * the xid is as of statement_xid, NULL: any.
 */
bool log_tail_has_ended(const struct log_tail *tail, const char *xid);
void log_tail_forget_ended(struct log_tail *tail);
#endif
